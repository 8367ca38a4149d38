/** An account that is used at a time of the day at which its owner never was there. */

import type { AccessEntry } from '../store/store.ts';
import { accessesWithin, type Rule } from './rule.ts';

export interface UnusualHoursOptions {
  /**
   * The IANA time zone of your users: an hour stays the same hour when summer time begins or ends there.
   * @default 'UTC'
   */
  readonly timeZone?: string | undefined;
  /**
   * How far from every habitual hour an hour is unusual.
   * @default 4
   */
  readonly hours?: number | undefined;
  /**
   * Days with accesses from which on a user has habits.
   * @default 10
   */
  readonly habitDays?: number | undefined;
  /**
   * How many days habits go back.
   * @default 30
   */
  readonly days?: number | undefined;
}

const DAY_SECONDS = 86_400;
const DAY_MINUTES = 1_440;
/** What belongs to one evening or night tells nothing about habits. */
const SITTING_SECONDS = DAY_SECONDS / 2;

/**
 * `unusual_hours`: a play at a time of the day at which this user has not played in the last 30 days, four hours before and after
 * included. Only for users who played on ten of these days. Habits are the user's own: night workers are not suspicious.
 *
 * It does not find: new users; the same hour before and after a change to summer time; a second day in another time zone.
 *
 * @throws RangeError for a time zone that does not exist
 */
export function unusualHours(options: UnusualHoursOptions = {}): Rule {
  const { timeZone = 'UTC', hours = 4, habitDays = 10, days = 30 } = options;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return {
    activityType: 'unusual_hours',
    lookBackSeconds: days * DAY_SECONDS,
    find(history) {
      const { at } = history;
      const sitting = at.getTime() - 1000 * SITTING_SECONDS;
      const habits = accessesWithin(history, days * DAY_SECONDS)
        .filter(({ accessedAt }) => accessedAt.getTime() <= sitting)
        .map((access) => localTime(clock, access));
      const habitualDays = new Set(habits.map(({ day }) => day)).size;
      if (habitualDays < habitDays) return undefined;
      const { minute } = localTime(clock, { accessedAt: at });
      const distance = Math.min(...habits.map((habit) => minutesBetween(habit.minute, minute)));
      if (distance <= 60 * hours) return undefined;
      return {
        details: {
          hour: Math.floor(minute / 60),
          timeZone,
          habitualDays,
          hoursFromHabit: Math.floor(distance / 60),
        },
      };
    },
  };
}

function localTime(
  clock: Intl.DateTimeFormat,
  { accessedAt }: Pick<AccessEntry, 'accessedAt'>,
): { readonly day: string; readonly minute: number } {
  const parts = Object.fromEntries(clock.formatToParts(accessedAt).map(({ type, value }) => [type, value]));
  return {
    day: `${parts.year}-${parts.month}-${parts.day}`,
    minute: 60 * Number(parts.hour) + Number(parts.minute),
  };
}

/** On a clock that goes round. */
function minutesBetween(one: number, other: number): number {
  const distance = Math.abs(one - other);
  return Math.min(distance, DAY_MINUTES - distance);
}
