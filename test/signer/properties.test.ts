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

describe('everything minted', () => {
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

  it('is allowed at its first and last second and denied outside', async () => {
    const signer = signerWith(ec);
    await fc.assert(
      fc.asyncProperty(path, lifetime, delay, policy, async (file, expiresIn, wait, kind) => {
        const startsIn = kind === 'canned' || wait === undefined ? undefined : wait % expiresIn;
        const startsAt =
          startsIn === undefined ? {} : { startsAt: new Date(NOW.getTime() + startsIn * 1000) };
        const options = { expiresIn, policy: kind, ...startsAt };
        const { url } = await signer.signUrl(file, options);
        const { cookies } = await signer.signCookies(file, options);
        const allowedAt = (seconds: number) => {
          const now = new Date(NOW.getTime() + seconds * 1000);
          const byUrl = judge(ec, { url, now }).allowed;
          const byCookie = judge(ec, {
            url: `https://${DOMAIN}${file}`,
            cookies: cookieHeader(cookies),
            now,
          }).allowed;
          expect(byCookie).toBe(byUrl);
          return byUrl;
        };
        expect(allowedAt(startsIn ?? 0)).toBe(true);
        expect(allowedAt(expiresIn - 0.001)).toBe(true);
        expect(allowedAt(expiresIn)).toBe(false);
        if (startsIn !== undefined) expect(allowedAt(startsIn - 0.001)).toBe(false);
      }),
      { numRuns: 150 },
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
          } catch (error) {
            expect((error as { code?: unknown }).code).toMatch(/^ERR_RESOURCE_/);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
