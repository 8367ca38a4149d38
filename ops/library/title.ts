/** A title's record in the catalogue: `titles/<id>.json` in the masters bucket. */
import { z } from 'zod';

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
  createdAt: z.iso.datetime(),
});

export type Title = z.infer<typeof titleSchema>;
