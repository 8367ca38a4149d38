/**
 * Several publishers at once, each stopped for good or for minutes at any call: whatever the order, a master gets one job and
 * one title, and an id serves one master.
 */
import fc, { type Scheduler } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../../ops/library/claim.ts';
import { PublishFailed } from '../../../../ops/upload/publish/failed.ts';
import { publishWork } from '../../../../ops/upload/publish/publish-work.ts';
import { Memory, workOf } from './memory.ts';

class Killed extends Error {}

/** Three people have the same file, two of them under its own name; a fourth has another file with that name. */
const WORKS = [workOf('a', 'intro'), workOf('a', 'intro'), workOf('a', 'other'), workOf('b', 'intro')];

const pauses = fc.infiniteStream(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 3000, max: 70_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 70_000, max: 3_600_000 }) },
  ),
);
/** For each publisher: at which of its calls it is killed, and again after it was started again. */
const kills = fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }), {
  minLength: WORKS.length,
  maxLength: WORKS.length,
});
/** The token covers what SearchJobs does not show yet, and 20 seconds of looking before. */
const lags = fc.integer({ min: 0, max: 39_000 });

interface Circumstances {
  readonly scheduler: Scheduler;
  readonly pause: Iterator<number>;
  readonly killedAt: readonly (readonly number[])[];
}

/** Runs all publishers, each again after it was killed, until all have a title or are told of a failure. */
async function publishAll(memory: Memory, { scheduler, pause, killedAt }: Circumstances): Promise<void> {
  const run = async (publisher: number): Promise<void> => {
    for (const most of [...(killedAt[publisher] ?? []), Number.POSITIVE_INFINITY]) {
      let calls = 0;
      const pass = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
        await scheduler.schedule(Promise.resolve(), `${publisher} ${name}`);
        memory.clock += pause.next().value;
        if (calls === most) throw new Killed();
        const answer = await call();
        calls += 1;
        // The call had its effect, and nobody learns of it.
        if (calls === most) throw new Killed();
        await scheduler.schedule(Promise.resolve(), `${publisher} ${name} answered`);
        return answer;
      };
      try {
        await publishWork(
          memory.ports(() => {}, pass),
          WORKS[publisher] ?? workOf('c', 'none'),
        );
        return;
      } catch (error) {
        if (error instanceof PublishFailed) return;
        if (!(error instanceof Killed)) throw error;
      }
    }
  };
  await scheduler.waitFor(Promise.all(WORKS.map((_, publisher) => run(publisher))));
}

function claimsIn(memory: Memory): Claim[] {
  return [...memory.objects.keys()]
    .filter((key) => /^claims\/[0-9a-f]/.test(key))
    .map((key) => memory.json(key) as Claim);
}

function expectOneTitleEach(memory: Memory): void {
  const claims = claimsIn(memory);
  const ids = claims.map(({ titleId }) => titleId).sort();
  expect(new Set(ids).size).toBe(2);
  expect(claims.map(({ state }) => state)).toEqual(['complete', 'complete']);
  expect([...memory.objects.keys()].filter((key) => key.startsWith('titles/')).sort()).toEqual(
    ids.map((id) => `titles/${id}.json`).sort(),
  );
  // Nothing in anybody else's folder, and nothing in a folder that no title has.
  expect([...memory.files].sort()).toEqual(
    ids
      .flatMap((id) =>
        ['index.m3u8', 'poster.jpg', 'storyboard/storyboard.vtt'].map((name) => `books/${id}/${name}`),
      )
      .sort(),
  );
  for (const claim of claims) {
    const jobs = memory.jobs.filter(({ input }) => input.UserMetadata?.book_id === claim.titleId);
    // One for each attempt, and the claim names the last.
    expect(jobs.map(({ input }) => input.UserMetadata?.attempt)).toEqual(
      Array.from({ length: claim.attempt }, (_, index) => String(index + 1)),
    );
    expect(claim.jobId).toBe(jobs.at(-1)?.id);
  }
}

describe('publishers at once', () => {
  it('make one job and one title of each master, however they are interleaved, paused and killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), pauses, kills, lags, async (scheduler, pause, killedAt, lag) => {
        const memory = new Memory();
        memory.searchLagMs = lag;
        await publishAll(memory, { scheduler, pause, killedAt });

        expect(memory.jobs).toHaveLength(2);
        expectOneTitleEach(memory);
      }),
      { numRuns: 200 },
    );
  });

  it('begin one job for each attempt when jobs fail, and run again end with one title each', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...([fc.scheduler(), pauses, kills, lags, fc.integer({ min: 1, max: 3 })] as const),
        async (scheduler, pause, killedAt, lag, failures) => {
          const memory = new Memory();
          memory.searchLagMs = lag;
          memory.ending = ({ UserMetadata: { attempt } = {} }) =>
            Number(attempt) <= failures
              ? { status: 'error', code: 1999, message: 'failed' }
              : { status: 'complete' };
          for (let round = 0; round <= failures; round += 1) {
            await publishAll(memory, { scheduler, pause, killedAt: round === 0 ? killedAt : [] });
          }

          expectOneTitleEach(memory);
        },
      ),
      { numRuns: 100 },
    );
  });
});
