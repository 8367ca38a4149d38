/** What a page says of a file that it wants to send, what of that is refused, and how the file is cut. Pure. */

import { z } from 'zod';
import { MOST_PARTS } from '../../aws/values/s3-limits.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { numbered, type Part, partBytesFor } from '../../ops/upload/parts.ts';

export type UploadRules = Pick<
  EnvironmentConfig,
  'uploadMaxBytes' | 'longestMasterSeconds' | 'uploadContentTypes'
>;

const crc32 = z.int().min(0).max(0xffffffff);

/** Known before a byte of the file is read. Strict: a page names no key, no bucket and no upload of S3. */
export const fileToAddSchema = z.strictObject({
  /** Most file systems take names of 255 bytes. */
  name: z.string().trim().min(1).max(255),
  contentType: z.string().max(100),
  bytes: z.int().nonnegative(),
  /** What the browser says, where it knows the container; the backend measures what came. */
  durationSeconds: z.number().positive().optional(),
});
export type FileToAdd = z.infer<typeof fileToAddSchema>;

/** Known once the page has read the file. */
export const masterToSendSchema = fileToAddSchema.extend({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the whole. */
  crc32,
  /** Of each part, in order. */
  partCrc32s: z.array(crc32).min(1).max(MOST_PARTS),
});
export type MasterToSend = z.infer<typeof masterToSendSchema>;

/** Why this file cannot be added, in a line with its remedy; null when it can. */
export function refusalOf(
  { contentType, bytes, durationSeconds }: FileToAdd,
  { uploadContentTypes, uploadMaxBytes, longestMasterSeconds }: UploadRules,
): string | null {
  if (!uploadContentTypes.includes(contentType)) {
    return `this kind of file is not taken (${contentType || 'unknown'}): export it as MP4, MOV or MKV`;
  }
  if (bytes === 0) return 'the file is empty: copy or export it again';
  if (bytes > uploadMaxBytes) return `the file is larger than ${uploadMaxBytes} bytes: export it smaller`;
  if (durationSeconds === undefined || durationSeconds <= longestMasterSeconds) return null;
  return `the video is too long: expected at most ${longestMasterSeconds} s, got ${durationSeconds} s; cut it into shorter videos`;
}

/** The parts as `npm run upload` cuts them; null where the page was wrong about their number. */
export function partsOf({ bytes, partCrc32s }: Pick<MasterToSend, 'bytes' | 'partCrc32s'>): Part[] | null {
  const partBytes = partBytesFor(bytes);
  if (bytes === 0 || partCrc32s.length !== Math.ceil(bytes / partBytes)) return null;
  return numbered(
    partCrc32s.map((checksum, index) => ({
      bytes: Math.min(partBytes, bytes - index * partBytes),
      crc32: checksum,
    })),
  );
}
