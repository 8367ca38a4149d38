import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeProgress, type ProgressBeat } from '../../../playback/src/progress/merge-progress.ts';
import type { StoredProgress } from '../../../playback/src/store/store.ts';

const T0 = Date.UTC(2026, 10, 1, 18);
const at = (seconds: number) => new Date(T0 + 1000 * seconds);
const beat = (
  currentTimeSeconds: number,
  seconds: number,
  more: Partial<ProgressBeat> = {},
): ProgressBeat => ({
  streamId: 'stream-1',
  currentTimeSeconds,
  at: at(seconds),
  durationSeconds: 100,
  ...more,
});

function progressOf(...beats: ProgressBeat[]): StoredProgress {
  const [first, ...others] = beats;
  if (first === undefined) throw new Error('no heartbeat');
  return others.reduce(mergeProgress, mergeProgress(undefined, first));
}

const anyBeat = fc.record({
  streamId: fc.constantFrom('a', 'b', 'c', 'd'),
  currentTimeSeconds: fc.oneof(
    fc.integer({ min: 0, max: 110 }),
    fc.double({ min: 0, max: 110, noNaN: true }),
  ),
  at: fc.integer({ min: 0, max: 20 }).map(at),
  durationSeconds: fc.constant(100),
});

/** Heartbeats, and the same ones in another order, some of them more than once. */
const beatsAndRearranged = fc.array(anyBeat, { minLength: 1, maxLength: 30 }).chain((beats) => {
  const repeated = fc.array(fc.constantFrom(...beats), { maxLength: 30 }).chain((again) => {
    const all = [...beats, ...again];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
  return fc.tuple(fc.constant(beats), repeated);
});

describe('mergeProgress', () => {
  it('gives the same progress for the same heartbeats in any order, and repeated at will', () => {
    fc.assert(
      fc.property(beatsAndRearranged, ([beats, rearranged]) => {
        const { streamIds, ...progress } = progressOf(...rearranged);
        const { streamIds: expectedIds, ...expected } = progressOf(...beats);
        expect(progress).toEqual(expected);
        expect([...streamIds].sort()).toEqual([...expectedIds].sort());
      }),
      { numRuns: 2_000 },
    );
  });

  it('is what the definitions say, computed from all heartbeats at once', () => {
    fc.assert(
      fc.property(fc.array(anyBeat, { minLength: 1, maxLength: 30 }), (beats) => {
        const positions = beats.map((one) => Math.min(100, Math.round(1000 * one.currentTimeSeconds) / 1000));
        const latest = Math.max(...beats.map((one) => one.at.getTime()));
        const completions = beats.filter((_, index) => (positions[index] ?? 0) >= 95);
        const first = Math.min(...completions.map((one) => one.at.getTime()));
        expect(progressOf(...beats)).toMatchObject({
          watched_seconds: Math.max(...positions),
          last_position_seconds: Math.max(
            ...positions.filter((_, index) => beats[index]?.at.getTime() === latest),
          ),
          watch_count: new Set(beats.map(({ streamId }) => streamId)).size,
          last_watched_at: new Date(latest),
          completed_at: completions.length === 0 ? null : new Date(first),
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('returns the very progress that it was given for a heartbeat that it has seen', () => {
    fc.assert(
      fc.property(fc.array(anyBeat, { minLength: 1, maxLength: 10 }), (beats) => {
        const progress = progressOf(...beats);
        for (const seen of beats) expect(mergeProgress(progress, seen)).toBe(progress);
      }),
    );
  });

  it('keeps the furthest position when a user goes back, and the last one for continuing', () => {
    expect(progressOf(beat(60, 0), beat(20, 30))).toMatchObject({
      watched_seconds: 60,
      last_position_seconds: 20,
      last_watched_at: at(30),
      watch_count: 1,
    });
  });

  it('does not move the last position by a heartbeat that came late', () => {
    expect(progressOf(beat(60, 30), beat(20, 0))).toMatchObject({
      last_position_seconds: 60,
      last_watched_at: at(30),
    });
  });

  it.each([
    { position: 94.9, duration: 100, completed: false },
    { position: 95, duration: 100, completed: true },
    { position: 3_419.999, duration: 3_600, completed: false },
    { position: 3_420, duration: 3_600, completed: true },
    { position: 9, duration: 10, completed: false },
    { position: 9.5, duration: 10, completed: true },
    { position: 10_000, duration: undefined, completed: false },
    { position: 100, duration: 0, completed: false },
    { position: 100, duration: Number.NaN, completed: false },
    { position: 100, duration: Number.POSITIVE_INFINITY, completed: false },
  ])('says completed: $completed at $position s of $duration s', ({ position, duration, completed }) => {
    const { completed_at } = progressOf(beat(position, 7, { durationSeconds: duration }));
    expect(completed_at).toEqual(completed ? at(7) : null);
  });

  it('stays completed, since the first time, when the user watches again from the start', () => {
    const again = progressOf(
      beat(96, 0),
      beat(5, 100, { streamId: 'stream-2' }),
      beat(99, 200, { streamId: 'stream-2' }),
    );
    expect(again).toMatchObject({ completed_at: at(0), watch_count: 2, last_position_seconds: 99 });
  });

  it.each([
    { sent: -1, kept: 0 },
    { sent: Number.NaN, kept: 0 },
    { sent: Number.POSITIVE_INFINITY, kept: 100 },
    { sent: 1e308, kept: 100 },
    { sent: 100.4, kept: 100 },
    { sent: 12.345678, kept: 12.346 },
  ])('counts a position of $sent in 100 seconds as $kept', ({ sent, kept }) => {
    expect(progressOf(beat(sent, 0)).watched_seconds).toBe(kept);
  });

  it('counts a position of 1e308 in a title of unknown length as what a store can keep', () => {
    expect(progressOf(beat(1e308, 0, { durationSeconds: undefined })).watched_seconds).toBe(10_000_000);
  });

  it('remembers the newest 32 streams, so that a record stays small', () => {
    const starts = Array.from({ length: 40 }, (_, index) => beat(1, index, { streamId: `stream-${index}` }));
    const { streamIds, watch_count } = progressOf(...starts);
    expect(streamIds).toEqual(starts.slice(8).map(({ streamId }) => streamId));
    expect(watch_count).toBe(40);
  });
});
