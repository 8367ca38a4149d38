/** Beyond hit and miss: objects asked about again, several ranges, compression, an origin in trouble. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../edge/cache.ts';
import { type Origin, OriginError, type OriginRequest } from '../../edge/origin.ts';
import { type AskOptions, ask, behaviour, bodyOf, distribution, memoryOrigin, NOW } from './fixture.ts';

const OBJECT = '/books/42/index.m3u8';
const TEXT = '#EXTM3U\n'.repeat(200);
const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const open = distribution({ behaviours: [behaviour({ trustedKeys: null })] });

function compressing(changes: { gzip?: boolean; brotli?: boolean; compress?: boolean } = {}) {
  const plain = behaviour();
  const { gzip = true, brotli = true, compress = true } = changes;
  const caching = plain.caching && { ...plain.caching, gzip, brotli };
  return distribution({ behaviours: [behaviour({ trustedKeys: null, compress, caching })] });
}

/** Answers 304 to the ETag that it gives, as S3 does, and counts. */
function revalidatingOrigin(answers: {
  etag: string;
  trouble?: 500 | 'timeout';
}): Origin & { asked: OriginRequest[] } {
  const asked: OriginRequest[] = [];
  return {
    asked,
    close: () => undefined,
    fetch: async (request) => {
      asked.push(request);
      if (answers.trouble === 'timeout') throw new OriginError('Timeout', 'silent');
      if (answers.trouble === 500) return { status: 500, headers: {}, body: Buffer.from('trouble') };
      const headers = { 'content-type': 'video/MP2T', 'content-length': '4', etag: answers.etag };
      const isSame = request.headers['if-none-match'] === answers.etag;
      return { status: isSame ? 304 : 200, headers, body: Buffer.from(isSame ? '' : 'body') };
    },
  };
}

describe('an object whose time is over', () => {
  const asking = (answers: Parameters<typeof revalidatingOrigin>[0]) => {
    const origin = revalidatingOrigin(answers);
    const shared = { cache: createCache(), origin, distribution: open };
    const at = (seconds: number, more: AskOptions = {}) =>
      ask(OBJECT, { ...shared, ...more, now: secondsLater(seconds) });
    return { origin, at };
  };

  it('is a RefreshHit when S3 says that it has not changed, and is good for as long again', async () => {
    const { origin, at } = asking({ etag: '"one"' });
    await at(0);
    const again = await at(61);
    expect([again.cache, again.response.headers['x-cache'], await bodyOf(again)]).toEqual([
      'RefreshHit',
      'RefreshHit from cloudfront',
      'body',
    ]);
    expect((await at(100)).cache).toBe('Hit');
    expect(origin.asked.map(({ headers }) => headers)).toEqual([{}, { 'if-none-match': '"one"' }]);
  });

  it('is a Miss when it has changed', async () => {
    const answers = { etag: '"one"' };
    const { at } = asking(answers);
    await at(0);
    answers.etag = '"two"';
    const again = await at(61);
    expect([again.cache, again.response.headers.etag]).toEqual(['Miss', '"two"']);
  });

  it.each([500, 'timeout'] as const)(
    'is served all the same while the origin is in trouble: %s',
    async (trouble) => {
      const answers: Parameters<typeof revalidatingOrigin>[0] = { etag: '"one"' };
      const { at } = asking(answers);
      await at(0);
      answers.trouble = trouble;
      const again = await at(61);
      expect([again.response.status, await bodyOf(again)]).toEqual([200, 'body']);
    },
  );

  it('is an error where nothing is kept', async () => {
    const { at } = asking({ etag: '"one"', trouble: 'timeout' });
    expect((await at(0)).response.status).toBe(504);
  });
});

describe('several ranges', () => {
  const segment = memoryOrigin({ [OBJECT]: { body: '0123456789' } });

  it.each(['Miss', 'Hit'])('come as parts of one answer on a %s', async (result) => {
    const shared = { cache: createCache(), origin: segment, distribution: open };
    if (result === 'Hit') await ask(OBJECT, shared);
    const handled = await ask(OBJECT, { ...shared, headers: { range: 'bytes=0-1, 4-5,-1' } });
    expect([handled.cache, handled.response.status]).toEqual([result, 206]);
    const [, boundary] =
      /^multipart\/byteranges; boundary="([^"]+)"$/.exec(handled.response.headers['content-type'] ?? '') ??
      [];
    const body = await bodyOf(handled);
    expect(body.split(`--${boundary}`).map((part) => part.trim().split('\r\n'))).toEqual([
      [''],
      ['Content-Type: video/MP2T', 'Content-Range: bytes 0-1/10', '', '01'],
      ['Content-Type: video/MP2T', 'Content-Range: bytes 4-5/10', '', '45'],
      ['Content-Type: video/MP2T', 'Content-Range: bytes 9-9/10', '', '9'],
      ['--'],
    ]);
    expect(handled.response.headers['content-length']).toBe(String(body.length));
  });
});

describe('conditions on what the viewer has', () => {
  it.each([
    [{ 'if-match': '"abc"' }, 200],
    [{ 'if-match': '"x", "abc"' }, 200],
    [{ 'if-match': 'W/"abc"' }, 412],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-unmodified-since': 'Thu, 19 Nov 2026 10:00:00 GMT' }, 412],
    [{ 'if-unmodified-since': 'Fri, 20 Nov 2026 10:00:00 GMT' }, 200],
    [{ 'if-match': '"abc"', 'if-unmodified-since': 'Thu, 19 Nov 2026 10:00:00 GMT' }, 200],
    [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 304],
  ])('%o is answered %i, from S3 and from the cache', async (headers, status) => {
    const shared = {
      cache: createCache(),
      origin: memoryOrigin({ [OBJECT]: { body: 'x' } }),
      distribution: open,
    };
    const statuses = [await ask(OBJECT, { ...shared, headers }), await ask(OBJECT, { ...shared, headers })];
    expect(statuses.map(({ response }) => response.status)).toEqual([status, status]);
  });
});

describe('compression', () => {
  const playlist = (changes: { body?: string; headers?: Record<string, string> } = {}) =>
    memoryOrigin({
      [OBJECT]: {
        body: changes.body ?? TEXT,
        headers: { 'content-type': 'application/vnd.apple.mpegurl', ...changes.headers },
      },
    });
  const askFor = (accepted: string | undefined, options: AskOptions = {}) =>
    ask(OBJECT, {
      distribution: compressing(),
      origin: playlist(),
      headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
      ...options,
    });
  const bytesOf = async (handled: Awaited<ReturnType<typeof ask>>) => handled.response.body as Buffer;

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
  ])('for "%s" is %s, with a weak ETag, and gives the same text', async (accepted, encoding) => {
    const handled = await askFor(accepted);
    const { headers } = handled.response;
    const body = await bytesOf(handled);
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      'content-length': String(body.length),
      etag: 'W/"abc"',
      vary: 'Accept-Encoding',
    });
    const text = encoding === 'br' ? brotliDecompressSync(body) : gunzipSync(body);
    expect(text.toString()).toBe(TEXT);
  });

  it.each([
    ['the viewer takes none', undefined, {}],
    ['the viewer refuses both', 'gzip;q=0, br;q=0.0', {}],
    ['the viewer takes what CloudFront does not make', 'deflate, zstd', {}],
    ['the behaviour does not compress', 'gzip', { distribution: compressing({ compress: false }) }],
    ['the cache policy has no gzip', 'gzip', { distribution: compressing({ gzip: false }) }],
    ['it is below 1,000 bytes', 'gzip', { origin: playlist({ body: 'x'.repeat(999) }) }],
    ['it is video', 'gzip', { origin: playlist({ headers: { 'content-type': 'video/MP2T' } }) }],
    ['it is compressed already', 'gzip', { origin: playlist({ headers: { 'content-encoding': 'zstd' } }) }],
    ['a range is asked for', 'gzip', { headers: { 'accept-encoding': 'gzip', range: 'bytes=9999-' } }],
  ])('is not done where %s', async (_, accepted, options) => {
    const { response } = await askFor(accepted, options);
    expect(['gzip', 'br']).not.toContain(response.headers['content-encoding']);
    expect(response.headers.etag).toBe('"abc"');
  });

  it('begins at exactly 1,000 bytes', async () => {
    const { response } = await askFor('gzip', { origin: playlist({ body: 'x'.repeat(1000) }) });
    expect(response.headers['content-encoding']).toBe('gzip');
  });

  it('keeps viewers of each encoding apart, and is done once for each', async () => {
    const shared = { cache: createCache(), origin: playlist() };
    const encodings = ['gzip', undefined, 'br', 'gzip', undefined, 'br'];
    const seen: unknown[] = [];
    for (const accepted of encodings) {
      const { cache, response } = await askFor(accepted, shared);
      seen.push([cache, response.headers['content-encoding']]);
    }
    expect(seen).toEqual(
      ['Miss', 'Hit'].flatMap((hit) => [
        [hit, 'gzip'],
        [hit, undefined],
        [hit, 'br'],
      ]),
    );
  });
});
