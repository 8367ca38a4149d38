/** The key endpoint: `GET /api/video-keys/:lessonId`. */

import { assertFunction, assertHas, assertInteger, assertOneOf, readOptions } from '../arguments.ts';
import { knownDevice } from '../devices/device-cookie.ts';
import { type Refusal, refusal, refuse } from '../http/answers.ts';
import { BoundedMap } from '../http/bounded-map.ts';
import { rateBound } from '../http/rate-bound.ts';
import { type RouteOptions, route } from '../http/route.ts';
import type { PlaybackStore, WrappedContentKey } from '../store/store.ts';
import type { TokenTitle } from '../tokens/claims.ts';
import type { PlaybackTokens, TokenRefusal } from '../tokens/playback-tokens.ts';
import { readLessonId } from './lesson-id.ts';
import { presentedToken } from './presented-token.ts';

export interface KeyHandlerOptions extends RouteOptions {
  readonly tokens: PlaybackTokens;
  readonly store: Pick<PlaybackStore, 'contentKey'>;
  /** What wrapped the keys: `kmsKeyWrapper` of `@storytime/playback/kms`, or `masterKeyWrapper`. */
  readonly keys: { readonly unwrap: (wrapped: WrappedContentKey) => Promise<Uint8Array> };
  /**
   * Whether the token must come with the cookie of the device that it was issued for. `'when-sent'` also serves players that send no
   * cookies; a cookie of another device is refused in both cases.
   * @default 'when-sent'
   */
  readonly deviceCookie?: 'when-sent' | 'required' | undefined;
  /**
   * Requests with one token in a minute, 1 to 10,000, counted in this process. A player asks once; some ask before every segment.
   * @default 120
   */
  readonly requestsPerMinute?: number | undefined;
  /**
   * Seconds for which an unwrapped key stays in memory, 0 to 3,600; for so long a deleted key is still served.
   * @default 300
   */
  readonly keyCacheSeconds?: number | undefined;
  /**
   * How many unwrapped keys stay in memory, 1 to 100,000.
   * @default 1000
   */
  readonly keyCacheEntries?: number | undefined;
  /**
   * False for http:// on this machine, as for the other handlers.
   * @default true
   */
  readonly secureCookies?: boolean | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

export interface KeyParameters {
  /**
   * The part of the path behind `/api/video-keys/`, decoded: the lesson of the token, or its title, whose id is in the playlists
   * that `npm run upload -- … --encrypt` makes.
   */
  readonly lessonId: string;
}

/** The names of `KeyHandlerOptions`. */
export const KEY_NAMES = [
  'tokens',
  'store',
  'keys',
  'deviceCookie',
  'requestsPerMinute',
  'keyCacheSeconds',
  'keyCacheEntries',
  'secureCookies',
  'now',
  'origins',
  'onError',
] as const;
/** Of AES-128, the cipher of HLS. RFC 8216, section 5.2. */
const KEY_BYTES = 16;
const MISSING = unauthorized('TOKEN_MISSING', 'Missing video token', 'Bearer');
const INVALID = unauthorized('TOKEN_INVALID', 'Invalid or expired token', 'Bearer error="invalid_token"');
const EXPIRED = unauthorized('TOKEN_EXPIRED', 'Invalid or expired token', 'Bearer error="invalid_token"');
const OTHER_LESSON = refusal(403, 'TOKEN_LESSON_MISMATCH', 'Token lesson mismatch');
const OTHER_VERSION = refusal(403, 'TOKEN_VERSION_MISMATCH', 'Token version mismatch');
const OTHER_DEVICE = refusal(403, 'TOKEN_DEVICE_MISMATCH', 'Token device mismatch');
const NO_KEY = refusal(404, 'KEY_NOT_FOUND', 'Encryption key not found');

/**
 * Answers with the 16 bytes of a title's content key for a token of that lesson, title, version and device, from `X-Video-Token`,
 * `Authorization: Bearer`, `?t=` of the address, or the cookie of a play start. The README's table has every refusal.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @example
 * const getKey = keyHandler({ tokens, store, keys, origins: [appUrl] });
 * app.get('/api/video-keys/:lessonId', (context) => getKey(context.req.raw, { lessonId: context.req.param('lessonId') }));
 */
export function keyHandler(
  given: KeyHandlerOptions,
): (request: Request, parameters: KeyParameters) => Promise<Response> {
  const options = readOptions('keyHandler', given, KEY_NAMES);
  const { tokens, store, keys, deviceCookie = 'when-sent', secureCookies = true } = options;
  const {
    requestsPerMinute = 120,
    keyCacheSeconds = 300,
    keyCacheEntries = 1_000,
    now = () => new Date(),
  } = options;
  assertHas('tokens', tokens, ['verify']);
  assertHas('store', store, ['contentKey']);
  assertHas('keys', keys, ['unwrap']);
  assertOneOf('deviceCookie', deviceCookie, ['when-sent', 'required']);
  assertInteger('requestsPerMinute', requestsPerMinute, { least: 1, most: 10_000 });
  assertInteger('keyCacheSeconds', keyCacheSeconds, { least: 0, most: 3_600 });
  assertInteger('keyCacheEntries', keyCacheEntries, { least: 1, most: 100_000 });
  assertFunction('now', now);
  const cookies = { secure: secureCookies };
  const bound = rateBound(requestsPerMinute);
  /** Promises, so that viewers who start together share one look-up. */
  const cache = new BoundedMap<Promise<Uint8Array | undefined>>(keyCacheEntries);

  async function answer(request: Request, parameters: KeyParameters): Promise<Response> {
    const verdict = await tokens.verify(presentedToken(request, cookies));
    if (!verdict.allowed) return refuse(refusalOf(verdict.reason));
    const { claims } = verdict;
    // By stream and not by token: a new token of the same play start begins no new count.
    const waitSeconds = bound.count(claims.streamId, now().getTime());
    if (waitSeconds > 0) return refuse(tooMany(waitSeconds));
    // The key is that of the token's title by either name.
    const isOwn = [claims.lessonId, claims.title?.id].includes(readLessonId(parameters.lessonId) ?? '');
    if (!isOwn) return refuse(OTHER_LESSON);
    const device = await knownDevice(request, cookies);
    const isOther = device === undefined ? deviceCookie === 'required' : device.deviceId !== claims.deviceId;
    if (isOther) return refuse(OTHER_DEVICE);
    if (claims.title === undefined) return refuse(NO_KEY);
    const version = new URL(request.url).searchParams.get('v');
    if (version !== null && version !== String(claims.title.version)) return refuse(OTHER_VERSION);
    const key = await contentKey(claims.title);
    if (key === undefined) return refuse(NO_KEY);
    return new Response(key.slice(), {
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(KEY_BYTES) },
    });
  }

  async function contentKey(title: TokenTitle): Promise<Uint8Array | undefined> {
    const name = JSON.stringify([title.id, title.version]);
    const nowMs = now().getTime();
    const cached = cache.get(name, nowMs);
    if (cached !== undefined) return cached;
    const loading = load(title);
    cache.set(name, loading, nowMs + keyCacheSeconds * 1000);
    try {
      const key = await loading;
      // A key that is not there yet may be there a moment later.
      if (key === undefined) cache.delete(name);
      return key;
    } catch (error) {
      cache.delete(name);
      throw error;
    }
  }

  async function load({ id, version }: TokenTitle): Promise<Uint8Array | undefined> {
    const wrapped = await store.contentKey(id, version);
    if (wrapped === undefined) return undefined;
    // As the key of what the token says, whatever the record says of itself: a database may compare ids without their case.
    const key = await keys.unwrap({ ...wrapped, titleId: id, version });
    if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) throw new TypeError('no key of 16 bytes');
    return key;
  }

  return route({ ...options, handler: 'key', methods: ['GET'], answer });
}

function refusalOf(reason: TokenRefusal): Refusal {
  if (reason === 'missing') return MISSING;
  return reason === 'expired' ? EXPIRED : INVALID;
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function unauthorized(code: string, error: string, challenge: string): Refusal {
  return refusal(401, code, error, { headers: { 'www-authenticate': challenge } });
}

export function tooMany(waitSeconds: number): Refusal {
  return refusal(429, 'TOO_MANY_REQUESTS', 'Too many requests', {
    headers: { 'retry-after': String(waitSeconds) },
  });
}
