/** What browsers make of the lines, by RFC 6265's own algorithm. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookieHeader, DOMAIN, ec, failureOf, judge, signerWith } from './fixtures.ts';
import { parseSetCookie } from './rfc6265.ts';

/** RFC 6265 §4.1.1: cookie-octet. */
const COOKIE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

const signer = signerWith(ec);
const SMUGGLED = ['42;x', '42;Path=', '42;Domain=victim.example;x', '42;Max-Age=0;x', ';', '42;', ';42'];

describe('a ";" in an id', () => {
  it.each(SMUGGLED)('begins no attribute: %s', async (id) => {
    for (const resource of [`/books/${id}/*`, `/books/${id}`, `https://${DOMAIN}/books/${id}/a.ts`]) {
      for (const call of [() => signer.signCookies(resource), () => signer.clearCookies(resource)]) {
        const failure = await failureOf(call);
        expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_COOKIE_PATH' });
        expect(failure.message).toContain('%3B');
        expect(failure.message).not.toContain(id.length > 1 ? id : '/books/;');
      }
    }
  });

  it.each(SMUGGLED)('begins none in a Path of one’s own: %s', async (id) => {
    for (const path of [`/books/${id}/`, `/${id}`]) {
      for (const call of [
        () => signer.signCookies('/books/42/*', { path }),
        () => signer.clearCookies('/books/42/*', { path }),
      ]) {
        expect(await failureOf(call)).toMatchObject({ name: 'SignerError', code: 'ERR_COOKIE_PATH' });
      }
    }
  });

  it.each(['example.com;x', 'example.com; Path=/', ';example.com', 'com;', 'example.com\r\nX: y'])(
    'begins none in a Domain: %j',
    async (cookieDomain) => {
      const options = { domain: 'media.example.com', cookieDomain };
      expect(await failureOf(() => signerWith(ec, options))).toMatchObject({ code: 'ERR_COOKIE_DOMAIN' });
    },
  );

  it.each([
    ...['co.uk', 'com.au', 'co.jp', 'com.br', 'co.nz', 'co.in', 'com.tr', 'co.za', 'com.mx', 'co.kr'],
    ...[
      'github.io',
      'herokuapp.com',
      'vercel.app',
      'pages.dev',
      'netlify.app',
      'amplifyapp.com',
      's3.amazonaws.com',
    ],
  ])('is for no public suffix: %s', async (suffix) => {
    for (const cookieDomain of [suffix, `.${suffix}`]) {
      const failure = await failureOf(() => signerWith(ec, { domain: `media.${suffix}`, cookieDomain }));
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_COOKIE_DOMAIN' });
      expect(failure.message).toContain(`${suffix}, a public suffix`);
    }
    const own = signerWith(ec, { domain: `media.example.${suffix}`, cookieDomain: `example.${suffix}` });
    expect(own.clearCookies('/a/*')[0]).toContain(`Domain=example.${suffix}`);
  });

  it('is signed where a Path above it is given', async () => {
    const { setCookie, cookies } = await signer.signCookies('/books/42;x/*', { path: '/books/' });
    expect(setCookie.map((line) => parseSetCookie(line).attributes[0])).toEqual([
      ['path', '/books/'],
      ['path', '/books/'],
      ['path', '/books/'],
    ]);
    const url = `https://${DOMAIN}/books/42;x/a.ts`;
    expect(judge(ec, { url, cookies: cookieHeader(cookies) }).allowed).toBe(true);
  });

  it('is signed encoded, and in URLs, which have no attributes', async () => {
    const { setCookie } = await signer.signCookies('/books/42%3Bx/*');
    expect(parseSetCookie(setCookie[0] ?? '').attributes[0]).toEqual(['path', '/books/42%3Bx/']);
    const { url } = await signer.signUrl('/books/42;x/a.ts', { scope: 'directory' });
    expect(judge(ec, { url }).allowed).toBe(true);
  });

  it('begins none in a key pair id that changes after it was checked', async () => {
    let reads = 0;
    const key = {
      get keyPairId() {
        reads += 1;
        return reads === 1 ? 'K2JCJMDEHXQW5F' : 'K2; Domain=victim.example';
      },
      algorithm: 'ECDSA-SHA1',
      sign: () => new Uint8Array(70),
    };
    const failure = await failureOf(() =>
      signerWith(ec, { key: { get: async () => key } as never }).signCookies('/books/42/*'),
    );
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_KEY_PAIR_ID' });
  });
});

describe('a cookie that browsers would drop or cut short is refused', () => {
  const long = (length: number) => `/${'a'.repeat(length - 2)}/`;

  it('with a Path of more than 1,024 bytes, derived or given', async () => {
    expect((await signer.signCookies(`${long(1_024)}*`)).setCookie).toHaveLength(3);
    expect(signer.clearCookies(`${long(1_024)}*`)).toHaveLength(5);
    for (const call of [
      () => signer.signCookies(`${long(1_025)}*`),
      () => signer.clearCookies(`${long(1_025)}*`),
      () => signer.signCookies(`${long(2_000)}*`, { path: long(1_025) }),
    ]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_COOKIE_PATH' });
      expect(failure.message).toContain('1,024 bytes');
    }
  });

  it('with more than 4,096 bytes in name and value', async () => {
    // The largest of the three; base64 makes four characters of three bytes.
    const sizeOf = async (length: number) => {
      const { cookies } = await signer.signCookies(`${long(length)}*`, { path: '/' });
      return Math.max(...Object.entries(cookies).map(([name, value]) => name.length + value.length));
    };
    let length = 2_900;
    while (length < 3_200 && (await sizeOf(length + 1).catch(() => 0)) > 0) length += 1;
    expect(await sizeOf(length)).toBeGreaterThan(4_096 - 4);
    expect(await sizeOf(length)).toBeLessThanOrEqual(4_096);
    const failure = await failureOf(() => sizeOf(length + 1));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_LENGTH' });
    expect(failure.message).toContain('4,096 bytes');
  });
});

describe('every Set-Cookie line', () => {
  const unit = fc.oneof(
    fc.constantFrom(...';,=/.%3B%3b%0d%0a\r\n\t\0"\'\\ *?#&@:'.split(''), '%3B', ';Path=', '; Domain=x', 'é'),
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  );
  const id = fc.string({ unit, maxLength: 8 });
  const call = fc.record(
    {
      path: fc.option(
        fc.oneof(
          id.map((text) => `/${text}`),
          fc.constantFrom('/', '/books', '/books/'),
        ),
        { nil: undefined },
      ),
      sameSite: fc.constantFrom('Lax' as const, 'Strict' as const, 'None' as const),
      maxAge: fc.boolean(),
    },
    { requiredKeys: ['sameSite', 'maxAge'] },
  );
  const signers = [
    [undefined, signer],
    ['example.com', signerWith(ec, { domain: 'media.example.com', cookieDomain: '.example.com' })],
  ] as const;

  it('parses back to the attributes that were meant and no other, or the call is refused', async () => {
    let signed = 0;
    await fc.assert(
      fc.asyncProperty(
        id,
        call,
        fc.constantFrom(...signers),
        async (text, { maxAge, ...options }, [domain, by]) => {
          const resource = `/books/${text}/*`;
          const given = options.path === undefined ? { sameSite: options.sameSite } : options;
          const meant = (seconds: string | undefined) => [
            ...(domain === undefined ? [] : [['domain', domain]]),
            ['path', options.path ?? `/books/${text}/`],
            ['secure', ''],
            ['httponly', ''],
            ['samesite', options.sameSite],
            ...(seconds === undefined ? [] : [['max-age', seconds]]),
          ];
          let result: Awaited<ReturnType<typeof by.signCookies>>;
          try {
            result = await by.signCookies(resource, { ...given, maxAge } as never);
          } catch (error) {
            expect(error).toMatchObject({ name: 'SignerError', code: expect.stringMatching(/^ERR_/) });
            expect(() => by.clearCookies(resource, given as never)).toThrow(
              expect.objectContaining({ code: (error as { code: string }).code }),
            );
            return;
          }
          signed += 1;
          const cookies: Record<string, string> = {};
          for (const line of result.setCookie) {
            expect(line).toMatch(/^[\x20-\x7e]+$/);
            const parsed = parseSetCookie(line);
            expect(parsed.value).toMatch(COOKIE_VALUE);
            expect(parsed.attributes).toEqual(meant(maxAge ? String(result.expiresIn) : undefined));
            cookies[parsed.name] = parsed.value;
          }
          expect(cookies).toEqual(result.cookies);
          for (const line of by.clearCookies(resource, given as never)) {
            const parsed = parseSetCookie(line);
            expect(parsed.value).toBe('');
            expect(parsed.attributes).toEqual(meant('0'));
          }
        },
      ),
      {
        numRuns: 3_000,
        examples: SMUGGLED.map(
          (text) =>
            [text, { sameSite: 'Lax' as const, maxAge: true }, signers[0]] as [
              string,
              { sameSite: 'Lax'; maxAge: boolean },
              (typeof signers)[0],
            ],
        ),
      },
    );
    expect(signed).toBeGreaterThan(100);
  });
});
