/**
 * Whatever a public signing call is given, it either fails with a code, or what it returns opens exactly its own URL and
 * is read by a browser as it was meant.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignerError, SignerTypeError } from '../../signer/src/index.ts';
import { preparePlaylist, signPlaylist } from '../../signer/src/playlist/index.ts';
import { explain } from '../../signer/src/verify/index.ts';
import {
  asSent,
  cookieHeader,
  DOMAIN,
  ec,
  fromWire,
  judge,
  KEY_PAIR_ID,
  NOW,
  rsa,
  signerWith,
} from './fixtures.ts';
import { parseSetCookie } from './rfc6265.ts';

const ORIGIN = `https://${DOMAIN}`;
const MAX_URL_BYTES = 8_192;

const signers = [
  [ec, signerWith(ec)],
  [rsa, signerWith(rsa, { reuse: 97, reuseEntries: 2 })],
  [ec, signerWith(ec, { maxExpiresIn: 9_999_999_999, defaultExpiresIn: '4h', hashAlgorithm: 'SHA256' })],
] as const;

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('42', 'a-b', '~', '%20', '%C3%A9', '(1)', 'a;b', '=') },
  fc.constantFrom(
    ...[
      '42',
      ';',
      ';Path=',
      '; Domain=x',
      '%',
      '%2',
      '%25',
      '%252f',
      '%2e',
      '..',
      '.',
      '/',
      '//',
      '/*',
      '*',
      '?',
    ],
    ...[
      '?a=b',
      '&',
      '=',
      '#',
      '\\',
      '%ff',
      '%C3',
      '%A9',
      '%C0%AE',
      '%00',
      '%0d%0a',
      '\r\n',
      '\0',
      '\t',
      ' ',
      '"',
    ],
    ...['é', '\ud800', '\u202e', ',', '@', ':', 'Policy=', 'Expires=', ORIGIN, DOMAIN, 'https:', '__proto__'],
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom(50, 600, 1_100, 3_000, 7_000, 9_000).map((length) => 'a'.repeat(length)),
  fc.constantFrom(10, 500, 20_000).map((layers) => `%${'25'.repeat(layers)}41`),
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
const resource = fc.oneof(
  { weight: 6, arbitrary: text.map((id) => `/books/${id}/index.m3u8`) },
  { weight: 4, arbitrary: text.map((id) => `/books/${id}/*`) },
  { weight: 2, arbitrary: text.map((path) => `${ORIGIN}/${path}`) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom<unknown>('/*', null, undefined, 42, ['/a'], {}, Symbol('a'), 10n) },
);

/** fast-check looks into what it generates; a revoked proxy takes this one's place only in the call. */
const REVOKED = Symbol('a revoked proxy');
const revoked = (() => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
})();
function given<Options>(options: Options): never {
  if ((options as unknown) === REVOKED) return revoked as never;
  if (typeof options !== 'object' || options === null || Object.getPrototypeOf(options) !== null) {
    return options as never;
  }
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, value === REVOKED ? revoked : value]),
  ) as never;
}
const throwing = {
  get expiresIn(): never {
    throw new Error('own');
  },
};
const anything = fc.constantFrom<unknown>(
  ...[
    null,
    true,
    false,
    0,
    -1,
    -0,
    1,
    1.5,
    60,
    1e9,
    8e9,
    1e10,
    1e15,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    5n,
  ],
  ...['', 'x', '4h', '90s', '99999999d', '0s', '/', '/books/', '/a;b', 'Lax', 'None', 'directory', 'canned'],
  ...[
    '203.0.113.7',
    '203.0.113.0/24',
    '2001:db8::1',
    '; Domain=x',
    '__proto__',
    Symbol('a'),
    () => NOW,
    [],
    {},
  ],
  ...[new Date(NOW.getTime() + 60_000), new Date(0), new Date(Number.NaN), new Date(8.64e15), new Date(1e13)],
  ...[
    Object.create(Date.prototype),
    new Proxy(new Date(), {}),
    REVOKED,
    throwing,
    new Date(9_999_999_999_000),
  ],
);
const names = ['expiresIn', 'expiresAt', 'startsAt', 'ipAddress', 'policy', 'allowWholeHost'] as const;
const optionsOf = (...more: string[]) =>
  fc.oneof(
    { weight: 20, arbitrary: fc.dictionary(fc.constantFrom(...names, ...more), anything, { maxKeys: 3 }) },
    { weight: 2, arbitrary: anything },
    { weight: 1, arbitrary: fc.constant(Object.create({ allowWholeHost: true, expiresIn: 60 })) },
  );

/** The calls that went through, so that a generator of refusals alone does not pass. */
const counts = { url: 0, cookies: 0, playlist: 0 };

async function outcome<Result>(call: () => Result): Promise<Awaited<Result> | undefined> {
  try {
    return await call();
  } catch (error) {
    expect(error instanceof SignerError || error instanceof SignerTypeError, String(error)).toBe(true);
    expect((error as SignerError).code).toMatch(/^ERR_[A-Z_0-9]+$/);
    return undefined;
  }
}

/** From when on, and from where, a policy allows access, as JSON.parse reads it. */
/** The lines of a playlist that begin as this host's own URLs do, with a signature or what looks like one. */
function urisWithPolicy(playlist: string): string[] {
  return playlist.split('\n').filter((line) => line.startsWith(ORIGIN) && line.includes('Policy='));
}

/** As a browser reads it. */
function hostOf(uri: string): string | undefined {
  return URL.canParse(uri) ? new URL(uri).host : undefined;
}

function conditionsOf(wire: string | null | undefined): { now: Date; ip?: string } {
  if (wire === null || wire === undefined) return { now: NOW };
  const { Condition } = JSON.parse(fromWire(wire).toString()).Statement[0];
  const start = Condition.DateGreaterThan?.['AWS:EpochTime'];
  const now = start === undefined ? NOW : new Date(Math.max(NOW.getTime(), (start + 1) * 1_000));
  const ip = Condition.IpAddress?.['AWS:SourceIp'];
  return { now, ...(ip !== undefined && { ip: ip.split('/')[0] }) };
}

describe('for hostile input', () => {
  it('signUrl fails with a code or opens its own URL', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signers),
        resource,
        fc.option(optionsOf('scope'), { nil: undefined }),
        async ([pair, by], input, options) => {
          const signed = await outcome(() => by.signUrl(input as never, given(options)));
          if (signed === undefined) return;
          counts.url += 1;
          const { url, expiresAt } = signed;
          expect(Buffer.byteLength(url)).toBeLessThanOrEqual(MAX_URL_BYTES);
          expect(url).toMatch(/^[\x21-\x7e]+$/);
          // What was given comes first, byte for byte.
          expect(url.startsWith(String(input).startsWith('/') ? ORIGIN + String(input) : String(input))).toBe(
            true,
          );
          const conditions = conditionsOf(new URL(url).searchParams.get('Policy'));
          expect(judge(pair, { url, ...conditions })).toMatchObject({ allowed: true, via: 'url' });
          expect(judge(pair, { url, ...conditions, now: expiresAt })).toMatchObject({ allowed: false });
        },
      ),
      { numRuns: 4_000 },
    );
    expect(counts.url).toBeGreaterThan(100);
  });

  it('signCookies and clearCookies fail with a code or are read as they were meant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signers),
        resource,
        fc.option(optionsOf('path', 'sameSite', 'maxAge'), { nil: undefined }),
        async ([pair, by], input, options) => {
          const cleared = await outcome(() => by.clearCookies(input as never, given(options)));
          for (const line of cleared ?? []) {
            const { value, attributes } = parseSetCookie(line);
            expect([value, attributes.length, attributes.at(-1)]).toEqual(['', 5, ['max-age', '0']]);
          }
          const signed = await outcome(() => by.signCookies(input as never, given(options)));
          if (signed === undefined) return;
          counts.cookies += 1;
          const own = (options ?? {}) as { path?: string; sameSite?: string; maxAge?: boolean };
          const url = String(input).startsWith('/') ? ORIGIN + String(input) : String(input);
          const path = url.slice(ORIGIN.length).replace(/\?.*$/, '');
          const read = signed.setCookie.map(parseSetCookie);
          for (const { name, value, attributes } of read) {
            expect(attributes).toEqual([
              ['path', own.path ?? path.replace(/\*$/, '')],
              ['secure', ''],
              ['httponly', ''],
              ['samesite', own.sameSite ?? 'Lax'],
              ...(own.maxAge === true ? [['max-age', String(signed.expiresIn)]] : []),
            ]);
            expect(name.length + value.length).toBeLessThanOrEqual(4_096);
          }
          const cookies = cookieHeader(Object.fromEntries(read.map(({ name, value }) => [name, value])));
          const conditions = conditionsOf(signed.cookies['CloudFront-Policy']);
          const asked = url.replace(/\*$/, 'segment.ts');
          expect(judge(pair, { url: asked, cookies, ...conditions })).toMatchObject({ allowed: true });
          const elsewhere = `${ORIGIN}/elsewhere`;
          if (path !== '/*') {
            expect(judge(pair, { url: elsewhere, cookies, ...conditions })).toMatchObject({ allowed: false });
          }
        },
      ),
      { numRuns: 4_000 },
    );
    expect(counts.cookies).toBeGreaterThan(100);
  });

  it('signPlaylist and preparePlaylist fail with a code or sign every URI for its own URL', async () => {
    const line = fc.oneof(
      text.map((uri) => `${uri.replaceAll(/[\r\n]/g, '')}\n`),
      text.map((value) => `#EXT-X-DEFINE:NAME="v",VALUE="${value.replaceAll(/["\r\n]/g, '')}"\n`),
      text.map((uri) => `#EXT-X-MAP:URI="${uri.replaceAll(/["\r\n]/g, '')}"\n`),
      fc.constantFrom('a.ts\n', '{$v}/a.ts\n', `a${'{$v}'.repeat(50)}.ts\n`, '#EXT-X-KEY:METHOD=NONE\n'),
    );
    const place = fc.oneof(
      resource,
      fc.constantFrom('/books/42/index.m3u8', `${ORIGIN}/books/42/index.m3u8`),
    );
    const [pair, by] = signers[0];
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 5 }), place, async (lines, url) => {
        const m3u8 = `#EXTM3U\n${lines.join('')}`;
        const options = { url: url as string, scope: '/books/*', variantUrl: () => '/v' };
        await outcome(() => preparePlaylist(m3u8, { url: `${ORIGIN}${String(url)}`, scope: '/books/*' }));
        const signed = await outcome(() => signPlaylist(m3u8, { signer: by, ...options }));
        if (signed === undefined) return;
        for (const uri of urisWithPolicy(signed.playlist)) {
          // A name that begins with this host's is another host: what a player would send there is what was given.
          if (hostOf(uri) !== DOMAIN) {
            expect(lines).toContain(`${uri}\n`);
            continue;
          }
          counts.playlist += 1;
          expect(uri.length).toBeLessThanOrEqual(MAX_URL_BYTES);
          expect(judge(pair, { url: asSent(uri.trim()) })).toMatchObject({ allowed: true });
        }
      }),
      { numRuns: 3_000 },
    );
    expect(counts.playlist).toBeGreaterThan(100);
  });

  it('explain fails with a code or gives a verdict', async () => {
    const { url } = await signerWith(ec).signUrl('/a.mp4');
    const key = fc.constantFrom<unknown>(
      ...[
        ec.publicKey,
        ec.publicPem,
        ec.privatePem,
        ec.privateKey,
        'x',
        '',
        null,
        undefined,
        5,
        {},
        [],
        REVOKED,
      ],
      ...[
        Object.create(ec.publicKey),
        new Proxy(ec.publicKey, {}),
        Object.create(Object.getPrototypeOf(ec.publicKey)),
      ],
      Object.create(Object.getPrototypeOf(ec.publicKey), {
        type: { value: 'public' },
        asymmetricKeyType: { value: 'ec' },
        asymmetricKeyDetails: { value: { namedCurve: 'prime256v1' } },
      }),
    );
    const keys = key.chain((one) =>
      fc.constantFrom<unknown>(
        new Map([[KEY_PAIR_ID, one]]),
        new Map([['K1', one]]),
        new Map([
          [KEY_PAIR_ID, rsa.publicKey],
          ['K1', one],
        ] as never),
        new Proxy(new Map([[KEY_PAIR_ID, one]]), {}),
        { get: () => one },
        { get: () => one, [Symbol.iterator]: () => [[KEY_PAIR_ID, one]].values() },
        Object.create(Map.prototype),
        Object.create(new Map()),
        one,
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({ url: fc.constantFrom<unknown>(url, `${url}x`, 5), trustedKeys: keys }),
        fc.dictionary(fc.constantFrom('now', 'ip', 'cookies'), anything, { maxKeys: 2 }),
        async (request, more) => {
          const verdict = await outcome(() =>
            explain({ now: NOW, ...request, ...(given(more) as object) } as never),
          );
          if (verdict === undefined) return;
          expect(typeof verdict.allowed).toBe('boolean');
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
