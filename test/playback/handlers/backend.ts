/** A backend with every handler over the memory store, with real signatures and a clock that is moved by hand. */

import { createSigner } from '@storytime/signer';
import { testKey } from '@storytime/signer/testing';
import { CookieJar } from 'tough-cookie';
import { vi } from 'vitest';
import {
  type Allowed,
  type Denied,
  devicesHandler,
  type HeartbeatHandlerOptions,
  heartbeatHandler,
  type KeyHandlerOptions,
  keyHandler,
  masterKeyWrapper,
  memoryStore,
  type PlaybackHandlerOptions,
  type PlaybackStore,
  playbackHandler,
  playbackTokens,
  type ReportHandlerOptions,
  reportHandler,
} from '../../../playback/src/index.ts';
import { AUDIENCE, NOW, SECRET } from '../tokens/fixtures.ts';

export const API = 'https://api.example.com';
export const APP = 'https://app.example.com';
export const MEDIA = 'media.example.com';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

export interface Changes {
  readonly playback?: Partial<PlaybackHandlerOptions>;
  readonly heartbeat?: Partial<HeartbeatHandlerOptions>;
  /** Of both. */
  readonly session?: Partial<HeartbeatHandlerOptions>;
  readonly key?: Partial<KeyHandlerOptions>;
  readonly report?: Partial<ReportHandlerOptions>;
  readonly store?: Partial<PlaybackStore>;
}

export function makeBackend({ playback, heartbeat, session, key, report, store: broken }: Changes = {}) {
  const clock = { seconds: 0 };
  const now = () => new Date(NOW.getTime() + clock.seconds * 1000);
  const store: PlaybackStore = { ...memoryStore({ now }), ...broken };
  const tokens = playbackTokens({ secrets: SECRET, audience: AUDIENCE, now });
  const signer = createSigner({ key: testKey(), domain: MEDIA, cookieDomain: 'example.com', now });
  const keys = masterKeyWrapper({ masterKey: '8f'.repeat(32), now });
  const onError = vi.fn();
  const authorize = vi.fn((request: Request, lessonId: string): Allowed | Denied => {
    const userId = request.headers.get('x-test-user');
    if (userId === null) return { allowed: false, status: 401, code: 'NOT_SIGNED_IN' };
    return {
      allowed: true,
      userId,
      email: `${userId}@example.com`,
      title: {
        id: `title-${lessonId}`,
        playlistPath: `/books/${lessonId}/index.m3u8`,
        version: 1,
        encrypted: true,
        durationSeconds: 600,
      },
    };
  });
  const identify = (request: Request) => {
    const userId = request.headers.get('x-test-user');
    return userId === null
      ? ({ allowed: false, status: 401, code: 'NOT_SIGNED_IN' } as const)
      : ({ allowed: true, userId } as const);
  };
  const common = { authorize, signer, domain: MEDIA, tokens, store, now, onError, origins: [APP] };
  const startPlayback = playbackHandler({ ...common, ...session, ...playback });
  const beat = heartbeatHandler({ ...common, ...session, ...heartbeat });
  const getKey = keyHandler({ tokens, store, keys, now, onError, origins: [APP], ...key });
  const listDevices = devicesHandler({ identify, store, onError, origins: [APP] });
  const logSuspicious = reportHandler({ identify, store, now, onError, origins: [APP], ...report });

  /** The routes of the customer's document. */
  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/api/videos/playback-token') return startPlayback(request);
    if (pathname === '/api/videos/heartbeat') return beat(request);
    if (pathname === '/api/videos/devices') return listDevices(request);
    if (pathname === '/api/security/log-suspicious') return logSuspicious(request);
    const [, lessonId = ''] = /^\/api\/video-keys\/(.+)$/.exec(pathname) ?? [];
    return getKey(request, { lessonId: decodeURIComponent(lessonId) });
  }

  async function putKey(titleId: string, version = 1): Promise<Uint8Array> {
    const created = await keys.create({ titleId, version });
    await store.putContentKey(created.wrapped);
    return created.key;
  }

  return { clock, now, store, tokens, signer, keys, onError, authorize, handle, putKey };
}

export type Backend = ReturnType<typeof makeBackend>;

interface Sent {
  readonly method?: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A browser with its own cookies, on a page of the app, which is another origin of the same site. */
export function makeBrowser(backend: Backend, { user = 'user-7' as string | null, agent = CHROME } = {}) {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict' });

  async function send(path: string, { method, json, headers = {} }: Sent = {}): Promise<Response> {
    const url = `${API}${path}`;
    const all = {
      origin: APP,
      'sec-fetch-site': 'same-site',
      'user-agent': agent,
      cookie: (await jar.getCookieString(url)) || undefined,
      'x-test-user': user ?? undefined,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    const response = await backend.handle(
      new Request(url, {
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
          string,
          string
        >,
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
    );
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url);
    return response;
  }

  const start = (lessonId: unknown = '42', sent: Sent = {}) =>
    send('/api/videos/playback-token', { json: { lessonId }, ...sent });
  const beat = (fields: object = {}, sent: Sent = {}) =>
    send('/api/videos/heartbeat', {
      json: { lessonId: '42', currentTime: 30, isPlaying: true, ...fields },
      ...sent,
    });
  const cookiesFor = async (url: string) => (await jar.getCookies(url)).map(({ key }) => key).sort();
  const deviceId = async () => {
    const { token } = await bodyOf(await start());
    return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())
      .device_id as string;
  };
  return { jar, send, start, beat, cookiesFor, deviceId };
}

/** Its JSON, as the test reads it. */
// biome-ignore lint/suspicious/noExplicitAny: the fields are what the tests are about
export const bodyOf = (response: Response): Promise<any> => response.json();

/** Status and code of a refusal. */
export async function refusalOf(response: Response): Promise<readonly [number, string]> {
  const { error, code } = await bodyOf(response);
  if (typeof error !== 'string' || error === '') throw new Error('a refusal without a sentence');
  return [response.status, code];
}
