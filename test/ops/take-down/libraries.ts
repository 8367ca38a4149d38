/** Libraries with versions and a distribution, for tests of what goes off the air and comes back. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import type { Title } from '../../../ops/library/title.ts';
import { createDistribution, distributionConfig } from '../../local/aws-api/cloudfront-fixtures.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { makeClip } from '../../local/transcoder/clips.ts';
import { runInProcess } from '../upload/in-process.ts';
import { writePadded } from '../upload/padded.ts';
import {
  createLibrary,
  startCommand,
  type TestLibrary,
  titlesOf,
  type UploadEnd,
} from '../upload/uploading.ts';

export interface Library extends TestLibrary {
  readonly distributionId: string;
}

/** Called once in a test file, outside of its tests. */
export function useLibraries(name: string) {
  const cloud = useLocalCloud({ transcode });
  let folder = '';
  let clip: Buffer;
  let serial = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `${name}-test-`));
    clip = await readFile(await makeClip(folder, 'clip.mp4', { size: '96x54', seconds: 1 }));
    await writeFile(join(folder, 'en.vtt'), 'WEBVTT\n\n00:00.000 --> 00:00.900\nHello\n');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Buckets with versions, and a distribution. */
  async function makeLibrary(): Promise<Library> {
    serial += 1;
    const library = await createLibrary(cloud(), `${name}-${serial}`);
    for (const Bucket of [library.masters, library.streams]) {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await cloud().s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
    const { id: distributionId } = await createDistribution(cloud().cloudFront, distributionConfig());
    const outputs = { ...library.outputs, cloudfront_distribution_id: distributionId };
    return { ...library, outputs, distributionId };
  }

  const run = (
    library: Library,
    args: readonly string[],
    config: Partial<EnvironmentConfig> = {},
  ): Promise<UploadEnd> => runInProcess(cloud(), library, args, { cwd: folder, config });

  async function succeed(
    library: Library,
    args: readonly string[],
    config?: Partial<EnvironmentConfig>,
  ): Promise<string> {
    const { code, stdout, stderr } = await run(library, args, config);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  }

  /** Name of a file in `folder()` that no other has the bytes of. */
  async function writeMaster(): Promise<string> {
    const file = `intro-${serial}.mp4`;
    await writePadded(join(folder, file), { clip, bytes: 300_000, seed: serial });
    return file;
  }

  const put = (Bucket: string, Key: string, Body: string | Buffer) =>
    cloud().s3.send(new PutObjectCommand({ Bucket, Key, Body }));

  return {
    cloud,
    folder: () => folder,
    makeLibrary,
    run,
    succeed,
    put,
    /** In a process of its own, beside others. */
    start: (library: Library, args: readonly string[]) =>
      startCommand(cloud(), library, args, { cwd: folder }).ended,
    /** A library with one title, `intro`, of the file that is named. */
    withIntro: async (): Promise<Library & { readonly file: string }> => {
      const library = await makeLibrary();
      const file = await writeMaster();
      await succeed(library, ['upload', 'local', file, '--id', 'intro', '--title', 'Intro']);
      return { ...library, file };
    },
    /** A title that was made before there was a catalogue. */
    putAdopted: async (library: Library, id: string, pathPrefix = 'books'): Promise<void> => {
      await put(library.masters, `uploads/${id}/master`, clip);
      const playlist = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=320x180\nindex_180p.m3u8\n';
      await put(library.streams, `${pathPrefix}/${id}/index.m3u8`, playlist);
      await succeed(library, ['titles', 'adopt', 'local', '--yes'], { pathPrefix });
    },
    titleOf: async (library: TestLibrary, id = 'intro'): Promise<Title> =>
      (await titlesOf(cloud(), library)).get(id) ?? expect.fail(`no title ${id}`),
    /** Writes a record again as somebody would by hand. */
    editJson: async (library: Library, key: string, change: object): Promise<void> => {
      const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: library.masters, Key: key }));
      const record = JSON.parse((await Body?.transformToString()) ?? '');
      await put(library.masters, key, JSON.stringify({ ...record, ...change }));
    },
    /** Every version and every delete marker. */
    versionsIn: async (Bucket: string, Prefix: string): Promise<string[]> => {
      const { Versions = [], DeleteMarkers = [] } = await cloud().s3.send(
        new ListObjectVersionsCommand({ Bucket, Prefix }),
      );
      return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key).sort();
    },
  };
}
