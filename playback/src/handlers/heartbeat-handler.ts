/** While playing: `POST /api/videos/heartbeat`, every 30 seconds, on pause and at the end. */

import { readOptions } from '../arguments.ts';
import { type DeviceCookie, readDevice } from '../devices/device-cookie.ts';
import { isStreamOf, newStreamId, readStreamId } from '../devices/stream-cookie.ts';
import { json, type Refusal, refusal, refuse } from '../http/answers.ts';
import { readBody } from '../http/read-body.ts';
import { route } from '../http/route.ts';
import { mergeProgress } from '../progress/merge-progress.ts';
import type { PlaybackStore, Progress, StoredProgress, Stream } from '../store/store.ts';
import type { PlaybackClaims } from '../tokens/claims.ts';
import { readAnswer, readTitle } from './authorize.ts';
import { NO_LESSON, readLessonId } from './lesson-id.ts';
import { tokenInHeaders } from './presented-token.ts';
import { createSession, SESSION_NAMES, type SessionOptions } from './session.ts';
import { NO_DEVICE, refusalOf } from './stream-refusals.ts';

/** Those of `playbackHandler`, as far as both have them: give both the same. */
export interface HeartbeatHandlerOptions extends SessionOptions {}

/** A token with less than this left is followed by a new one: two heartbeats may get lost. */
const RENEWED_BEFORE_MS = 120_000;
const FURTHEST_SECONDS = 10_000_000;
const NO_POSITION = refusal(
  400,
  'POSITION_INVALID',
  `currentTime must be seconds from 0 to ${FURTHEST_SECONDS}, and isPlaying true or false`,
);

/**
 * Answers `{ lessonId, currentTime, isPlaying }` with `{ progress }`, new cookies of the title, and near the end of its token
 * with `{ token, expiresIn }`. It asks `authorize` again: a viewer who is refused gets no more cookies, and what they have
 * expires within five minutes.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @example
 * export const POST = heartbeatHandler({ authorize, signer, domain: 'media.example.com', tokens, store, streamLimit: 1 });
 */
export function heartbeatHandler(given: HeartbeatHandlerOptions): (request: Request) => Promise<Response> {
  const options = readOptions('heartbeatHandler', given, SESSION_NAMES);
  const { authorize, tokens } = options;
  const session = createSession('heartbeat', options);
  const { now, cookies } = session;

  async function beat(request: Request): Promise<Response> {
    const body = await readBody(request);
    if (body.refused) return refuse(body.refused);
    const lessonId = readLessonId(body.fields.lessonId);
    if (lessonId === undefined) return refuse(NO_LESSON);
    const { currentTime, isPlaying } = body.fields;
    if (!isPosition(currentTime) || typeof isPlaying !== 'boolean') return refuse(NO_POSITION);
    const answer = readAnswer('authorize', await authorize(request, lessonId));
    if (!answer.allowed) return refuse(answer.refusal, session.close(lessonId, answer));
    const { userId } = answer;
    const title = readTitle(answer);
    const device = await readDevice(request, cookies);
    const brought = await readToken(request, { userId, lessonId, device });
    const streamId =
      brought?.streamId ??
      (await readStreamId(request, lessonId, device, cookies)) ??
      (await newStreamId(device));
    const stream = { id: streamId, deviceId: device.deviceId, lessonId };
    const at = now();
    const refused = await session.withStore((store) => note(store, { userId, stream, isPlaying, at }));
    if (refused) return refuse(refused, session.close(lessonId, title));
    let isFirst = false;
    const progress = await session.withStore((store) =>
      store.updateProgress(userId, lessonId, (current) => {
        isFirst = !current?.streamIds.includes(streamId);
        return mergeProgress(current, {
          streamId,
          currentTimeSeconds: currentTime,
          at,
          durationSeconds: title.durationSeconds,
        });
      }),
    );
    // A heartbeat opens a title as a play start does, so nobody takes a course by heartbeats that no log has.
    if (isFirst && brought === undefined) {
      const access = { userId, lessonId, deviceId: device.deviceId, accessedAt: at };
      await session.log((accesses, store) => accesses.writeOnceADay(store, request, access));
    }
    const isNearEnd = brought === undefined || brought.expiresAt.getTime() - at.getTime() < RENEWED_BEFORE_MS;
    // A player that says it is paused does not count as a stream, so it gets nothing to play with.
    const mayLoad = isPlaying || !session.hasStreamLimit;
    const issued =
      mayLoad && isNearEnd ? await session.issue({ userId, lessonId, streamId, device, title }) : undefined;
    const setCookie = [
      ...(mayLoad ? await session.open(title) : []),
      ...(await session.remember(request, { lessonId, streamId, title, issued })),
    ];
    return json(
      {
        ...(progress && { progress: shown(progress) }),
        ...(issued && { token: issued.token, expiresIn: issued.expiresIn }),
      },
      { status: 200 },
      setCookie,
    );
  }

  /** @returns the token in the headers, where it is one of this user, lesson and device; any other one changes nothing */
  async function readToken(
    request: Request,
    { userId, lessonId, device }: { userId: string; lessonId: string; device: DeviceCookie },
  ): Promise<PlaybackClaims | undefined> {
    const expected = { userId, lessonId, deviceId: device.deviceId };
    const verdict = await tokens.verify(tokenInHeaders(request), expected);
    if (!verdict.allowed || !(await isStreamOf(verdict.claims.streamId, device))) return undefined;
    return verdict.claims;
  }

  async function note(
    store: PlaybackStore,
    { userId, stream, isPlaying, at }: { userId: string; stream: Stream; isPlaying: boolean; at: Date },
  ): Promise<Refusal | undefined> {
    if (isPlaying) {
      return refusalOf(await store.beatStream(userId, stream, session.streamBounds(at)));
    }
    const devices = await store.devices(userId);
    if (!devices.some(({ id }) => id === stream.deviceId)) return NO_DEVICE;
    await store.endStream(userId, stream.id);
    return undefined;
  }

  return route({ ...options, handler: 'heartbeat', methods: ['POST'], answer: beat });
}

/** Without what only the merging of heartbeats needs. */
function shown({ streamIds: _, ...progress }: StoredProgress): Progress {
  return progress;
}

function isPosition(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= FURTHEST_SECONDS;
}
