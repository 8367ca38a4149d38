/** A private key as callers have it: a PEM's text or bytes, encrypted or not, or what Node parsed already. */

import { createPrivateKey, KeyObject } from 'node:crypto';
import { types } from 'node:util';
import { assertString, wrongType } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { inCode, message, option, signerError } from '../message.ts';
import { normalisePrivateKey } from './private-key-text.ts';

const PASSPHRASE = option('passphrase');
const PASS_PASSPHRASE = inCode('passphrase', message`pass its ${PASSPHRASE}, or `);

interface Reading {
  readonly passphrase?: unknown;
  /** How messages call the key. */
  readonly where: string;
}

/** @throws SignerError `ERR_KEY_…`; SignerTypeError `ERR_ARGUMENT_TYPE` */
export function readPrivateKey(privateKey: unknown, { passphrase, where }: Reading): KeyObject {
  if (passphrase !== undefined) assertString('passphrase', passphrase);
  if (isKeyObject(privateKey)) return assertPrivate(privateKey, where);
  const { pem, isEncrypted } = normalisePrivateKey(textOf(privateKey, where), where);
  if (isEncrypted && passphrase === undefined) {
    throw signerError(
      'ERR_KEY_ENCRYPTED',
      message`${where} is encrypted; ${PASS_PASSPHRASE}decrypt it with openssl pkey -in key.pem -out plain.pem`,
    );
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    throw isEncrypted
      ? signerError(
          'ERR_KEY_ENCRYPTED',
          message`${where} is encrypted, and ${PASSPHRASE} does not decrypt it`,
          { cause },
        )
      : new SignerError('ERR_KEY_BROKEN', `${where} looks like a PEM but cannot be parsed; copy it again`, {
          cause,
        });
  }
}

/** A revoked proxy throws when it is asked. */
function isKeyObject(value: unknown): value is KeyObject {
  try {
    return value instanceof KeyObject;
  } catch {
    return false;
  }
}

function assertPrivate(key: KeyObject, where: string): KeyObject {
  if (key.type !== 'private') {
    throw new SignerError(
      'ERR_KEY_KIND',
      `${where}: expected a private key, got a KeyObject of type "${key.type}"`,
    );
  }
  return key;
}

/** `readFile` gives a Buffer where no encoding is named. */
function textOf(privateKey: unknown, where: string): string {
  if (typeof privateKey === 'string') return privateKey;
  if (!types.isUint8Array(privateKey))
    throw wrongType(where, 'a string, a Buffer or a KeyObject', privateKey);
  return Buffer.from(privateKey.buffer, privateKey.byteOffset, privateKey.byteLength).toString();
}
