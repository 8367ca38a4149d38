/** Public keys for tests that need nothing but the public key: no primes are searched, and no private key exists. */

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
