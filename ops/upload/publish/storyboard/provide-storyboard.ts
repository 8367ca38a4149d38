/** The storyboard of a title, from the thumbnails that its job has written: the same for MediaConvert's and the local ones. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { THUMBNAIL_EVERY_SECONDS } from '@storytime/hls-jobs';
import pLimit from 'p-limit';
import { isThere } from '../title-files.ts';
import { storyboardLayout, storyboardVtt } from './layout.ts';
import { makeSheets } from './make-sheets.ts';

export interface StoryboardPlace {
  readonly bucket: string;
  /** The version's folder, with a slash behind it. */
  readonly folder: string;
}

export interface StoryboardOptions {
  /** As displayed. */
  readonly video: { readonly width: number; readonly height: number; readonly durationSeconds: number };
  readonly signal: AbortSignal;
}

/** Why there is none, for the person who uploads; the title goes on air without it. */
export class NoStoryboard extends Error {
  override readonly name = 'NoStoryboard';
}

const AT_ONCE = 8;

function storyboardPath(folder: string): string {
  return `${folder}storyboard/storyboard.vtt`;
}

/**
 * Puts the storyboard there, unless it is there. The WebVTT is written last, so that it names no sheet that is missing.
 *
 * @returns path of the WebVTT
 * @throws NoStoryboard; what S3 answers
 */
export async function provideStoryboard(
  s3: S3Client,
  { bucket, folder }: StoryboardPlace,
  { video, signal }: StoryboardOptions,
): Promise<string> {
  const path = storyboardPath(folder);
  if (await isThere(s3, { bucket, key: path }, signal)) return path;
  const keys = await thumbnailsOf(s3, { bucket, folder }, signal);
  if (keys.length === 0) throw new NoStoryboard('the job wrote no thumbnails');
  const directory = await mkdtemp(join(tmpdir(), 'storytime-storyboard-'));
  try {
    await each(keys, (key) => download(s3, { bucket, key }, join(directory, nameOf(key)), signal));
    const layout = storyboardLayout(keys.length, video);
    await makeSheets({ directory, layout, signal }).catch((cause: Error) => {
      signal.throwIfAborted();
      throw new NoStoryboard(cause.message, { cause });
    });
    const put = (key: string, Body: Buffer | string, ContentType: string) =>
      s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType }), { abortSignal: signal });
    const sheets = (await readdir(directory)).filter((name) => name.startsWith('sheet_'));
    await each(sheets, async (name) =>
      put(`${folder}storyboard/${name}`, await readFile(join(directory, name)), 'image/jpeg'),
    );
    const times = { thumbnails: keys.length, everySeconds: THUMBNAIL_EVERY_SECONDS };
    const { durationSeconds } = video;
    await put(path, storyboardVtt(layout, { ...times, durationSeconds }), 'text/vtt');
    return path;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Null where none can be made: the title goes on air without it. */
export async function storyboardOrNull(
  s3: S3Client,
  place: StoryboardPlace,
  { tell, ...options }: StoryboardOptions & { readonly tell: (why: string) => void },
): Promise<string | null> {
  try {
    return await provideStoryboard(s3, place, options);
  } catch (error) {
    if (!(error instanceof NoStoryboard)) throw error;
    tell(error.message);
    return null;
  }
}

/** In their order, as far as none is missing. */
async function thumbnailsOf(
  s3: S3Client,
  { bucket, folder }: StoryboardPlace,
  signal: AbortSignal,
): Promise<string[]> {
  const keys: string[] = [];
  const list = { Bucket: bucket, Prefix: `${folder}thumbnails/thumb.` };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, list, {
    abortSignal: signal,
  })) {
    keys.push(...Contents.map(({ Key = '' }) => Key));
  }
  const known = new Set(keys);
  const name = (index: number) => `${list.Prefix}${String(index).padStart(7, '0')}.jpg`;
  const missing = keys.findIndex((_, index) => !known.has(name(index)));
  return Array.from({ length: missing === -1 ? keys.length : missing }, (_, index) => name(index));
}

async function download(
  s3: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
  await pipeline(Body as Readable, createWriteStream(path), { signal });
}

/** A few at a time; the first failure stops those that have not begun. */
async function each<Item>(items: readonly Item[], act: (item: Item) => Promise<unknown>): Promise<void> {
  const limit = pLimit(AT_ONCE);
  await Promise.all(items.map((item) => limit(() => act(item)))).finally(() => limit.clearQueue());
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
