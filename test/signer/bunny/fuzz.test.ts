/** 5,000 URLs out of anything that a URL of Bunny is made of: the judge throws for none, and allows none. */

import { explainBunny } from '@storytime/signer/bunny';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOW } from '../fixtures.ts';
import { bunnySigner, EMBED_KEY, HOST, TOKEN_KEY, VIDEO } from './fixtures.ts';

const signer = bunnySigner();
const SIGNED = [
  signer.signPlaylistUrl(VIDEO, { ipAddress: '203.0.113.7' }).url,
  signer.signPlaylistUrl(VIDEO, { countriesBlocked: ['RU'] }).url,
  signer.signFileUrl('/a.mp4', { speedLimitKBps: 9 }).url,
  signer.signEmbedUrl(VIDEO).url,
];

const part = fc.constantFrom(
  ...[
    'https://',
    'http://',
    '//',
    HOST,
    'player.mediadelivery.net',
    'video.bunnycdn.com',
    '/',
    '/embed/759/',
    '/play/',
  ],
  ...[
    '/library/759/videos/',
    VIDEO,
    '/bcdn_token=',
    '?token=',
    '&token=',
    '&expires=',
    '&expires=1795176060',
    '&limit=',
  ],
  ...[
    '&token_path=',
    '&token_path=%2F',
    '&token_countries=DE',
    '&token_ignore_params=true',
    'HS256-',
    'HS256-1-',
  ],
  ...[
    'A'.repeat(43),
    'f'.repeat(64),
    '%',
    '%2',
    '%2F',
    '%ff',
    '%00',
    '+',
    '=',
    '&',
    '?',
    '#',
    '..',
    '\\',
    '\n',
    '\u0000',
  ],
  ...['\ud800', '\udfff', 'é', '__proto__', 'constructor', '999999999999999999999'],
);
const composed = fc
  .array(fc.oneof(part, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 14 })
  .map((parts) => parts.join(''));
/** A signed URL with something put in anywhere, behind its scheme and host. */
const bent = fc
  .tuple(
    fc.constantFrom(...SIGNED),
    fc.nat(),
    fc.nat({ max: 9 }),
    fc.oneof(part, fc.string({ unit: 'binary' })),
  )
  .map(([url, at, length, instead]) => {
    const start = at % url.length;
    return { url: `${url.slice(0, start)}${instead}${url.slice(start + length)}`, from: url };
  });
const viewer = fc.record({
  ip: fc.oneof(fc.string(), fc.constantFrom('203.0.113.7', '::1', '::ffff:1.2.3.4', 'fe80::1%0', '')),
  country: fc.oneof(fc.string(), fc.constantFrom('DE', 'RU', '')),
});

it('judges 2,500 composed URLs without throwing', () => {
  fc.assert(
    fc.property(fc.oneof(composed, fc.string({ unit: 'binary' }), fc.webUrl()), viewer, (url, request) => {
      const verdict = explainBunny({
        url,
        tokenKey: TOKEN_KEY,
        embedTokenKey: EMBED_KEY,
        now: NOW,
        ...request,
      });
      expect(verdict).toMatchObject({
        allowed: false,
        status: 403,
        reason: expect.any(String),
        hint: expect.any(String),
      });
    }),
    { numRuns: 2_500 },
  );
});

it('judges 2,500 bent URLs without throwing, and allows one only for what it was signed for', () => {
  fc.assert(
    fc.property(bent, viewer, ({ url, from }, request) => {
      const verdict = explainBunny({
        url,
        tokenKey: TOKEN_KEY,
        embedTokenKey: EMBED_KEY,
        now: NOW,
        ...request,
      });
      if (!verdict.allowed) return;
      // Another scheme, host or name below the directory, or parameters of the player; the token itself is whole.
      expect(url).toContain(/token=[^&]+/.exec(from)?.[0]);
      if (verdict.token.kind === 'directory') expect(verdict.path.startsWith(`/${VIDEO}/`)).toBe(true);
      if (verdict.token.kind === 'file') expect(verdict.path).toBe('/a.mp4');
      if (verdict.token.kind === 'video') expect(verdict.token.opens).toBe(VIDEO);
    }),
    { numRuns: 2_500 },
  );
});

it('looks through long URLs once: a megabyte of each kind ends', () => {
  const long = 1_000_000;
  const urls = [
    `https://${HOST}/${'%25'.repeat(long / 3)}`,
    `https://${HOST}/bcdn_token=${'&a'.repeat(long / 2)}`,
    `https://${HOST}/?${'token='.repeat(long / 6)}`,
    `https://${'a.'.repeat(long / 2)}/`,
    `https://${HOST}/?${Array.from({ length: 100_000 }, (_, index) => `a${index}=`).join('&')}&token=${'A'.repeat(43)}&expires=1795176060`,
  ];
  for (const url of urls) {
    expect(explainBunny({ url, tokenKey: TOKEN_KEY, now: NOW })).toMatchObject({ allowed: false });
  }
  // A whole token, so that the path is looked into.
  const encodedOften = signer
    .signPlaylistUrl(VIDEO)
    .url.replace('playlist.m3u8', `%${'25'.repeat(long / 2)}2e`);
  expect(explainBunny({ url: encodedOften, tokenKey: TOKEN_KEY, now: NOW })).toMatchObject({
    allowed: false,
    reason: 'resource-mismatch',
  });
});
