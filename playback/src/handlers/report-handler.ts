/** What a player reports of its viewer: `POST /api/security/log-suspicious`. */

import { assertFunction, assertHas, assertInteger, isId, readOptions, refused } from '../arguments.ts';
import { json, refusal, refuse } from '../http/answers.ts';
import { rateBound } from '../http/rate-bound.ts';
import { readBody } from '../http/read-body.ts';
import { type RouteOptions, route } from '../http/route.ts';
import { randomId } from '../random-id.ts';
import type { PlaybackStore } from '../store/store.ts';
import { type Identify, readAnswer } from './authorize.ts';
import { tooMany } from './key-handler.ts';
import { NO_LESSON, readLessonId } from './lesson-id.ts';

export interface ReportHandlerOptions extends RouteOptions {
  /** Who sends the request, by your own session. */
  readonly identify: Identify;
  readonly store: Pick<PlaybackStore, 'addFinding'>;
  /**
   * The activities that a player may report.
   * @default ['screenshot_attempt', 'screen_recording_detected', 'devtools_detected']
   */
  readonly activityTypes?: readonly string[] | undefined;
  /**
   * Reports of one user in a minute, 1 to 1,000, counted in this process.
   * @default 10
   */
  readonly reportsPerMinute?: number | undefined;
  /**
   * Days for which a finding is kept, 1 to 3,650.
   * @default 365
   */
  readonly findingDays?: number | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

/** The names of `ReportHandlerOptions`. */
export const REPORT_NAMES = [
  'identify',
  'store',
  'activityTypes',
  'reportsPerMinute',
  'findingDays',
  'now',
  'origins',
  'onError',
] as const;
const ACTIVITY_TYPES = ['screenshot_attempt', 'screen_recording_detected', 'devtools_detected'];
const DAY_MS = 86_400_000;
/** By ISO 8601, as `toISOString` writes it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const NO_TYPE = refusal(400, 'ACTIVITY_TYPE_INVALID', 'activityType is none that can be reported');
const NO_TIME = refusal(400, 'TIMESTAMP_INVALID', 'timestamp must be a time by ISO 8601');

/**
 * Keeps `{ lessonId, activityType, timestamp }` as a finding of the viewer. A report is the word of a page that its viewer controls:
 * its time counts by the server's clock, and what it says is a reason to look and no proof.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 */
export function reportHandler(given: ReportHandlerOptions): (request: Request) => Promise<Response> {
  const options = readOptions('reportHandler', given, REPORT_NAMES);
  const { identify, store, activityTypes = ACTIVITY_TYPES, now = () => new Date() } = options;
  const { reportsPerMinute = 10, findingDays = 365 } = options;
  assertFunction('identify', identify);
  assertHas('store', store, ['addFinding']);
  if (!Array.isArray(activityTypes) || !activityTypes.every(isId)) {
    throw refused('"activityTypes" must be a list of names of 1 to 256 bytes');
  }
  assertInteger('reportsPerMinute', reportsPerMinute, { least: 1, most: 1_000 });
  assertInteger('findingDays', findingDays, { least: 1, most: 3_650 });
  assertFunction('now', now);
  const bound = rateBound(reportsPerMinute);

  async function report(request: Request): Promise<Response> {
    const viewer = readAnswer('identify', await identify(request));
    if (!viewer.allowed) return refuse(viewer.refusal);
    const timestamp = now();
    const waitSeconds = bound.count(viewer.userId, timestamp.getTime());
    if (waitSeconds > 0) return refuse(tooMany(waitSeconds));
    const body = await readBody(request);
    if (body.refused) return refuse(body.refused);
    const { activityType, timestamp: reportedAt } = body.fields;
    const lessonId = readLessonId(body.fields.lessonId);
    if (lessonId === undefined) return refuse(NO_LESSON);
    if (typeof activityType !== 'string' || !activityTypes.includes(activityType)) return refuse(NO_TYPE);
    if (!isInstant(reportedAt)) return refuse(NO_TIME);
    await store.addFinding(
      {
        id: randomId(),
        userId: viewer.userId,
        lessonId,
        activityType,
        details: { reportedAt },
        timestamp,
        resolved: false,
      },
      { expiresAt: new Date(timestamp.getTime() + findingDays * DAY_MS) },
    );
    return json({ success: true }, { status: 200 });
  }

  return route({ ...options, handler: 'report', methods: ['POST'], answer: report });
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
}
