/** Viewers' cookies in numbers, by a key pair of this run. */
import { generateKeyPairSync } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { cookieHeader } from '../../support/cookie-header.ts';

export interface CookieSets {
  readonly keyPairId: string;
  /** PEM. */
  readonly publicKey: string;
  /** `Cookie` headers, each with a policy and a signature of its own, since no two end in the same second. */
  readonly headers: readonly string[];
}

/** Cookies for `/books/42/*` on a distribution that was not applied. */
export async function mintCookieSets(count: number): Promise<CookieSets> {
  const keyPairId = '2026-01-a';
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const signer = createSigner({
    key: staticKey({ keyPairId, privateKey }),
    // The name that a distribution has before its apply.
    domain: 'd111111abcdef8.cloudfront.net',
  });
  const sets = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      signer.signCookies('/books/42/*', { expiresIn: 7200 + index }),
    ),
  );
  const headers = sets.map(({ cookies }) => cookieHeader(cookies));
  return { keyPairId, publicKey, headers };
}
