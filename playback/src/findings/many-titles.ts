/** One account that takes everything. */

import { accessesWithin, type Rule } from './rule.ts';

export interface ManyTitlesOptions {
  /**
   * Lessons from which a finding is made.
   * @default 20
   */
  readonly titles?: number | undefined;
  /** @default 600 */
  readonly seconds?: number | undefined;
}

/**
 * `many_titles`: many lessons started within ten minutes, faster than people look through them, as a program does that copies a
 * course.
 *
 * It does not find: a family that watches several lessons in one evening; somebody who searches a course for the right lesson; a
 * page that is loaded again and again.
 */
export function manyTitles({ titles = 20, seconds = 600 }: ManyTitlesOptions = {}): Rule {
  return {
    activityType: 'many_titles',
    lookBackSeconds: seconds,
    find(history) {
      const started = accessesWithin(history, seconds);
      const count = new Set(started.map(({ lessonId }) => lessonId)).size;
      if (count < titles) return undefined;
      const devices = new Set(started.map(({ deviceId }) => deviceId)).size;
      return { details: { count, seconds, devices } };
    },
  };
}
