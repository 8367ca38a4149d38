import { expectAllowed } from '@storytime/signer/testing';
import { describe, expect, it } from 'vitest';
import { NOW } from '../tokens/fixtures.ts';
import { bodyOf, makeBackend, makeBrowser, refusalOf } from './backend.ts';

const FILE = 'https://media.example.com/books/42/index_720p_00001.ts';
const mediaCookies = async (browser: ReturnType<typeof makeBrowser>) =>
  Object.fromEntries((await browser.jar.getCookies(FILE)).map(({ key, value }) => [key, value]));

describe('a heartbeat', () => {
  it('renews the cookies of the title for five minutes from now', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    backend.clock.seconds = 240;
    expect((await browser.beat()).status).toBe(200);
    const cookies = await mediaCookies(browser);
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    expectAllowed(FILE, { cookies, now: at(539) });
    expect(() => expectAllowed(FILE, { cookies, now: at(540) })).toThrow();
  });

  it('keeps progress by the names of the document, and counts one play start once', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    for (const currentTime of [30, 60, 45]) {
      backend.clock.seconds += 30;
      await browser.beat({ currentTime });
    }
    const { progress } = await bodyOf(await browser.beat({ currentTime: 575 }));
    expect(progress).toEqual({
      watched_seconds: 575,
      last_position_seconds: 575,
      watch_count: 1,
      last_watched_at: '2026-11-20T12:01:30.000Z',
      completed_at: '2026-11-20T12:01:30.000Z',
    });
    await browser.start();
    expect((await bodyOf(await browser.beat({ currentTime: 1 }))).progress.watch_count).toBe(2);
  });

  it('belongs to the play start of its lesson, though another lesson was started since', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start('42');
    await browser.beat();
    await browser.start('43');
    await browser.beat({ lessonId: '43' });
    expect((await bodyOf(await browser.beat())).progress.watch_count).toBe(1);
    expect((await bodyOf(await browser.beat({ lessonId: '43' }))).progress.watch_count).toBe(1);
  });

  it('counts as a play start of its own where the browser knows of none', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start('43');
    expect((await bodyOf(await browser.beat())).progress.watch_count).toBe(1);
    expect((await bodyOf(await browser.beat())).progress.watch_count).toBe(1);
  });

  it('is in the access log where no play start came before it, once', async () => {
    const seen: string[] = [];
    const backend = makeBackend({ session: { onAccess: ({ lessonId }) => seen.push(lessonId) } });
    const browser = makeBrowser(backend);
    await browser.start('1');
    for (const lessonId of ['1', '2', '3', '2', '3']) {
      backend.clock.seconds += 30;
      await browser.beat({ lessonId });
    }
    const { entries } = await backend.store.accesses({ userId: 'user-7' });
    expect(entries.map(({ lessonId }) => lessonId)).toEqual(['3', '2', '1']);
    expect(seen).toEqual(['1', '2', '3']);
  });

  it('is refused where it opens a title and the access log fails', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start('1');
    const failing = makeBackend({
      store: { ...backend.store, logAccess: () => Promise.reject(new Error()) },
    });
    const cookie = await browser.jar.getCookieString('https://api.example.com/');
    const response = await makeBrowser(failing).beat({ lessonId: '2' }, { headers: { cookie } });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await refusalOf(response)).toEqual([500, 'INTERNAL_ERROR']);
  });

  it('brings a new token of the same play start near the end of the one that is sent, and none before', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    const { token } = await bodyOf(await browser.start());
    const headers = { 'x-video-token': token };
    backend.clock.seconds = 780;
    expect(await bodyOf(await browser.beat({}, { headers }))).not.toHaveProperty('token');
    backend.clock.seconds = 781;
    const renewed = await bodyOf(await browser.beat({}, { headers }));
    expect(renewed.expiresIn).toBe(900);
    const [old, fresh] = await Promise.all([
      backend.tokens.verify(token),
      backend.tokens.verify(renewed.token),
    ]);
    expect(fresh).toMatchObject({ allowed: true });
    expect(old.allowed && fresh.allowed && old.claims.streamId === fresh.claims.streamId).toBe(true);
  });

  it('brings a token where none is sent, also for players that have it by cookie alone', async () => {
    const backend = makeBackend();
    await backend.putKey('title-42');
    const browser = makeBrowser(backend);
    await browser.start();
    backend.clock.seconds = 890;
    expect(await bodyOf(await browser.beat())).toMatchObject({ token: expect.any(String), expiresIn: 900 });
    backend.clock.seconds = 1_700;
    expect((await browser.send('/api/video-keys/42')).status).toBe(200);
  });

  it('ignores a token of another lesson, user or device: the session decides', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    for (const change of [{ lessonId: '43' }, { userId: 'user-8' }, { deviceId: 'other' }]) {
      const ids = { userId: 'user-7', lessonId: '42', deviceId: await browser.deviceId(), ...change };
      const { token } = await backend.tokens.issue(ids);
      const response = await browser.beat({}, { headers: { authorization: `Bearer ${token}` } });
      expect(await bodyOf(response)).toMatchObject({ token: expect.any(String) });
    }
  });

  it('keeps its device from being idle', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    backend.clock.seconds = 3_600;
    await browser.beat();
    expect((await backend.store.devices('user-7'))[0]?.lastUsed).toEqual(new Date(NOW.getTime() + 3_600_000));
  });

  it.each<[string, object]>([
    ['no position', { currentTime: undefined }],
    ['a position that is text', { currentTime: '30' }],
    ['a negative position', { currentTime: -1 }],
    ['a position without end', { currentTime: 1e8 }],
    ['no word on whether it plays', { isPlaying: undefined }],
    ['a word on it that is text', { isPlaying: 'true' }],
  ])('is refused with %s', async (_, fields) => {
    expect(await refusalOf(await makeBrowser(makeBackend()).beat(fields))).toEqual([400, 'POSITION_INVALID']);
  });
});

describe('a refused heartbeat', () => {
  const setUp = async (changes = {}) => {
    const backend = makeBackend(changes);
    const browser = makeBrowser(backend);
    await browser.start();
    return { backend, browser };
  };

  it('of a released device sets no cookies and removes those that there are', async () => {
    const { backend, browser } = await setUp();
    await backend.store.releaseDevice('user-7', await browser.deviceId());
    for (const isPlaying of [true, false]) {
      const response = await browser.beat({ isPlaying });
      expect(response.headers.getSetCookie().every((line) => line.includes('Max-Age=0'))).toBe(true);
      expect(await refusalOf(response)).toEqual([403, 'DEVICE_NOT_REGISTERED']);
    }
    expect(await mediaCookies(browser)).toEqual({});
    for (const id of ['42', 'title-42']) {
      expect(await browser.cookiesFor(`https://api.example.com/api/video-keys/${id}`)).not.toContain(
        '__Secure-storytime-token',
      );
    }
    expect(await backend.store.progress('user-7', '42')).toBeUndefined();
  });

  it("of a browser without the device's cookie is that of no device", async () => {
    const { browser } = await setUp();
    expect(await refusalOf(await browser.beat({}, { headers: { cookie: undefined } }))).toEqual([
      403,
      'DEVICE_NOT_REGISTERED',
    ]);
  });

  it('by authorize has its status and code, and removes the cookies where it names the playlist', async () => {
    const { backend, browser } = await setUp();
    const denied = { allowed: false, status: 403, code: 'SUBSCRIPTION_EXPIRED' } as const;
    backend.authorize.mockReturnValue(denied);
    expect(await refusalOf(await browser.beat())).toEqual([403, 'SUBSCRIPTION_EXPIRED']);
    expect(Object.keys(await mediaCookies(browser))).not.toEqual([]);
    backend.authorize.mockReturnValue({ ...denied, playlistPath: '/books/42/index.m3u8' });
    await browser.beat();
    expect(await mediaCookies(browser)).toEqual({});
  });

  it('cuts a viewer off five minutes after the last one that was not refused', async () => {
    const { backend, browser } = await setUp();
    backend.clock.seconds = 30;
    await browser.beat();
    const cookies = await mediaCookies(browser);
    backend.authorize.mockReturnValue({ allowed: false, status: 403, code: 'SUSPENDED' });
    backend.clock.seconds = 60;
    expect((await browser.beat()).status).toBe(403);
    // A viewer who keeps a copy of the cookies all the same.
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    expectAllowed(FILE, { cookies, now: at(329) });
    expect(() => expectAllowed(FILE, { cookies, now: at(330) })).toThrow();
  });
});

describe('streams at heartbeats', () => {
  const two = async () => {
    const backend = makeBackend({ heartbeat: { streamLimit: 1 } });
    const browsers = [makeBrowser(backend), makeBrowser(backend)] as const;
    for (const browser of browsers) await browser.start();
    return { backend, one: browsers[0], other: browsers[1] };
  };

  it('count for 75 seconds after the last heartbeat', async () => {
    const { backend, one, other } = await two();
    await one.beat();
    backend.clock.seconds = 75;
    const refused = await other.beat();
    expect(refused.headers.getSetCookie().every((line) => line.includes('Max-Age=0'))).toBe(true);
    expect(await refusalOf(refused)).toEqual([403, 'STREAM_LIMIT_EXCEEDED']);
    backend.clock.seconds = 76;
    expect((await other.beat()).status).toBe(200);
    expect(await refusalOf(await one.beat())).toEqual([403, 'STREAM_LIMIT_EXCEEDED']);
  });

  it('count no longer once they pause, and then get no cookies to play with', async () => {
    const { one, other } = await two();
    await one.beat();
    const paused = await one.beat({ isPlaying: false });
    expect(paused.status).toBe(200);
    expect(paused.headers.getSetCookie().filter((line) => line.startsWith('CloudFront-'))).toEqual([]);
    expect((await other.beat()).status).toBe(200);
  });

  it('get no token by a pause where they were refused, and so no key', async () => {
    const { one, other } = await two();
    await one.beat();
    expect(await refusalOf(await other.beat())).toEqual([403, 'STREAM_LIMIT_EXCEEDED']);
    const paused = await other.beat({ isPlaying: false });
    expect(Object.keys(await bodyOf(paused))).toEqual(['progress']);
    expect(paused.headers.getSetCookie().join()).not.toContain('storytime-token');
  });

  it('renew the cookies of a paused player where streams are not limited', async () => {
    const browser = makeBrowser(makeBackend());
    await browser.start();
    const paused = await browser.beat({ isPlaying: false });
    expect(paused.headers.getSetCookie().filter((line) => line.startsWith('CloudFront-'))).not.toEqual([]);
  });

  it("are two though the second device sends the token and the cookie of the first one's stream", async () => {
    const { one, other } = await two();
    const { token } = await bodyOf(await one.start());
    await one.beat();
    const stolen = (await one.jar.getCookies('https://api.example.com/')).find(({ key }) =>
      key.includes('streams'),
    );
    await other.jar.setCookie(`${stolen?.cookieString()}; Path=/; Secure`, 'https://api.example.com/');
    const response = await other.beat({}, { headers: { 'x-video-token': token } });
    expect(await refusalOf(response)).toEqual([403, 'STREAM_LIMIT_EXCEEDED']);
  });
});

describe('a failing store', () => {
  const down = () => Promise.reject(new Error('secret of the database'));

  it('refuses by default, and takes no cookie away', async () => {
    const backend = makeBackend({ store: { beatStream: down } });
    const browser = makeBrowser(backend);
    await browser.start();
    const response = await browser.beat();
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.clone().text()).not.toContain('secret');
    expect(await refusalOf(response)).toEqual([500, 'INTERNAL_ERROR']);
    expect(Object.keys(await mediaCookies(browser))).not.toEqual([]);
  });

  it('lets people play on where the caller said so', async () => {
    const backend = makeBackend({
      store: { beatStream: down, updateProgress: down },
      session: { whenStoreFails: 'allow', streamLimit: 1 },
      playback: { streamLimit: undefined },
    });
    const browser = makeBrowser(backend);
    await browser.start();
    const response = await browser.beat();
    expect(response.headers.getSetCookie().some((line) => line.startsWith('CloudFront-'))).toBe(true);
    expect(await bodyOf(response)).not.toHaveProperty('progress');
    expect(backend.onError).toHaveBeenCalledWith(expect.any(Error), {
      handler: 'heartbeat',
      isIgnored: true,
    });
  });
});
