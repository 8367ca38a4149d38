/** A secret's value, as the key it holds. */

import { SignerError } from '../errors.ts';
import type { SigningKey } from '../keys/key-source.ts';
import { createLocalKey } from '../keys/local-key.ts';
import { message, option, signerError } from '../message.ts';

export interface SecretReading {
  /** How messages call the secret. */
  readonly where: string;
  /** For a secret without an id of its own. */
  readonly keyPairId?: string | undefined;
  readonly hashAlgorithm?: string | undefined;
  /** For a secret whose key is encrypted. */
  readonly passphrase?: string | undefined;
}

/**
 * `{ "keyPairId", "privateKey", "generation" }`, so that id and key switch together, or a bare PEM.
 *
 * @throws SignerError `ERR_SECRET_FORMAT`, or an `ERR_KEY_…` code
 */
export function readSecret(
  value: string,
  { where, keyPairId, hashAlgorithm, passphrase }: SecretReading,
): SigningKey {
  if (!value.trimStart().startsWith('{')) {
    if (keyPairId === undefined) {
      throw signerError(
        'ERR_SECRET_FORMAT',
        message`${where} holds no key pair id; store JSON with "keyPairId" and "privateKey", or pass ${option('keyPairId')}`,
      );
    }
    return createLocalKey({ keyPairId, privateKey: value, passphrase, hashAlgorithm, where });
  }
  const fields = parseObject(value, where);
  const ownId = fields.keyPairId ?? keyPairId;
  if (typeof ownId !== 'string' || typeof fields.privateKey !== 'string') {
    const missing = typeof ownId === 'string' ? 'privateKey' : 'keyPairId';
    throw new SignerError('ERR_SECRET_FORMAT', `${where}: expected a string in "${missing}"`);
  }
  return createLocalKey({
    keyPairId: ownId,
    privateKey: fields.privateKey,
    passphrase,
    hashAlgorithm,
    where: `"privateKey" of ${where}`,
  });
}

function parseObject(value: string, where: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    // No cause: JSON.parse quotes its input, and the input is the secret.
    throw new SignerError('ERR_SECRET_FORMAT', `${where} is not valid JSON`);
  }
}
