/** Storyboards from thumbnails as a job may have left them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  NoStoryboard,
  provideStoryboard,
} from '../../../../ops/upload/publish/storyboard/provide-storyboard.ts';
import { useLocalCloud } from '../../../local/aws-api/start.ts';
import { runFfmpeg } from '../../../local/transcoder/clips.ts';

const cloud = useLocalCloud();
const bucket = 'streams';
const video = { width: 640, height: 360, durationSeconds: 45 };
const { signal } = new AbortController();
let picture: Buffer;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'storyboard-test-'));
  const path = join(directory, 'picture.jpg');
  await runFfmpeg(['-f', 'lavfi', '-i', 'testsrc2=size=640x360', '-frames:v', '1', path]);
  picture = await readFile(path);
  await rm(directory, { recursive: true });
  await cloud().s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

describe('a storyboard', () => {
  it('is made of the thumbnails up to the first that is missing, and once', async () => {
    const folder = await withThumbnails('gap', { 0: picture, 1: picture, 3: picture });
    const make = () => provideStoryboard(cloud().s3, { bucket, folder }, { video, signal });
    expect(await make()).toBe(`${folder}storyboard/storyboard.vtt`);
    const made = await filesOf(folder);
    expect(made.map(({ name }) => name)).toEqual(['sheet_00001.jpg', 'storyboard.vtt']);
    await make();
    expect(await filesOf(folder)).toEqual(made);
  });

  it.each<[string, Record<number, Buffer>, RegExp]>([
    ['no thumbnails', {}, /^the job wrote no thumbnails$/],
    [
      'a thumbnail that is no picture',
      { 0: Buffer.from('text') },
      /^ffmpeg cannot put the thumbnails together/,
    ],
  ])('is not made of %s, and leaves nothing behind', async (name, thumbnails, message) => {
    const folder = await withThumbnails(name.replaceAll(' ', '-'), thumbnails);
    const made = provideStoryboard(cloud().s3, { bucket, folder }, { video, signal });
    const error = await made.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NoStoryboard);
    expect((error as Error).message).toMatch(message);
    expect(await filesOf(folder)).toEqual([]);
  });
});

async function withThumbnails(id: string, thumbnails: Readonly<Record<number, Buffer>>): Promise<string> {
  const folder = `books/${id}/`;
  for (const [number, Body] of Object.entries(thumbnails)) {
    const Key = `${folder}thumbnails/thumb.${number.padStart(7, '0')}.jpg`;
    await cloud().s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  return folder;
}

async function filesOf(folder: string) {
  const Prefix = `${folder}storyboard/`;
  const { Contents = [] } = await cloud().s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  return Contents.map(({ Key = '', LastModified }) => ({ name: Key.slice(Prefix.length), LastModified }));
}
