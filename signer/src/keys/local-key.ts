/** A private key in this process, signing through the AWS signer. */

import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { types } from 'node:util';
import { getSignedCookies } from '@aws-sdk/cloudfront-signer';
import { assertOneOf, wrongType } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { familyOf } from './key-family.ts';
import { assertKeyPairId } from './key-pair-id.ts';
import type { HashAlgorithm, SigningKey } from './key-source.ts';
import { normalisePrivateKey } from './private-key-text.ts';

export interface LocalKeyInput {
  readonly keyPairId: unknown;
  /** PEM, or text that can be repaired into one; as a string or its bytes. */
  readonly privateKey: unknown;
  readonly hashAlgorithm?: unknown;
  /** How messages call the private key's text: an option, a variable, a secret's field. */
  readonly where: string;
}

/** Outside the keys themselves, so that printing one shows no more than its id and algorithm. */
const awsSigners = new WeakMap<SigningKey, (text: string) => { policy: string; signature: string }>();

/**
 * Parses, checks and proves a key: the private half must sign what the public half verifies.
 *
 * @throws SignerError `ERR_KEY_PAIR_ID`, `ERR_KEY_ENCODING`, `ERR_KEY_TRUNCATED`, `ERR_KEY_KIND`,
 * `ERR_KEY_ENCRYPTED`, `ERR_KEY_UNSUPPORTED`, `ERR_KEY_BROKEN`
 */
export function createLocalKey({ keyPairId, privateKey, hashAlgorithm, where }: LocalKeyInput): SigningKey {
  assertKeyPairId(keyPairId);
  const text = textOf(privateKey, where);
  const hash = hashAlgorithm ?? 'SHA1';
  assertOneOf('hashAlgorithm', hash, ['SHA1', 'SHA256']);

  const parsed = parsePrivateKey(text, where);
  const family = familyOf(parsed, where);
  const key: SigningKey = Object.freeze({
    keyPairId,
    algorithm: `${family}-${hash}` as const,
    sign: (bytes: Uint8Array) =>
      fromWire(signThroughAws(utf8.decode(bytes), parsed, keyPairId, hash).signature),
  });
  awsSigners.set(key, (text) => signThroughAws(text, parsed, keyPairId, hash));
  prove(key, parsed, hash, where);
  return key;
}

/** `readFile` gives a Buffer where no encoding is named. */
function textOf(privateKey: unknown, where: string): string {
  if (typeof privateKey === 'string') return privateKey;
  if (!types.isUint8Array(privateKey)) throw wrongType(where, 'a string or a Buffer', privateKey);
  return Buffer.from(privateKey.buffer, privateKey.byteOffset, privateKey.byteLength).toString();
}

function parsePrivateKey(text: string, where: string): KeyObject {
  const pem = normalisePrivateKey(text, where);
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new SignerError('ERR_KEY_BROKEN', `${where} looks like a PEM and does not parse; copy it anew`, {
      cause,
    });
  }
}

/**
 * What `sign` does, without the way from CloudFront's base64 to bytes and back.
 *
 * @returns `undefined` for a key that `createLocalKey` did not make
 */
export function signLocally(
  key: SigningKey,
  text: string,
): { policy: string; signature: string } | undefined {
  return awsSigners.get(key)?.(text);
}

/**
 * Only the policy and a parsed key go into the AWS signer: its own dates, wildcards and URL encoding let
 * through what CloudFront refuses, and a PEM would be parsed anew for every signature. It takes a KeyObject
 * at run time, which its types do not say.
 */
function signThroughAws(
  policy: string,
  privateKey: KeyObject,
  keyPairId: string,
  algorithm: HashAlgorithm,
): { policy: string; signature: string } {
  const signed = getSignedCookies({
    policy,
    keyPairId,
    privateKey: privateKey as unknown as string,
    algorithm,
  }) as { 'CloudFront-Policy': string; 'CloudFront-Signature': string };
  return { policy: signed['CloudFront-Policy'], signature: signed['CloudFront-Signature'] };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function fromWire(text: string): Uint8Array {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}

function prove(key: SigningKey, privateKey: KeyObject, hash: HashAlgorithm, where: string): void {
  const probe = Buffer.from('storytime');
  try {
    if (verify(hash, probe, createPublicKey(privateKey), key.sign(probe) as Uint8Array)) return;
  } catch (cause) {
    throw new SignerError('ERR_KEY_BROKEN', `${where} parses and cannot sign`, { cause });
  }
  throw new SignerError('ERR_KEY_BROKEN', `${where}: its private and public halves do not belong together`);
}
