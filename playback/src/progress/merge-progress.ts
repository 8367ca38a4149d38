/** Progress out of heartbeats, whatever their order and however often each one comes. */

import type { StoredProgress } from '../store/store.ts';
import { clampPosition, isCompletedAt } from './position.ts';

/** What one heartbeat says about progress. */
export interface ProgressBeat {
  /** The play start: the `jti` of the playback token. */
  readonly streamId: string;
  /** The position in the title. Anything else than a number from 0 counts as 0, and a position behind the end as the end. */
  readonly currentTimeSeconds: number;
  /** When the heartbeat came, by the server's clock. */
  readonly at: Date;
  /**
   * The length of the title, which may be delivered by any provider.
   * @default - not known: this heartbeat does not complete the lesson
   */
  readonly durationSeconds?: number | undefined;
}

/** Few enough for a small record: nobody starts a lesson 32 times while the first start still sends heartbeats. */
const REMEMBERED_STREAMS = 32;

/**
 * Progress after one more heartbeat. The same heartbeats give the same progress in any order, and repeated at will:
 *
 * - `watched_seconds`: the furthest position
 * - `last_position_seconds`, `last_watched_at`: the latest heartbeat's; of two at the same time the further position
 * - `watch_count`: the number of streams. Each of the last 32 counts once; a heartbeat of an older one counts again
 * - `completed_at`: the time of the earliest heartbeat at 95 % of the length or later
 *
 * Pure, as `PlaybackStore.updateProgress` wants its `change`.
 *
 * @param current undefined before the first heartbeat
 * @returns `current` itself where the heartbeat changes nothing
 * @example
 * await store.updateProgress(userId, lessonId, (current) => mergeProgress(current, beat));
 */
export function mergeProgress(current: StoredProgress | undefined, beat: ProgressBeat): StoredProgress {
  const { streamId, at, durationSeconds } = beat;
  const position = clampPosition(beat.currentTimeSeconds, durationSeconds);
  const completedAt = isCompletedAt(position, durationSeconds) ? at : null;
  if (current === undefined) {
    return {
      watched_seconds: position,
      last_position_seconds: position,
      watch_count: 1,
      last_watched_at: at,
      completed_at: completedAt,
      streamIds: [streamId],
    };
  }
  const isNewStream = !current.streamIds.includes(streamId);
  const isLatest = isLater(at, position, current);
  const isFurther = position > current.watched_seconds;
  const isCompletion =
    completedAt !== null && (current.completed_at === null || completedAt < current.completed_at);
  if (!isNewStream && !isLatest && !isFurther && !isCompletion) return current;
  return {
    watched_seconds: isFurther ? position : current.watched_seconds,
    last_position_seconds: isLatest ? position : current.last_position_seconds,
    watch_count: current.watch_count + (isNewStream ? 1 : 0),
    last_watched_at: isLatest ? at : current.last_watched_at,
    completed_at: isCompletion ? completedAt : current.completed_at,
    streamIds: isNewStream ? [...current.streamIds, streamId].slice(-REMEMBERED_STREAMS) : current.streamIds,
  };
}

function isLater(at: Date, position: number, current: StoredProgress): boolean {
  const { last_watched_at: lastAt, last_position_seconds: lastPosition } = current;
  return at > lastAt || (at.getTime() === lastAt.getTime() && position > lastPosition);
}
