/** A multipart upload of one key at S3: the calls, and what of their answers is read. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { checksumText, type KeptPart } from '../parts.ts';
import { type Patience, patiently } from './patience.ts';
import { statusOf } from './trouble.ts';

export interface MasterPlace {
  readonly bucket: string;
  readonly key: string;
}

/** How S3 is asked. */
export interface Asking {
  readonly s3: S3Client;
  readonly patience: Patience;
}

export interface BegunUpload {
  readonly id: string;
  readonly startedAt: Date;
}

/** What CompleteMultipartUpload needs of a part. */
export interface ListedPart extends KeptPart {
  readonly etag: string;
}

/** What is at a key already. */
export interface PresentObject {
  readonly bytes: number;
  /** Of the whole; undefined where S3 knows none. */
  readonly crc32: string | undefined;
}

const ANSWER_SECONDS = 60;
/** S3 assembles an object of thousands of parts for minutes. */
const COMPLETE_SECONDS = 15 * 60;

/** Null where nothing is. */
export async function presentObject(
  place: MasterPlace,
  { s3, patience }: Asking,
): Promise<PresentObject | null> {
  const command = new HeadObjectCommand({ ...at(place), ChecksumMode: 'ENABLED' });
  try {
    const answer = await patiently(
      (abortSignal) => s3.send(command, { abortSignal }),
      patience,
      ANSWER_SECONDS,
    );
    const isOfWhole = answer.ChecksumType === 'FULL_OBJECT';
    return { bytes: answer.ContentLength ?? 0, crc32: isOfWhole ? answer.ChecksumCRC32 : undefined };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Uploads of exactly this key that we can go on with, the oldest first. */
export async function begunUploads(place: MasterPlace, { s3, patience }: Asking): Promise<BegunUpload[]> {
  const isOurs = ({ Key, ChecksumAlgorithm, ChecksumType }: MultipartUpload) =>
    Key === place.key && ChecksumAlgorithm === 'CRC32' && ChecksumType === 'FULL_OBJECT';
  const found: BegunUpload[] = [];
  let page: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | null = {};
  while (page !== null) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      ...{ Bucket: place.bucket, Prefix: place.key },
      ...page,
    });
    const answer = await patiently(
      (abortSignal) => s3.send(command, { abortSignal }),
      patience,
      ANSWER_SECONDS,
    );
    for (const upload of answer.Uploads?.filter(isOurs) ?? []) {
      const { UploadId: id, Initiated: startedAt = new Date(0) } = upload;
      if (id !== undefined) found.push({ id, startedAt });
    }
    page = answer.IsTruncated
      ? { KeyMarker: answer.NextKeyMarker, UploadIdMarker: answer.NextUploadIdMarker }
      : null;
  }
  return found.sort(byAge);
}

export async function beginUpload(
  place: MasterPlace & { readonly contentType: string },
  { s3, patience }: Asking,
): Promise<string> {
  const command = new CreateMultipartUploadCommand({
    ...at(place),
    ContentType: place.contentType,
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
  });
  const answer = await patiently(
    (abortSignal) => s3.send(command, { abortSignal }),
    patience,
    ANSWER_SECONDS,
  );
  return requirePresent(answer.UploadId, 'CreateMultipartUpload', 'UploadId');
}

/** What S3 has of an upload. */
export interface KeptParts {
  /** In the order of their numbers. */
  readonly parts: readonly ListedPart[];
  /** When the bucket's rule ends the upload; null where it has no such rule. */
  readonly endsAt: Date | null;
}

export async function keptParts(
  place: MasterPlace,
  uploadId: string,
  { s3, patience }: Asking,
): Promise<KeptParts> {
  const parts: ListedPart[] = [];
  let endsAt: Date | null = null;
  // The SDK's paginator goes by the marker, which S3 also gives at the end: "0" for no parts, and it would ask for ever.
  for (let page: { PartNumberMarker?: string | undefined } | null = {}; page !== null; ) {
    const command: ListPartsCommand = new ListPartsCommand({ ...at(place), UploadId: uploadId, ...page });
    const answer = await patiently(
      (abortSignal) => s3.send(command, { abortSignal }),
      patience,
      ANSWER_SECONDS,
    );
    endsAt ??= answer.AbortDate ?? null;
    for (const { PartNumber: number, Size: bytes, ETag: etag, ChecksumCRC32: crc32 } of answer.Parts ?? []) {
      if (number === undefined || bytes === undefined || etag === undefined) continue;
      parts.push({ number, bytes, crc32, etag });
    }
    page = answer.IsTruncated ? { PartNumberMarker: answer.NextPartNumberMarker } : null;
  }
  return { parts, endsAt };
}

/** Whether S3 has a part of this number, whatever is in it. */
export async function hasPart(
  place: MasterPlace,
  uploadId: string,
  partNumber: number,
  { s3, patience }: Asking,
): Promise<boolean> {
  const command = new ListPartsCommand({
    ...at(place),
    UploadId: uploadId,
    PartNumberMarker: String(partNumber - 1),
    MaxParts: 1,
  });
  const answer = await patiently(
    (abortSignal) => s3.send(command, { abortSignal }),
    patience,
    ANSWER_SECONDS,
  );
  return answer.Parts?.[0]?.PartNumber === partNumber;
}

/**
 * Makes the object of its parts, unless there is one: S3 compares the size and the checksum of the whole.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export async function completeUpload(
  place: MasterPlace,
  uploadId: string,
  whole: {
    readonly parts: readonly ListedPart[];
    readonly bytes: number;
    readonly crc32: number;
  },
  { s3, patience }: Asking,
): Promise<void> {
  const command = new CompleteMultipartUploadCommand({
    ...at(place),
    UploadId: uploadId,
    MultipartUpload: {
      Parts: whole.parts.map(({ number, etag, crc32 }) => ({
        PartNumber: number,
        ETag: etag,
        ChecksumCRC32: crc32,
      })),
    },
    ChecksumCRC32: checksumText(whole.crc32),
    ChecksumType: 'FULL_OBJECT',
    MpuObjectSize: whole.bytes,
    IfNoneMatch: '*',
  });
  await patiently((abortSignal) => s3.send(command, { abortSignal }), patience, COMPLETE_SECONDS);
}

/** Frees the storage of parts that nobody needs. What fails is left to the bucket's rule. */
export async function dropUpload(
  place: MasterPlace,
  uploadId: string,
  { s3, patience }: Asking,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...at(place), UploadId: uploadId });
  await s3.send(command, { abortSignal: patience.signal }).catch(() => undefined);
}

function at({ bucket, key }: MasterPlace) {
  return { Bucket: bucket, Key: key };
}

/** Everyone who looks decides for the same one, also where two began in one second. */
function byAge(one: BegunUpload, other: BegunUpload): number {
  return one.startedAt.getTime() - other.startedAt.getTime() || (one.id < other.id ? -1 : 1);
}

function requirePresent<Value>(value: Value | undefined, operation: string, field: string): Value {
  if (value === undefined) throw new TypeError(`S3 answered ${operation} without ${field}`);
  return value;
}
