import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OTHER_SECRET, tokensAt } from '../tokens/fixtures.ts';
import { APP, type Backend, bodyOf, type Changes, makeBackend, makeBrowser, refusalOf } from './backend.ts';

const PATH = '/api/video-keys/42';

/** A backend with the keys of two titles, and a browser that has started the first. */
async function setUp(changes: Changes = {}) {
  const backend = makeBackend(changes);
  const key = await backend.putKey('title-42');
  await backend.putKey('title-43');
  const browser = makeBrowser(backend);
  const { token } = await bodyOf(await browser.start());
  /** Without cookies, as a player of another kind. */
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    backend.handle(new Request(`https://api.example.com${path}`, { headers, method }));
  return { backend, browser, key, token: token as string, ask };
}

describe('a key is given', () => {
  const WAYS: readonly (readonly [string, (token: string) => readonly [string, Record<string, string>]])[] = [
    ['X-Video-Token', (token) => [PATH, { 'x-video-token': token }]],
    ['Authorization: Bearer', (token) => [PATH, { authorization: `Bearer ${token}` }]],
    ['t of the address', (token) => [`${PATH}?v=1&t=${token}`, {}]],
    ['the cookie', (token) => [PATH, { cookie: `a=b; __Secure-storytime-token=${token}` }]],
  ];

  it.each(WAYS)('for a token by %s: 16 bytes that no cache keeps', async (_, way) => {
    const { ask, key, token } = await setUp();
    const response = await ask(...way(token));
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(key);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '16',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('to a browser by the cookie of its play start alone, and the cookie goes to that address alone', async () => {
    const { browser, key } = await setUp();
    expect(new Uint8Array(await (await browser.send(PATH)).arrayBuffer())).toEqual(key);
    expect(await browser.cookiesFor(`https://api.example.com${PATH}`)).toContain('__Secure-storytime-token');
    for (const path of ['/api/video-keys/43', '/api/video-keys/420', '/api/videos/heartbeat', '/']) {
      expect(await browser.cookiesFor(`https://api.example.com${path}`)).not.toContain(
        '__Secure-storytime-token',
      );
    }
    expect(await browser.cookiesFor('https://media.example.com/api/video-keys/42')).not.toContain(
      '__Secure-storytime-token',
    );
  });

  it("by the title's id too, which is what the playlists of an encrypted upload have", async () => {
    const { ask, browser, key, token } = await setUp();
    const path = '/api/video-keys/title-42?v=1';
    for (const response of [await ask(path, { 'x-video-token': token }), await browser.send(path)]) {
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(key);
    }
    expect(await refusalOf(await ask('/api/video-keys/title-43?v=1', { 'x-video-token': token }))).toEqual([
      403,
      'TOKEN_LESSON_MISMATCH',
    ]);
  });

  it('to a page of ours on another origin, which may read it', async () => {
    const { ask, token } = await setUp();
    const response = await ask(PATH, { 'x-video-token': token, origin: APP });
    expect(response.headers.get('access-control-allow-origin')).toBe(APP);
    expect(response.headers.get('vary')).toBe('Origin');
  });

  it('as headers alone to HEAD', async () => {
    const { ask, token } = await setUp();
    const response = await ask(PATH, { 'x-video-token': token }, 'HEAD');
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0]);
    expect(response.headers.get('content-length')).toBe('16');
  });

  it('for a lesson id with every kind of character in it', async () => {
    const lessonId = 'Kurs 1/Ä?&#%2F;';
    const backend = makeBackend();
    backend.authorize.mockReturnValue({
      allowed: true,
      userId: 'user-7',
      title: { id: 'title-42', playlistPath: '/books/42/index.m3u8', encrypted: true },
    });
    await backend.putKey('title-42');
    const browser = makeBrowser(backend);
    const response = await browser.start(lessonId);
    const path = `/api/video-keys/${encodeURIComponent(lessonId)}`;
    // As browsers compare paths: as they are written.
    expect(response.headers.getSetCookie().join('\n')).toContain(`; Path=${path}; `);
    const { token } = await bodyOf(response);
    expect((await browser.send(`${path}?v=1`, { headers: { 'x-video-token': token } })).status).toBe(200);
  });
});

describe('a key is refused', () => {
  it('with 401 without a token, and the challenge that HTTP asks for', async () => {
    const { ask } = await setUp();
    const response = await ask(PATH);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await refusalOf(response)).toEqual([401, 'TOKEN_MISSING']);
  });

  it.each<[string, (token: string) => string | Promise<string>]>([
    ['broken', (token) => `${token}x`],
    [
      'of another secret',
      async () =>
        (
          await tokensAt(undefined, { secrets: OTHER_SECRET }).issue({
            userId: 'a',
            lessonId: '42',
            deviceId: 'b',
          })
        ).token,
    ],
    [
      'for another audience',
      async () =>
        (await tokensAt(undefined, { audience: 'x' }).issue({ userId: 'a', lessonId: '42', deviceId: 'b' }))
          .token,
    ],
    ['oversized', (token) => token + 'a'.repeat(6_000)],
    [
      'without an algorithm',
      (token) =>
        `${Buffer.from('{"alg":"none","typ":"playback+jwt"}').toString('base64url')}.${token.split('.')[1]}.`,
    ],
  ])('with 401 for a token that is %s', async (_, change) => {
    const { ask, token } = await setUp();
    const response = await ask(PATH, { 'x-video-token': await change(token) });
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(await refusalOf(response)).toEqual([401, 'TOKEN_INVALID']);
  });

  it("with 401 from the second of the token's expiry on, so that the player knows to renew it", async () => {
    const { backend, ask, token } = await setUp();
    backend.clock.seconds = 899;
    expect((await ask(PATH, { 'x-video-token': token })).status).toBe(200);
    backend.clock.seconds = 900;
    expect(await refusalOf(await ask(PATH, { 'x-video-token': token }))).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('by the first token that is there, though a later one would do', async () => {
    const { ask, token } = await setUp();
    const response = await ask(`${PATH}?t=${token}`, { 'x-video-token': 'x' });
    expect(response.status).toBe(401);
  });

  it('with 403 for another lesson, also where that has the same title', async () => {
    const { ask, token } = await setUp();
    for (const path of ['/api/video-keys/43', '/api/video-keys/4', '/api/video-keys/42%00']) {
      expect(await refusalOf(await ask(path, { 'x-video-token': token }))).toEqual([
        403,
        'TOKEN_LESSON_MISMATCH',
      ]);
    }
  });

  it.each(['2', '01', '1.0', '', ' 1', '1e0'])('with 403 for another version: "%s"', async (version) => {
    const { ask, token } = await setUp();
    const response = await ask(`${PATH}?v=${encodeURIComponent(version)}`, { 'x-video-token': token });
    expect(await refusalOf(response)).toEqual([403, 'TOKEN_VERSION_MISMATCH']);
  });

  it('with 403 to another device', async () => {
    const { backend, token } = await setUp();
    const other = makeBrowser(backend);
    await other.start();
    const response = await other.send(PATH, { headers: { 'x-video-token': token } });
    expect(await refusalOf(response)).toEqual([403, 'TOKEN_DEVICE_MISMATCH']);
  });

  it("with 403 without the device's cookie where that is required", async () => {
    const { browser, ask, token } = await setUp({ key: { deviceCookie: 'required' } });
    expect(await refusalOf(await ask(PATH, { 'x-video-token': token }))).toEqual([
      403,
      'TOKEN_DEVICE_MISMATCH',
    ]);
    expect((await browser.send(PATH)).status).toBe(200);
  });

  it('with 404 for a title without a key, and for one that is not encrypted', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    expect(await refusalOf(await browser.send(PATH))).toEqual([404, 'KEY_NOT_FOUND']);
    const { token } = await backend.tokens.issue({ userId: 'user-7', lessonId: '42', deviceId: 'x' });
    const plain = await backend.handle(new Request(`https://api.example.com${PATH}?t=${token}`));
    expect(await refusalOf(plain)).toEqual([404, 'KEY_NOT_FOUND']);
  });

  it('with 429 to one token too often in a minute, and given again in the next', async () => {
    const { backend, ask, token } = await setUp({ key: { requestsPerMinute: 3 } });
    const headers = { 'x-video-token': token };
    for (let index = 0; index < 3; index++) expect((await ask(PATH, headers)).status).toBe(200);
    backend.clock.seconds = 20;
    const response = await ask(PATH, headers);
    expect(response.headers.get('retry-after')).toBe('40');
    expect(await refusalOf(response)).toEqual([429, 'TOO_MANY_REQUESTS']);
    const { token: other } = await bodyOf(await makeBrowser(backend).start());
    expect((await ask(PATH, { 'x-video-token': other })).status).toBe(200);
    backend.clock.seconds = 60;
    expect((await ask(PATH, headers)).status).toBe(200);
  });
});

describe('unwrapped keys', () => {
  let looks: ReturnType<typeof vi.fn>;
  /** A backend that counts how often its store is asked. */
  const counting = async (changes: Changes['key'] = {}) => {
    const set = await setUp();
    const { contentKey } = set.backend.store;
    looks = vi.fn(contentKey);
    const counted = makeBackend({
      store: { ...set.backend.store, contentKey: looks as unknown as Backend['store']['contentKey'] },
      key: { ...changes, store: { contentKey: looks as never }, keys: set.backend.keys },
    });
    const ask = () => counted.handle(new Request(`https://api.example.com${PATH}?t=${set.token}`));
    return { ...set, counted, ask };
  };
  beforeEach(() => {
    looks?.mockClear();
  });

  it('are looked up once for any number of viewers at once, and again after five minutes', async () => {
    const { counted, ask } = await counting();
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(looks).toHaveBeenCalledTimes(1);
    counted.clock.seconds = 299;
    await ask();
    expect(looks).toHaveBeenCalledTimes(1);
    counted.clock.seconds = 300;
    await ask();
    expect(looks).toHaveBeenCalledTimes(2);
  });

  it('are looked up each time where none is to stay in memory', async () => {
    const { ask } = await counting({ keyCacheSeconds: 0 });
    await ask();
    await ask();
    expect(looks).toHaveBeenCalledTimes(2);
  });

  it('stay whole though a reader of an answer changes its bytes', async () => {
    const { ask, key } = await counting();
    new Uint8Array(await (await ask()).arrayBuffer()).fill(0);
    expect(new Uint8Array(await (await ask()).arrayBuffer())).toEqual(key);
  });

  it('are found as soon as they are there: that there is none is not remembered', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    expect((await browser.send(PATH)).status).toBe(404);
    await backend.putKey('title-42');
    expect((await browser.send(PATH)).status).toBe(200);
  });
});

describe('a failure', () => {
  it.each<[string, Changes]>([
    ['of the store', { store: { contentKey: () => Promise.reject(new Error('secret of the database')) } }],
    ["of the key's wrapper", { key: { keys: { unwrap: () => Promise.reject(new Error('secret of KMS')) } } }],
    ['of a key that has 15 bytes', { key: { keys: { unwrap: async () => new Uint8Array(15) } } }],
    [
      'of the secrets of tokens',
      { key: { tokens: { issue: vi.fn(), verify: () => Promise.reject(new Error('secret')) } } },
    ],
  ])('%s is a 500 without its cause, is told, and is not remembered', async (_, changes) => {
    const { backend, ask, token } = await setUp(changes);
    for (let index = 1; index <= 2; index++) {
      const response = await ask(PATH, { 'x-video-token': token });
      expect(await response.clone().text()).not.toContain('secret');
      expect(await refusalOf(response)).toEqual([500, 'INTERNAL_ERROR']);
      expect(backend.onError).toHaveBeenCalledTimes(index);
    }
  });

  it('is that of a key wrapped for another title, which does not unwrap', async () => {
    const backend = makeBackend();
    const { wrapped } = await backend.keys.create({ titleId: 'title-43', version: 1 });
    await backend.store.putContentKey({ ...wrapped, titleId: 'title-42' });
    const browser = makeBrowser(backend);
    await browser.start();
    expect((await browser.send(PATH)).status).toBe(500);
  });

  it.each([{ titleId: 'TITLE-42' }, { version: 2 }])(
    'is that of a database which finds the record of %o',
    async (found) => {
      const { keys } = makeBackend();
      const { wrapped } = await keys.create({ titleId: 'title-42', version: 1, ...found });
      const browser = makeBrowser(makeBackend({ store: { contentKey: async () => wrapped } }));
      await browser.start();
      expect((await browser.send(PATH)).status).toBe(500);
    },
  );
});

describe('keyHandler refuses', () => {
  it.each<[string, object]>([
    ['an unknown option', { keyCache: 1 }],
    ['no wrapper', { keys: {} }],
    ['no limit at all', { requestsPerMinute: Number.POSITIVE_INFINITY }],
    ['a cache of a day', { keyCacheSeconds: 86_400 }],
    ['another word for the cookie', { deviceCookie: true }],
  ])('%s', (_, change) => {
    expect(() => makeBackend({ key: change })).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});
