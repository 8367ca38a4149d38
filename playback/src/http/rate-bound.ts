/** At most so many requests a minute, counted in this process. */

import { BoundedMap } from './bounded-map.ts';

const WINDOW_MS = 60_000;
/** Counters at a time; the one that was not used for the longest time is forgotten. */
const MOST_COUNTERS = 10_000;

export interface RateBound {
  /** Counts one request. @returns seconds to wait where it is one too many, else 0 */
  count(key: string, nowMs: number): number;
}

export function rateBound(perMinute: number): RateBound {
  const counters = new BoundedMap<{ count: number; readonly endsAtMs: number }>(MOST_COUNTERS);
  return {
    count(key, nowMs) {
      const counter = counters.get(key, nowMs);
      if (counter === undefined) {
        const endsAtMs = nowMs + WINDOW_MS;
        counters.set(key, { count: 1, endsAtMs }, endsAtMs);
        return 0;
      }
      counter.count++;
      return counter.count <= perMinute ? 0 : Math.max(1, Math.ceil((counter.endsAtMs - nowMs) / 1000));
    },
  };
}
