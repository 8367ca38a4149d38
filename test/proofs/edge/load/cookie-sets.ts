/** Viewers' cookies in numbers, by a key pair of this run. */
import { generateKeyPairSync } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { cookieHeader } from '../../../support/cookie-header.ts';

export interface CookieSets {
  readonly keyPairId: string;
  /** PEM. */
  readonly publicKey: string;
  /** `Cookie` headers, each with a policy and a signature of its own, since no two end in the same second. */
  readonly headers: readonly string[];
  /** Cookies with a canned policy, which open `CANNED_PATH` alone. */
  readonly canned: readonly string[];
}

/** What canned cookies are for. */
export const CANNED_PATH = '/books/42/small.ts';
/** The name that a distribution has before its apply. */
export const DOMAIN = 'd111111abcdef8.cloudfront.net';

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
    domain: DOMAIN,
  });
  const headersOf = async (path: string, policy: 'custom' | 'canned') => {
    const sets = Array.from({ length: count }, (_, index) =>
      signer.signCookies(path, { policy, expiresIn: 7200 + index }),
    );
    return (await Promise.all(sets)).map(({ cookies }) => cookieHeader(cookies));
  };
  return {
    keyPairId,
    publicKey,
    headers: await headersOf('/books/42/*', 'custom'),
    canned: await headersOf(CANNED_PATH, 'canned'),
  };
}
