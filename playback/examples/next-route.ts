/**
 * Next.js route handlers, made in one file and exported from five. In `app/api/videos/playback-token/route.ts`:
 *
 *   export const { POST, OPTIONS } = routes.playbackToken;
 *
 * and `heartbeat`, `devices` and `logSuspicious` in theirs; in `app/api/video-keys/[lessonId]/route.ts`:
 *
 *   export const { GET, HEAD, OPTIONS } = routes.videoKeys;
 *
 * It needs Next's Node.js runtime, which is its default.
 */

import {
  devicesHandler,
  heartbeatHandler,
  type Identify,
  type KeyHandlerOptions,
  type KeyParameters,
  keyHandler,
  playbackHandler,
  reportHandler,
  type SessionOptions,
} from '@storytime/playback';

interface Playback extends SessionOptions, Pick<KeyHandlerOptions, 'keys'> {
  /** Your own session: who sends this request? */
  readonly identify: Identify;
}

interface KeyContext {
  readonly params: Promise<KeyParameters>;
}

export function createRoutes({ identify, keys, ...session }: Playback) {
  const { tokens, store, origins, onError, secureCookies, now } = session;
  const shared = { store, origins, onError };
  const start = playbackHandler(session);
  const beat = heartbeatHandler(session);
  const key = keyHandler({ ...shared, tokens, keys, secureCookies, now });
  const devices = devicesHandler({ ...shared, identify, secureCookies });
  const report = reportHandler({ ...shared, identify, now });
  const answerKey = async (request: Request, { params }: KeyContext) => key(request, await params);

  return {
    playbackToken: { POST: start, OPTIONS: start },
    heartbeat: { POST: beat, OPTIONS: beat },
    devices: { GET: devices, DELETE: devices, OPTIONS: devices },
    videoKeys: { GET: answerKey, HEAD: answerKey, OPTIONS: answerKey },
    logSuspicious: { POST: report, OPTIONS: report },
  };
}
