/** The storage class that a write asks for. Pure. */
import { AwsError } from '../aws-error.ts';
import type { HeaderValue } from './checksums.ts';

const HEADER = 'x-amz-storage-class';
/** Of buckets with a region; those of directory buckets, Outposts and Snow are none of theirs. */
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  'DEEP_ARCHIVE',
  'GLACIER',
  'GLACIER_IR',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'REDUCED_REDUNDANCY',
  'STANDARD',
  'STANDARD_IA',
]);

/**
 * The header for moto, which would not look for it in a presigned query.
 *
 * @throws AwsError 400 InvalidStorageClass
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
 */
export function storageClassHeader(header: HeaderValue): Readonly<Record<string, string>> {
  const wanted = header(HEADER);
  if (wanted === undefined) return {};
  if (STORAGE_CLASSES.has(wanted)) return { [HEADER]: wanted };
  throw new AwsError(400, 'InvalidStorageClass', 'The storage class you specified is not valid', {
    StorageClassRequested: wanted,
  });
}
