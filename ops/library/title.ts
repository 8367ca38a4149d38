/** A title's record in the catalogue: `titles/<id>.json` in the masters bucket. */
import { z } from 'zod';
import { printableLine } from '../../envs/printable.ts';

const path = z.string().min(1);

/**
 * What a site needs to list a title and to play it. Paths are keys of the outputs bucket, which are paths below the
 * distribution's domain too: no slash before them.
 *
 * Fields that this version of the schema does not know are kept as they are, so that an older command loses nothing.
 */
export const titleSchema = z.looseObject({
  /** Of the record's form, not of the title. */
  schemaVersion: z.literal(1),
  /** Names the folder in the outputs bucket; never changes. */
  id: z.string().min(1),
  /** What people call it. */
  title: z.string().min(1),
  /** 1 for the first encode; each later one is one more. */
  version: z.int().min(1),
  /** A withdrawn title is not to be listed, and its files are deleted. */
  state: z.enum(['live', 'withdrawn']),
  /** The master playlist of `version`. */
  playlistPath: path,
  /** Null where nobody measured it, as in a title that was adopted without a readable playlist. */
  durationSeconds: z.number().positive().nullable(),
  /** Largest first, as in the master playlist. */
  renditions: z.array(
    z.looseObject({
      width: z.int().positive(),
      height: z.int().positive(),
      /** Bits per second at most, as the playlist's BANDWIDTH. */
      bandwidthBps: z.int().positive(),
    }),
  ),
  captions: z.array(
    z.looseObject({
      /** As in the playlist: a tag of RFC 5646, or the three letters of ISO 639-2 that MediaConvert writes. */
      language: z.string().min(2),
      label: z.string().min(1),
    }),
  ),
  /** A picture; null without one. */
  posterPath: path.nullable(),
  /** WebVTT with `#xywh` addresses of sprite sheets; null without one. */
  storyboardPath: path.nullable(),
  /**
   * Key of the master in the masters bucket, of a title that was adopted and has one under its id.
   * @default - the claim of the title tells the master, by its content
   */
  masterKey: path.optional(),
  createdAt: z.iso.datetime(),
});

export type Title = z.infer<typeof titleSchema>;

const MOST_CHARACTERS = 500;

/** What is wrong with a title's text, as `expected … got …`; null when people can read it on one line. */
export function titleProblem(title: string): string | null {
  const length = [...title].length;
  if (title.trim() === '' || length > MOST_CHARACTERS) {
    return `expected 1 to ${MOST_CHARACTERS} characters, got ${title.trim() === '' ? 'none' : length}`;
  }
  return printableLine(title) === title
    ? null
    : 'expected text on one line, got control or invisible characters';
}
