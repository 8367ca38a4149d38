/** Where a user continues. */

import type { Progress } from '../store/store.ts';
import { clampPosition, isCompletedAt } from './position.ts';

/**
 * The position to start playing at: the last one, or 0 where that is 95 % of the length or later, since only the end is left.
 * A lesson that was completed earlier continues where the user is now.
 *
 * @param progress what `PlaybackStore.progress` gave; undefined or null for a lesson not begun yet
 * @param durationSeconds the length of the title; without it the position may lie in the last 5 %
 * @returns seconds, never behind the end
 */
export function resumeAt(
  progress: Pick<Progress, 'last_position_seconds'> | null | undefined,
  durationSeconds?: number,
): number {
  const position = clampPosition(progress?.last_position_seconds ?? 0, durationSeconds);
  return isCompletedAt(position, durationSeconds) ? 0 : position;
}
