/** All handlers over the same options, so that what one sets the others know. */

import { readOptions } from '../arguments.ts';
import { DEVICES_NAMES, devicesHandler } from './devices-handler.ts';
import { heartbeatHandler } from './heartbeat-handler.ts';
import { KEY_NAMES, type KeyHandlerOptions, type KeyParameters, keyHandler } from './key-handler.ts';
import { PLAYBACK_NAMES, type PlaybackHandlerOptions, playbackHandler } from './playback-handler.ts';
import { REPORT_NAMES, type ReportHandlerOptions, reportHandler } from './report-handler.ts';
import { SESSION_NAMES } from './session.ts';

/** Those of the five handlers together. */
export interface PlaybackHandlersOptions
  extends PlaybackHandlerOptions,
    Pick<
      KeyHandlerOptions,
      'keys' | 'deviceCookie' | 'requestsPerMinute' | 'keyCacheSeconds' | 'keyCacheEntries'
    >,
    Pick<ReportHandlerOptions, 'identify' | 'activityTypes' | 'reportsPerMinute' | 'findingDays'> {}

type Handler = (request: Request) => Promise<Response>;

export interface PlaybackHandlers {
  /** `POST /api/videos/playback-token` */
  readonly playbackToken: Handler;
  /** `POST /api/videos/heartbeat` */
  readonly heartbeat: Handler;
  /** `GET` and `DELETE /api/videos/devices` */
  readonly devices: Handler;
  /** `GET /api/video-keys/:lessonId` */
  readonly videoKey: (request: Request, parameters: KeyParameters) => Promise<Response>;
  /** `POST /api/security/log-suspicious` */
  readonly logSuspicious: Handler;
}

const NAMES = [...new Set([...PLAYBACK_NAMES, ...KEY_NAMES, ...REPORT_NAMES])];

/**
 * `playbackHandler`, `heartbeatHandler`, `devicesHandler`, `keyHandler` and `reportHandler`. The routes are the customer's, and
 * yours to choose; each handler answers OPTIONS as well.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 * @example
 * const handlers = playbackHandlers({ authorize, identify, signer, domain: 'media.example.com', tokens, store, keys, origins });
 * app.all('/api/videos/playback-token', ({ req }) => handlers.playbackToken(req.raw));
 */
export function playbackHandlers(given: PlaybackHandlersOptions): PlaybackHandlers {
  const options = readOptions('playbackHandlers', given, NAMES);
  return Object.freeze({
    playbackToken: playbackHandler(pick(options, PLAYBACK_NAMES)),
    heartbeat: heartbeatHandler(pick(options, SESSION_NAMES)),
    devices: devicesHandler(pick(options, DEVICES_NAMES)),
    videoKey: keyHandler(pick(options, KEY_NAMES)),
    logSuspicious: reportHandler(pick(options, REPORT_NAMES)),
  });
}

function pick<Options extends object, Name extends keyof Options & string>(
  options: Options,
  names: readonly Name[],
): Pick<Options, Name> {
  const chosen = Object.entries(options).filter(([name]) => (names as readonly string[]).includes(name));
  return Object.fromEntries(chosen) as Pick<Options, Name>;
}
