import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Title } from '../../../ops/library/title.ts';
import type { UploadEvent } from '../../../ops/upload/events.ts';
import {
  type Failure,
  isComplete,
  summaryOf,
  type UploadSteps,
  uploadFiles,
} from '../../../ops/upload/upload-files.ts';

class Refusal extends Error {}
const LIMITS = { checksAtOnce: 2, filesAtOnce: 2, jobsAtOnce: 3 };

interface File {
  readonly file: string;
}

function stepsWith(changes: Partial<UploadSteps<File, File>> = {}) {
  const told: UploadEvent[] = [];
  const released: string[] = [];
  const steps: UploadSteps<File, File> = {
    check: async (candidate) => candidate,
    release: async ({ file }) => void released.push(file),
    accepted: ({ file }) => ({
      file,
      event: 'accepted',
      id: file,
      title: file,
      bytes: 1,
      durationSeconds: 1,
    }),
    publish: async ({ file }, sending) => {
      await sending(async () => undefined);
      return { title: { id: file, playlistPath: `books/${file}/index.m3u8` } as Title, isNew: true };
    },
    sign: async () => null,
    failureOf: (error): Failure | null =>
      error instanceof Refusal ? { outcome: 'refused', id: null, code: 'EMPTY', text: error.message } : null,
    tell: (event) => void told.push(event),
    ...changes,
  };
  return { steps, told, released };
}

const run = (
  steps: UploadSteps<File, File>,
  files: readonly string[],
  more: { signal?: AbortSignal; dryRun?: boolean } = {},
) =>
  uploadFiles(
    files.map((file) => ({ file })),
    steps,
    { limits: LIMITS, dryRun: more.dryRun ?? false, signal: more.signal ?? new AbortController().signal },
  );

describe('files on their way', () => {
  it('end each for itself: one that is refused stops no other', async () => {
    const { steps, told } = stepsWith({
      check: async (candidate) => {
        if (candidate.file === 'b') throw new Refusal('it is empty');
        return candidate;
      },
    });
    const outcomes = await run(steps, ['a', 'b', 'c']);

    expect(outcomes).toEqual([
      { file: 'a', outcome: 'live' },
      { file: 'b', outcome: 'refused', text: 'it is empty' },
      { file: 'c', outcome: 'live' },
    ]);
    expect(isComplete(outcomes)).toBe(false);
    expect(summaryOf(outcomes)).toEqual(['2 live now, 1 refused', '  b: refused: it is empty']);
    expect(told.filter(({ event }) => event === 'live')).toHaveLength(2);
  });

  it('are no more at once than the limits say, in any order of their ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.scheduler(), async (count, scheduler) => {
        const now = { checking: 0, sending: 0, publishing: 0 };
        const most = { ...now };
        const during = async <T>(what: keyof typeof now, value: T): Promise<T> => {
          now[what] += 1;
          most[what] = Math.max(most[what], now[what]);
          await scheduler.schedule(Promise.resolve(), what);
          now[what] -= 1;
          return value;
        };
        const { steps } = stepsWith({
          check: (candidate) => during('checking', candidate),
          publish: async ({ file }, sending) => {
            await sending(() => during('sending', null));
            const title = { id: file, playlistPath: file } as Title;
            return during('publishing', { title, isNew: true });
          },
        });
        const files = Array.from({ length: count }, (_, index) => `${index}`);
        const outcomes = await scheduler.waitFor(run(steps, files));

        expect(outcomes.map(({ file }) => file)).toEqual(files);
        expect(most.checking).toBeLessThanOrEqual(LIMITS.checksAtOnce);
        expect(most.sending).toBeLessThanOrEqual(LIMITS.filesAtOnce);
        expect(most.publishing).toBeLessThanOrEqual(LIMITS.filesAtOnce + LIMITS.jobsAtOnce);
      }),
      { numRuns: 50 },
    );
  });

  it('leave nothing that was made for sending, however they end', async () => {
    const { steps, released } = stepsWith({
      publish: async ({ file }) => {
        if (file === 'a') throw new Refusal('no');
        return { title: { id: file, playlistPath: file } as Title, isNew: true };
      },
    });
    await run(steps, ['a', 'b']);
    await run(steps, ['c'], { dryRun: true });
    expect(released.sort()).toEqual(['a', 'b', 'c']);
  });

  it('are only checked in a dry run', async () => {
    const { steps } = stepsWith({ publish: () => Promise.reject(new Error('must not be called')) });
    const outcomes = await run(steps, ['a'], { dryRun: true });
    expect(summaryOf(outcomes)).toEqual(['1 accepted (nothing was sent)']);
    expect(isComplete(outcomes)).toBe(true);
  });

  it('end before a defect is shown', async () => {
    const ended: string[] = [];
    const { steps } = stepsWith({
      publish: async ({ file }) => {
        if (file === 'a') throw new TypeError('a defect');
        ended.push(file);
        return { title: { id: file, playlistPath: file } as Title, isNew: true };
      },
    });
    await expect(run(steps, ['a', 'b', 'c'])).rejects.toThrow(TypeError);
    expect(ended).toEqual(['b', 'c']);
  });

  it('begin nothing more once they are interrupted, and tell no failure of it', async () => {
    const interruption = new AbortController();
    const begun: string[] = [];
    const { steps, told } = stepsWith({
      check: async (candidate) => {
        begun.push(candidate.file);
        interruption.abort(new Refusal('interrupted'));
        return candidate;
      },
    });
    await expect(run(steps, ['a', 'b', 'c', 'd'], { signal: interruption.signal })).rejects.toThrow(Refusal);
    expect(begun.length).toBeLessThanOrEqual(LIMITS.checksAtOnce);
    expect(told.filter(({ event }) => event !== 'accepted')).toEqual([]);
  });
});
