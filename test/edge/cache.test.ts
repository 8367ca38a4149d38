import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../../aws/cloudfront/distribution.ts';
import {
  cacheKey,
  createCache,
  type EdgeCache,
  errorTtlSeconds,
  type KeyedRequest,
  objectTtlSeconds,
} from '../../edge/cache.ts';
import { ask, behaviour, bodyOf, distribution, memoryOrigin, NOW } from './fixture.ts';

const policy: CachePolicy = {
  minTtlSeconds: 0,
  defaultTtlSeconds: 60,
  maxTtlSeconds: 3600,
  queryStrings: { kind: 'none', names: [] },
  cookies: { kind: 'none', names: [] },
  headers: [],
  gzip: false,
  brotli: false,
};
const open = distribution({ behaviours: [behaviour({ trustedKeys: null })] });
const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const SEGMENT = '/books/42/index_360p_00001.ts';

describe('how long an object stays', () => {
  it.each([
    ['the default where the origin says nothing', {}, 60],
    ['max-age', { 'cache-control': 'public, max-age=120' }, 120],
    ['s-maxage before max-age', { 'cache-control': 'max-age=1, s-maxage=120' }, 120],
    ['at most the maximum', { 'cache-control': 'max-age=99999' }, 3600],
    ['Expires where there is no max-age', { expires: 'Fri, 20 Nov 2026 12:02:00 GMT' }, 120],
    ['not at all after an Expires that has passed', { expires: 'Fri, 20 Nov 2026 11:00:00 GMT' }, 0],
    ['not at all with no-store', { 'cache-control': 'no-store, max-age=60' }, 0],
  ])('%s', (_, headers: Record<string, string>, seconds) => {
    expect(objectTtlSeconds(headers, policy, NOW)).toBe(seconds);
  });

  it('is at least the minimum, even with no-store', () => {
    expect(objectTtlSeconds({ 'cache-control': 'no-store' }, { ...policy, minTtlSeconds: 5 }, NOW)).toBe(5);
  });

  it('is ten seconds for an error unless the distribution says otherwise, and nothing for other statuses', () => {
    const configured = new Map([[403, 1]]);
    const ttlOf = (status: number) =>
      errorTtlSeconds({ status, headers: {} }, { configured, maxTtlSeconds: 3600, now: NOW });
    expect([403, 404, 416, 206].map(ttlOf)).toEqual([1, 10, 0, 0]);
  });
});

describe('the cache key', () => {
  const keyFor = (request: Partial<KeyedRequest>, overrides: Partial<CachePolicy> = {}) =>
    cacheKey(
      { origin: behaviour().origin, path: '/a', query: '', headers: {}, encoding: null, ...request },
      { ...policy, ...overrides },
    );

  it.each([
    ['none', [], ''],
    ['all', [], 'b=1&c=2'],
    ['whitelist', ['c'], 'c=2'],
    ['allExcept', ['c'], 'b=1'],
  ] as const)('with query strings "%s" never holds a signature', (kind, names, kept) => {
    const queryStrings = { kind, names };
    const query = 'b=1&Policy=p&Signature=s&Key-Pair-Id=k&c=2';
    expect(keyFor({ query }, { queryStrings })).toBe(keyFor({ query: kept }, { queryStrings }));
    expect(keyFor({ query }, { queryStrings })).not.toBe(
      keyFor({ query: 'b=3&c=3' }, { queryStrings: { kind: 'all', names: [] } }),
    );
  });

  it('keeps viewers apart by the cookies that the policy names, and never by a signature', () => {
    const cookies = { kind: 'whitelist', names: ['lang'] } as const;
    const keyOf = (cookie: string) => keyFor({ headers: { cookie } }, { cookies });
    expect(keyOf('lang=de; CloudFront-Signature=one')).toBe(
      keyOf('CloudFront-Signature=two; lang=de; theme=dark'),
    );
    expect(keyOf('lang=de')).not.toBe(keyOf('lang=en'));
  });

  it('keeps viewers apart by the headers that the policy names', () => {
    const keyOf = (headers: Record<string, string>) => keyFor({ headers }, { headers: ['accept-language'] });
    expect(keyOf({ 'accept-language': 'de', range: 'bytes=0-1' })).toBe(keyOf({ 'accept-language': 'de' }));
    expect(keyOf({ 'accept-language': 'de' })).not.toBe(keyOf({}));
  });

  it('is the same for two requests only if every part of it is the same', () => {
    const text = fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          '=',
          ':',
          ',',
          '"',
          '\\',
          '\n',
          '\0',
          ' ',
          '[',
          ']',
          '/',
          '?',
          'br',
          'null',
        ),
        { maxLength: 3 },
      )
      .map((parts) => parts.join(''));
    const pairs = fc.array(
      text.map((value) => `p${value}`),
      { maxLength: 2 },
    );
    const parts = fc.record({
      bucket: text,
      originPath: text,
      path: text,
      parameters: pairs,
      cookies: pairs,
      x: fc.option(text, { nil: undefined }),
      y: fc.option(text, { nil: undefined }),
      encoding: fc.constantFrom(null, 'br', 'gzip'),
    });
    type Parts = typeof parts extends fc.Arbitrary<infer Value> ? Value : never;
    const everything = { kind: 'all', names: [] } as const;
    const keyOf = ({ bucket, originPath, path, parameters, cookies, x, y, encoding }: Parts) =>
      keyFor(
        {
          origin: { bucket, path: originPath, signsRequests: true },
          path,
          query: parameters.join('&'),
          headers: { cookie: cookies.join('; '), x, y },
          encoding,
        },
        { queryStrings: everything, cookies: everything, headers: ['x', 'y'] },
      );
    const same = (one: Parts, other: Parts) => {
      const sorted = (all: Parts) => ({ ...all, cookies: all.cookies.toSorted() });
      return isDeepStrictEqual(sorted(one), sorted(other));
    };
    // The second differs from the first in a few parts, or takes over the end of one at the start of another.
    const two = fc
      .tuple(
        parts,
        fc.subarray(['bucket', 'originPath', 'path', 'parameters', 'cookies', 'x', 'y', 'encoding'] as const),
        parts,
        text,
      )
      .map(([one, taken, other, moved]) => {
        const second = { ...one, ...Object.fromEntries(taken.map((name) => [name, other[name]])) } as Parts;
        return moved === ''
          ? ([one, second] as const)
          : ([
              { ...one, bucket: `${one.bucket}${moved}` },
              { ...one, originPath: `${moved}${one.originPath}` },
            ] as const);
      });
    fc.assert(
      fc.property(two, ([one, other]) => {
        expect(keyOf(one) === keyOf(other)).toBe(same(one, other));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the cache', () => {
  const answer = (size: number) => ({ status: 200, headers: {}, body: Buffer.alloc(size) });
  const keep = (cache: EdgeCache, key: string, size: number) =>
    cache.begin(key).keep(answer(size), { ttlSeconds: 60, now: NOW });

  it('lets the least recently used go when it is full', () => {
    const cache = createCache({ maxBytes: 10_000 });
    keep(cache, 'a', 3000);
    keep(cache, 'b', 3000);
    cache.get('a', NOW);
    keep(cache, 'c', 3000);
    expect(['a', 'b', 'c'].filter((key) => cache.get(key, NOW) !== null)).toEqual(['a', 'c']);
  });

  it('gives nothing at the very second an entry ends', () => {
    const cache = createCache();
    keep(cache, 'a', 1);
    expect(cache.get('a', secondsLater(59))?.ageSeconds).toBe(59);
    expect(cache.get('a', secondsLater(60))).toBeNull();
  });
});

describe('through the edge', () => {
  const segment = { [SEGMENT]: { body: '0123456789' } };

  it('a second viewer gets a Hit with its Age, and S3 is not asked again', async () => {
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
    const first = await ask(SEGMENT, shared);
    const second = await ask(SEGMENT, { ...shared, now: secondsLater(30) });
    expect([first, second].map(({ response }) => response.headers['x-cache'])).toEqual([
      'Miss from cloudfront',
      'Hit from cloudfront',
    ]);
    expect(second.response.headers.age).toBe('30');
    expect(await bodyOf(second)).toBe('0123456789');
    expect(shared.origin.asked).toHaveLength(1);
  });

  it('asks S3 again when the time is over', async () => {
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
    await ask(SEGMENT, shared);
    await ask(SEGMENT, { ...shared, now: secondsLater(61) });
    expect(shared.origin.asked).toHaveLength(2);
  });

  it("keeps S3's 403 for as long as the distribution says and no longer", async () => {
    const shared = { cache: createCache(), origin: memoryOrigin({}), distribution: open };
    await ask(SEGMENT, shared);
    await ask(SEGMENT, { ...shared, now: secondsLater(0.5) });
    expect(shared.origin.asked).toHaveLength(1);
    const third = await ask(SEGMENT, { ...shared, now: secondsLater(1) });
    expect(shared.origin.asked).toHaveLength(2);
    expect(third.response.headers['x-cache']).toBe('Error from cloudfront');
  });

  it('keeps nothing where the key depends on what the edge does not key on', async () => {
    const unkeyed = distribution({ behaviours: [behaviour({ trustedKeys: null, caching: null })] });
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: unkeyed };
    await ask(SEGMENT, shared);
    expect((await ask(SEGMENT, shared)).cache).toBe('Miss');
  });

  describe.each(['Miss', 'Hit'])('on a %s', (result) => {
    const warm = async () => {
      const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
      if (result === 'Hit') await ask(SEGMENT, shared);
      return shared;
    };

    it('answers HEAD with the headers of GET and no body', async () => {
      const handled = await ask(SEGMENT, { ...(await warm()), method: 'HEAD' });
      expect(handled.response).toMatchObject({
        status: 200,
        headers: { 'content-length': '10', etag: '"abc"' },
      });
      expect(await bodyOf(handled)).toBe('');
    });

    it('answers 304 to If-None-Match with the ETag, weak or among others', async () => {
      const handled = await ask(SEGMENT, { ...(await warm()), headers: { 'if-none-match': '"x", W/"abc"' } });
      expect([handled.response.status, handled.response.body]).toEqual([304, null]);
      expect(handled.response.headers).not.toHaveProperty('content-length');
    });

    it('answers 200 to If-None-Match with another ETag, whatever If-Modified-Since says', async () => {
      const headers = { 'if-none-match': '"x"', 'if-modified-since': NOW.toUTCString() };
      expect((await ask(SEGMENT, { ...(await warm()), headers })).response.status).toBe(200);
    });

    it('answers 304 to If-Modified-Since with a later time', async () => {
      const headers = { 'if-modified-since': NOW.toUTCString() };
      expect((await ask(SEGMENT, { ...(await warm()), headers })).response.status).toBe(304);
    });
  });

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
  ])('a cached object is cut to %s', async (range, body, contentRange) => {
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
    await ask(SEGMENT, shared);
    const handled = await ask(SEGMENT, { ...shared, headers: { range } });
    expect(handled.response).toMatchObject({ status: 206, headers: { 'content-range': contentRange } });
    expect(await bodyOf(handled)).toBe(body);
    expect(handled.response.headers['content-length']).toBe(String(body.length));
  });

  it.each(['bytes=10-', 'bytes=-0'])('a cached object answers 416 to %s', async (range) => {
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
    await ask(SEGMENT, shared);
    const { response } = await ask(SEGMENT, { ...shared, headers: { range } });
    expect(response).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
  });

  it.each(['bytes=3-1', 'bytes=4-5,0-1', 'bytes=0-4,4-5', 'bytes=0-1,12-', 'lines=1-2', 'bytes=a-b'])(
    'a cached object is served whole to %s',
    async (range) => {
      const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
      await ask(SEGMENT, shared);
      expect((await ask(SEGMENT, { ...shared, headers: { range } })).response.status).toBe(200);
    },
  );

  it('a part is not mixed with another version: If-Range with an old ETag gets the whole', async () => {
    const shared = { cache: createCache(), origin: memoryOrigin(segment), distribution: open };
    await ask(SEGMENT, shared);
    const statuses = ['"abc"', '"old"'].map(
      async (etag) =>
        (await ask(SEGMENT, { ...shared, headers: { range: 'bytes=0-1', 'if-range': etag } })).response
          .status,
    );
    expect(await Promise.all(statuses)).toEqual([206, 200]);
  });
});
