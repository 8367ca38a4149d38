import { generateKeyPairSync } from 'node:crypto';
import type { CloudFrontErrorCode, DenialReason } from '@storytime/signer/verify';
import { describe, expect, it } from 'vitest';
import { cookieHeader } from '../support/cookie-header.ts';
import {
  type AskOptions,
  ask,
  behaviour,
  bodyOf,
  bookCookies,
  distribution,
  KEY_PAIR_ID,
  makeKey,
  memoryOrigin,
  NOW,
  PLAYER_ORIGIN,
  signerFor,
  trustedKey,
} from './fixture.ts';

const PLAYLIST = '/books/42/index.m3u8';
const LATER = new Date(NOW.getTime() + 3600 * 1000);

interface DenialCase {
  readonly code: CloudFrontErrorCode;
  readonly target?: string | (() => Promise<string>);
  readonly cookies?: () => Promise<string> | string;
  readonly options?: AskOptions | (() => AskOptions);
}

/** Typed by the union, so that a new reason does not compile until it has its case. A URL with control characters never gets past node:http. */
const DENIALS: Record<Exclude<DenialReason, 'malformed-url'>, DenialCase> = {
  unsigned: { code: 'MissingKey' },
  'missing-key-pair-id': {
    code: 'MissingKey',
    cookies: async () => without(await bookCookies(), 'CloudFront-Key-Pair-Id'),
  },
  'unknown-key': { code: 'InvalidKey', cookies: () => bookCookies(makeKey('KUNKNOWN')) },
  'unusable-key': {
    code: 'InvalidKey',
    cookies: () => bookCookies(),
    options: () => ({ distribution: trusting([[KEY_PAIR_ID, rsa1024()]]) }),
  },
  'duplicate-name': {
    code: 'AccessDenied',
    cookies: async () => `${await bookCookies()}; CloudFront-Key-Pair-Id=${KEY_PAIR_ID}`,
  },
  'mixed-policies': {
    code: 'AccessDenied',
    cookies: async () => `${await bookCookies()}; CloudFront-Expires=1800000000`,
  },
  'missing-policy': {
    code: 'MalformedPolicy',
    cookies: async () => without(await bookCookies(), 'CloudFront-Policy'),
  },
  'malformed-policy': {
    code: 'MalformedPolicy',
    cookies: async () => (await bookCookies()).replace(/CloudFront-Policy=[^;]+/, 'CloudFront-Policy=e30_'),
  },
  'missing-signature': {
    code: 'MalformedSignature',
    cookies: async () => without(await bookCookies(), 'CloudFront-Signature'),
  },
  'malformed-signature': {
    code: 'MalformedSignature',
    cookies: async () =>
      (await bookCookies()).replace(/CloudFront-Signature=[^;]+/, 'CloudFront-Signature=%%%'),
  },
  'unsupported-hash-algorithm': {
    code: 'AccessDenied',
    cookies: async () =>
      `${without(await bookCookies(), 'CloudFront-Hash-Algorithm')}; CloudFront-Hash-Algorithm=MD5`,
  },
  'signature-mismatch': {
    code: 'AccessDenied',
    cookies: () => bookCookies(makeKey(KEY_PAIR_ID)),
  },
  'resource-mismatch': { code: 'AccessDenied', target: '/books/43/index.m3u8', cookies: () => bookCookies() },
  expired: { code: 'AccessDenied', cookies: () => bookCookies(), options: { now: LATER } },
  'not-yet-valid': {
    code: 'AccessDenied',
    cookies: async () => {
      const later = { startsAt: LATER, expiresIn: '2h' };
      return cookieHeader((await signerFor(trustedKey).signCookies('/books/42/*', later)).cookies);
    },
  },
  'ip-mismatch': {
    code: 'AccessDenied',
    target: async () => {
      const { url } = await signerFor(trustedKey).signUrl(PLAYLIST, { ipAddress: '198.51.100.0/24' });
      return url.slice(url.indexOf(PLAYLIST));
    },
  },
};

describe('a request that is not properly signed', () => {
  it.each(Object.entries(DENIALS))(
    'answers 403 in XML for %s, without CORS and without asking S3',
    async (reason, denial) => {
      const origin = memoryOrigin({
        [PLAYLIST]: { body: 'secret' },
        '/books/43/index.m3u8': { body: 'secret' },
      });
      const target =
        typeof denial.target === 'function' ? await denial.target() : (denial.target ?? PLAYLIST);
      const handled = await ask(target, {
        origin,
        headers: { origin: PLAYER_ORIGIN, cookie: await denial.cookies?.() },
        ...(typeof denial.options === 'function' ? denial.options() : denial.options),
      });
      expect(handled.judgement).toMatchObject({ outcome: 'denied', denied: { reason } });
      expect(handled.response.status).toBe(403);
      expect(await bodyOf(handled)).toMatch(
        new RegExp(
          `^<\\?xml version="1.0" encoding="UTF-8"\\?><Error><Code>${denial.code}</Code><Message>[^<]+</Message></Error>$`,
        ),
      );
      expect(handled.response.headers).toMatchObject({
        'content-type': 'text/xml',
        'x-cache': 'Error from cloudfront',
      });
      expect(handled.response.headers).not.toHaveProperty('access-control-allow-origin');
      expect(origin.asked).toEqual([]);
    },
  );
});

describe('a properly signed request', () => {
  it('plays with cookies', async () => {
    const handled = await ask(PLAYLIST, { headers: { cookie: await bookCookies() } });
    expect([handled.response.status, await bodyOf(handled)]).toEqual([200, '#EXTM3U\n']);
  });

  it('plays with a signed URL', async () => {
    const { url } = await signerFor(trustedKey).signUrl(PLAYLIST, { policy: 'canned' });
    const handled = await ask(url.slice(url.indexOf(PLAYLIST)));
    expect(handled.response.status).toBe(200);
  });

  it('is denied where a broken signed URL comes with good cookies', async () => {
    const handled = await ask(`${PLAYLIST}?Signature=x`, { headers: { cookie: await bookCookies() } });
    expect(handled.response.status).toBe(403);
  });

  it('is denied from the cache too, once it has expired', async () => {
    const cookie = await bookCookies();
    const options = { headers: { cookie } };
    expect((await ask(PLAYLIST, options)).response.status).toBe(200);
    expect((await ask(PLAYLIST, { ...options, now: LATER })).response.status).toBe(403);
  });
});

describe('what the distribution trusts', () => {
  it('allows everybody where the behaviour has no key group', async () => {
    const open = distribution({ behaviours: [behaviour({ trustedKeys: null })] });
    expect((await ask(PLAYLIST, { distribution: open })).response.status).toBe(200);
  });

  it('denies everybody where the key group is empty', async () => {
    const handled = await ask(PLAYLIST, {
      distribution: trusting([]),
      headers: { cookie: await bookCookies() },
    });
    expect(handled.judgement).toMatchObject({ denied: { reason: 'unknown-key', errorCode: 'InvalidKey' } });
  });

  it('denies a key that has left the group and admits the one that came', async () => {
    const next = makeKey('KNEXT');
    const rotated = trusting([[next.id, next.publicPem]]);
    const old = await ask(PLAYLIST, { distribution: rotated, headers: { cookie: await bookCookies() } });
    const fresh = await ask(PLAYLIST, {
      distribution: rotated,
      headers: { cookie: await bookCookies(next) },
    });
    expect([old.response.status, fresh.response.status]).toEqual([403, 200]);
  });
});

function trusting(keys: [string, string][]) {
  return distribution({ behaviours: [behaviour({ trustedKeys: new Map(keys) })] });
}

function without(cookies: string, name: string): string {
  return cookies
    .split('; ')
    .filter((pair) => !pair.startsWith(`${name}=`))
    .join('; ');
}

function rsa1024(): string {
  return generateKeyPairSync('rsa', { modulusLength: 1024 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
}
