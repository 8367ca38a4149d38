/** What all handlers do with methods, origins and bodies. */

import { describe, expect, it } from 'vitest';
import { API, APP, makeBackend, makeBrowser, refusalOf } from './backend.ts';

const POSTS = ['/api/videos/playback-token', '/api/videos/heartbeat', '/api/security/log-suspicious'];
const PATHS = [...POSTS, '/api/videos/devices', '/api/video-keys/42'];
const EVIL = 'https://evil.example.org';

describe.each(PATHS)('%s', (path) => {
  const isPost = POSTS.includes(path);

  it('refuses other methods with 405 and says which it has', async () => {
    for (const method of ['PUT', 'PATCH', isPost ? 'GET' : 'POST', ...(isPost ? ['HEAD'] : [])]) {
      const response = await makeBrowser(makeBackend()).send(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toMatch(/OPTIONS$/);
    }
  });

  it('answers OPTIONS of a page of ours with the header of the token, and of a stranger with none of it', async () => {
    const ours = await makeBrowser(makeBackend()).send(path, { method: 'OPTIONS' });
    expect(ours.status).toBe(204);
    expect(Object.fromEntries(ours.headers)).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'Authorization, Content-Type, X-Video-Token',
      'access-control-allow-methods': expect.stringContaining(isPost ? 'POST' : 'GET'),
      vary: 'Origin',
    });
    const theirs = await makeBrowser(makeBackend()).send(path, {
      method: 'OPTIONS',
      headers: { origin: EVIL },
    });
    expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
    expect(theirs.headers.get('vary')).toBe('Origin');
  });

  it.each([
    EVIL,
    'null',
    `${APP}.evil.example`,
    'https://APP.example.com',
    `${APP}:8443`,
    'http://app.example.com',
  ])('lets no page of %s read an answer', async (origin) => {
    const response = await makeBrowser(makeBackend()).send(path, {
      ...(isPost && { json: {} }),
      headers: { origin, 'sec-fetch-site': 'cross-site' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe.each(POSTS)('POST %s', (path) => {
  const post = (headers: Readonly<Record<string, string | undefined>>, json: unknown = {}) =>
    makeBrowser(makeBackend()).send(path, { json, headers });

  it.each<[string, Record<string, string | undefined>]>([
    ['another site', { origin: EVIL, 'sec-fetch-site': 'cross-site' }],
    ['another site, by a browser that says no more', { origin: EVIL, 'sec-fetch-site': undefined }],
    ['another host of the site', { origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a link or a form without an origin', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
    ['a page that the user opened, which posts with an origin', { origin: EVIL, 'sec-fetch-site': 'none' }],
  ])('is refused from %s', async (_, headers) => {
    expect(await refusalOf(await post(headers))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['a page of ours on another origin', { origin: APP, 'sec-fetch-site': 'same-site' }],
    ['the very origin', { origin: API, 'sec-fetch-site': 'same-origin' }],
    [
      'the very origin behind a proxy with another name',
      { origin: 'https://public.example.net', 'sec-fetch-site': 'same-origin' },
    ],
    ['the very origin, by an old browser', { origin: API, 'sec-fetch-site': undefined }],
    ['an app that is no browser', { origin: undefined, 'sec-fetch-site': undefined }],
  ])('is taken from %s', async (_, headers) => {
    expect((await post(headers)).status).not.toBe(403);
  });

  it.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
  ])('is refused where its content type is %s', async (type) => {
    expect(await refusalOf(await post({ 'content-type': type }))).toEqual([415, 'CONTENT_TYPE_INVALID']);
  });

  const send = async (
    body: string | Uint8Array<ArrayBuffer> | ReadableStream,
    headers: Record<string, string> = {},
  ) => {
    const request = new Request(`${API}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json; charset=utf-8', 'x-test-user': 'a', ...headers },
      duplex: 'half',
    } as RequestInit);
    return refusalOf(await makeBackend().handle(request));
  };

  it.each<[string, string | Uint8Array<ArrayBuffer> | ReadableStream]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['text', '"x"'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
  ])('is refused where its body is %s', async (_, body) => {
    expect(await send(body)).toEqual([400, 'BODY_INVALID']);
  });

  it('is refused where its body is too large, whatever it says of its length', async () => {
    expect(await send(JSON.stringify({ a: 'x'.repeat(9_000) }))).toEqual([413, 'BODY_TOO_LARGE']);
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new TextEncoder().encode('x'.repeat(1_000)));
      },
    });
    expect(await send(endless)).toEqual([413, 'BODY_TOO_LARGE']);
    expect(pulled).toBeLessThan(20);
  });
});

describe('DELETE of a device', () => {
  it('is refused from another site', async () => {
    const response = await makeBrowser(makeBackend()).send('/api/videos/devices?id=x', {
      method: 'DELETE',
      headers: { origin: EVIL, 'sec-fetch-site': 'cross-site' },
    });
    expect(await refusalOf(response)).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
  });
});
