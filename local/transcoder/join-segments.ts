/** Joins a last segment that is too short with the one before it. */
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seam } from './i-frames.ts';
import { segmentsOf } from './master-playlist.ts';

/**
 * Joins the last two segments of each playlist whose last one is shorter than `leastSeconds`, and of each that had as many
 * segments as one of those, so that renditions end with the same segment. Rewrites the playlists.
 *
 * Both kinds of segments can be joined byte by byte: packets of MPEG-TS follow each other, and so do fragments of MP4.
 *
 * @param fileNames - of the playlists
 * @returns where segments were joined, by their names
 */
export async function joinFinalSegments(
  directory: string,
  fileNames: readonly string[],
  leastSeconds: number,
): Promise<ReadonlyMap<string, Seam>> {
  const seams = new Map<string, Seam>();
  if (leastSeconds === 0) return seams;
  const playlists = await Promise.all(
    fileNames.map(async (fileName) => {
      const text = await readFile(join(directory, fileName), 'utf8');
      return { fileName, text, segments: segmentsOf(text) };
    }),
  );
  const short = playlists.filter(({ segments }) => (segments.at(-1)?.seconds ?? 0) < leastSeconds);
  const counts = new Set(short.map(({ segments }) => segments.length));
  for (const { fileName, text, segments } of playlists) {
    const [before, last] = segments.slice(-2);
    if (!counts.has(segments.length) || before === undefined || last === undefined) continue;
    const path = join(directory, before.name);
    seams.set(before.name, { bytes: (await stat(path)).size, seconds: before.seconds });
    await appendFile(path, await readFile(join(directory, last.name)));
    await rm(join(directory, last.name));
    await writeFile(join(directory, fileName), withLastJoined(text));
  }
  return seams;
}

/** A playlist of segments whose last two have become one. */
export function withLastJoined(playlist: string): string {
  const segments = segmentsOf(playlist);
  const [before, last] = segments.slice(-2);
  if (before === undefined || last === undefined) return playlist;
  const seconds = before.seconds + last.seconds;
  const lines = playlist.split('\n');
  const lastAt = lines.lastIndexOf(last.name);
  const beforeAt = lines.lastIndexOf(before.name, lastAt - 1);
  lines.splice(beforeAt + 1, lastAt - beforeAt);
  const lengthAt = lines.findLastIndex((line) => line.startsWith('#EXTINF:'));
  lines[lengthAt] = `#EXTINF:${seconds.toFixed(6)},`;
  const targetAt = lines.findIndex((line) => line.startsWith('#EXT-X-TARGETDURATION:'));
  const target = Number(lines[targetAt]?.split(':')[1]);
  // RFC 8216, section 4.3.3.1: no segment, rounded, is longer.
  lines[targetAt] = `#EXT-X-TARGETDURATION:${Math.max(target, Math.round(seconds))}`;
  return lines.join('\n');
}
