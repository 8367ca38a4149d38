import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameRateOf, noPictures, withPicture } from '../../../ops/probe/frame-rate.ts';

const rateOf = (seconds: readonly number[], stated: readonly (number | null)[]) =>
  frameRateOf(seconds.reduce(withPicture, noPictures(stated)));
const constant = (rate: number, count = 250, startSeconds = 0) =>
  Array.from({ length: count }, (_, index) => startSeconds + index / rate);
/** As MKV writes them. */
const milliseconds = (times: readonly number[]) => times.map((time) => Math.round(time * 1000) / 1000);
/** Every group of four as a decoder takes them: the last one first. */
const reordered = (times: readonly number[]) =>
  times.map((_, index) => times[index % 4 === 0 ? index : index + 4 - 2 * (index % 4)] ?? times[index] ?? 0);

describe('the rate of a picture', () => {
  it.each([24_000 / 1001, 24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60, 120, 240, 12.5])(
    'is the constant one, %d, whatever the header makes of its average',
    (rate) => {
      for (const times of [constant(rate), milliseconds(constant(rate)), constant(rate, 250, 100)]) {
        expect(rateOf(times, [rate, rate * 0.9964, rate / 2])).toBe(rate);
      }
      expect(rateOf(reordered(constant(rate)), [rate, null])).toBe(rate);
    },
  );

  it('is that of pictures where the header’s clock is that of fields', () => {
    expect(rateOf(constant(25), [50, 25, 25])).toBe(25);
    expect(rateOf(constant(30_000 / 1001), [60_000 / 1001, null, 30_000 / 1001])).toBe(30_000 / 1001);
  });

  it('is the constant one even where a recorder dropped some', () => {
    const dropped = constant(30, 300).filter((_, index) => index % 40 !== 7);
    expect(rateOf(dropped, [30, 29.25, 15])).toBe(30);
  });

  it.each([
    [0.4, 1],
    [1, 1],
    [3.2, 5],
    [9, 10],
    [12, 15],
    [18, 24],
    [24.4, 30],
    [29.5, 30],
    [30.05, 30],
    [33, 50],
    [55, 60],
    [90, 60],
  ])('is, where it varies around %d, the next of MediaConvert’s standard rates: %d', (average, standard) => {
    // Pictures by turns early and late by a third of their distance.
    const times = constant(average).map((time, index) => time + ((index % 3) - 1) / 3 / average);
    expect(rateOf(times, [90_000, average, 45_000])).toBe(standard);
  });

  it('is not known from one picture, or from pictures of one instant', () => {
    expect(rateOf([], [25])).toBe(null);
    expect(rateOf([3], [25])).toBe(null);
    expect(rateOf([3, 3, 3], [25])).toBe(null);
  });

  it('is one of those stated or a standard one, and never below the average that varies', () => {
    const gaps = fc.array(fc.double({ min: 0.002, max: 2, noNaN: true }), { minLength: 2, maxLength: 60 });
    const stated = fc.array(fc.option(fc.double({ min: 0.5, max: 240, noNaN: true }), { nil: null }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(gaps, stated, (distances, rates) => {
        let at = 0;
        const times = [0, ...distances.map((gap) => (at += gap))];
        const rate = rateOf(times, rates) ?? Number.NaN;
        if (rates.includes(rate)) return;
        expect([1, 5, 10, 15, 24, 30, 50, 60]).toContain(rate);
        const average = distances.length / (times.at(-1) ?? 1);
        expect(rate).toBeGreaterThanOrEqual(Math.min(60, average) / 1.0051);
      }),
    );
  });
});
