/** Real jobs: the AWS API's MediaConvert on one side, ffmpeg on the other. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  CreateJobCommand,
  type CreateJobCommandOutput,
  GetJobCommand,
  GetQueueCommand,
  type Job,
} from '@aws-sdk/client-mediaconvert';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TranscodeOutcome, TranscodeProgress } from '../../../local/transcoder/contract.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import { createJobInput, hlsJobSettings } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { probeVideo } from '../../../ops/probe/probe.ts';
import { createRole } from '../aws-api/query-api.ts';
import { useLocalCloud } from '../aws-api/start.ts';
import { makeClip, runFfmpeg } from './clips.ts';
import { makeHourly, makeManyTracks, makePlain, statingSeconds, withoutDuration } from './odd-clips.ts';
import { type WireSettings, wireSettings } from './settings.ts';

const LADDER = [
  { shortSidePixels: 120, maxBitrateBps: 200_000 },
  { shortSidePixels: 180, maxBitrateBps: 400_000 },
  { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
];

const cloud = useLocalCloud({ transcode });
let directory: string;
let role: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'transcode-test-'));
  for (const Bucket of ['masters', 'hls']) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  role = await createRole(cloud(), 'mediaconvert', 'mediaconvert.amazonaws.com');
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a job through MediaConvert', () => {
  let job: Job;
  let files: string[];

  beforeAll(async () => {
    // Longer than a segment, turned like a phone's video, and with a side that no rung divides evenly.
    const lying = await makeClip(directory, 'lying.mp4', { size: '322x182', seconds: 3 });
    const phone = join(directory, 'phone.mp4');
    await runFfmpeg(['-i', lying, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', phone]);
    await upload('phone.mp4', phone);
    job = await runThroughMediaConvert(
      hlsJobSettings({
        input: 's3://masters/phone.mp4',
        destination: 's3://hls/books/42/index',
        ladder: LADDER,
        segmentSeconds: 2,
        source: await probeVideo(phone),
      }),
    );
    files = await listFiles('books/42/');
  });

  it('completes and tells the size and length of every output', () => {
    expect(job.Status).toBe('COMPLETE');
    const [hls, thumbnails] = job.OutputGroupDetails ?? [];
    expect(hls?.OutputDetails).toMatchObject([
      { VideoDetails: { WidthInPx: 120, HeightInPx: 212 } },
      { VideoDetails: { WidthInPx: 180, HeightInPx: 318 } },
    ]);
    expect(hls?.OutputDetails?.[0]?.DurationInMs).toBeCloseTo(3000, -2);
    expect(thumbnails?.OutputDetails).toHaveLength(1);
  });

  it("leaves MediaConvert's files and no others, no rung above the source", () => {
    expect(files).toEqual([
      'index.m3u8',
      'index_120p.m3u8',
      'index_120p_00001.ts',
      'index_120p_00002.ts',
      'index_180p.m3u8',
      'index_180p_00001.ts',
      'index_180p_00002.ts',
      'thumbnails/thumb.0000000.jpg',
    ]);
  });

  it('gives each file its content type', async () => {
    const typeOf = async (name: string) =>
      (await cloud().s3.send(new HeadObjectCommand({ Bucket: 'hls', Key: `books/42/${name}` }))).ContentType;
    expect(
      await Promise.all(['index.m3u8', 'index_120p_00001.ts', 'thumbnails/thumb.0000000.jpg'].map(typeOf)),
    ).toEqual(['application/vnd.apple.mpegurl', 'video/MP2T', 'image/jpeg']);
  });

  it('writes a master playlist that says what the variants are', async () => {
    const lines = (await read('books/42/index.m3u8')).toString().trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toEqual(['index_120p.m3u8', 'index_180p.m3u8']);
    expect(lines[3]).toMatch(
      /^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1\.6400[0-9a-f]{2},mp4a\.40\.2",RESOLUTION=120x212,FRAME-RATE=25\.000$/,
    );
  });

  it('cuts segments at the same instants in every variant, each starting with a keyframe', async () => {
    const durations = await Promise.all(
      ['120p', '180p'].map(async (rung) => {
        const playlist = (await read(`books/42/index_${rung}.m3u8`)).toString();
        expect(playlist).toMatch(/#EXT-X-PLAYLIST-TYPE:VOD\n[\s\S]*#EXT-X-ENDLIST\n$/);
        return [...playlist.matchAll(/#EXTINF:([\d.]+)/g)].map((match) => match[1]);
      }),
    );
    expect(durations[0]).toEqual(durations[1]);
    expect(durations[0]).toEqual(['2.000000', expect.any(String)]);
    const path = join(directory, 'second.ts');
    await writeFile(path, await read('books/42/index_120p_00002.ts'));
    const flags = [
      '-select_streams',
      'v',
      '-show_entries',
      'packet=flags',
      '-of',
      'csv=p=0',
      '-read_intervals',
      '%+#1',
    ];
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...flags, path]);
    expect(stdout).toMatch(/^K/);
  });

  it('shows the picture upright', async () => {
    const path = join(directory, 'upright.jpg');
    await writeFile(path, await read('books/42/thumbnails/thumb.0000000.jpg'));
    const size = ['-show_entries', 'stream=width,height', '-of', 'csv=p=0'];
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...size, path]);
    const [width = 0, height = 0] = stdout.trim().split(',').map(Number);
    expect(height).toBeGreaterThan(width);
  });
});

describe.each([
  {
    packaging: 'hls-ts',
    segment: 'index_120p_00002.ts',
    files: ['_00001.ts', '_00002.ts'],
    contentTypes: { 'index_120p_00001.ts': 'video/MP2T', 'index_audio_00001.ts': 'video/MP2T' },
    version: 4,
    // Two seconds at the most between I-frames; TS is cut at every one of them.
    iFrames: 3,
  },
  {
    packaging: 'cmaf',
    segment: 'index_120p_000000002.cmfv',
    files: ['_000000001.cmfX', '_000000002.cmfX', 'init.cmfX'],
    contentTypes: { 'index_120pinit.cmfv': 'video/mp4', 'index_audio_000000001.cmfa': 'audio/mp4' },
    version: 7,
    // One fragment is one segment here.
    iFrames: 2,
  },
] as const)('a job with sound of its own and I-frames in $packaging', (wanted) => {
  const { packaging } = wanted;
  const prefix = `books/${packaging}/`;
  let downloaded: string;

  beforeAll(async () => {
    await upload('five.mp4', await makeClip(directory, 'five.mp4', { seconds: 5, size: '320x180' }));
    const settings = wireSettings({
      ...{ input: 's3://masters/five.mp4', destination: `s3://hls/${prefix}index` },
      ...{ ladder: LADDER.slice(0, 2), segmentSeconds: 4 },
      ...{ packaging, audio: 'group', iFramePlaylists: true },
    });
    expect(await run(settings)).toMatchObject({ status: 'COMPLETE' });
    downloaded = await mkdtemp(join(directory, `${packaging}-`));
    for (const name of await listFiles(prefix)) {
      if (!name.includes('/')) await writeFile(join(downloaded, name), await read(`${prefix}${name}`));
    }
  });

  it("leaves MediaConvert's files and no others", async () => {
    const track = (name: string, letter: string) => [
      `${name}.m3u8`,
      ...wanted.files.map((ending) => `${name}${ending.replace('X', letter)}`),
    ];
    const pictures = ['index_120p', 'index_180p'].flatMap((name) => [
      ...track(name, 'v'),
      `${name}_I-Frame.m3u8`,
    ]);
    expect((await readdir(downloaded)).sort()).toEqual(
      ['index.m3u8', ...pictures, ...track('index_audio', 'a')].sort(),
    );
  });

  it('gives each file its content type', async () => {
    for (const [name, type] of Object.entries(wanted.contentTypes)) {
      const head = new HeadObjectCommand({ Bucket: 'hls', Key: `${prefix}${name}` });
      expect((await cloud().s3.send(head)).ContentType).toBe(type);
    }
  });

  it('writes a master playlist that puts sound, pictures and I-frames together', async () => {
    const lines = (await readFile(join(downloaded, 'index.m3u8'), 'utf8')).trim().split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '#EXTM3U',
      `#EXT-X-VERSION:${wanted.version}`,
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="index_audio.m3u8"',
    ]);
    expect(lines[4]).toMatch(
      /^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1\.6400[0-9a-f]{2},mp4a\.40\.2",RESOLUTION=214x120,FRAME-RATE=25\.000,AUDIO="audio"$/,
    );
    expect(lines.at(-1)).toMatch(
      /^#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=\d+,CODECS="avc1\.6400[0-9a-f]{2}",RESOLUTION=320x180,URI="index_180p_I-Frame\.m3u8"$/,
    );
  });

  it.each([
    ['index_120p', 'video', 125],
    ['index_audio', 'audio', 235],
  ])('has in %s one track, whole', async (name, type, frames) => {
    const probe = [
      '-allowed_extensions',
      'ALL',
      '-count_frames',
      '-show_entries',
      'stream=codec_type,nb_read_frames',
    ];
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', ...probe, '-of', 'csv=p=0', join(downloaded, `${name}.m3u8`)],
    ]);
    const streams = stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    const [codecType, count] = streams[0]?.split(',') ?? [];
    expect(new Set(streams).size).toBe(1);
    expect(codecType).toBe(type);
    expect(Number(count)).toBeGreaterThanOrEqual(frames - 2);
  });

  it('lists I-frames that decode by themselves, as many as there are, over the whole length', async () => {
    const playlist = await readFile(join(downloaded, 'index_120p_I-Frame.m3u8'), 'utf8');
    expect(playlist).toContain('#EXT-X-I-FRAMES-ONLY\n');
    const entries = [...playlist.matchAll(/#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(.+)\n/g)];
    expect(entries).toHaveLength(wanted.iFrames);
    expect(entries.reduce((sum, [, seconds]) => sum + Number(seconds), 0)).toBeCloseTo(5, 1);
    for (const [index, [, , bytes, offset, name = '']] of entries.entries()) {
      const content = await readFile(join(downloaded, name));
      const init = /URI="(.+)"/.exec(playlist)?.[1];
      // A player's own init section: the file of the map, or what stands before the first I-frame of the resource.
      const start = init ? await readFile(join(downloaded, init)) : content.subarray(0, 564);
      const path = join(downloaded, `i-frame-${index}`);
      const range = content.subarray(Number(offset), Number(offset) + Number(bytes));
      await writeFile(path, Buffer.concat([start, range]));
      const show = ['-select_streams', 'v', '-show_entries', 'frame=pict_type', '-of', 'csv=p=0'];
      const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'quiet', ...show, path]);
      expect(stdout.trim().split(/[\n,]+/)[0]).toBe('I');
      await rm(path);
    }
  });
});

describe('a job that cannot be done', () => {
  it.each<[string, number, (settings: WireSettings) => void, RegExp]>([
    ['an unknown setting', 1040, (s) => (s.esam = {}), /^esam: not supported/],
    [
      'captions inside the master',
      1040,
      (s) => (s.inputs[0].captionSelectors = { CC1: { sourceSettings: { sourceType: 'EMBEDDED' } } }),
      /^inputs\[0\]\.captionSelectors\.CC1\.sourceSettings\.sourceType: /,
    ],
    [
      'sound of its own where there is none',
      1040,
      (s) => {
        const quiet = wireSettings({
          input: 's3://masters/quiet.mp4',
          ladder: LADDER.slice(0, 1),
          audio: 'group',
        });
        Object.assign(s, quiet);
      },
      /^audioDescriptions: the input has no sound for an output of its own/,
    ],
    [
      'a missing master',
      1404,
      (s) => (s.inputs[0].fileInput = 's3://masters/none.mp4'),
      /^cannot open input \[s3:\/\/masters\/none\.mp4\]: NoSuchKey/,
    ],
    ['a missing bucket', 1404, (s) => (s.inputs[0].fileInput = 's3://no-such-bucket/a.mp4'), /NoSuchBucket/],
    [
      'a missing output bucket',
      1404,
      (s) => {
        for (const { outputGroupSettings } of s.outputGroups) {
          const group = outputGroupSettings.hlsGroupSettings ?? outputGroupSettings.fileGroupSettings;
          group.destination = group.destination.replace('s3://hls/', 's3://no-such-bucket/');
        }
      },
      /^cannot write output \[s3:\/\/no-such-bucket\//,
    ],
    [
      'a file that is not a video',
      1010,
      (s) => (s.inputs[0].fileInput = 's3://masters/text.mp4'),
      /is not a video/,
    ],
    ['sound alone', 1020, (s) => (s.inputs[0].fileInput = 's3://masters/sound.m4a'), /has no moving picture/],
    ['a cut-off master', 1076, (s) => (s.inputs[0].fileInput = 's3://masters/cut.mkv'), /is cut off/],
  ])("ends with MediaConvert's code for %s", async (_, errorCode, change, message) => {
    await madeOnce();
    const settings = wireSettings({ input: 's3://masters/good.mp4', ladder: LADDER.slice(0, 1) });
    change(settings);
    expect(await run(settings)).toMatchObject({
      status: 'ERROR',
      errorCode,
      errorMessage: expect.stringMatching(message),
    });
  });
});

describe('a bound on the length of a master', () => {
  /** As a backend makes it that believes what the file states. */
  async function runJobOf(masterUri: string, bookId: string): Promise<Job> {
    const { Queue: queue } = await cloud().mediaConvert.send(new GetQueueCommand({ Name: 'Default' }));
    const input = createJobInput({
      ...{ bookId, masterUri, outputsBucket: 'hls', queueArn: queue?.Arn ?? '', roleArn: role },
      ...{ ladder: LADDER.slice(0, 1), segmentSeconds: 2, longestMasterSeconds: 60 },
      source: { width: 64, height: 36, hasAudio: false, durationSeconds: 5 },
    });
    return endOf(await cloud().mediaConvert.send(new CreateJobCommand(input)));
  }

  it('ends a job whose master has other timestamps than its header says, before anything is encoded', async () => {
    const month = await makeHourly(directory, 'month.mkv');
    await upload('lies.mkv', await statingSeconds(month, 5));
    await upload('no-duration.mkv', await withoutDuration(directory, month));
    for (const name of ['lies', 'no-duration']) {
      const job = await runJobOf(`s3://masters/${name}.mkv`, name);
      expect(job).toMatchObject({ Status: 'ERROR', ErrorCode: 1040 });
      expect(job.ErrorMessage).toBe(
        '"master" is too long: expected at most 60 s, got timestamps that span at least 3601 s; cut it into shorter videos',
      );
      expect(job.UserMetadata).toEqual({ book_id: name, longest_master_seconds: '60' });
      expect(await listFiles(`books/${name}/`)).toEqual([]);
    }
  });

  it('is no hindrance to a shorter master', async () => {
    await upload('short.mp4', await makeClip(directory, 'short.mp4', { size: '64x36', sound: false }));
    expect((await runJobOf('s3://masters/short.mp4', 'short')).Status).toBe('COMPLETE');
    expect(await listFiles('books/short/')).toContain('index.m3u8');
  });

  it('is MediaConvert’s day for a job that says nothing of it', async () => {
    await upload('month.mkv', await makeHourly(directory, 'month.mkv'));
    expect(await run(wireSettings({ input: 's3://masters/month.mkv', ladder: LADDER.slice(0, 1) }))).toEqual({
      status: 'ERROR',
      errorCode: 1040,
      errorMessage:
        '"master" is too long: expected at most 86400 s, got 2588401 s; cut it into shorter videos',
    });
  });

  it('fails the job when it is no number, since none would hold then', async () => {
    const settings = wireSettings({ input: 's3://masters/none.mp4', ladder: LADDER.slice(0, 1) });
    expect(await run(settings, {}, { longest_master_seconds: 'for ever' })).toEqual({
      status: 'ERROR',
      errorCode: 1040,
      errorMessage:
        'userMetadata.longest_master_seconds: expected whole seconds from 1 to 86400, got "for ever"',
    });
  });

  it.each([
    [
      'too large a picture',
      'large.mkv',
      (name: string) => makePlain(directory, name, { size: '65535x2', codec: 'ffv1' }),
    ],
    ['too many tracks', 'tracks.mkv', (name: string) => makeManyTracks(directory, name, 100)],
    [
      'too many pictures a second',
      'dense.mp4',
      (name: string) => makePlain(directory, name, { size: '64x36', rate: 3000, pictures: 6000 }),
    ],
  ])('is not all: %s ends a job with 1030', async (_, name, make) => {
    await upload(name, await make(name));
    const settings = wireSettings({ input: `s3://masters/${name}`, ladder: LADDER.slice(0, 1) });
    expect(await run(settings)).toMatchObject({ status: 'ERROR', errorCode: 1030 });
  });
});

describe('a running job', () => {
  it('says how far it is, phase by phase and never backwards', async () => {
    await madeOnce();
    const seen: TranscodeProgress[] = [];
    const settings = wireSettings({ input: 's3://masters/good.mp4', ladder: LADDER.slice(0, 1) });
    expect(await run(settings, { onProgress: (progress) => seen.push(progress) })).toMatchObject({
      status: 'COMPLETE',
    });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['PROBING', 'TRANSCODING', 'UPLOADING']);
    const percents = seen.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
  });

  it('ends with its ffmpeg when it is aborted, and leaves nothing behind', async () => {
    await uploadLong();
    const abort = new AbortController();
    const scratch = await mkdtemp(join(directory, 'tmp-'));
    vi.stubEnv('TMPDIR', scratch);
    const aborted = run(longSettings(), {
      signal: abort.signal,
      onProgress: ({ phase }) => phase === 'TRANSCODING' && abort.abort(new Error('stopped by hand')),
    });
    await expect(aborted).rejects.toThrow('stopped by hand');
    expect(await workDirectories(scratch)).toEqual([]);
    expect(await processesNaming(scratch)).toEqual([]);
  });

  it('ends with its ffmpeg when the process that started it is killed', async () => {
    await uploadLong();
    const scratch = await mkdtemp(join(directory, 'tmp-'));
    const index = new URL('../../../local/transcoder/index.ts', import.meta.url).href;
    const script = `
      const { transcode } = await import(${JSON.stringify(index)});
      const job = ${JSON.stringify({ id: 'orphan', settings: longSettings() })};
      const environment = ${JSON.stringify(cloud().cloud.environment)};
      transcode(job, { environment, signal: new AbortController().signal, onProgress: (p) => console.log(p.phase) });`;
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const parent = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', script], {
      env: { ...process.env, TMPDIR: scratch },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => {
      parent.stdout.on('data', (text: Buffer) => text.includes('TRANSCODING') && resolve());
    });
    await vi.waitFor(async () => expect(await processesNaming(scratch)).not.toEqual([]), { timeout: 10_000 });
    parent.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        expect(await workDirectories(scratch)).toEqual([]);
        expect(await processesNaming(scratch)).toEqual([]);
      },
      { timeout: 10_000 },
    );
  });
});

function run(
  settings: WireSettings,
  options: { signal?: AbortSignal; onProgress?: (progress: TranscodeProgress) => void } = {},
  userMetadata: Record<string, string> = {},
): Promise<TranscodeOutcome> {
  return transcode(
    { id: '1700000000000-test', settings, userMetadata },
    {
      environment: cloud().cloud.environment,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...options,
    },
  );
}

/** Minutes of work, were it not ended. */
function longSettings(): WireSettings {
  const rung = { shortSidePixels: 1080, maxBitrateBps: 6_000_000 };
  return wireSettings({ input: 's3://masters/long.mp4', ladder: [rung], segmentSeconds: 2 });
}

let making: Promise<void> | undefined;

function madeOnce(): Promise<void> {
  making ??= (async () => {
    await upload('good.mp4', await makeClip(directory, 'good.mp4'));
    await upload('quiet.mp4', await makeClip(directory, 'quiet.mp4', { sound: false }));
    const sound = join(directory, 'sound.m4a');
    await runFfmpeg(['-f', 'lavfi', '-i', 'sine', '-t', '1', sound]);
    await upload('sound.m4a', sound);
    const whole = await readFile(await makeClip(directory, 'whole.mkv', { seconds: 4, size: '640x360' }));
    await cloud().s3.send(
      new PutObjectCommand({ Bucket: 'masters', Key: 'cut.mkv', Body: whole.subarray(0, whole.length / 2) }),
    );
    await cloud().s3.send(
      new PutObjectCommand({ Bucket: 'masters', Key: 'text.mp4', Body: 'not a video\n'.repeat(100) }),
    );
  })();
  return making;
}

/** Quick to make, being tiny, and slow to encode at 1080p. */
async function uploadLong(): Promise<void> {
  await upload(
    'long.mp4',
    await makeClip(directory, 'long.mp4', { size: '64x36', seconds: 600, rate: 5, sound: false }),
  );
}

async function upload(key: string, path: string): Promise<void> {
  await cloud().s3.send(new PutObjectCommand({ Bucket: 'masters', Key: key, Body: await readFile(path) }));
}

async function read(key: string): Promise<Uint8Array & { toString(): string }> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: 'hls', Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function listFiles(prefix: string): Promise<string[]> {
  const { Contents = [] } = await cloud().s3.send(
    new ListObjectsV2Command({ Bucket: 'hls', Prefix: prefix }),
  );
  return Contents.map(({ Key = '' }) => Key.slice(prefix.length)).sort();
}

async function runThroughMediaConvert(settings: ReturnType<typeof hlsJobSettings>): Promise<Job> {
  return endOf(
    await cloud().mediaConvert.send(
      new CreateJobCommand({
        Role: role,
        Settings: settings,
      }),
    ),
  );
}

function endOf(created: CreateJobCommandOutput): Promise<Job> {
  return vi.waitFor(
    async () => {
      const { Job: job } = await cloud().mediaConvert.send(new GetJobCommand({ Id: created.Job?.Id }));
      if (!job || !['COMPLETE', 'ERROR'].includes(job.Status ?? '')) throw new Error(`job is ${job?.Status}`);
      return job;
    },
    { timeout: 45_000, interval: 200 },
  );
}

async function workDirectories(parent: string): Promise<string[]> {
  return (await readdir(parent)).filter((name) => name.startsWith('storytime-transcode-'));
}

async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'args']);
  return stdout.split('\n').filter((line) => line.includes(text) && !line.startsWith('ps '));
}
