/** A title's record in the catalogue: `titles/<id>.json` in the masters bucket. */
import { z } from 'zod';
import { printableLine } from '../../envs/printable.ts';
import { isBookId } from './book-id.ts';
import { objectKey as path } from './object-key.ts';
import { MOST_VERSION } from './places.ts';

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
  id: z.string().refine(isBookId, 'expected the id of a title'),
  /** What people call it. */
  title: z.string().min(1),
  /** 1 for the first encode; each later one is one more. */
  version: z.int().min(1).max(MOST_VERSION),
  /** Only a `live` title is to be listed and played. The files of the others are deleted; `restoring` gets new ones. */
  state: z.enum(['live', 'withdrawn', 'restoring']),
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
  /** WebVTT with `#xywh` addresses of sheets of thumbnails, which lie beside it; null without one. */
  storyboardPath: path.nullable(),
  /**
   * Key of the master in the masters bucket, of a title that was adopted and has one under its id.
   * @default - the claim of the title tells the master, by its content
   */
  masterKey: path.optional(),
  /**
   * Whether its files are encrypted, those of every version to come too. Each version has a key of its own.
   * @default false
   */
  encrypted: z.boolean().optional(),
  createdAt: z.iso.datetime(),
  /**
   * Versions that have a folder of their own, `v<n>/`, in the order in which they were begun; no folder is written twice.
   * A folder of such a name that is not listed here belongs to the first version: titles that were adopted may have some.
   * @default - none
   */
  laterVersions: z.array(z.int().min(2).max(MOST_VERSION)).optional(),
  /**
   * The version that is being encoded.
   * @default - none
   */
  encodingVersion: z.int().min(2).max(MOST_VERSION).optional(),
  /**
   * Of a title that is not live: when it was withdrawn, and how far that is.
   * @default - the title is live
   */
  withdrawal: z
    .looseObject({
      at: z.iso.datetime(),
      /** What was asked for. */
      master: z.enum(['keep', 'archive', 'delete']),
      /** Of the run that was started last: this one says when everything was done. */
      runId: z.string().min(1),
      /** Null before everything was done; the same command goes on then. */
      completedAt: z.iso.datetime().nullable(),
    })
    .optional(),
  /**
   * Earlier versions whose files viewers may still be playing.
   * @default - none
   */
  retiredVersions: z
    .array(
      z.looseObject({
        version: z.int().min(1).max(MOST_VERSION),
        /** When no signature is valid any more that was made while it was live. */
        deleteAfter: z.iso.datetime(),
      }),
    )
    .optional(),
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
