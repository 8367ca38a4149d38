import { describe, expect, it } from 'vitest';
import { verbatim } from '../../signer/src/index.ts';
import {
  cookieHeader,
  DOMAIN,
  ec,
  failureOf,
  fromWire,
  judge,
  KEY_PAIR_ID,
  NOW,
  NOW_SECONDS,
  rsa,
  signerWith,
} from './fixtures.ts';

const signer = signerWith(rsa);
const inSeconds = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('a directory without its star', () => {
  it.each(['/books/42/', '/', `https://${DOMAIN}/books/42/`, '/books/42/?v=1'])(
    'is refused, with the star as the remedy: %s',
    async (resource) => {
      const failure = await failureOf(() => signer.signCookies(resource, { allowWholeHost: true }));
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_SCOPE' });
      expect(failure.message).toContain('end it in "/*"');
    },
  );

  it('is cleared all the same, and signed as a URL or verbatim, where it is what was meant', async () => {
    expect(signer.clearCookies('/books/42/')).toEqual(signer.clearCookies('/books/42/*'));
    for (const resource of ['/books/42/', verbatim('/books/42/')]) {
      const { url } = await signer.signUrl(resource);
      expect(judge(rsa, { url }).allowed).toBe(true);
    }
    const { cookies } = await signer.signCookies(verbatim('/books/42/'));
    const judged = (path: string) =>
      judge(rsa, { url: `https://${DOMAIN}${path}`, cookies: cookieHeader(cookies) });
    expect([judged('/books/42/').allowed, judged('/books/42/a.ts').allowed]).toEqual([true, false]);
  });
});

describe('signCookies', () => {
  it('gives Policy, Signature and Key-Pair-Id for a directory', async () => {
    const { cookies } = await signer.signCookies('/books/42/*', { expiresIn: 60 });
    expect(Object.keys(cookies)).toEqual([
      'CloudFront-Policy',
      'CloudFront-Signature',
      'CloudFront-Key-Pair-Id',
    ]);
    expect(cookies['CloudFront-Key-Pair-Id']).toBe(KEY_PAIR_ID);
    expect(fromWire(cookies['CloudFront-Policy'] ?? '').toString()).toBe(
      `{"Statement":[{"Resource":"https://${DOMAIN}/books/42/*","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 60}}}}]}`,
    );
  });

  it('opens every depth of the directory and nothing beside it', async () => {
    const cookies = cookieHeader((await signer.signCookies('/books/42/*')).cookies);
    const ask = (path: string) => judge(rsa, { url: `https://${DOMAIN}${path}`, cookies });
    expect(ask('/books/42/index.m3u8')).toMatchObject({ allowed: true, via: 'cookies' });
    expect(ask('/books/42/thumbnails/thumb.0000000.jpg?v=2')).toMatchObject({ allowed: true });
    expect(ask('/books/421/index.m3u8')).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
    expect(ask('/books/41/index.m3u8')).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
  });

  it('writes whole Set-Cookie values: Path from the resource, Secure, HttpOnly, SameSite', async () => {
    const { cookies, setCookie } = await signer.signCookies('/books/42/*');
    expect(setCookie).toEqual(
      Object.entries(cookies).map(
        ([name, value]) => `${name}=${value}; Path=/books/42/; Secure; HttpOnly; SameSite=Lax`,
      ),
    );
  });

  it('writes Domain, SameSite and Path as asked', async () => {
    const other = signerWith(rsa, { domain: 'media.example.com', cookieDomain: '.example.com' });
    const { setCookie } = await other.signCookies('/books/42/*', { sameSite: 'None', path: '/books/' });
    for (const line of setCookie) {
      expect(line).toMatch(/; Domain=example\.com; Path=\/books\/; Secure; HttpOnly; SameSite=None$/);
    }
  });

  it('holds only characters that a cookie value may hold', async () => {
    for (const pair of [rsa, ec]) {
      const { cookies } = await signerWith(pair).signCookies('/books/42/*');
      for (const value of Object.values(cookies)) expect(value).toMatch(/^[A-Za-z0-9_~-]+$/);
    }
  });

  it('adds CloudFront-Hash-Algorithm for SHA-256', async () => {
    const { cookies } = await signerWith(rsa, { hashAlgorithm: 'SHA256' }).signCookies('/books/42/*');
    expect(cookies['CloudFront-Hash-Algorithm']).toBe('SHA256');
    expect(judge(rsa, { url: `https://${DOMAIN}/books/42/a`, cookies: cookieHeader(cookies) }).allowed).toBe(
      true,
    );
  });

  it('gives a canned set for one file: Expires instead of Policy, Path of the file', async () => {
    const signed = await signer.signCookies('/books/42/a.mp4', { policy: 'canned', expiresIn: 60 });
    expect(Object.keys(signed.cookies)[0]).toBe('CloudFront-Expires');
    expect(signed.setCookie[0]).toBe(
      `CloudFront-Expires=${NOW_SECONDS + 60}; Path=/books/42/a.mp4; Secure; HttpOnly; SameSite=Lax`,
    );
    const url = `https://${DOMAIN}/books/42/a.mp4`;
    expect(judge(rsa, { url, cookies: cookieHeader(signed.cookies) }).allowed).toBe(true);
  });

  it('leaves Max-Age out unless asked, and then counts to the expiry', async () => {
    const options = { expiresAt: new Date(NOW.getTime() + 90_999), maxAge: true };
    const { setCookie, expiresIn } = await signer.signCookies('/books/42/*', options);
    expect(expiresIn).toBe(90);
    for (const line of setCookie) expect(line).toMatch(/; SameSite=Lax; Max-Age=90$/);
    for (const line of (await signer.signCookies('/books/42/*')).setCookie) {
      expect(line).not.toContain('Max-Age');
    }
  });

  it.each([
    ['four hours', { expiresIn: '4h' }, 3 * 3_600],
    ['four seconds', { expiresIn: 4 }, 3],
    ['five seconds', { expiresIn: 5 }, 3],
    ['one second', { expiresIn: 1 }, 0],
    ['an hour that starts in three', { expiresIn: '4h', startsAt: inSeconds(3 * 3_600) }, 3.75 * 3_600],
    ['four hours that started long ago', { expiresIn: '4h', startsAt: inSeconds(-86_400) }, 3 * 3_600],
  ])('says to refresh in the last quarter of %s', async (_, options, seconds) => {
    const { refreshAfter, expiresAt } = await signer.signCookies('/books/42/*', options);
    expect(refreshAfter).toEqual(inSeconds(seconds));
    expect(refreshAfter.getTime()).toBeLessThan(expiresAt.getTime());
  });

  it('opens the whole host when asked in so many words', async () => {
    const { cookies, setCookie } = await signer.signCookies('/*', { allowWholeHost: true });
    expect(judge(rsa, { url: `https://${DOMAIN}/any`, cookies: cookieHeader(cookies) }).allowed).toBe(true);
    expect(setCookie[0]).toContain('; Path=/; ');
  });

  it.each([
    ['a scope that does not end in a slash and a star', '/v/1*', {}, 'ERR_RESOURCE_SCOPE', '/v/10/'],
    ['a star in an id', '/books/*/index.m3u8', {}, 'ERR_RESOURCE_WILDCARD', 'very end'],
    ['two stars', '/books/*/*', {}, 'ERR_RESOURCE_WILDCARD', 'very end'],
    ['an empty id', '/books//*', {}, 'ERR_RESOURCE_EMPTY_SEGMENT', 'id'],
    ['a dot-dot id', '/books/../*', {}, 'ERR_RESOURCE_TRAVERSAL', '..'],
    ['an encoded star in an id', '/books/%2a/*', {}, 'ERR_RESOURCE_ENCODED', 'hides'],
    ['a question mark in an id', '/books/4?/*', {}, 'ERR_RESOURCE_WILDCARD', '%3F'],
    ['a query after a scope', '/books/42/*?a=b', {}, 'ERR_RESOURCE_QUERY', 'remove the query string'],
    ['the whole host unasked', '/*', {}, 'ERR_RESOURCE_WHOLE_HOST', 'allowWholeHost'],
    ['the whole host as URL', `https://${DOMAIN}/*`, {}, 'ERR_RESOURCE_WHOLE_HOST', 'allowWholeHost'],
    ['every host', 'https://*/books/42/*', {}, 'ERR_RESOURCE_HOST', DOMAIN],
    ['a scheme wildcard', `http*://${DOMAIN}/books/42/*`, {}, 'ERR_RESOURCE_SCHEME', 'https'],
    ['a canned directory', '/books/42/*', { policy: 'canned' }, 'ERR_CANNED_WILDCARD', 'exactly one URL'],
    ['a Path beside the resource', '/books/42/*', { path: '/books/41/' }, 'ERR_COOKIE_PATH', 'not cover'],
    [
      'a Path that only looks like a prefix',
      '/books/42/*',
      { path: '/books/4' },
      'ERR_COOKIE_PATH',
      'not cover',
    ],
    ['a Path with a wildcard', '/books/42/*', { path: '/books/*' }, 'ERR_COOKIE_PATH', 'without a wildcard'],
    [
      'a Path that smuggles an attribute',
      '/books/42/*',
      { path: '/; Domain=x' },
      'ERR_COOKIE_PATH',
      'literal',
    ],
    ['a Max-Age of its own', '/books/42/*', { maxAge: 60 }, 'ERR_ARGUMENT_TYPE', 'true or false'],
    ['an unknown SameSite', '/books/42/*', { sameSite: 'lax' }, 'ERR_ARGUMENT_TYPE', "'Lax'"],
  ])('refuses %s', async (_, resource, options, code, words) => {
    const failure = await failureOf(() => signer.signCookies(resource, options as never));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });
});

describe('clearCookies', () => {
  it('clears all five names at the Path and Domain they were set with', () => {
    const other = signerWith(rsa, { domain: 'media.example.com', cookieDomain: 'example.com' });
    expect(other.clearCookies('/books/42/*')).toEqual(
      ['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'].map(
        (name) =>
          `CloudFront-${name}=; Domain=example.com; Path=/books/42/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`,
      ),
    );
  });
});
