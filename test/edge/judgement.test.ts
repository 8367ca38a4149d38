import { describe, expect, it } from 'vitest';
import { cookieHeader } from '../support/cookie-header.ts';
import {
  ALIAS,
  type AskOptions,
  ask,
  behaviour,
  bodyOf,
  bookCookies,
  DOMAIN,
  distribution,
  memoryOrigin,
  signerFor,
  trustedKey,
} from './fixture.ts';

const PLAYLIST = '/books/42/index.m3u8';
const onlySwitzerland = distribution({ geoRestriction: { type: 'whitelist', countries: ['CH'] } });

async function statusOf(target: string, options: AskOptions): Promise<number> {
  return (await ask(target, options)).response.status;
}

describe('geo restriction', () => {
  it('answers 403 in HTML to a country that is not on the list, signed or not', async () => {
    const handled = await ask(PLAYLIST, {
      distribution: onlySwitzerland,
      country: 'DE',
      headers: { cookie: await bookCookies() },
    });
    expect(handled.judgement.outcome).toBe('geo-blocked');
    expect(handled.response.headers['content-type']).toBe('text/html');
    expect(await bodyOf(handled)).toContain('configured to block access from your country');
  });

  it('lets a listed country on to the signature check', async () => {
    const handled = await ask(PLAYLIST, { distribution: onlySwitzerland, country: 'CH' });
    expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason: 'unsigned' } });
  });

  it('blocks what a blacklist names and serves a viewer whose country is unknown', async () => {
    const blocked = distribution({ geoRestriction: { type: 'blacklist', countries: ['CH'] } });
    const cookie = await bookCookies();
    expect(await statusOf(PLAYLIST, { distribution: blocked, country: 'CH', headers: { cookie } })).toBe(403);
    expect(await statusOf(PLAYLIST, { distribution: blocked, headers: { cookie } })).toBe(200);
  });

  it('comes before the protocol: no redirect for a blocked country', async () => {
    const handled = await ask(PLAYLIST, { distribution: onlySwitzerland, country: 'DE', protocol: 'http' });
    expect(handled.judgement.outcome).toBe('geo-blocked');
  });
});

describe('the host', () => {
  const wildcard = distribution({ aliases: ['*.example.com'] });

  it('of a wildcard alias is any name below it', async () => {
    for (const host of ['media.example.com', 'a.b.example.com']) {
      const handled = await ask(PLAYLIST, { distribution: wildcard, host });
      expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason: 'unsigned' } });
    }
  });

  it('is none that begins another part of the URL, whatever was signed for that URL', async () => {
    const signed = await signerFor(trustedKey, { domain: 'media.example.com' }).signCookies('/books/42/*');
    const headers = { cookie: cookieHeader(signed.cookies) };
    const origin = memoryOrigin({ '/books/43/index.m3u8': { body: 'secret' } });
    for (const host of [
      'media.example.com/books/42/x?.example.com',
      'media.example.com/books/42/x#.example.com',
      'media.example.com/books/42/.example.com',
      'a@media.example.com',
      '.example.com',
      'example.com',
      '\u212a.example.com',
    ]) {
      const handled = await ask('/books/43/index.m3u8', { distribution: wildcard, host, headers, origin });
      expect(handled.judgement.outcome).toBe('unknown-host');
    }
    expect(origin.asked).toEqual([]);
  });
});

describe('behaviours', () => {
  const open = { trustedKeys: null, allowedMethods: ['GET', 'HEAD', 'OPTIONS'] };

  it('are tried in order: the first that matches decides', async () => {
    const listed = distribution({
      behaviours: [
        behaviour({ pathPattern: 'books/42/*', ...open }),
        behaviour({ pathPattern: 'books/*' }),
        behaviour(),
      ],
    });
    expect(await statusOf(PLAYLIST, { distribution: listed })).toBe(200);
    expect(await statusOf('/books/43/index.m3u8', { distribution: listed })).toBe(403);
    const reversed = distribution({ behaviours: [...listed.behaviours].reverse() });
    expect(await statusOf(PLAYLIST, { distribution: reversed })).toBe(403);
  });

  it('are chosen by the normalised path, so that dots do not reach an open one', async () => {
    const listed = distribution({ behaviours: [behaviour({ pathPattern: 'open/*', ...open }), behaviour()] });
    const handled = await ask('/open/../books/42/index.m3u8', { distribution: listed });
    expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason: 'unsigned' } });
  });
});

describe('protocol and methods', () => {
  it('redirects http with 301 before it looks for a signature, query and all', async () => {
    const handled = await ask(`${PLAYLIST}?a=1`, { protocol: 'http', host: ALIAS });
    expect(handled.response.status).toBe(301);
    expect(handled.response.headers).toMatchObject({
      location: `https://${ALIAS}${PLAYLIST}?a=1`,
      'x-cache': 'Redirect from cloudfront',
    });
  });

  it('redirects a POST with 307, which keeps it a POST', async () => {
    expect(await statusOf(PLAYLIST, { protocol: 'http', method: 'POST' })).toBe(307);
  });

  it('answers 403 to http where the behaviour is https-only', async () => {
    const strict = distribution({ behaviours: [behaviour({ viewerProtocolPolicy: 'https-only' })] });
    const handled = await ask(PLAYLIST, { protocol: 'http', distribution: strict });
    expect([handled.judgement.outcome, handled.response.status]).toEqual(['https-only', 403]);
  });

  it('judges the scheme too where http is allowed: a policy for https does not open it', async () => {
    const lax = distribution({ behaviours: [behaviour({ viewerProtocolPolicy: 'allow-all' })] });
    const handled = await ask(PLAYLIST, {
      protocol: 'http',
      distribution: lax,
      headers: { cookie: await bookCookies() },
    });
    expect(handled.judgement).toMatchObject({ denied: { reason: 'resource-mismatch' } });
  });

  it.each(['OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'])(
    'answers 403 in HTML to %s, signed or not',
    async (method) => {
      const handled = await ask(PLAYLIST, { method, headers: { cookie: await bookCookies() } });
      expect(handled.judgement.outcome).toBe('method-not-allowed');
      expect(await bodyOf(handled)).toContain('not configured to allow the HTTP request method');
    },
  );

  it('answers 501 to a method that the behaviour allows and the edge does not do', async () => {
    const writable = distribution({
      behaviours: [behaviour({ trustedKeys: null, allowedMethods: ['GET', 'PUT'] })],
    });
    expect(await statusOf(PLAYLIST, { method: 'PUT', distribution: writable })).toBe(501);
  });
});

describe('the host', () => {
  it('is part of what is signed: cookies for the domain do not open the alias', async () => {
    const cookie = await bookCookies();
    expect(await statusOf(PLAYLIST, { host: DOMAIN, headers: { cookie } })).toBe(200);
    expect(await statusOf(PLAYLIST, { host: ALIAS, headers: { cookie } })).toBe(403);
  });

  it('answers 403 when it is neither the domain nor an alias', async () => {
    expect((await ask(PLAYLIST, { host: 'evil.example' })).judgement.outcome).toBe('unknown-host');
  });

  it('may be any name under a wildcard alias, but not the bare name', async () => {
    const wild = distribution({ aliases: ['*.storytime.example'] });
    const host = 'media.storytime.example';
    const signed = await signerFor(trustedKey, { domain: host }).signCookies('/books/42/*');
    const headers = { cookie: cookieHeader(signed.cookies) };
    expect(await statusOf(PLAYLIST, { distribution: wild, host, headers })).toBe(200);
    const bare = await ask(PLAYLIST, { distribution: wild, host: 'storytime.example' });
    expect(bare.judgement.outcome).toBe('unknown-host');
  });

  it('answers 403 to everybody while the distribution is disabled', async () => {
    const disabled = distribution({ enabled: false });
    const handled = await ask(PLAYLIST, { distribution: disabled, headers: { cookie: await bookCookies() } });
    expect([handled.judgement.outcome, handled.response.status]).toEqual(['disabled', 403]);
  });
});

describe('a path with tricks in it', () => {
  it.each([
    '/books/42/../43/index.m3u8',
    '/books/42/%2e%2e/43/index.m3u8',
    '/books/42/..%2f43/index.m3u8',
    '/books/42//index.m3u8',
    '//books/42/index.m3u8',
    '/books/42/./index.m3u8',
    '/books/42/index.m3u8/',
    '/books/42/%252e%252e/43/index.m3u8',
  ])('reaches the origin as it was sent, or not at all: %s', async (path) => {
    const origin = memoryOrigin({ [PLAYLIST]: { body: '42' }, '/books/43/index.m3u8': { body: '43' } });
    const handled = await ask(path, { origin, headers: { cookie: await bookCookies() } });
    expect(handled.response.status).toBe(403);
    expect(origin.asked.every((asked) => asked.path === path)).toBe(true);
  });
});
