/** Where keys come from and what they do. Anything that fits these two interfaces can sign. */

/** How a signature is made; the part after the dash is what travels as `Hash-Algorithm`. */
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export const SIGNING_ALGORITHMS = ['RSA-SHA1', 'RSA-SHA256', 'ECDSA-SHA1', 'ECDSA-SHA256'] as const;

/** A hash, by the name CloudFront has for it. */
export type HashAlgorithm = 'SHA1' | 'SHA256';

/** One private key and the id CloudFront knows its public half by. Shows no key material when printed. */
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
}

export function hashOf(algorithm: SigningAlgorithm): HashAlgorithm {
  return algorithm.endsWith('SHA256') ? 'SHA256' : 'SHA1';
}
