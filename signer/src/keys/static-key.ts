/** A key the caller already holds. */

import { readOptions } from '../arguments.ts';
import type { HashAlgorithm, KeySource } from './key-source.ts';
import { createLocalKey } from './local-key.ts';

export interface StaticKeyOptions {
  /** The id of the CloudFront public key, such as `K2JCJMDEHXQW5F`. */
  readonly keyPairId: string;
  /** PEM (PKCS #8, PKCS #1 or SEC 1), or base64 of it, as a string or as the bytes of a file. RSA 2048 or ECDSA P-256. */
  readonly privateKey: string | Uint8Array;
  /**
   * The hash that is signed.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm;
}

const NAMES = ['keyPairId', 'privateKey', 'hashAlgorithm'] as const;

/**
 * A source that always gives this one key. The key is parsed and proved here, once.
 *
 * @throws SignerError with an `ERR_KEY_…` code for a key that CloudFront would not take
 * @example
 * const key = staticKey({ keyPairId: 'K2JCJMDEHXQW5F', privateKey: await readFile('key.pem') });
 */
export function staticKey(options: StaticKeyOptions): KeySource {
  const { keyPairId, privateKey, hashAlgorithm } = readOptions('staticKey', options, NAMES);
  const key = createLocalKey({ keyPairId, privateKey, hashAlgorithm, where: '"privateKey"' });
  const ready = Promise.resolve(key);
  return Object.freeze({ get: () => ready });
}
