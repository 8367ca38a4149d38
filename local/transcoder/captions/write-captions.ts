/** Writes a rendition of captions beside the segments that it goes with. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cue } from './cue.ts';
import { renderCaptionsPlaylist, type SegmentOptions, segmentsOfCues } from './segments.ts';

export interface WriteCaptionsOptions extends SegmentOptions {
  readonly directory: string;
  /** What the files' names start with. */
  readonly stem: string;
  readonly packaging: 'TS' | 'CMAF';
}

/** MediaConvert counts with as many digits as in the picture's segments. */
export async function writeCaptions(
  cues: readonly Cue[],
  { directory, stem, packaging, ...options }: WriteCaptionsOptions,
): Promise<void> {
  const digits = packaging === 'TS' ? 5 : 9;
  const nameOf = (index: number) => `${stem}_${String(index + 1).padStart(digits, '0')}.vtt`;
  const segments = segmentsOfCues(cues, options);
  for (const [index, { text }] of segments.entries()) await writeFile(join(directory, nameOf(index)), text);
  const version = packaging === 'TS' ? 3 : 7;
  await writeFile(join(directory, `${stem}.m3u8`), renderCaptionsPlaylist(segments, { nameOf, version }));
}
