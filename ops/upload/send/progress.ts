/** How far something is that goes on for minutes, told at most four times a second. */
import { nextRate, rateFrom, secondsLeft } from './rate.ts';

const LEAST_MS = 250;

export interface Measured {
  readonly doneBytes: number;
  /** In all. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
}

export interface Progress {
  /** Bytes that were done; negative where they have to be done again. */
  add(bytes: number): void;
  /** Bytes that others did meanwhile. */
  found(bytes: number): void;
}

export function createProgress(options: {
  readonly bytes: number;
  /** Done before. @default 0 */
  readonly presentBytes?: number;
  readonly tell: (measured: Measured) => void;
  /** Milliseconds, by a clock that nobody sets. */
  readonly now: () => number;
  /** Nothing is told of what ends within this time. @default 0 */
  readonly quietMs?: number;
}): Progress {
  const { bytes, tell, now, quietMs = 0 } = options;
  let { presentBytes = 0 } = options;
  let added = 0;
  const beganMs = now();
  let rate = rateFrom(beganMs);
  return {
    add(more) {
      added += more;
      const atMs = now();
      if (atMs - rate.atMs < LEAST_MS) return;
      rate = nextRate(rate, added, atMs);
      if (atMs - beganMs < quietMs) return;
      const doneBytes = Math.min(bytes, presentBytes + added);
      tell({
        doneBytes,
        bytes,
        bytesPerSecond: Math.round(rate.bytesPerSecond ?? 0),
        secondsLeft: secondsLeft(rate, bytes - doneBytes),
      });
    },
    found(more) {
      presentBytes += more;
    },
  };
}
