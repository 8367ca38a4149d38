/** A place in a video, as people write it. Pure. */

/** Seconds of `h:mm:ss`, `m:ss` or `s`, each with or without a fraction of a second; null for anything else. */
export function parseSeconds(text: string): number | null {
  const found = /^(?:(?:(\d{1,3}):)?([0-5]?\d):)?(\d{1,6})(\.\d{1,6})?$/.exec(text.trim());
  if (found === null) return null;
  const [, hours = '0', minutes, seconds = '0', fraction = ''] = found;
  if (minutes !== undefined && (Number(seconds) > 59 || seconds.length > 2)) return null;
  return Number(hours) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds + fraction);
}
