/** Positions in a title, and where it counts as watched. */

/** Of the length; what comes after it is mostly credits. */
const COMPLETED_SHARE = 0.95;
/** The furthest position that a store keeps. */
const FURTHEST_SECONDS = 10_000_000;

/** @returns from 0 to the end, to the millisecond; 0 for what is no position */
export function clampPosition(seconds: number, durationSeconds: number | undefined): number {
  if (!(seconds > 0)) return 0;
  const end = Math.min(isLength(durationSeconds) ? durationSeconds : FURTHEST_SECONDS, FURTHEST_SECONDS);
  return Math.min(Math.round(seconds * 1000) / 1000, end);
}

/** Never where the length is not known. */
export function isCompletedAt(position: number, durationSeconds: number | undefined): boolean {
  return isLength(durationSeconds) && position >= COMPLETED_SHARE * durationSeconds;
}

function isLength(durationSeconds: number | undefined): durationSeconds is number {
  return durationSeconds !== undefined && Number.isFinite(durationSeconds) && durationSeconds > 0;
}
