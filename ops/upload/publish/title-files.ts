/** The files of a title beside its master: captions for the job, the poster for the site. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { UploadRefused, unreadableFile } from '../refused.ts';
import type { CaptionsFile } from './work.ts';

interface Place {
  readonly bucket: string;
  readonly key: string;
}

const CAPTIONS_TYPES = {
  vtt: 'text/vtt',
  srt: 'application/x-subrip',
  ttml: 'application/ttml+xml',
} as const;

/**
 * Their key follows from their content, so that captions that are there already are these.
 *
 * @throws UploadRefused where the file is not what was checked
 */
export async function putCaptions(
  s3: S3Client,
  { bucket, key }: Place,
  captions: Pick<CaptionsFile, 'path' | 'sha256' | 'extension'>,
  signal: AbortSignal,
): Promise<void> {
  const Body = await readSame(captions);
  const ContentType = CAPTIONS_TYPES[captions.extension];
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType, IfNoneMatch: '*' }), {
      abortSignal: signal,
    });
  } catch (error) {
    // 409: somebody else puts the same captions at this moment.
    if (![409, 412].includes(statusOf(error) ?? 0)) throw error;
  }
}

/** Without `Cache-Control`, as MediaConvert writes thumbnails: the distribution's own times count for both. */
export async function putPoster(
  s3: S3Client,
  { bucket, key }: Place,
  picture: Buffer,
  signal: AbortSignal,
): Promise<void> {
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: picture, ContentType: 'image/jpeg' }),
    { abortSignal: signal },
  );
}

/** Under another content's key they would be the captions of every title that has those. */
async function readSame({ path, sha256 }: Pick<CaptionsFile, 'path' | 'sha256'>): Promise<Buffer> {
  const content = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadableFile(path, cause);
  });
  if (createHash('sha256').update(content).digest('hex') === sha256) return content;
  throw new UploadRefused(
    'FILE_CHANGED',
    `the captions in ${JSON.stringify(path)} changed after they were checked: run the same command again`,
  );
}

export async function isThere(s3: S3Client, { bucket, key }: Place, signal: AbortSignal): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

export async function isFolderUsed(
  s3: S3Client,
  { bucket, folder }: { readonly bucket: string; readonly folder: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { KeyCount = 0 } = await s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, MaxKeys: 1 }),
    { abortSignal: signal },
  );
  return KeyCount > 0;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}
