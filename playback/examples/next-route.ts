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

import { type KeyParameters, type PlaybackHandlersOptions, playbackHandlers } from '@storytime/playback';

interface KeyContext {
  readonly params: Promise<KeyParameters>;
}

export function createRoutes(options: PlaybackHandlersOptions) {
  const { playbackToken, heartbeat, devices, videoKey, logSuspicious } = playbackHandlers(options);
  const answerKey = async (request: Request, { params }: KeyContext) => videoKey(request, await params);

  return {
    playbackToken: { POST: playbackToken, OPTIONS: playbackToken },
    heartbeat: { POST: heartbeat, OPTIONS: heartbeat },
    devices: { GET: devices, DELETE: devices, OPTIONS: devices },
    videoKeys: { GET: answerKey, HEAD: answerKey, OPTIONS: answerKey },
    logSuspicious: { POST: logSuspicious, OPTIONS: logSuspicious },
  };
}
