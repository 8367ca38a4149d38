/** The examples of the package, each in its framework, over HTTP on this machine. */

import { createServer, type RequestOptions, request as sendByNode } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp as createExpressApp } from '../../../playback/examples/express.ts';
import { createApp as createHonoApp } from '../../../playback/examples/hono.ts';
import { createRoutes } from '../../../playback/examples/next-route.ts';
import { listen, type Backend as Server, serve } from '../../signer/examples/backends.ts';
import { APP, type Backend, bodyOf, MEDIA, makeBackend, refusalOf } from '../handlers/backend.ts';
import { nextServer } from './next-server.ts';

type Playback = Parameters<typeof createHonoApp>[0];

const FRAMEWORKS: readonly (readonly [string, (playback: Playback) => Promise<Server>])[] = [
  ['Express 5', (playback) => listen(createServer(createExpressApp(playback)))],
  ['Hono', (playback) => serve((request) => createHonoApp(playback).fetch(request))],
  ['Next.js route handlers', (playback) => serve(nextServer(createRoutes(playback)))],
];

describe.each(FRAMEWORKS)('the example for %s', (_, start) => {
  let backend: Backend;
  let server: Server;
  let key: Uint8Array;
  beforeAll(async () => {
    backend = makeBackend();
    key = await backend.putKey('title-42');
    const { authorize, signer, tokens, store, keys, now, onError } = backend;
    server = await start({
      authorize,
      identify: (request) => {
        const userId = request.headers.get('x-test-user');
        return userId === null
          ? { allowed: false, status: 401, code: 'NOT_SIGNED_IN' }
          : { allowed: true, userId };
      },
      signer,
      domain: MEDIA,
      tokens,
      store,
      keys,
      now,
      onError,
      origins: [APP],
    });
  });
  afterAll(() => server?.close());

  const send = (path: string, method: string, user: string | null, more: RequestInit = {}, headers = {}) =>
    fetch(`${server.url}${path}`, {
      method,
      ...more,
      headers: { origin: APP, ...(user !== null && { 'x-test-user': user }), ...headers },
    });
  const post = (path: string, user: string | null, json: object, headers = {}) =>
    send(
      path,
      'POST',
      user,
      { body: JSON.stringify(json) },
      { 'content-type': 'application/json', ...headers },
    );
  const cookiesOf = (response: Response) =>
    response.headers
      .getSetCookie()
      .map((line) => line.slice(0, line.indexOf(';')))
      .join('; ');

  it('plays, gives the key, keeps progress, and lists and releases the device', async () => {
    const started = await post('/api/videos/playback-token', 'ann', { lessonId: '42' });
    expect(started.status).toBe(200);
    expect(started.headers.get('access-control-allow-origin')).toBe(APP);
    const names = started.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')));
    expect(names.sort()).toEqual([
      'CloudFront-Key-Pair-Id',
      'CloudFront-Policy',
      'CloudFront-Signature',
      '__Host-storytime-device',
      '__Host-storytime-streams',
      '__Secure-storytime-token',
      '__Secure-storytime-token',
    ]);
    const { playbackUrl, token, expiresIn } = await bodyOf(started);
    expect([playbackUrl, expiresIn]).toEqual(['https://media.example.com/books/42/index.m3u8', 900]);
    const headers = { cookie: cookiesOf(started), 'x-video-token': token };

    const given = await send('/api/video-keys/42?v=1', 'GET', null, {}, headers);
    expect([given.status, given.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(new Uint8Array(await given.arrayBuffer())).toEqual(key);

    const beat = { lessonId: '42', currentTime: 30, isPlaying: true };
    const beaten = await post('/api/videos/heartbeat', 'ann', beat, headers);
    expect((await bodyOf(beaten)).progress).toMatchObject({ watched_seconds: 30, watch_count: 1 });

    const { devices } = await bodyOf(await send('/api/videos/devices', 'GET', 'ann', {}, headers));
    expect(devices).toMatchObject([{ current: true }]);
    const released = await send(`/api/videos/devices?id=${devices[0].id}`, 'DELETE', 'ann', {}, headers);
    expect(await bodyOf(released)).toEqual({ devices: [] });
    expect(await refusalOf(await post('/api/videos/heartbeat', 'ann', beat, headers))).toEqual([
      403,
      'DEVICE_NOT_REGISTERED',
    ]);
  });

  it('refuses a third device with the list', async () => {
    for (let index = 0; index < 2; index++) {
      expect((await post('/api/videos/playback-token', 'bob', { lessonId: '42' })).status).toBe(200);
    }
    const response = await post('/api/videos/playback-token', 'bob', { lessonId: '42' });
    expect([response.status, (await bodyOf(response)).devices]).toEqual([
      403,
      [expect.any(Object), expect.any(Object)],
    ]);
  });

  it('keeps a report', async () => {
    const report = { lessonId: '42', activityType: 'devtools_detected', timestamp: new Date().toISOString() };
    expect((await post('/api/security/log-suspicious', 'carl', report)).status).toBe(200);
    expect((await backend.store.findings({ userId: 'carl' })).entries).toHaveLength(1);
  });

  it('answers the preflight of the key, and gives no key without a token', async () => {
    const preflight = await send('/api/video-keys/42', 'OPTIONS', null);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('X-Video-Token');
    expect(await refusalOf(await send('/api/video-keys/42', 'GET', null))).toEqual([401, 'TOKEN_MISSING']);
  });

  it("starts nothing for nobody, for a stranger's page, and for what is too large", async () => {
    expect((await post('/api/videos/playback-token', null, { lessonId: '42' })).status).toBe(401);
    const origin = 'https://evil.example.org';
    expect(
      await refusalOf(await post('/api/videos/playback-token', 'ann', { lessonId: '42' }, { origin })),
    ).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    expect((await post('/api/videos/playback-token', 'ann', { lessonId: 'x'.repeat(9_000) })).status).toBe(
      413,
    );
  });
});

describe('the example for Express 5', () => {
  it.each<[string, RequestOptions]>([
    ['a method', { method: 'TRACE' }],
    ['a host', { headers: { host: 'a b' } }],
  ])('answers 400 without a cause to %s that Fetch does not know', async (_, options) => {
    const { authorize, signer, tokens, store, keys } = makeBackend();
    const identify = () => ({ allowed: false, status: 401, code: 'NOT_SIGNED_IN' }) as const;
    const playback = { authorize, identify, signer, domain: MEDIA, tokens, store, keys };
    const server = await listen(createServer(createExpressApp(playback)));
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = sendByNode(`${server.url}/api/videos/devices`, options, (response) => {
        text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
      });
      sent.on('error', reject).end();
    });
    await server.close();
    expect(answer).toBe('400 Bad Request');
  });
});
