/** Ends that CloudFront sets: to the length of a URL, to the years that it reads. And texts that are not UTF-8. */

import { afterEach, describe, expect, it, vi } from 'vitest';
import * as percentEncoding from '../../signer/src/policy/percent-encoding.ts';
import { cookieHeader, DOMAIN, ec, failureOf, judge, NOW, NOW_SECONDS, rsa, signerWith } from './fixtures.ts';

const signer = signerWith(ec);
const ORIGIN = `https://${DOMAIN}`;
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-general */
const MAX_URL_BYTES = 8_192;
const LAST_SECOND = 9_999_999_999;

describe('a URL of more than 8,192 bytes is refused', () => {
  afterEach(() => vi.restoreAllMocks());

  /** A path that makes a URL of so many bytes. */
  const pathFor = (bytes: number) => `/${'a'.repeat(bytes - ORIGIN.length - 1)}`;

  it('before anything in it is decoded', async () => {
    const decode = vi.spyOn(percentEncoding, 'decodeFully');
    await signer.signUrl('/%41.mp4');
    expect(decode).toHaveBeenCalled();
    decode.mockClear();
    const resource = `/books/%${'25'.repeat(32_000)}41/i.m3u8`;
    for (const call of [
      () => signer.signUrl(resource),
      () => signer.signUrl(`/a.mp4?x=${resource}`),
      () => signer.signCookies(resource),
      () => signer.clearCookies(resource),
    ]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_LENGTH' });
      expect(failure.message).toContain('8,192 bytes');
      expect(failure.message.length).toBeLessThan(200);
    }
    expect(decode).not.toHaveBeenCalled();
  });

  it('by its whole length, host included, however it is given', async () => {
    for (const resource of [pathFor(MAX_URL_BYTES + 1), `${ORIGIN}${pathFor(MAX_URL_BYTES + 1)}`]) {
      expect(await failureOf(() => signer.clearCookies(resource, { path: '/' }))).toMatchObject({
        code: 'ERR_RESOURCE_LENGTH',
      });
    }
    expect(signer.clearCookies(pathFor(MAX_URL_BYTES), { path: '/' })).toHaveLength(5);
  });

  it.each([
    ['RSA', rsa, {}],
    ['RSA, canned', rsa, { policy: 'canned' }],
    ['P-256', ec, {}],
    ['P-256 for a directory', ec, { scope: 'directory' }],
  ] as const)('once it carries its signature: %s', async (_, pair, options) => {
    const by = signerWith(pair);
    const lengthOf = async (path: string) => (await by.signUrl(path, options)).url.length;
    // A P-256 signature has 70 to 72 bytes, so the limit is approached from outside.
    let bytes = MAX_URL_BYTES;
    const isSigned = () => lengthOf(`/b${pathFor(bytes - 2)}`).then(Boolean, () => false);
    while (!(await isSigned())) {
      const failure = await failureOf(() => lengthOf(`/b${pathFor(bytes - 2)}`));
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_LENGTH' });
      expect(failure.message).toContain('signed URL');
      bytes -= bytes > MAX_URL_BYTES / 2 ? 97 : 13;
    }
    const { url } = await by.signUrl(`/b${pathFor(bytes - 2)}`, options);
    expect(url.length).toBeLessThanOrEqual(MAX_URL_BYTES);
    expect(url.length).toBeGreaterThan(MAX_URL_BYTES - 300);
    expect(judge(pair, { url }).allowed).toBe(true);
  });
});

describe('percent-encoding as deep as a URL is long', () => {
  it('is signed as it was given when it hides nothing', async () => {
    const resource = `/books/%${'25'.repeat(1_000)}41/i.m3u8`;
    const { url } = await signer.signUrl(resource, { policy: 'canned' });
    expect(url.startsWith(`${ORIGIN}${resource}?`)).toBe(true);
    expect(judge(ec, { url }).allowed).toBe(true);
  });

  it('is found out when it hides something', async () => {
    for (const hidden of ['2f', '2a', '3F', '5c', '00', '0d']) {
      const resource = `/books/%${'25'.repeat(1_000)}${hidden}/i.m3u8`;
      expect(await failureOf(() => signer.signUrl(resource))).toMatchObject({ code: 'ERR_RESOURCE_ENCODED' });
    }
  });
});

describe('percent-encoding that is not UTF-8 is refused', () => {
  it.each([
    ['/books/%ff%2f..%2f43/*', 'not UTF-8'],
    ['/books/%ff%2a/*', 'not UTF-8'],
    ['/books/%ff%00/*', 'not UTF-8'],
    ['/books/%ff%0d%0a/*', 'not UTF-8'],
    ['/books/%C0%AE%C0%AE/*', 'not UTF-8'],
    ['/books/%c0%af/*', 'not UTF-8'],
    ['/books/%ff/*', 'not UTF-8'],
    ['/books/%C3/*', 'not UTF-8'],
    ['/books/%C3/%A9/*', 'not UTF-8'],
    ['/books/%ED%A0%80/*', 'not UTF-8'],
    ['/books/%25ff%252f..%252f43/*', 'not UTF-8'],
    ['/books/%25C0%25AE%25C0%25AE/*', 'not UTF-8'],
    ['/books/%C3%25A9%252f/*', 'not UTF-8'],
    // A percent sign that starts no escape must not hide the one behind it.
    ['/books/100%25%252f..%252f43/*', 'hides'],
    ['/books/%25zz%252f/*', 'hides'],
    ['/books/%254%252a/*', 'hides'],
    ['/books/%25%25%252e%252e%252f/*', 'hides'],
  ])('%s', async (scope, words) => {
    const file = `${scope.slice(0, -1)}i.m3u8`;
    for (const call of [
      () => signer.signCookies(scope),
      () => signer.clearCookies(scope),
      () => signer.signCookies(file),
      () => signer.signUrl(file),
      () => signer.signUrl(file, { scope: 'directory' }),
      () => signer.signUrl(`${ORIGIN}${file}`, { policy: 'canned' }),
    ]) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_ENCODED' });
      expect(failure.message).toContain(words);
    }
  });

  it.each(['/a.mp4?x=%ff', '/a.mp4?%ff=1', '/a.mp4?x=1&%C0%AE=2', '/a.mp4?x=%25ff'])(
    '%s',
    async (resource) => {
      expect(await failureOf(() => signer.signUrl(resource))).toMatchObject({ code: 'ERR_RESOURCE_ENCODED' });
    },
  );

  it.each([
    '/books/%F0%9F%8E%AC/a.mp4',
    '/caf%C3%A9.mp4',
    '/100%25.mp4',
    '/a.mp4?x=%2A%0d%0A&%C3%A9=1',
    '/%EF%BB%BF.mp4',
  ])('and UTF-8 is signed: %s', async (resource) => {
    const { url } = await signer.signUrl(resource);
    expect(judge(ec, { url }).allowed).toBe(true);
  });
});

describe('an expiry after the year 2286', () => {
  const longest = { maxExpiresIn: LAST_SECOND, defaultExpiresIn: '4h' } as const;
  const far = signerWith(ec, longest);
  const atLast = new Date(LAST_SECOND * 1_000);
  const after = new Date((LAST_SECOND + 1) * 1_000);

  it.each([
    ['expiresIn', { expiresIn: LAST_SECOND - NOW_SECONDS + 1 }],
    ['expiresIn with a unit', { expiresIn: '99000d' }],
    ['expiresAt', { expiresAt: after }],
    ['expiresAt with a start', { expiresAt: after, startsAt: atLast }],
    ['the last instant that JavaScript knows', { expiresIn: LAST_SECOND }],
  ])('is refused: %s', async (_, options) => {
    for (const by of [far, signerWith(ec, { ...longest, reuse: 97 })]) {
      for (const call of [() => by.signUrl('/a.mp4', options), () => by.signCookies('/a/*', options)]) {
        const failure = await failureOf(call);
        expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_EXPIRY_INVALID' });
        expect(failure.message).toContain('2286');
      }
    }
  });

  it('is refused as the default lifetime', async () => {
    const by = signerWith(ec, { maxExpiresIn: LAST_SECOND, defaultExpiresIn: LAST_SECOND });
    expect(await failureOf(() => by.signUrl('/a.mp4'))).toMatchObject({ code: 'ERR_EXPIRY_INVALID' });
  });

  it.each([LAST_SECOND + 1, '99999999d', Number.MAX_SAFE_INTEGER])(
    'is refused as the cap of a signer: %s',
    async (maxExpiresIn) => {
      const failure = await failureOf(() => signerWith(ec, { maxExpiresIn }));
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_EXPIRY_INVALID' });
      expect(failure.message).toContain('"maxExpiresIn"');
    },
  );

  it('is refused of a signer whose clock stands there, or before 1970', async () => {
    for (const now of [after, new Date(-3_600_000), new Date(8.64e15)]) {
      const by = signerWith(ec, { now: () => now });
      expect(await failureOf(() => by.signUrl('/a.mp4', { expiresIn: 60 }))).toMatchObject({
        code: 'ERR_EXPIRY_INVALID',
      });
    }
  });

  it('is not reached by rounding up: the last second is signed, and is what explain reads', async () => {
    for (const by of [far, signerWith(ec, { ...longest, reuse: 97 })]) {
      for (const options of [{ expiresAt: atLast }, { expiresIn: LAST_SECOND - NOW_SECONDS }]) {
        const { url, expiresAt } = await by.signUrl('/a.mp4', options);
        expect(expiresAt).toEqual(atLast);
        expect(judge(ec, { url, now: new Date(atLast.getTime() - 1) }).allowed).toBe(true);
        expect(judge(ec, { url, now: atLast })).toMatchObject({ reason: 'expired' });
        const canned = await by.signUrl('/a.mp4', { ...options, policy: 'canned' });
        expect(judge(ec, { url: canned.url }).allowed).toBe(true);
      }
    }
  });
});

describe('what only looks like a Date', () => {
  class Liar extends Date {
    override getTime(): number {
      return Number.NaN;
    }
  }
  const FAKES: readonly (readonly [string, unknown])[] = [
    ['an object that inherits from Date', Object.create(Date.prototype)],
    ['a proxy of a Date', new Proxy(new Date(), {})],
    ['an object that calls itself one', { [Symbol.toStringTag]: 'Date', getTime: () => NOW.getTime() }],
    ['a number', NOW.getTime()],
    ['a text', NOW.toISOString()],
    ['null', null],
  ];

  it.each(FAKES)('is refused with a code: %s', async (_, fake) => {
    for (const call of [
      () => signer.signUrl('/a.mp4', { expiresAt: fake } as never),
      () => signer.signUrl('/a.mp4', { startsAt: fake } as never),
      () => signer.signCookies('/a/*', { expiresAt: fake } as never),
      () => signerWith(ec, { now: () => fake as Date }).signUrl('/a.mp4'),
      () => judge(ec, { url: `${ORIGIN}/a.mp4`, now: fake } as never),
    ]) {
      const failure = await failureOf(call);
      expect(failure.error).toBeInstanceOf(TypeError);
      expect(failure).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
    }
  });

  it('and a Date that answers for itself is read by its own time', async () => {
    const expiresAt = new Liar(NOW.getTime() + 60_000);
    const { url, expiresIn } = await signer.signUrl('/a.mp4', { expiresAt, startsAt: new Liar(NOW) });
    expect(expiresIn).toBe(60);
    expect(judge(ec, { url, now: new Liar(NOW) }).allowed).toBe(true);
    expect((await signerWith(ec, { now: () => new Liar(NOW) }).signUrl('/a.mp4')).expiresIn).toBe(14_400);
  });

  it('and an invalid Date is refused', async () => {
    const never = new Date(Number.NaN);
    expect(await failureOf(() => signer.signUrl('/a.mp4', { expiresAt: never }))).toMatchObject({
      code: 'ERR_EXPIRY_INVALID',
    });
    expect(await failureOf(() => signer.signUrl('/a.mp4', { startsAt: never }))).toMatchObject({
      code: 'ERR_STARTS_AT_INVALID',
    });
    expect(await failureOf(() => signerWith(ec, { now: () => never }).signUrl('/a.mp4'))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
    const { cookies } = await signer.signCookies('/a/*');
    const request = { url: `${ORIGIN}/a/b`, cookies: cookieHeader(cookies), now: never };
    expect(judge(ec, request).allowed).toBe(false);
  });
});

describe('a list of domains', () => {
  it('with a hole is refused', async () => {
    const domain = new Array<string>(2);
    domain[1] = DOMAIN;
    expect(await failureOf(() => signerWith(ec, { domain }))).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
  });
});
