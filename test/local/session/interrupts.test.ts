import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pressCounter } from '../../../local/session/interrupts.ts';

/** Times of signals, in order: within a second of a press, or at least a second after it. */
const signals = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1000, max: 60_000 }),
    echoes: fc.array(fc.integer({ min: 0, max: 999 })),
  }),
  {
    minLength: 1,
  },
);

describe('signals that ask a run to end', () => {
  it('are one press when npm forwards what the terminal has sent already', () => {
    const pressOf = pressCounter();

    expect([100_000, 100_002].map(pressOf)).toEqual([1, 1]);
  });

  it('are two presses when a second lies between them', () => {
    const pressOf = pressCounter();

    expect([0, 2, 1000, 1002].map(pressOf)).toEqual([1, 1, 2, 2]);
  });

  it('are a second press at last where a key is held down', () => {
    const pressOf = pressCounter();
    const presses = Array.from({ length: 100 }, (_, index) => pressOf(index * 33));

    expect(presses.slice(0, 31)).toEqual(Array.from({ length: 31 }, () => 1));
    expect(presses.at(-1)).toBeGreaterThan(1);
  });

  it('are as many as the presses they come from, however many signals each of them makes', () => {
    fc.assert(
      fc.property(signals, (presses) => {
        const pressOf = pressCounter();
        let at = 0;
        for (const [index, { afterMs, echoes }] of presses.entries()) {
          at += afterMs;
          const heard = [0, ...echoes].sort((one, other) => one - other).map((later) => pressOf(at + later));
          expect(new Set(heard)).toEqual(new Set([index + 1]));
        }
      }),
    );
  });
});
