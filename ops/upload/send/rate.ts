/** How fast an upload goes, smoothed, and how long the rest takes. Pure. */

export interface Rate {
  /** Sent until `atMs`, from the beginning of this run. */
  readonly bytes: number;
  readonly atMs: number;
  /** Null until some time has passed. */
  readonly bytesPerSecond: number | null;
}

/** After this time what was before counts for a third. */
const SMOOTHING_SECONDS = 8;

export function rateFrom(atMs: number): Rate {
  return { bytes: 0, atMs, bytesPerSecond: null };
}

/** @param bytes - sent until then; fewer than before where a part has to be sent again, which counts as nothing sent */
export function nextRate(rate: Rate, bytes: number, atMs: number): Rate {
  const seconds = (atMs - rate.atMs) / 1000;
  if (!(seconds > 0)) return rate;
  const now = Math.max(0, bytes - rate.bytes) / seconds;
  const weight = 1 - Math.exp(-seconds / SMOOTHING_SECONDS);
  const before = rate.bytesPerSecond ?? now;
  return { bytes, atMs, bytesPerSecond: before + weight * (now - before) };
}

/** Whole seconds for the rest; null where nothing is known, or nothing moves. */
export function secondsLeft({ bytesPerSecond }: Rate, bytes: number): number | null {
  if (bytes === 0) return 0;
  return bytesPerSecond === null || bytesPerSecond < 1 ? null : Math.ceil(bytes / bytesPerSecond);
}
