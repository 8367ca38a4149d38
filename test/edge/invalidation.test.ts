/** What an invalidation does to the edge's cache, and to what is on its way into it. */
import { describe, expect, it } from 'vitest';
import type { Distribution } from '../../aws/cloudfront/distribution.ts';
import { createCache } from '../../edge/cache.ts';
import type { Origin, OriginAnswer, OriginRequest } from '../../edge/origin.ts';
import { ask, behaviour, bodyOf, distribution, memoryOrigin, NOW } from './fixture.ts';

const SEGMENT = '/books/42/index_360p_00001.ts';
const OTHER = '/books/43/index_360p_00001.ts';
const open = withCaching({});
const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('an invalidation', () => {
  it('makes the edge ask the origin again for what it names, and for nothing else', async () => {
    const shared = share({ [SEGMENT]: { body: 'a' }, [OTHER]: { body: 'b' } });
    for (const path of [SEGMENT, OTHER]) await ask(path, shared);
    shared.cache.invalidate(['/books/42/*']);
    expect([(await ask(SEGMENT, shared)).cache, (await ask(OTHER, shared)).cache]).toEqual(['Miss', 'Hit']);
  });

  it('drops every variant: encodings, cookies and headers of the cache key', async () => {
    const asked = withCaching({
      gzip: true,
      brotli: true,
      cookies: { kind: 'all', names: [] },
      headers: ['accept-language'],
    });
    const body = 'text '.repeat(1000);
    const shared = share({ '/a.m3u8': { body, headers: { 'content-type': 'application/json' } } }, asked);
    const variants = [
      {},
      { 'accept-encoding': 'gzip' },
      { 'accept-encoding': 'br' },
      { cookie: 'lang=de' },
      { 'accept-language': 'de' },
    ];
    const results = async () => {
      const found: string[] = [];
      for (const headers of variants) found.push((await ask('/a.m3u8', { ...shared, headers })).cache);
      return found;
    };
    await results();
    expect(await results()).toEqual(variants.map(() => 'Hit'));
    shared.cache.invalidate(['/a.m3u8']);
    expect(await results()).toEqual(variants.map(() => 'Miss'));
  });

  it('without a query leaves objects that are cached with one, where the cache key has queries', async () => {
    const asked = withCaching({ queryStrings: { kind: 'all', names: [] } });
    const shared = share({ '/a': { body: 'a' } }, asked);
    const targets = ['/a', '/a?x=1', '/a?x=2'];
    const results = async () => {
      const found: string[] = [];
      for (const target of targets) found.push((await ask(target, shared)).cache);
      return found;
    };
    await results();
    shared.cache.invalidate(['/a']);
    expect(await results()).toEqual(['Miss', 'Hit', 'Hit']);
    shared.cache.invalidate(['/a?x=2']);
    expect(await results()).toEqual(['Hit', 'Hit', 'Miss']);
    shared.cache.invalidate(['/a*']);
    expect(await results()).toEqual(['Miss', 'Miss', 'Miss']);
  });

  it('without a query drops what was asked for with one, where the cache key has none', async () => {
    const shared = share({ '/a': { body: 'a' } });
    await ask('/a?x=1', shared);
    shared.cache.invalidate(['/a']);
    expect((await ask('/a?x=1', shared)).cache).toBe('Miss');
  });

  it('drops the default root object by its own name', async () => {
    const rooted = { ...open, defaultRootObject: 'index.html' };
    const shared = share({ '/index.html': { body: 'a' } }, rooted);
    await ask('/', shared);
    shared.cache.invalidate(['/index.html']);
    expect((await ask('/', shared)).cache).toBe('Miss');
  });

  it('drops a cached error, so that an object that is there now is found', async () => {
    const objects: Record<string, { body: string }> = {};
    const shared = share(objects, { ...open, errorCachingSeconds: new Map([[403, 60]]) });
    await ask(SEGMENT, shared);
    objects[SEGMENT] = { body: 'there now' };
    expect((await ask(SEGMENT, shared)).response.status).toBe(403);
    shared.cache.invalidate([SEGMENT]);
    expect((await ask(SEGMENT, shared)).response.status).toBe(200);
  });

  it('drops what is kept beyond its time, which nobody gets any more when the origin is in trouble', async () => {
    const { origin, answerNext } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const first = ask(SEGMENT, shared);
    answerNext(ok('before'));
    await first;
    shared.cache.invalidate(['/*']);
    const later = ask(SEGMENT, { ...shared, now: secondsLater(120) });
    answerNext({ status: 503, headers: {}, body: Buffer.from('in trouble') });
    expect((await later).response.status).toBe(503);
  });
});

describe('an answer of the origin that was asked for before an invalidation', () => {
  it('goes to the viewer who waits, and is not kept', async () => {
    const { origin, answerNext } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const waiting = ask(SEGMENT, shared);
    shared.cache.invalidate(['/books/42/*']);
    answerNext(ok('before'));
    expect(await bodyOf(await waiting)).toBe('before');
    const next = ask(SEGMENT, shared);
    answerNext(ok('after'));
    expect([(await next).cache, await bodyOf(await next)]).toEqual(['Miss', 'after']);
  });

  it('takes nothing away from one that was asked for later and came earlier', async () => {
    const { origin, answerNext, answerLast } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const early = ask(SEGMENT, shared);
    shared.cache.invalidate([SEGMENT]);
    const late = ask(SEGMENT, shared);
    answerLast(ok('after'));
    await late;
    answerNext(ok('before'));
    await early;
    const third = await ask(SEGMENT, shared);
    expect([third.cache, await bodyOf(third)]).toEqual(['Hit', 'after']);
  });

  it('is not kept when the invalidation comes while its body arrives', async () => {
    const { origin, answerNext } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const waiting = ask(SEGMENT, shared);
    const cache = shared.cache;
    const body = (async function* () {
      yield Buffer.from('be');
      cache.invalidate(['/books/42/*']);
      yield Buffer.from('fore');
    })();
    answerNext({ ...ok('before'), body: Object.assign(body, { destroy: () => undefined }) });
    expect(await bodyOf(await waiting)).toBe('before');
    const next = ask(SEGMENT, shared);
    answerNext(ok('after'));
    expect((await next).cache).toBe('Miss');
  });

  it('is not kept when it says that what was kept is still good', async () => {
    const { origin, answerNext } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const first = ask(SEGMENT, shared);
    answerNext(ok('before'));
    await first;
    const later = { ...shared, now: secondsLater(120) };
    const waiting = ask(SEGMENT, later);
    shared.cache.invalidate(['/books/42/*']);
    answerNext({ status: 304, headers: {}, body: Buffer.alloc(0) });
    expect((await waiting).cache).toBe('RefreshHit');
    const next = ask(SEGMENT, later);
    answerNext(ok('after'));
    expect((await next).cache).toBe('Miss');
  });

  it('is kept when the invalidation names something else', async () => {
    const { origin, answerNext } = slowOrigin();
    const shared = { cache: createCache(), origin, distribution: open };
    const waiting = ask(SEGMENT, shared);
    shared.cache.invalidate(['/books/43/*']);
    answerNext(ok('whole'));
    await waiting;
    expect((await ask(SEGMENT, shared)).cache).toBe('Hit');
  });
});

describe('while invalidations cannot be read', () => {
  it('nothing is served from the cache', async () => {
    const shared = share({ [SEGMENT]: { body: 'a' } });
    await ask(SEGMENT, shared);
    expect((await ask(SEGMENT, { ...shared, isUpToDate: () => false })).cache).toBe('Miss');
    expect((await ask(SEGMENT, { ...shared, isUpToDate: async () => false })).cache).toBe('Miss');
    expect((await ask(SEGMENT, { ...shared, isUpToDate: async () => true })).cache).toBe('Hit');
  });

  it('nothing old is better than nothing: the trouble is told', async () => {
    const shared = share({ [SEGMENT]: { body: 'a' } });
    await ask(SEGMENT, shared);
    const origin = {
      ...shared.origin,
      fetch: async () => ({ status: 503, headers: {}, body: Buffer.alloc(0) }),
    };
    const later = { ...shared, origin, now: secondsLater(120) };
    expect((await ask(SEGMENT, later)).response.status).toBe(200);
    expect((await ask(SEGMENT, { ...later, isUpToDate: () => false })).response.status).toBe(503);
  });
});

function withCaching(overrides: Partial<NonNullable<ReturnType<typeof behaviour>['caching']>>): Distribution {
  const caching = behaviour().caching;
  if (caching === null) throw new Error('the fixture caches');
  return distribution({
    behaviours: [behaviour({ trustedKeys: null, compress: true, caching: { ...caching, ...overrides } })],
  });
}

function share(objects: Parameters<typeof memoryOrigin>[0], asked: Distribution = open) {
  return { cache: createCache(), origin: memoryOrigin(objects), distribution: asked };
}

function ok(text: string): OriginAnswer {
  const body = Buffer.from(text);
  const headers = { 'content-type': 'video/MP2T', 'content-length': String(body.length), etag: '"abc"' };
  return { status: 200, headers, body };
}

/** An origin that answers when the test says so, the request that has waited longest or least. */
function slowOrigin() {
  const waiting: ((answer: OriginAnswer) => void)[] = [];
  const origin: Origin = {
    fetch: (_: OriginRequest) => new Promise((resolve) => waiting.push(resolve)),
    close: () => undefined,
  };
  const given = (resolve: ((answer: OriginAnswer) => void) | undefined, answer: OriginAnswer) => {
    if (resolve === undefined) throw new Error('the origin has not been asked');
    resolve(answer);
  };
  return {
    origin,
    answerNext: (answer: OriginAnswer) => given(waiting.shift(), answer),
    answerLast: (answer: OriginAnswer) => given(waiting.pop(), answer),
  };
}
