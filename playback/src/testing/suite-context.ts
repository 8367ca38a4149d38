/** What the parts of the store suite share. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PlaybackStore } from '../store/store.ts';

/** How many callers a race has. */
export interface RaceSize {
  /** Each with a race of its own, all at once. */
  readonly users: number;
  /** Of each user. */
  readonly parallel: number;
}

export interface SuiteContext {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
  store(): PlaybackStore | Promise<PlaybackStore>;
  readonly races: RaceSize;
  readonly lagSeconds: number;
}

/** Now, in whole seconds, so that entries of a test have not expired. */
const START = Math.floor(Date.now() / 1000) * 1000;

export function at(seconds: number): Date {
  return new Date(START + 1000 * seconds);
}

/** Never used before, so that tests share a database without seeing each other. */
export function newId(kind: string): string {
  return `${kind}-${randomUUID()}`;
}

/** Ids that are special somewhere: in expressions of databases, in paths, in JavaScript, in SQL. */
export const ODD_IDS: readonly string[] = [
  '__proto__',
  'constructor',
  'a.b[0].c',
  '#d',
  ':limit',
  'size(devices)',
  "' OR 1=1 --",
  '"quoted\\"',
  'user#1',
  '%00/../',
  ' blank ',
  'Ünïcödé 👩‍👩‍👧',
  'x'.repeat(256),
];

export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Runs `race` for each user at once. */
export async function forEachUser(
  { users }: RaceSize,
  race: (userId: string) => Promise<void>,
): Promise<void> {
  await Promise.all(numbers(users).map(() => race(newId('user'))));
}

/** Until `check` passes: what is listed by an index may lag behind. */
export async function eventually({ lagSeconds }: SuiteContext, check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 1000 * lagSeconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function rejectsWith(code: string, pending: Promise<unknown>): Promise<void> {
  await assert.rejects(pending, (error: { readonly code?: unknown }) => {
    assert.equal(error.code, code);
    return true;
  });
}

/** Every entry of a listing, page by page. */
export async function collect<Entry>(
  page: (
    cursor: string | undefined,
  ) => Promise<{ readonly entries: readonly Entry[]; readonly next?: string }>,
): Promise<{ readonly entries: readonly Entry[]; readonly sizes: readonly number[] }> {
  const entries: Entry[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const { entries: found, next }: Awaited<ReturnType<typeof page>> = await page(cursor);
    entries.push(...found);
    sizes.push(found.length);
    cursor = next;
    assert.ok(sizes.length < 1_000, 'a listing must end');
  } while (cursor !== undefined);
  return { entries, sizes };
}
