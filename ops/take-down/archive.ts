/** A master in a cheaper storage class, and back again. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  RestoreObjectCommand,
  type S3Client,
  type Tier,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { LEAST_PART_BYTES, MOST_BYTES_AT_ONCE, MOST_PARTS } from '../../aws/values/s3-limits.ts';
import { type ArchiveClass, mustBeRestored } from '../../aws/values/storage-classes.ts';

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** Of a copy in parts, unless 10,000 of them would be too few. S3 copies by itself: nothing passes this machine. */
const PART_BYTES = 1024 ** 3;
const PARTS_AT_ONCE = 8;
/** How long a restored master can be read: a job may wait in its queue. */
const RESTORED_DAYS = 7;

export interface CopyLimits {
  /** @default 5 GiB, the most that S3 copies at once */
  readonly mostBytesAtOnce?: number;
  /** @default 1 GiB */
  readonly partBytes?: number;
}

/**
 * Moves an object to a storage class, by a copy onto itself. In a bucket with versioning the version in the earlier class is
 * still there afterwards.
 *
 * @returns the class that it is in then: its own, where it is in an archive already that S3 copies nothing from
 * @throws what S3 answers; the object is then as it was
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-howtoset
 */
export async function moveToClass(
  s3: S3Client,
  place: ObjectPlace,
  { storageClass, ...limits }: CopyLimits & { readonly storageClass: ArchiveClass },
  signal: AbortSignal,
): Promise<string> {
  const head = await s3.send(new HeadObjectCommand(at(place)), { abortSignal: signal });
  const { StorageClass: current = 'STANDARD' } = head;
  if (current === storageClass || mustBeRestored(current)) return current;
  const { mostBytesAtOnce = MOST_BYTES_AT_ONCE } = limits;
  const asIs = {
    ...at(place),
    StorageClass: storageClass,
    ...(head.ContentType !== undefined && { ContentType: head.ContentType }),
    ...(head.Metadata !== undefined && { Metadata: head.Metadata }),
  };
  const source = { CopySource: copySourceOf(place), CopySourceIfMatch: head.ETag };
  if ((head.ContentLength ?? 0) > mostBytesAtOnce) {
    await copyInParts(s3, { head, asIs, source, ...limits }, signal);
    return storageClass;
  }
  await s3.send(
    new CopyObjectCommand({ ...asIs, ...source, MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE' }),
    { abortSignal: signal },
  );
  return storageClass;
}

interface PartwiseCopy extends CopyLimits {
  readonly head: HeadObjectCommandOutput;
  readonly asIs: {
    readonly Bucket: string;
    readonly Key: string;
    readonly StorageClass: ArchiveClass;
  };
  readonly source: { readonly CopySource: string; readonly CopySourceIfMatch: string | undefined };
}

async function copyInParts(
  s3: S3Client,
  { head, asIs, source, partBytes = PART_BYTES }: PartwiseCopy,
  signal: AbortSignal,
): Promise<void> {
  const { Bucket, Key } = asIs;
  const bytes = head.ContentLength ?? 0;
  const size = Math.max(partBytes, LEAST_PART_BYTES, Math.ceil(bytes / MOST_PARTS));
  const count = Math.ceil(bytes / size);
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(asIs), { abortSignal: signal });
  const limit = pLimit(PARTS_AT_ONCE);
  try {
    const Parts = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        limit(async () => {
          const PartNumber = index + 1;
          const CopySourceRange = `bytes=${index * size}-${Math.min(bytes, (index + 1) * size) - 1}`;
          const { CopyPartResult } = await s3.send(
            new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber, CopySourceRange, ...source }),
            { abortSignal: signal },
          );
          return { PartNumber, ETag: CopyPartResult?.ETag };
        }),
      ),
    ).finally(() => limit.clearQueue());
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }), {
      abortSignal: signal,
    });
  } catch (error) {
    // Without the signal: it may be what ended the copy.
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined);
    throw error;
  }
}

/** Whether a job can read an object. */
export type Readiness =
  | { readonly state: 'ready' | 'missing' }
  /** It must be restored first. */
  | { readonly state: 'archived' | 'restoring'; readonly storageClass: string };

export async function readinessOf(s3: S3Client, place: ObjectPlace, signal: AbortSignal): Promise<Readiness> {
  try {
    const head = await s3.send(new HeadObjectCommand(at(place)), { abortSignal: signal });
    const storageClass = head.StorageClass ?? 'STANDARD';
    if (!mustBeRestored(storageClass)) return { state: 'ready' };
    if (head.Restore === undefined) return { state: 'archived', storageClass };
    return /ongoing-request="true"/.test(head.Restore)
      ? { state: 'restoring', storageClass }
      : { state: 'ready' };
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return { state: 'missing' };
    throw error;
  }
}

/** Asks S3 for a copy that can be read for a week; one that was asked for already is no failure. */
export async function startRestore(
  s3: S3Client,
  place: ObjectPlace,
  tier: Tier,
  signal: AbortSignal,
): Promise<void> {
  try {
    await s3.send(
      new RestoreObjectCommand({
        ...at(place),
        RestoreRequest: { Days: RESTORED_DAYS, GlacierJobParameters: { Tier: tier } },
      }),
      { abortSignal: signal },
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'RestoreAlreadyInProgress')) throw error;
  }
}

/**
 * Hours until a restored object can be read, at most, as AWS states it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
 */
export function hoursToRestore(storageClass: string, tier: Tier): number {
  if (storageClass === 'DEEP_ARCHIVE') return tier === 'Bulk' ? 48 : 12;
  return { Expedited: 1, Standard: 5, Bulk: 12 }[tier];
}

function at({ bucket, key }: ObjectPlace): { Bucket: string; Key: string } {
  return { Bucket: bucket, Key: key };
}

/** The header takes a path, percent-encoded; the SDK sends it as it is. */
export function copySourceOf({ bucket, key }: ObjectPlace): string {
  return `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
