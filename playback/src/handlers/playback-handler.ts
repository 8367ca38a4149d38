/** The start of playing: `POST /api/videos/playback-token`. */

import { assertInteger, readOptions } from '../arguments.ts';
import { type DeviceCookie, formatDeviceCookie, readDevice } from '../devices/device-cookie.ts';
import { deviceName } from '../devices/device-name.ts';
import { newStreamId } from '../devices/stream-cookie.ts';
import { json, type Refusal, refusal, refuse } from '../http/answers.ts';
import { readBody } from '../http/read-body.ts';
import { route } from '../http/route.ts';
import type { PlaybackStore } from '../store/store.ts';
import { readAnswer, readTitle } from './authorize.ts';
import { showDevices } from './devices-answer.ts';
import { NO_LESSON, readLessonId } from './lesson-id.ts';
import { createSession, SESSION_NAMES, type SessionOptions } from './session.ts';
import { refusalOf } from './stream-refusals.ts';

export interface PlaybackHandlerOptions extends SessionOptions {
  /**
   * How many devices of a user may play, 1 to 100. A device is registered at its first play start.
   * @default 2
   */
  readonly deviceLimit?: number | undefined;
  /**
   * Days without a play start or a heartbeat, 1 to 3,650, after which a device makes room for another one.
   * @default 30
   */
  readonly deviceIdleDays?: number | undefined;
  /**
   * True puts the token of an encrypted title into `playbackUrl` as `t`, for playlists prepared to carry it to the key's
   * address. The logs of the CDN then have it.
   * @default false
   */
  readonly tokenInUrl?: boolean | undefined;
}

/** The names of `PlaybackHandlerOptions`. */
export const PLAYBACK_NAMES = [...SESSION_NAMES, 'deviceLimit', 'deviceIdleDays', 'tokenInUrl'] as const;
const DAY_MS = 86_400_000;

/**
 * Answers `{ lessonId }` with `{ playbackUrl, token, expiresIn, watermarkText }` and the cookies of the title, or with
 * `{ error, code }`. The README's table has every code.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @example
 * export const POST = playbackHandler({ authorize, signer, domain: 'media.example.com', tokens, store });
 */
export function playbackHandler(given: PlaybackHandlerOptions): (request: Request) => Promise<Response> {
  const options = readOptions('playbackHandler', given, PLAYBACK_NAMES);
  const { authorize, deviceLimit = 2, deviceIdleDays = 30, tokenInUrl = false } = options;
  assertInteger('deviceLimit', deviceLimit, { least: 1, most: 100 });
  assertInteger('deviceIdleDays', deviceIdleDays, { least: 1, most: 3_650 });
  const session = createSession('playback', options);
  const { now, cookies } = session;

  async function start(request: Request): Promise<Response> {
    const body = await readBody(request);
    if (body.refused) return refuse(body.refused);
    const lessonId = readLessonId(body.fields.lessonId);
    if (lessonId === undefined) return refuse(NO_LESSON);
    const answer = readAnswer('authorize', await authorize(request, lessonId));
    if (!answer.allowed) return refuse(answer.refusal);
    const { userId, email, watermarkText = email ?? userId } = answer;
    const title = readTitle(answer);
    const device = await readDevice(request, cookies);
    const streamId = await newStreamId(device);
    const at = now();
    const refused = await session.withStore(
      async (store) =>
        (await register(store, { userId, device, at, userAgent: request.headers.get('user-agent') ?? '' })) ??
        (await admit(store, { userId, device, at, streamId, lessonId })),
    );
    // The cookie goes with a refusal too: a device that asks twice is one device.
    if (refused) return refuse(refused, [formatDeviceCookie(device, cookies)]);
    const issued = await session.issue({ userId, lessonId, streamId, device, title });
    const setCookie = [
      formatDeviceCookie(device, cookies),
      ...(await session.open(title)),
      ...(await session.remember(request, { lessonId, streamId, title, issued })),
    ];
    await session.log((accesses, store) =>
      accesses.write(store, request, { userId, lessonId, deviceId: device.deviceId, accessedAt: at }),
    );
    const { token, expiresIn } = issued;
    const playbackUrl = session.playbackUrl(title);
    return json(
      {
        // Where there is no key to ask for, nobody needs the token in an address; another provider least of all.
        playbackUrl: tokenInUrl && title.encrypted ? withToken(playbackUrl, token) : playbackUrl,
        token,
        expiresIn,
        watermarkText,
      },
      { status: 200 },
      setCookie,
    );
  }

  /** @returns the refusal where there is no room, also not after devices without use have gone */
  async function register(
    store: PlaybackStore,
    { userId, device, at, userAgent }: StartedBy & { readonly userAgent: string },
  ): Promise<Refusal | undefined> {
    const add = () =>
      store.registerDevice(
        userId,
        { id: device.deviceId, name: deviceName(userAgent) },
        { limit: deviceLimit, at },
      );
    const first = await add();
    if (first.registered) return undefined;
    const pruned = await store.pruneDevices(userId, {
      before: new Date(at.getTime() - deviceIdleDays * DAY_MS),
    });
    const second = pruned > 0 ? await add() : first;
    if (second.registered) return undefined;
    return refusal(403, 'DEVICE_LIMIT_EXCEEDED', 'Device limit reached. Please logout from another device.', {
      fields: { devices: showDevices(second.devices, device.deviceId) },
    });
  }

  /** Where streams are limited, one more is refused before it plays and not at its first heartbeat. */
  async function admit(
    store: PlaybackStore,
    {
      userId,
      device,
      at,
      streamId,
      lessonId,
    }: StartedBy & { readonly streamId: string; readonly lessonId: string },
  ): Promise<Refusal | undefined> {
    if (!session.hasStreamLimit) return undefined;
    const stream = { id: streamId, deviceId: device.deviceId, lessonId };
    const admission = await store.beatStream(userId, stream, session.streamBounds(at));
    return refusalOf(admission);
  }

  return route({ ...options, handler: 'playback', methods: ['POST'], answer: start });
}

interface StartedBy {
  readonly userId: string;
  readonly device: DeviceCookie;
  readonly at: Date;
}

/** The path of a title of the library has no query. */
function withToken(url: string, token: string): string {
  return `${url}?t=${token}`;
}
