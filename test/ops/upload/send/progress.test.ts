import { describe, expect, it } from 'vitest';
import { createProgress, type Measured } from '../../../../ops/upload/send/progress.ts';
import { nextRate, rateFrom, secondsLeft } from '../../../../ops/upload/send/rate.ts';

const MB = 1_000_000;

function watched(bytes: number, presentBytes = 0, quietMs = 0) {
  let nowMs = 0;
  const told: Measured[] = [];
  const progress = createProgress({
    bytes,
    presentBytes,
    quietMs,
    now: () => nowMs,
    tell: (measured) => told.push(measured),
  });
  return { told, progress, pass: (ms: number) => (nowMs += ms) };
}

describe('progress', () => {
  it('is told at most four times a second, however small the chunks', () => {
    const { told, progress, pass } = watched(100 * MB);
    for (let chunk = 0; chunk < 1000; chunk += 1) {
      pass(10);
      progress.add(1000);
    }
    expect(told.length).toBe(40);
    expect(told.at(-1)).toMatchObject({ doneBytes: MB, bytesPerSecond: 100_000, secondsLeft: 990 });
  });

  it('counts what S3 had before, and what others sent, but not for the rate', () => {
    const { told, progress, pass } = watched(10 * MB, 4 * MB);
    progress.found(2 * MB);
    pass(1000);
    progress.add(MB);
    expect(told).toEqual([{ doneBytes: 7 * MB, bytes: 10 * MB, bytesPerSecond: MB, secondsLeft: 3 }]);
  });

  it('goes back where a part has to be sent again, and never beyond the file', () => {
    const { told, progress, pass } = watched(4 * MB);
    pass(1000);
    progress.add(3 * MB);
    pass(1000);
    progress.add(-2 * MB);
    pass(1000);
    progress.add(9 * MB);
    expect(told.map(({ doneBytes }) => doneBytes / MB)).toEqual([3, 1, 4]);
    expect(told[1]?.bytesPerSecond).toBeLessThan(3 * MB);
    expect(told[1]?.bytesPerSecond).toBeGreaterThanOrEqual(0);
    expect(told[2]?.secondsLeft).toBe(0);
  });
});

describe('progress that begins quietly', () => {
  it('is not told of what ends within that time, and counts it afterwards', () => {
    const { told, progress, pass } = watched(10 * MB, 0, 1000);
    for (const ms of [300, 300, 300]) {
      pass(ms);
      progress.add(MB);
    }
    expect(told).toEqual([]);
    pass(300);
    progress.add(MB);
    expect(told).toMatchObject([{ doneBytes: 4 * MB, bytes: 10 * MB, secondsLeft: 2 }]);
    expect(told[0]?.bytesPerSecond).toBeCloseTo(MB / 0.3, 0);
  });
});

describe('the rate', () => {
  it('follows a change within seconds, and not at once', () => {
    let rate = rateFrom(0);
    for (let second = 1; second <= 60; second += 1) rate = nextRate(rate, second * 10 * MB, second * 1000);
    expect(rate.bytesPerSecond).toBeCloseTo(10 * MB, -2);
    rate = nextRate(rate, 600 * MB + 2 * MB, 61_000);
    expect(rate.bytesPerSecond).toBeGreaterThan(8 * MB);
    for (let second = 62; second <= 100; second += 1) {
      rate = nextRate(rate, 602 * MB + (second - 61) * 2 * MB, second * 1000);
    }
    expect(rate.bytesPerSecond).toBeLessThan(2.1 * MB);
  });

  it('is the same however often it is looked at', () => {
    const steps = (count: number) => {
      let rate = nextRate(rateFrom(0), 5 * MB, 1000);
      for (let step = 1; step <= count; step += 1) {
        rate = nextRate(rate, 5 * MB + (10 * MB * step) / count, 1000 + (4000 * step) / count);
      }
      return rate.bytesPerSecond ?? 0;
    };
    expect(steps(1)).toBeCloseTo(steps(40), 0);
  });

  it('says nothing of the time that is left while nothing moves', () => {
    expect(secondsLeft(rateFrom(0), 5)).toBeNull();
    expect(secondsLeft({ bytes: 0, atMs: 0, bytesPerSecond: 0.2 }, 5)).toBeNull();
    expect(secondsLeft({ bytes: 0, atMs: 0, bytesPerSecond: 0.2 }, 0)).toBe(0);
    expect(secondsLeft({ bytes: 0, atMs: 0, bytesPerSecond: 2 }, 5)).toBe(3);
  });
});
