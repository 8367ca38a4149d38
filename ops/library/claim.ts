/** Records of work: who makes a title of a master, and how far that is. `claims/…` in the masters bucket. */
import { z } from 'zod';
import { isBookId } from './book-id.ts';
import { objectKey } from './object-key.ts';

/** What jobs of the work read, so that the title can be encoded again when the file is nobody's any more. */
const inputsSchema = z.looseObject({
  /** Keys of the masters bucket. */
  masterKey: objectKey,
  captions: z.array(
    z.looseObject({
      key: objectKey,
      /** ISO 639-2 in capital letters, as MediaConvert spells it. */
      languageCode: z.string().length(3),
      label: z.string().min(1),
    }),
  ),
  /**
   * Whether the files are encrypted; their key is in the store of playback, never here.
   * @default false
   */
  encrypted: z.boolean().optional(),
  /** As the master was measured. */
  source: z.looseObject({
    /** Pixels as displayed. */
    width: z.int().positive(),
    height: z.int().positive(),
    hasAudio: z.boolean(),
    durationSeconds: z.number().positive(),
    // Absent where nobody measured it: the job then finds out.
    framesPerSecond: z.number().positive().exactOptional(),
    scan: z.enum(['progressive', 'interlaced']).exactOptional(),
    color: z.enum(['bt709', 'other']).exactOptional(),
  }),
});

export type ClaimInputs = z.infer<typeof inputsSchema>;

/**
 * One for each master and its settings, so that the same work is not begun twice. In order: `claimed` before anything is
 * sent, `submitted` once there is a job, then `complete` or `failed`. A failed one becomes `claimed` again, with the next
 * `attempt`.
 *
 * Once a claim is there, its `titleId` never changes, and nobody deletes it: on this rests that an id serves one work.
 */
const claimFields = z.looseObject({
  schemaVersion: z.literal(1),
  /** Id of the title that becomes of it. */
  titleId: z.string().refine(isBookId, 'expected the id of a title'),
  /** What people will call the title. */
  title: z.string().min(1),
  state: z.enum(['claimed', 'submitted', 'complete', 'failed']),
  /** 1 for the first job; each later one is one more. It is in the job's metadata. */
  attempt: z.int().min(1),
  /** MediaConvert's; null before this attempt has one. */
  jobId: z.string().min(1).nullable(),
  /** Why the job of this attempt failed; null for every state but `failed`. */
  failure: z.looseObject({ code: z.string().min(1), text: z.string() }).nullable(),
  inputs: inputsSchema,
  /** The multipart upload of the master that was begun; null where none is known. S3 ends one by the bucket's rule. */
  upload: z.looseObject({ id: z.string().min(1), startedAt: z.iso.datetime() }).nullable(),
  createdAt: z.iso.datetime(),
});

export const claimSchema = claimFields.refine(({ state, jobId }) => state !== 'submitted' || jobId !== null, {
  path: ['jobId'],
  message: 'expected the id of a job, since the state is "submitted"',
});

export type Claim = z.infer<typeof claimSchema>;

/** Whose an id is: the work of one claim. Two files with one name become two titles by it. */
export const idHolderSchema = z.looseObject({
  schemaVersion: z.literal(1),
  /** Key of the claim. */
  claim: z.string().regex(/^claims\/[^/]+\.json$/, 'expected the key of a claim'),
});
