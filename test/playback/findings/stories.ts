/** What people and programs do, as the accesses and devices that a rule sees. */

import type { History, Rule } from '../../../playback/src/findings/rule.ts';
import type { AccessEntry, Device } from '../../../playback/src/store/store.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 1_440;

export interface Step {
  /** Minutes since the story began. */
  readonly minute: number;
  readonly ip?: string;
  readonly device?: string;
  readonly lesson?: string;
  readonly agent?: string;
}

export interface Story {
  readonly steps: readonly Step[];
  /** @default a Monday in November, 18:00 UTC */
  readonly begin?: string;
  /** Devices that are registered at the end, with the minute of their registration. */
  readonly registered?: Readonly<Record<string, number>>;
}

/** The rule, asked as it is in reality: after each step. @returns what it found, at the first step at which it did */
export function firstFinding(rule: Rule, story: Story) {
  const begin = new Date(story.begin ?? '2026-11-02T18:00:00Z').getTime();
  const at = (minute: number) => new Date(begin + minute * MINUTE);
  const accesses = story.steps.map(
    ({
      minute,
      ip = '203.0.113.1',
      device = 'notebook',
      lesson = 'lesson-1',
      agent = `agent of ${device}`,
    }): AccessEntry => ({
      userId: 'user',
      lessonId: lesson,
      deviceId: device,
      ipAddress: ip,
      userAgent: agent,
      accessedAt: at(minute),
    }),
  );
  const devices = Object.entries(story.registered ?? {}).map(
    ([id, minute]): Device => ({ id, name: id, createdAt: at(minute), lastUsed: at(minute) }),
  );
  for (const { accessedAt } of accesses) {
    const seen = accesses.filter((access) => access.accessedAt <= accessedAt).reverse();
    const history: History = { userId: 'user', at: accessedAt, accesses: seen, devices };
    const found = rule.find(history);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** One step on each of the days before the story's beginning, at that time. */
export function habit(days: number, minuteOfDay = 0): readonly Step[] {
  return range(days).map((day) => ({ minute: (day - days) * DAY_MINUTES + minuteOfDay }));
}
