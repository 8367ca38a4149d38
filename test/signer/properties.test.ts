import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExplainRequest } from '../../signer/src/verify/index.ts';
import { cookieHeader, DOMAIN, ec, judge, KEY_PAIR_ID, NOW, rsa, signerWith, trusting } from './fixtures.ts';

const URL_42 = `https://${DOMAIN}/books/42/index.m3u8`;
const KINDS = [
  ['RSA SHA-1', rsa, 'SHA1'],
  ['P-256 SHA-256', ec, 'SHA256'],
] as const;

/** Printable ASCII, the whole range a request line or a header can carry. */
const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));

describe.each(KINDS)('with %s', (_, pair, hashAlgorithm) => {
  const signer = signerWith(pair, { hashAlgorithm });

  it.each(['Policy', 'Signature', 'Key-Pair-Id'] as const)(
    'denies after any one character of %s is changed',
    async (field) => {
      const name = `CloudFront-${field}`;
      const { cookies } = await signer.signCookies('/books/42/*');
      const value = cookies[name] ?? '';
      expect(value).not.toBe('');
      fc.assert(
        fc.property(fc.nat(value.length - 1), character, (index, other) => {
          fc.pre(value[index] !== other);
          const changed = value.slice(0, index) + other + value.slice(index + 1);
          const verdict = judge(pair, {
            url: URL_42,
            cookies: cookieHeader({ ...cookies, [name]: changed }),
          });
          expect(verdict.allowed).toBe(false);
        }),
        { numRuns: 400 },
      );
    },
  );

  it('denies after any one bit of the decoded policy or signature is flipped', async () => {
    const { cookies } = await signer.signCookies('/books/42/*');
    for (const name of ['CloudFront-Policy', 'CloudFront-Signature']) {
      const text = (cookies[name] ?? '').replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '=');
      const bytes = Buffer.from(text, 'base64');
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(7), (index, bit) => {
          const flipped = Buffer.from(bytes);
          flipped.writeUInt8(flipped.readUInt8(index) ^ (1 << bit), index);
          const wire = flipped
            .toString('base64')
            .replaceAll('+', '-')
            .replaceAll('/', '~')
            .replaceAll('=', '_');
          const verdict = judge(pair, { url: URL_42, cookies: cookieHeader({ ...cookies, [name]: wire }) });
          expect(verdict.allowed).toBe(false);
        }),
        { numRuns: 200 },
      );
    }
  });

  it('denies after any one character of a canned URL is changed', async () => {
    const { url } = await signer.signUrl('/books/42/index.m3u8?v=1', { policy: 'canned' });
    fc.assert(
      fc.property(fc.integer({ min: 'https://'.length, max: url.length - 1 }), character, (index, other) => {
        const changed = url.slice(0, index) + other + url.slice(index + 1);
        // A host is the same in capitals.
        fc.pre(changed.toLowerCase() !== url.toLowerCase());
        expect(judge(pair, { url: changed }).allowed).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('everything signed', () => {
  const lifetime = fc.integer({ min: 1, max: 7 * 86_400 });
  const delay = fc.option(fc.nat(86_400), { nil: undefined });
  const policy = fc.constantFrom('canned' as const, 'custom' as const);
  const segment = fc.string({
    unit: fc.constantFrom(..."abcXYZ019-._~!$&'()+,;=:@".split(''), '%20', '%C3%A9'),
    minLength: 1,
    maxLength: 12,
  });
  const path = fc
    .array(
      segment.filter((text) => text !== '.' && text !== '..'),
      { minLength: 1, maxLength: 4 },
    )
    .map((segments) => `/${segments.join('/')}`);

  /** Every kind of signer there is; those with `reuse` see the same requests again and again. */
  const signers = [
    [ec, signerWith(ec)],
    [ec, signerWith(ec, { hashAlgorithm: 'SHA256' })],
    [rsa, signerWith(rsa, { hashAlgorithm: 'SHA256', reuse: '1h' })],
    [ec, signerWith(ec, { reuse: 97, reuseEntries: 3 })],
  ] as const;

  it('is allowed at its first and last second and denied outside', async () => {
    const request = fc.record({
      file: path,
      expiresIn: lifetime,
      wait: delay,
      kind: policy,
      scope: fc.constantFrom('file' as const, 'directory' as const),
      who: fc.constantFrom(...signers),
      repeats: fc.integer({ min: 1, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ file, expiresIn, wait, kind, scope, who, repeats }) => {
        const [pair, signer] = who;
        const directory = scope === 'directory';
        const canned = kind === 'canned' && !directory;
        const startsIn = canned || wait === undefined ? undefined : wait % expiresIn;
        const options = {
          expiresIn,
          allowWholeHost: true,
          ...(canned ? { policy: kind } : {}),
          ...(startsIn === undefined ? {} : { startsAt: new Date(NOW.getTime() + startsIn * 1000) }),
        };
        const folder = `${file.slice(0, file.lastIndexOf('/'))}/*`;
        for (let count = 0; count < repeats; count++) {
          const byUrl = await signer.signUrl(file, { ...options, scope });
          // A ";" cannot be in a cookie's Path.
          const byCookie = await signer.signCookies(directory ? folder : file, { ...options, path: '/' });
          expect(byCookie.expiresIn).toBe(byUrl.expiresIn);
          const life = byUrl.expiresIn;
          expect(life).toBeGreaterThanOrEqual(expiresIn);
          expect(life).toBeLessThanOrEqual(7 * 86_400);
          const allowedAt = (seconds: number) => {
            const now = new Date(NOW.getTime() + seconds * 1000);
            const cookies = cookieHeader(byCookie.cookies);
            const url = judge(pair, { url: byUrl.url, now }).allowed;
            expect(judge(pair, { url: `https://${DOMAIN}${file}`, cookies, now }).allowed).toBe(url);
            return url;
          };
          expect(allowedAt(startsIn ?? 0)).toBe(true);
          expect(allowedAt(life - 0.001)).toBe(true);
          expect(allowedAt(life)).toBe(false);
          if (startsIn !== undefined) expect(allowedAt(startsIn - 0.001)).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('with reuse lives as long as asked and less than a step of the grid longer', async () => {
    const grid = fc.integer({ min: 1, max: 86_399 });
    await fc.assert(
      fc.asyncProperty(grid, lifetime, fc.nat(1_000_000), async (reuse, expiresIn, later) => {
        const now = new Date(NOW.getTime() + later * 1000);
        const signer = signerWith(ec, { reuse, maxExpiresIn: '7d', now: () => now });
        const signed = await signer.signUrl('/a.mp4', { expiresIn });
        expect(signed.expiresIn).toBeGreaterThanOrEqual(expiresIn);
        expect(signed.expiresIn).toBeLessThan(expiresIn + reuse);
        expect(signed.expiresIn).toBeLessThanOrEqual(7 * 86_400);
        const onGrid = (signed.expiresAt.getTime() / 1000) % reuse === 0;
        expect(onGrid || signed.expiresIn === expiresIn).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a plain path', () => {
  it('is let through by one look if and only if every check lets it through', async () => {
    const signer = signerWith(ec);
    const code = async (path: string) =>
      signer.signUrl(path).then(
        () => 'signed',
        (error) => (error as { code: string }).code,
      );
    const unit = fc.constantFrom(...'/..//a-~*?#"\\ é'.split(''), '..', '/../', '/./');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 8 }), async (text) => {
        const path = `/${text}`;
        // Percent-encoding sends a path through the single checks; this one says nothing new.
        const looked = `${path}${path.endsWith('/') ? '' : '/'}%41`;
        fc.pre(!text.includes('?') && !text.includes('#'));
        expect(await code(path)).toBe(await code(looked));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an id that nobody checked', () => {
  const others = ['4', '41', '42', '4a', '44', '4a=', '4a='.repeat(2)];
  const unit = fc.constantFrom(
    '4',
    '2',
    'a',
    '=',
    '&',
    '?',
    '*',
    '/',
    '.',
    '%',
    '%2F',
    '%3f',
    '%2e',
    '\\',
    '#',
  );
  const signer = signerWith(ec);

  it('never opens another id’s files, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 6 }), async (id) => {
        const file = `/books/${id}/index.m3u8`;
        const outcomes = await Promise.allSettled([
          signer.signUrl(file).then(({ url }) => ({ query: url.slice(url.lastIndexOf('Policy=')) })),
          signer
            .signUrl(file, { scope: 'directory' })
            .then(({ url }) => ({ query: url.slice(url.lastIndexOf('Policy=')) })),
          signer.signCookies(`/books/${id}/*`).then(({ cookies }) => ({ cookies: cookieHeader(cookies) })),
        ]);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') {
            expect(outcome.reason).toMatchObject({ name: 'SignerError' });
            continue;
          }
          for (const other of others.filter((one) => one !== id)) {
            const url = `https://${DOMAIN}/books/${other}/index.m3u8`;
            const request =
              'query' in outcome.value
                ? { url: `${url}?${outcome.value.query}` }
                : { url, cookies: outcome.value.cookies };
            expect(judge(ec, request)).toMatchObject({ allowed: false });
          }
        }
      }),
      { numRuns: 3_000, examples: [['?'], ['?4='], ['?a='], ['4?a=']] },
    );
  });
});

describe('any string', () => {
  const name = fc.constantFrom('Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm', 'x');
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('', KEY_PAIR_ID, 'eyJ9', '1795179600', '__proto__', 'SHA1', '\ud800'),
  );
  const query = fc
    .array(fc.tuple(name, anyText))
    .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'));
  const cookies = fc
    .array(fc.tuple(name, anyText))
    .map((pairs) => pairs.map((pair) => `CloudFront-${pair.join('=')}`).join('; '));

  it('gets a verdict from explain, and never an allowance', () => {
    const url = fc.oneof(
      anyText,
      query.map((text) => `${URL_42}?${text}`),
    );
    fc.assert(
      fc.property(url, fc.option(cookies, { nil: undefined }), anyText, (target, header, ip) => {
        const request: ExplainRequest = { url: target, ip, now: NOW, trustedKeys: trusting(rsa) };
        expect(judge(rsa, header === undefined ? request : { ...request, cookies: header }).allowed).toBe(
          false,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('signed as a policy, gets a verdict too', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, resource) => {
        for (const policy of [
          json,
          JSON.stringify({ Statement: [{ Resource: resource, Condition: JSON.parse(json) }] }),
        ]) {
          const wire = Buffer.from(policy)
            .toString('base64')
            .replaceAll('+', '-')
            .replaceAll('/', '~')
            .replaceAll('=', '_');
          const verdict = judge(rsa, {
            url: `${URL_42}?Policy=${wire}&Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`,
          });
          expect(verdict.allowed).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes signUrl throw nothing but an error with a code', async () => {
    const signer = signerWith(ec);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyText,
          anyText.map((text) => `/${text}`),
        ),
        async (resource) => {
          try {
            const { url } = await signer.signUrl(resource);
            expect(judge(ec, { url }).allowed).toBe(true);
            const wide = await signer.signUrl(resource, { scope: 'directory', allowWholeHost: true });
            expect(judge(ec, { url: wide.url }).allowed).toBe(true);
          } catch (error) {
            expect((error as { code?: unknown }).code).toMatch(/^ERR_RESOURCE_/);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
