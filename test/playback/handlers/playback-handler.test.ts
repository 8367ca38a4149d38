import { expectAllowed } from '@storytime/signer/testing';
import { describe, expect, it } from 'vitest';
import {
  findSuspicious,
  manyTitles,
  playbackHandler,
  playbackHandlers,
} from '../../../playback/src/index.ts';
import { NOW } from '../tokens/fixtures.ts';
import { API, APP, bodyOf, makeBackend, makeBrowser, refusalOf } from './backend.ts';

const DAY = 86_400;
const cookieHeaderOf = (response: Response) =>
  Object.fromEntries(
    response.headers.getSetCookie().map((line) => {
      const [pair = ''] = line.split(';');
      return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    }),
  );

describe('a play start answers', () => {
  it('with the four fields of the document and nothing else', async () => {
    const backend = makeBackend();
    const response = await makeBrowser(backend).start();
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await bodyOf(response);
    expect(body).toEqual({
      playbackUrl: 'https://media.example.com/books/42/index.m3u8',
      token: expect.any(String),
      expiresIn: 900,
      watermarkText: 'user-7@example.com',
    });
    expect(await backend.tokens.verify(body.token)).toMatchObject({
      allowed: true,
      claims: { userId: 'user-7', lessonId: '42', title: { id: 'title-42', version: 1 } },
    });
  });

  it('with cookies that open the title for five minutes', async () => {
    const { setCookie, cookies } = await (async () => {
      const response = await makeBrowser(makeBackend()).start();
      return { setCookie: response.headers.getSetCookie(), cookies: cookieHeaderOf(response) };
    })();
    const own = Object.fromEntries(
      Object.entries(cookies).filter(([name]) => name.startsWith('CloudFront-')),
    );
    const file = 'https://media.example.com/books/42/index_720p_00001.ts';
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    expectAllowed(file, { cookies: own, now: at(299) });
    expect(() => expectAllowed(file, { cookies: own, now: at(300) })).toThrow();
    expect(() =>
      expectAllowed('https://media.example.com/books/43/a.ts', { cookies: own, now: at(0) }),
    ).toThrow();
    for (const line of setCookie.filter((text) => text.startsWith('CloudFront-'))) {
      expect(line).toContain('; Max-Age=300');
      expect(line).toContain('; Domain=example.com');
    }
  });

  it('with a device cookie that browsers keep to this host, 400 days', async () => {
    const response = await makeBrowser(makeBackend()).start();
    const line = response.headers.getSetCookie().find((text) => text.includes('storytime-device'));
    expect(line).toMatch(
      /^__Host-storytime-device=[\w-]{22}; Path=\/; Max-Age=34560000; Secure; HttpOnly; SameSite=Lax$/,
    );
  });

  it("with nothing that holds the device's cookie: neither token, nor list, nor log", async () => {
    const backend = makeBackend({ playback: { deviceLimit: 1 } });
    const browser = makeBrowser(backend);
    const response = await browser.start();
    const value = cookieHeaderOf(response)['__Host-storytime-device'] ?? '';
    const { token } = await bodyOf(response);
    const refused = JSON.stringify(await bodyOf(await makeBrowser(backend).start()));
    const { entries } = await backend.store.accesses({ userId: 'user-7' });
    const seen = [Buffer.from(token.split('.')[1], 'base64url').toString(), refused, JSON.stringify(entries)];
    expect(seen.join()).not.toContain(value);
    expect(refused).toContain(entries[0]?.deviceId);
  });

  it('without a content key and a cookie for it where the title is not encrypted', async () => {
    const backend = makeBackend();
    backend.authorize.mockReturnValue({
      allowed: true,
      userId: 'user-7',
      title: { id: 'title-42', playlistPath: '/books/42/index.m3u8' },
    });
    const response = await makeBrowser(backend).start();
    expect(Object.keys(cookieHeaderOf(response))).not.toContain('__Secure-storytime-token');
    const { token, watermarkText } = await bodyOf(response);
    expect(watermarkText).toBe('user-7');
    const { claims } = (await backend.tokens.verify(token)) as { claims: object };
    expect(claims).not.toHaveProperty('title');
  });

  it('with the address that your code signed where another provider has the title, and no cookies for it', async () => {
    const backend = makeBackend();
    const playbackUrl = 'https://vz-1.b-cdn.net/x/playlist.m3u8?token=abc';
    backend.authorize.mockReturnValue({
      allowed: true,
      userId: 'user-7',
      watermarkText: 'for Ann',
      title: { id: 'title-42', playbackUrl },
    });
    const response = await makeBrowser(backend).start();
    expect(await bodyOf(response)).toMatchObject({ playbackUrl, watermarkText: 'for Ann' });
    expect(Object.keys(cookieHeaderOf(response))).toEqual([
      '__Host-storytime-device',
      '__Host-storytime-streams',
    ]);
  });

  it('with the token in the address where it is asked for', async () => {
    const backend = makeBackend({ playback: { tokenInUrl: true } });
    const { playbackUrl, token } = await bodyOf(await makeBrowser(backend).start());
    expect(playbackUrl).toBe(`https://media.example.com/books/42/index.m3u8?t=${token}`);
  });

  it('without the token in the address of another provider, though it is asked for', async () => {
    const backend = makeBackend({ playback: { tokenInUrl: true } });
    const playbackUrl = 'https://vz-1.b-cdn.net/x/playlist.m3u8?token=abc';
    backend.authorize.mockReturnValue({ allowed: true, userId: 'user-7', title: { id: 'a', playbackUrl } });
    expect((await bodyOf(await makeBrowser(backend).start())).playbackUrl).toBe(playbackUrl);
  });

  it('for a lesson whose id is a number, as databases count', async () => {
    const { playbackUrl } = await bodyOf(await makeBrowser(makeBackend()).start(42));
    expect(playbackUrl).toBe('https://media.example.com/books/42/index.m3u8');
  });

  it('on http://localhost with cookies that are sent there', async () => {
    const backend = makeBackend({
      session: { secureCookies: false, domain: 'http://localhost:8103', origins: ['http://localhost:3000'] },
      playback: { signer: { signCookies: async () => ({ setCookie: [] }) as never, clearCookies: () => [] } },
    });
    const response = await makeBrowser(backend).start('42', { headers: { origin: 'http://localhost:3000' } });
    const lines = response.headers.getSetCookie();
    expect(lines.map((line) => line.slice(0, line.indexOf('=')))).toEqual([
      'storytime-device',
      'storytime-token',
      'storytime-token',
      'storytime-streams',
    ]);
    expect(lines.join()).not.toContain('Secure');
    expect((await bodyOf(response)).playbackUrl).toBe('http://localhost:8103/books/42/index.m3u8');
  });
});

describe('a play start is refused', () => {
  it.each([
    [401, 'NOT_SIGNED_IN'],
    [403, 'SUBSCRIPTION_EXPIRED'],
    [404, 'LESSON_NOT_FOUND'],
  ] as const)('with %s and the code of authorize, %s, and sets no cookie', async (status, code) => {
    const backend = makeBackend();
    backend.authorize.mockReturnValue({ allowed: false, status, code });
    const response = await makeBrowser(backend).start();
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await refusalOf(response)).toEqual([status, code]);
    expect(await backend.store.devices('user-7')).toEqual([]);
  });

  it('with the sentence of authorize where it has one', async () => {
    const backend = makeBackend();
    const error = 'Premium content requires active subscription';
    backend.authorize.mockReturnValue({ allowed: false, status: 403, code: 'PREMIUM', error });
    expect((await bodyOf(await makeBrowser(backend).start())).error).toBe(error);
  });

  it.each<[string, unknown]>([
    ['none', {}],
    ['a list', { lessonId: ['42'] }],
    ['an empty one', { lessonId: '' }],
    ['one with a line break', { lessonId: 'a\nb' }],
    ['one that is too long', { lessonId: 'x'.repeat(257) }],
    ['half a character', { lessonId: '\ud800' }],
    ['a fraction', { lessonId: 4.2 }],
    ['one in __proto__', JSON.parse('{"__proto__":{"lessonId":"42"}}')],
  ])('for a lesson id that is none: %s', async (_, json) => {
    const backend = makeBackend();
    const response = await makeBrowser(backend).send('/api/videos/playback-token', { json });
    expect(await refusalOf(response)).toEqual([400, 'LESSON_ID_INVALID']);
    expect(backend.authorize).not.toHaveBeenCalled();
  });
});

describe('devices', () => {
  it('are two by default, and a third is refused with the list, the one used last first', async () => {
    const backend = makeBackend();
    const [one, two] = [
      makeBrowser(backend),
      makeBrowser(backend, { agent: 'Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1' }),
    ];
    await one.start();
    backend.clock.seconds = 60;
    await two.start();
    backend.clock.seconds = 120;
    const response = await makeBrowser(backend).start();
    expect(response.status).toBe(403);
    const { code, devices, error } = await bodyOf(response);
    expect([code, error]).toEqual([
      'DEVICE_LIMIT_EXCEEDED',
      'Device limit reached. Please logout from another device.',
    ]);
    expect(devices).toEqual([
      {
        id: await two.deviceId(),
        name: 'Safari on iPhone',
        createdAt: expect.any(String),
        lastUsed: '2026-11-20T12:01:00.000Z',
        current: false,
      },
      {
        id: await one.deviceId(),
        name: 'Chrome on Windows',
        createdAt: expect.any(String),
        lastUsed: '2026-11-20T12:00:00.000Z',
        current: false,
      },
    ]);
  });

  it('are recognized by their cookie alone, whatever the browser says of itself', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    await browser.start('42', { headers: { 'user-agent': 'another version', 'accept-language': 'de' } });
    expect(await backend.store.devices('user-7')).toHaveLength(1);
  });

  it('get no second place by asking again after a refusal', async () => {
    const backend = makeBackend({ playback: { deviceLimit: 1 } });
    const [one, two] = [makeBrowser(backend), makeBrowser(backend)];
    await one.start();
    await two.start();
    const first = two.jar.serializeSync()?.cookies.find(({ key }) => key?.includes('device'))?.value;
    await two.start();
    expect(two.jar.serializeSync()?.cookies.find(({ key }) => key?.includes('device'))?.value).toBe(first);
  });

  it('make room after 30 days without use, and not a second before', async () => {
    const backend = makeBackend({ playback: { deviceLimit: 1 } });
    await makeBrowser(backend).start();
    backend.clock.seconds = 30 * DAY;
    expect(await refusalOf(await makeBrowser(backend).start())).toEqual([403, 'DEVICE_LIMIT_EXCEEDED']);
    backend.clock.seconds = 30 * DAY + 1;
    expect((await makeBrowser(backend).start()).status).toBe(200);
    expect(await backend.store.devices('user-7')).toHaveLength(1);
  });

  it("are each user's own", async () => {
    const backend = makeBackend({ playback: { deviceLimit: 1 } });
    await makeBrowser(backend, { user: 'a' }).start();
    expect((await makeBrowser(backend, { user: 'b' }).start()).status).toBe(200);
  });

  it('are new where the cookie was made up', async () => {
    const backend = makeBackend();
    for (const cookie of [
      '__Host-storytime-device=x',
      '__Host-storytime-device=',
      'storytime-device=AAAAAAAAAAAAAAAAAAAAAA',
    ]) {
      await makeBrowser(backend).start('42', { headers: { cookie } });
    }
    expect(await backend.store.devices('user-7')).toHaveLength(2);
  });

  it('are exactly two after 200 play starts at once', async () => {
    const backend = makeBackend();
    const answers = await Promise.all(Array.from({ length: 200 }, () => makeBrowser(backend).start()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(await backend.store.devices('user-7')).toHaveLength(2);
  });
});

describe('streams', () => {
  it('are refused at their start where there are as many as the limit', async () => {
    const backend = makeBackend({ session: { streamLimit: 1 } });
    const [one, two] = [makeBrowser(backend), makeBrowser(backend)];
    await one.start();
    const refused = await two.start();
    expect(await bodyOf(refused)).toMatchObject({ code: 'STREAM_LIMIT_EXCEEDED', streams: 1 });
    backend.clock.seconds = 76;
    expect((await two.start()).status).toBe(200);
  });

  it('are not said to be too many where the device was released while it started', async () => {
    const backend = makeBackend({
      session: { streamLimit: 1 },
      store: { beatStream: async () => ({ admitted: false, reason: 'unknown-device', streams: [] }) },
    });
    expect(await refusalOf(await makeBrowser(backend).start())).toEqual([403, 'DEVICE_NOT_REGISTERED']);
  });

  it('are not limited by default', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    await browser.start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => browser.start(`lesson-${index}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });
});

describe('the access log', () => {
  const start = async (options: object, headers = {}) => {
    const backend = makeBackend({ playback: options });
    await makeBrowser(backend).start('42', { headers });
    const { entries } = await backend.store.accesses({ lessonId: '42' });
    return entries[0];
  };

  it('has who, what, device, user agent and when, and an address only where the caller gives it', async () => {
    expect(await start({}, { 'x-forwarded-for': '203.0.113.7' })).toEqual({
      userId: 'user-7',
      lessonId: '42',
      deviceId: expect.stringMatching(/^[\w-]{22}$/),
      ipAddress: 'unknown',
      userAgent: expect.stringContaining('Chrome/131'),
      accessedAt: NOW,
    });
  });

  it.each([
    ['203.0.113.7', '203.0.113.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['not an address', 'unknown'],
  ])('has the network of %s alone, and all of it where that is asked for', async (address, network) => {
    const clientAddress = () => address;
    expect((await start({ clientAddress }))?.ipAddress).toBe(network);
    expect((await start({ clientAddress, addresses: 'whole' }))?.ipAddress).toBe(address);
  });

  it('has no character of a header that could begin a line or end a text', async () => {
    const entry = await start(
      { clientAddress: () => '1\r\n2\ud800', addresses: 'whole' },
      { 'user-agent': 'a\u00e4b' },
    );
    expect([entry?.ipAddress, entry?.userAgent]).toEqual(['12', 'ab']);
  });

  it('is given to onAccess, which nothing waits for, and whose failure onError gets', async () => {
    const seen: unknown[] = [];
    const onAccess = (access: unknown) => {
      seen.push(access);
      throw new Error('hook');
    };
    const backend = makeBackend({ playback: { onAccess } });
    expect((await makeBrowser(backend).start()).status).toBe(200);
    expect(seen).toEqual((await backend.store.accesses({ userId: 'user-7' })).entries);
    await expect.poll(() => backend.onError.mock.calls.length).toBe(1);
    expect(backend.onError.mock.calls[0]?.[1]).toEqual({ handler: 'playback', isIgnored: true });
  });

  it('lets a rule suspend a user after the very start that breaks it', async () => {
    const suspended: string[] = [];
    const backend: ReturnType<typeof makeBackend> = makeBackend({
      playback: {
        onAccess: ({ userId }) =>
          findSuspicious(userId, {
            store: backend.store,
            now: backend.now,
            rules: [manyTitles({ titles: 3, seconds: 600 })],
            suspend: (finding) => void suspended.push(finding.userId),
          }),
      },
    });
    const browser = makeBrowser(backend);
    for (const lessonId of ['1', '2', '3', '4', '5']) {
      backend.clock.seconds++;
      await browser.start(lessonId);
    }
    await expect.poll(() => suspended).toEqual(['user-7']);
  });

  it('keeps an entry for as many days as is asked for', async () => {
    const backend = makeBackend({ playback: { accessLogDays: 7 } });
    await makeBrowser(backend).start();
    backend.clock.seconds = 7 * DAY - 1;
    expect((await backend.store.accesses({ userId: 'user-7' })).entries).toHaveLength(1);
    backend.clock.seconds = 7 * DAY;
    expect((await backend.store.accesses({ userId: 'user-7' })).entries).toHaveLength(0);
  });
});

describe('a failure', () => {
  const down = () => Promise.reject(new Error('secret of the database'));
  const calls = ['registerDevice', 'logAccess'] as const;

  it.each(calls)('of %s is a 500 without its cause, and onError gets it', async (name) => {
    const backend = makeBackend({ store: { [name]: down } });
    const response = await makeBrowser(backend).start();
    const text = await response.clone().text();
    expect(await refusalOf(response)).toEqual([500, 'INTERNAL_ERROR']);
    expect(text).not.toContain('secret');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(backend.onError).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ message: 'secret of the database' }),
      { handler: 'playback', isIgnored: false },
    );
  });

  it.each(calls)('of %s lets people play where the caller said so, and onError gets it', async (name) => {
    const backend = makeBackend({ store: { [name]: down }, session: { whenStoreFails: 'allow' } });
    expect((await makeBrowser(backend).start()).status).toBe(200);
    expect(backend.onError).toHaveBeenCalledExactlyOnceWith(expect.any(Error), {
      handler: 'playback',
      isIgnored: true,
    });
  });

  it.each<[string, unknown]>([
    ['that authorize throws', () => Promise.reject(new Error('secret'))],
    ['where authorize answers nothing', () => undefined],
    ['where authorize answers true', () => true],
    [
      'where authorize answers no user',
      () => ({ allowed: true, title: { id: 'a', playlistPath: '/a/b.m3u8' } }),
    ],
    ['where authorize answers no title', () => ({ allowed: true, userId: 'a' })],
    [
      'where authorize answers a title without an address',
      () => ({ allowed: true, userId: 'a', title: { id: 'a' } }),
    ],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, '600'].map((durationSeconds): [string, unknown] => [
      `where authorize answers a length of ${durationSeconds} seconds (${typeof durationSeconds})`,
      () => ({
        allowed: true,
        userId: 'a',
        title: { id: 'a', playlistPath: '/books/a/x.m3u8', durationSeconds },
      }),
    ]),
    [
      'where authorize answers a version that no store keeps',
      () => ({
        allowed: true,
        userId: 'a',
        title: { id: 'a', playlistPath: '/books/a/x.m3u8', version: 1_000_000 },
      }),
    ],
    ['where authorize answers a status of 200', () => ({ allowed: false, status: 200, code: 'X' })],
    [
      'where a title would open the whole host',
      () => ({ allowed: true, userId: 'a', title: { id: 'a', playlistPath: '/index.m3u8' } }),
    ],
    [
      'where a title would widen the policy',
      () => ({ allowed: true, userId: 'a', title: { id: 'a', playlistPath: '/b/*/index.m3u8' } }),
    ],
  ])('%s is a 500 and opens nothing', async (_, authorize) => {
    const backend = makeBackend({ session: { authorize: authorize as never } });
    const response = await makeBrowser(backend).start();
    expect(await refusalOf(response)).toEqual([500, 'INTERNAL_ERROR']);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(backend.onError).toHaveBeenCalledOnce();
  });

  it("of onError itself is nobody's", async () => {
    const onError = () => {
      throw new Error('hook');
    };
    const backend = makeBackend({ session: { onError }, store: { registerDevice: down } });
    expect((await makeBrowser(backend).start()).status).toBe(500);
  });
});

describe('playbackHandler refuses', () => {
  it.each<[string, object]>([
    ['an unknown option', { devices: 2 }],
    ['a device limit of 0', { deviceLimit: 0 }],
    ['cookies of a day', { cookieSeconds: 86_400 }],
    ['a key path without a "/"', { keyPath: 'api/video-keys' }],
    ['a key path with a ";"', { keyPath: '/api;x' }],
    ['an origin with a "/" at its end', { origins: [`${APP}/`] }],
    ['every origin', { origins: ['*'] }],
    ['a domain with a path', { domain: 'media.example.com/books' }],
    ['no store', { store: undefined }],
    ['no signer', { signer: {} }],
    ['another word for failing stores', { whenStoreFails: 'open' }],
    ['another word for addresses', { addresses: true }],
  ])('%s', (_, change) => {
    expect(() => makeBackend({ playback: change })).toThrow(
      expect.objectContaining({ name: 'PlaybackError', code: 'ERR_ARGUMENT' }),
    );
  });

  it('options that are none', () => {
    expect(() => playbackHandler(undefined as never)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT' }),
    );
    expect(API).toMatch(/^https:/);
  });
});

describe('playbackHandlers', () => {
  const { authorize, signer, tokens, store, keys } = makeBackend();
  const options = {
    authorize,
    signer,
    domain: 'media.example.com',
    tokens,
    store,
    keys,
    identify: authorize as never,
  };

  it('gives every option to the handlers that have it, and takes those of all', () => {
    const all = {
      deviceLimit: 3,
      streamLimit: 1,
      keyCacheSeconds: 60,
      reportsPerMinute: 5,
      secureCookies: false,
    };
    expect(Object.keys(playbackHandlers({ ...options, ...all })).sort()).toEqual([
      'devices',
      'heartbeat',
      'logSuspicious',
      'playbackToken',
      'videoKey',
    ]);
    for (const [name, value] of Object.entries({
      deviceLimit: 0,
      streamLimit: 0,
      keyCacheSeconds: -1,
      reportsPerMinute: 0,
    })) {
      expect(() => playbackHandlers({ ...options, [name]: value })).toThrow(`"${name}"`);
    }
  });

  it('refuses an option that none of them has', () => {
    expect(() => playbackHandlers({ ...options, devices: 2 } as never)).toThrow(/has no option "devices"/);
  });
});
