/**
 * Names on disk for objects whose names no file system takes: S3 has room for 1024 bytes in a key, a file name for 255,
 * and 86 Chinese characters are 258. Pure.
 */
import { createHash } from 'node:crypto';

/** Leaves room for what follows: `_000000001.cmfv`, `_I-Frame.m3u8`. */
const MOST_STEM_BYTES = 220;

/** What a file's name starts with while the object's starts with `stem`: the same, unless that is too long. */
export function localStem(stem: string): string {
  if (Buffer.byteLength(stem) <= MOST_STEM_BYTES) return stem;
  return `long-${createHash('sha256').update(stem).digest('hex')}`;
}

/** A file's name, or the text of a playlist, as it is among the objects. */
export function objectNames(text: string, stems: readonly string[]): string {
  return stems.reduce((whole, stem) => {
    const local = localStem(stem);
    return local === stem ? whole : whole.replaceAll(local, () => stem);
  }, text);
}
