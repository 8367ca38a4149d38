/** A key the caller already holds. */

import type { KeyObject } from 'node:crypto';
import { readOptions } from '../arguments.ts';
import type { HashAlgorithm, KeySource, SigningKey } from './key-source.ts';
import { createLocalKey } from './local-key.ts';

export interface StaticKeyOptions {
  /** The id of the CloudFront public key, such as `K2JCJMDEHXQW5F`. */
  readonly keyPairId: string;
  /**
   * RSA 2048 or ECDSA P-256: a PEM (PKCS #8, PKCS #1 or SEC 1) or base64 of it, as a string or as the bytes of a file; or a
   * private `KeyObject` of `node:crypto`.
   */
  readonly privateKey: string | Uint8Array | KeyObject;
  /**
   * What an encrypted PEM is encrypted with (`BEGIN ENCRYPTED PRIVATE KEY`, or `Proc-Type: 4,ENCRYPTED`).
   * @default - the key is not encrypted
   */
  readonly passphrase?: string | undefined;
  /**
   * The hash that is signed.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined;
}

const NAMES = ['keyPairId', 'privateKey', 'passphrase', 'hashAlgorithm'] as const;

/**
 * A source that always gives this one key. The key is parsed and proved here, once.
 *
 * @throws SignerError with an `ERR_KEY_…` code for a key that CloudFront would not take
 * @example
 * const key = staticKey({ keyPairId: 'K2JCJMDEHXQW5F', privateKey: await readFile('key.pem') });
 */
export function staticKey(options: StaticKeyOptions): Required<KeySource> {
  const { keyPairId, privateKey, passphrase, hashAlgorithm } = readOptions('staticKey', options, NAMES);
  const where = '"privateKey"';
  return constantSource(createLocalKey({ keyPairId, privateKey, passphrase, hashAlgorithm, where }));
}

/** A source of one key that is in memory already. */
export function constantSource(key: SigningKey): Required<KeySource> {
  const ready = Promise.resolve(key);
  return Object.freeze({ get: () => ready, current: () => key });
}
