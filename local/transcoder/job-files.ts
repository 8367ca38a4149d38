/** The transcoder's way to S3, or to a folder in a bucket's place: one master down, many small files up. */
import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';

export interface Upload {
  readonly path: string;
  /** `s3://<bucket>/<key>` */
  readonly address: string;
}

interface TransferOptions {
  readonly s3: S3Client;
  /** Buckets that are folders of this machine, by name. @default - all of them are in S3 */
  readonly folders?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called with the share done, 0 to 1. */
  readonly onProgress: (share: number) => void;
}

const PARALLEL_UPLOADS = 6;

/** RFC 8216, section 4, for playlists; IANA's registrations for the others. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/MP2T',
  '.cmfv': 'video/mp4',
  '.cmfa': 'audio/mp4',
  '.vtt': 'text/vtt',
  '.jpg': 'image/jpeg',
};

/**
 * Copies an object into a file without holding it in memory.
 *
 * @throws S3ServiceException with the address in its message
 */
export async function download(address: string, path: string, options: TransferOptions): Promise<void> {
  const file = fileOf(address, options);
  if (file !== null) return copyFile(file, path, constants.COPYFILE_FICLONE);
  const request = new GetObjectCommand(objectOf(address));
  const object = await options.s3
    .send(request, { abortSignal: options.signal })
    .catch((cause: unknown) => rethrowNaming('cannot open input', address, cause));
  const body = object.Body as Readable;
  let received = 0;
  body.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (object.ContentLength) options.onProgress(received / object.ContentLength);
  });
  await pipeline(body, createWriteStream(path), { signal: options.signal });
}

/**
 * Uploads stage after stage, within a stage a few files at a time.
 *
 * @throws S3ServiceException with the address in its message
 */
export async function uploadStages(
  stages: readonly (readonly Upload[])[],
  options: TransferOptions,
): Promise<void> {
  const total = stages.reduce((count, stage) => count + stage.length, 0);
  let done = 0;
  for (const stage of stages) {
    const waiting = [...stage];
    const uploadNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await upload(next, options);
        options.onProgress(++done / total);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, uploadNext));
  }
}

async function upload({ path, address }: Upload, options: TransferOptions): Promise<void> {
  const file = fileOf(address, options);
  if (file !== null) return writeWhole(path, file, options.signal);
  const ContentType = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
  const request = new PutObjectCommand({ ...objectOf(address), Body: await readFile(path), ContentType });
  await options.s3
    .send(request, { abortSignal: options.signal })
    .catch((cause: unknown) => rethrowNaming('cannot write output', address, cause));
}

/** Under its name only when it is whole: somebody may be reading the folder. */
async function writeWhole(path: string, file: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.partial`;
  await copyFile(path, partial, constants.COPYFILE_FICLONE);
  await rename(partial, file);
}

function fileOf(address: string, { folders = {} }: TransferOptions): string | null {
  const { Bucket, Key } = objectOf(address);
  const folder = Object.hasOwn(folders, Bucket) ? folders[Bucket] : undefined;
  return folder === undefined ? null : join(folder, Key);
}

function objectOf(address: string): { Bucket: string; Key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  return { Bucket: bucket, Key: key };
}

function rethrowNaming(what: string, address: string, cause: unknown): never {
  if (cause instanceof S3ServiceException)
    cause.message = `${what} [${address}]: ${cause.name}: ${cause.message}`;
  throw cause;
}
