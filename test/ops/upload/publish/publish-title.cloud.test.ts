/** From a file to a title on the local AWS API, with real jobs: once, twice at a time, over a network that breaks. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListJobsCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { local } from '../../../../envs/local.ts';
import { transcode } from '../../../../local/transcoder/index.ts';
import { claimKey, masterKey, titleKey } from '../../../../ops/library/places.ts';
import { probeVideo } from '../../../../ops/probe/probe.ts';
import type { UploadEvent } from '../../../../ops/upload/events.ts';
import { PublishFailed } from '../../../../ops/upload/publish/failed.ts';
import {
  hashesOf,
  type MasterPlace,
  type MasterToPublish,
  publishTitle,
} from '../../../../ops/upload/publish/publish-title.ts';
import { createRole } from '../../../local/aws-api/query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../../../local/aws-api/start.ts';
import { makeClip } from '../../../local/transcoder/clips.ts';
import { startWire, type Wire, type WireOptions } from '../../../support/aws-wire.ts';

/** What the local AWS API and every publisher take for the time. */
let skippedMs = 0;
const now = () => new Date(Date.now() + skippedMs);
const cloud = useLocalCloud({ transcode, now });
const signal = new AbortController().signal;
const config = {
  ...local,
  ladder: [
    { shortSidePixels: 120, maxBitrateBps: 200_000 },
    { shortSidePixels: 180, maxBitrateBps: 400_000 },
  ],
};

/** Jobs take a second here. */
const wait = (milliseconds: number, until: AbortSignal) =>
  sleep(Math.min(milliseconds, 200), undefined, { signal: until });

let directory: string;
let clip: string;
let role: string;
const wires: Wire[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'publish-test-'));
  clip = await makeClip(directory, 'clip.mp4', { size: '322x182', seconds: 3 });
  for (const Bucket of ['masters', 'streams']) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  role = await createRole(cloud(), 'mediaconvert', 'mediaconvert.amazonaws.com');
});

afterEach(async () => {
  for (const wire of wires.splice(0)) await wire.close();
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A publisher with clients, a clock and events of its own. */
async function publisher(options: Omit<WireOptions, 'target'> = {}) {
  const wire = await startWire({ target: cloud().cloud.endpoint, ...options });
  wires.push(wire);
  const client = { ...cloud().clientConfig(), requestHandler: { httpAgent: wire.agent } };
  const events: UploadEvent[] = [];
  const sent: MasterPlace[] = [];
  const s3 = new S3Client(client);
  const mediaConvert = new MediaConvertClient(client);
  const context = {
    config,
    outputs: outputs(),
    s3,
    mediaConvert,
    signal,
    now,
    wait,
    tell: (event: UploadEvent) => events.push(event),
  };
  return {
    wire,
    mediaConvert,
    events,
    sent,
    publish: (master: MasterToPublish, bytes?: Buffer) =>
      publishTitle(context, master, {
        send: async (place) => {
          sent.push(place);
          const Body = bytes ?? (await readFile(master.path));
          await s3.send(new PutObjectCommand({ Bucket: place.bucket, Key: place.key, Body }));
        },
      }),
  };
}

function outputs() {
  return {
    master_uploads_bucket_name: 'masters',
    hls_outputs_bucket_name: 'streams',
    mediaconvert_queue_arn: `arn:aws:mediaconvert:${REGION}:${ACCOUNT_ID}:queues/Default`,
    mediaconvert_role_arn: role,
  };
}

async function masterOf(name: string, letter: string, fields: Partial<MasterToPublish> = {}) {
  const master: MasterToPublish = {
    file: clip,
    path: clip,
    sha256: letter.repeat(64),
    id: { value: name, given: false },
    title: name,
    probed: await probeVideo(clip),
    posterSeconds: 0.3,
    captions: [],
    ...fields,
  };
  return master;
}

async function jobsOf({ sha256 }: MasterToPublish) {
  const { Jobs: jobs = [] } = await cloud().mediaConvert.send(new ListJobsCommand({}));
  return jobs.filter(({ UserMetadata: metadata }) => metadata?.claim?.startsWith(sha256));
}

async function json(key: string): Promise<Record<string, unknown>> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: 'masters', Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}

const names = (events: readonly UploadEvent[]) => events.map(({ event }) => event);

describe('a master', () => {
  it('becomes a title that has what was written, and again is the same title', async () => {
    const master = await masterOf('intro', 'a');
    const first = await publisher();
    const { title, isNew } = await first.publish(master);

    expect(isNew).toBe(true);
    expect(title).toMatchObject({
      id: 'intro',
      playlistPath: 'books/intro/index.m3u8',
      posterPath: 'books/intro/poster.jpg',
      storyboardPath: 'books/intro/storyboard/storyboard.vtt',
      state: 'live',
      captions: [],
    });
    expect(title.durationSeconds).toBeCloseTo(3, 0);
    expect(title.renditions.map(({ width, height }) => `${width}x${height}`)).toEqual(['318x180', '212x120']);
    expect(await json(titleKey('intro'))).toEqual(title);
    expect(await json(claimKey(hashesOf(config, master)))).toMatchObject({ state: 'complete', attempt: 1 });
    expect(first.sent).toMatchObject([
      { bucket: 'masters', key: masterKey('uploads/', master.sha256), begun: null },
    ]);
    expect(names(first.events)[0]).toBe('job-submitted');
    expect(names(first.events)).toContain('transcoding');
    expect(first.events.every(({ file }) => file === clip)).toBe(true);
    for (const path of [title.playlistPath, 'books/intro/index_180p.m3u8']) {
      await cloud().s3.send(new HeadObjectCommand({ Bucket: 'streams', Key: path }));
    }

    const again = await publisher();
    expect(await again.publish({ ...master, title: 'another name' })).toEqual({ title, isNew: false });
    expect(again.events).toEqual([{ event: 'same-master', file: clip, id: 'intro', title: 'intro' }]);
    expect(again.sent).toEqual([]);
    expect(await jobsOf(master)).toHaveLength(1);
  });

  it('gets a job that knows its picture: nothing is done to what needs nothing', async () => {
    const [job] = await jobsOf(await masterOf('intro', 'a'));
    const pictures = (job?.Settings?.OutputGroups ?? []).flatMap(({ Outputs = [] }) => Outputs);

    expect(pictures).toHaveLength(3);
    for (const { VideoDescription } of pictures)
      expect(VideoDescription).not.toHaveProperty('VideoPreprocessors');
    expect((await masterOf('intro', 'a')).probed).toMatchObject({ scan: 'progressive', color: 'bt709' });
  });

  it('that an earlier version published, which measured less, is the same title and is not encoded again', async () => {
    const master = await masterOf('intro', 'a');
    const key = claimKey(hashesOf(config, master));
    const claim = await json(key);
    const { width, height, hasAudio, durationSeconds } = master.probed;
    const earlier = {
      ...claim,
      inputs: { ...(claim.inputs as object), source: { width, height, hasAudio, durationSeconds } },
    };
    await cloud().s3.send(
      new PutObjectCommand({ Bucket: 'masters', Key: key, Body: JSON.stringify(earlier) }),
    );

    const again = await publisher();
    expect(await again.publish(master)).toMatchObject({ title: { id: 'intro', version: 1 }, isNew: false });
    expect(again.sent).toEqual([]);
    expect(await jobsOf(master)).toHaveLength(1);
    expect(await json(key)).toEqual(earlier);
  });

  it('has a poster like its thumbnails: a JPEG without Cache-Control', async () => {
    const { Contents = [] } = await cloud().s3.send(
      new ListObjectsV2Command({ Bucket: 'streams', Prefix: 'books/intro/thumbnails/' }),
    );
    const heads = await Promise.all(
      ['books/intro/poster.jpg', Contents[0]?.Key].map((Key) =>
        cloud().s3.send(new HeadObjectCommand({ Bucket: 'streams', Key })),
      ),
    );

    for (const head of heads) {
      expect(head.ContentType).toBe('image/jpeg');
      expect(head.CacheControl).toBeUndefined();
    }
  });

  it('that MediaConvert cannot read is told in plain words, and a later run begins anew', async () => {
    const master = await masterOf('garbage', 'b');
    const failed = await (await publisher())
      .publish(master, Buffer.from('no video'))
      .catch((error: unknown) => error);

    expect(failed).toBeInstanceOf(PublishFailed);
    expect(failed).toMatchObject({ code: '1010', id: 'garbage' });
    expect((failed as Error).message).toMatch(
      /^MediaConvert cannot open the master or its captions \(error 1010: .+\): export it again as H\.264 MP4, then upload that file$/,
    );
    expect(await json(claimKey(hashesOf(config, master)))).toMatchObject({ state: 'failed', attempt: 1 });

    expect((await (await publisher()).publish(master)).isNew).toBe(true);
    const attempts = (await jobsOf(master)).map(({ UserMetadata: metadata }) => metadata?.attempt);
    expect(attempts.sort()).toEqual(['1', '2']);
  });

  it('keeps in its claim which upload was begun', async () => {
    const master = await masterOf('kept', 'c');
    const begun = { id: 'upload-1', startedAt: '2026-11-20T10:00:00.000Z' };
    const first = await publisher();
    const { s3 } = cloud();
    const context = { config, outputs: outputs(), s3, mediaConvert: cloud().mediaConvert, signal, now };
    const stopped = publishTitle({ ...context, tell: () => {} }, master, {
      send: async ({ onUpload }) => {
        await onUpload(begun);
        throw new Error('the power is gone');
      },
    });
    await expect(stopped).rejects.toThrow('the power is gone');

    await first.publish(master);
    expect(first.sent).toMatchObject([{ begun }]);
  });
});

describe('two publishers of one master at once', () => {
  it.each([1, 2, 3])('get one job and one title, run %i', async (run) => {
    const master = await masterOf(`twice-${run}`, 'def'.charAt(run - 1));
    const two = [await publisher(), await publisher()];
    const published = await Promise.all(
      two.map(({ publish }, index) =>
        publish({ ...master, id: { value: `twice-${run}-${index}`, given: true } }),
      ),
    );

    expect(await jobsOf(master)).toHaveLength(1);
    expect(published[0]?.title).toEqual(published[1]?.title);
    expect(published.filter(({ isNew }) => isNew)).toHaveLength(1);
  });
});

describe('a network that breaks', () => {
  it('before CreateJob is answered: the SDK sends it again, and it is one job', async () => {
    const master = await masterOf('cut', '1');
    const { publish, wire } = await publisher({
      cut: ({ method, path, sent }) =>
        method === 'POST' && path.endsWith('/jobs') && sent === 1 ? 'answer' : false,
    });

    expect((await publish(master)).isNew).toBe(true);
    expect(
      wire.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/jobs')),
    ).toHaveLength(2);
    expect(await jobsOf(master)).toHaveLength(1);
  });

  it('for longer than a token lives, before CreateJob is answered: it is searched for, not sent again', async () => {
    const master = await masterOf('slept', '2');
    const { publish, wire, events } = await publisher({
      cut: ({ method, path, sent }) => {
        if (method !== 'POST' || !path.endsWith('/jobs') || sent !== 1) return false;
        skippedMs += 10 * 60_000;
        return 'answer';
      },
    });

    expect((await publish(master)).isNew).toBe(true);
    expect(
      wire.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/jobs')),
    ).toHaveLength(1);
    expect(wire.requests.filter(({ path }) => path.endsWith('/search'))).toHaveLength(2);
    expect(names(events)[0]).toBe('job-found');
    expect(await jobsOf(master)).toHaveLength(1);
  });

  it('between the search and CreateJob, for longer than a token lives: another’s job is found', async () => {
    const master = await masterOf('asleep', '3');
    const awake = await publisher();
    const { publish, events, mediaConvert } = await publisher();
    let isFirst = true;
    mediaConvert.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName !== 'SearchJobsCommand' || !isFirst) return answer;
          isFirst = false;
          await awake.publish(master);
          skippedMs += 10 * 60_000;
          return answer;
        },
      { step: 'initialize' },
    );

    expect((await publish(master)).isNew).toBe(false);
    expect(await jobsOf(master)).toHaveLength(1);
    expect(names(events)).toContain('job-found');
  });

  it('while the job is followed: it is told once, and waited for', async () => {
    const master = await masterOf('followed', '4');
    const { publish, events } = await publisher({
      cut: ({ method, path, sent }) =>
        method === 'GET' && /\/jobs\/\d/.test(path) && sent <= 4 ? 'answer' : false,
    });

    expect((await publish(master)).isNew).toBe(true);
    expect(names(events).filter((name) => name === 'job-unreachable')).toHaveLength(1);
  });

  it('before a record’s write is answered: the record is taken for what it is', async () => {
    const master = await masterOf('records', '5');
    const { publish } = await publisher({
      cut: ({ method, path, sent }) =>
        method === 'PUT' && /\/(?:claims|titles)\//.test(path) && sent % 2 === 1 ? 'answer' : false,
    });

    expect(await publish(master)).toMatchObject({ isNew: true, title: { id: 'records' } });
    expect(await jobsOf(master)).toHaveLength(1);
    expect(await json(claimKey(hashesOf(config, master)))).toMatchObject({
      state: 'complete',
      titleId: 'records',
    });
  });
});
