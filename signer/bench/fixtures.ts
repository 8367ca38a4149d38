/** What all benchmarks share: new keys of both kinds, one host, one clock that moves. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

export const DOMAIN = 'd111111abcdef8.cloudfront.net';
export const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';

export interface BenchKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** PKCS #8 */
  readonly privatePem: string;
}

export const rsa = withPem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
export const p256 = withPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }));

function withPem(pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): BenchKey {
  return { ...pair, privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
