/** Where keys come from and what they do. Anything that fits these two interfaces can sign. */

import { hasMethod } from '../arguments.ts';
import { SignerError } from '../errors.ts';

/** How a signature is made; the part after the dash is what travels as `Hash-Algorithm`. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export const SIGNING_ALGORITHMS = ['RSA-SHA1', 'RSA-SHA256', 'ECDSA-SHA1', 'ECDSA-SHA256'] as const;

/** A hash, by the name CloudFront has for it. */
export type HashAlgorithm = 'SHA1' | 'SHA256';

/** One private key and the id by which CloudFront knows its public key. Shows no key material when printed. */
export interface SigningKey {
  /** The id of the CloudFront public key, such as `K2JCJMDEHXQW5F`. */
  readonly keyPairId: string;
  readonly algorithm: SigningAlgorithm;
  /** @returns the raw signature of `bytes`: PKCS #1 v1.5 for RSA, DER for ECDSA */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Gives the key to sign with now. Called for every signature, so it answers from memory when it can. */
export interface KeySource {
  get(): Promise<SigningKey>;
  /**
   * The key that is in memory now, for `signUrlSync` and `signCookiesSync`. It may start a look for a newer key; it never
   * waits for one.
   *
   * @returns `undefined` while there is none
   * @default - the source gives keys by `get` alone, and synchronous calls are refused
   */
  current?(): SigningKey | undefined;
}

/** @throws SignerError `ERR_KEY_ASYNC` where no key is in memory, and what `source.current` throws */
export function currentKey(source: KeySource): SigningKey {
  if (!hasMethod(source, 'current')) {
    throw new SignerError(
      'ERR_KEY_ASYNC',
      'this key source has no "current()", so it cannot sign synchronously; use the call that returns a promise',
    );
  }
  const key: unknown = source.current?.();
  if (hasMethod(key, 'then')) {
    // A rejection would be nobody's.
    Promise.resolve(key).catch(() => {});
    throw new SignerError(
      'ERR_KEY_ASYNC',
      'the key source\'s "current()" gave a promise; it must give a key',
    );
  }
  if (key === undefined) {
    throw new SignerError(
      'ERR_KEY_ASYNC',
      'no key in memory is fresh enough; await the key source\'s "get()" once, at start-up, before the first synchronous call',
    );
  }
  return key as SigningKey;
}

export function hashOf(algorithm: SigningAlgorithm): HashAlgorithm {
  return algorithm.endsWith('SHA256') ? 'SHA256' : 'SHA1';
}
