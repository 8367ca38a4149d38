/** Public keys of which nothing but the public side is wanted: no primes are searched, and there is no private key at all. */

import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';

export function rsaPublicKey(bits: number): KeyObject {
  const modulus = randomBytes(bits / 8);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1;
  return createPublicKey({
    key: { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB' },
    format: 'jwk',
  });
}
