/** Masters whose times are not what a player expects, and titles that no file system takes: real files, real jobs. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import type { HlsJobOptions } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { probeVideo } from '../../../ops/probe/probe.ts';
import { useLocalCloud } from '../aws-api/start.ts';
import { makeClip, runFfmpeg } from './clips.ts';
import { wireSettings } from './settings.ts';

const RUNG = { shortSidePixels: 144, maxBitrateBps: 200_000 };
const cloud = useLocalCloud({ transcode });
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'odd-timing-test-'));
  for (const Bucket of ['masters', 'hls']) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('a picture and a sound that do not begin together', () => {
  const picture = (offset: number) => [
    ...['-itsoffset', `${offset}`, '-f', 'lavfi', '-i', 'testsrc=d=6:s=256x144'],
  ];
  const sound = (offset: number) => [...['-itsoffset', `${offset}`, '-f', 'lavfi', '-i', 'sine=d=6']];

  it.each(['cmaf', 'hls-ts'] as const)(
    'are played as they are: sound that starts 1.5 s late, in %s',
    async (packaging) => {
      const master = await made('late-sound.mp4', [...picture(0), ...sound(1.5)]);
      const folder = await transcoded(master, { packaging, audio: 'group' });
      const { stderr } = await promisify(execFile)('ffmpeg', [
        ...['-nostdin', '-hide_banner', '-i', await joined(folder, 'index_audio', packaging)],
        ...['-af', 'silencedetect=noise=-50dB:d=0.5', '-f', 'null', '-'],
      ]);
      const [, silentUntil = Number.NaN] = /silence_end: ([\d.]+)/.exec(stderr) ?? [];
      expect(Number(silentUntil)).toBeCloseTo(1.5, 1);
    },
  );

  it('are played as they are: a picture that starts 1.5 s late, in cmaf', async () => {
    const master = await made('late-picture.mp4', [...picture(1.5), ...sound(0)]);
    const folder = await transcoded(master, { packaging: 'cmaf', audio: 'group' });
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0'],
      await joined(folder, 'index_144p', 'cmaf'),
    ]);
    // Seven and a half seconds of 25 pictures.
    expect(Number(stdout.trim())).toBeGreaterThanOrEqual(186);
  });
});

describe('the pictures of a master', () => {
  it.each([
    ['fragmented.mp4', ['-movflags', 'frag_keyframe+empty_moov'], 25],
    ['plain.mp4', [], 25],
    ['plain.mkv', [], 25],
    ['plain.ts', [], 25],
    ['plain.avi', [], 25],
  ] as const)('are counted by their times: %s', async (name, output, rate) => {
    const path = await makeClip(directory, `rate-${name}`, { seconds: 6, size: '64x36', output });
    expect((await probeVideo(path)).framesPerSecond).toBe(rate);
  });

  it.each(['mp4', 'mkv', 'mov'])('are rounded up to a standard rate where they vary: %s', async (ending) => {
    const path = join(directory, `varying.${ending}`);
    // Of 50 a second every picture of the first three seconds, and every third of the others: 33 on average.
    await runFfmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc=d=6:s=64x36:r=50', '-vf', "select='lt(t,3)+not(mod(n,3))'"],
      ...['-vsync', 'vfr', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path],
    ]);
    expect((await probeVideo(path)).framesPerSecond).toBe(50);
    const slow = join(directory, `slow.${ending}`);
    await runFfmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc=d=6:s=64x36:r=25', '-vf', "select='lt(t,3)+not(mod(n,8))'"],
      ...['-vsync', 'vfr', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', slow],
    ]);
    expect((await probeVideo(slow)).framesPerSecond).toBe(15);
  });
});

describe('a master that does not begin at 0', () => {
  it.each(['mkv', 'mp4', 'ts'])('is as long as what is in it: %s', async (ending) => {
    const clip = await makeClip(directory, 'from-0.mkv', { seconds: 6, size: '64x36' });
    const path = join(directory, `from-100.${ending}`);
    await runFfmpeg(['-i', clip, '-c', 'copy', '-output_ts_offset', '100', path]);
    expect((await probeVideo(path, { longestSeconds: 10 })).durationSeconds).toBeCloseTo(6, 0);
  });

  it('is refused by its own length all the same', async () => {
    const clip = await makeClip(directory, 'twelve.mkv', { seconds: 12, size: '64x36' });
    const path = join(directory, 'twelve-from-100.mkv');
    await runFfmpeg(['-i', clip, '-c', 'copy', '-output_ts_offset', '100', path]);
    await expect(probeVideo(path, { longestSeconds: 10 })).rejects.toMatchObject({ code: 'TOO_LONG' });
  });
});

it.each(['cmaf', 'hls-ts'] as const)(
  'a master of one picture has a target duration of 1 s, in %s',
  async (packaging) => {
    const master = await makeClip(directory, 'one.mp4', { seconds: 0.04, size: '256x144' });
    const folder = await transcoded(master, { packaging, audio: 'group', iFramePlaylists: true });
    const playlists = (await readdir(folder)).filter((name) => /_.*\.m3u8$/.test(name));
    expect(playlists).toHaveLength(3);
    for (const name of playlists) {
      expect(await readFile(join(folder, name), 'utf8'), name).toContain('\n#EXT-X-TARGETDURATION:1\n');
    }
  },
);

it.each(['cmaf', 'hls-ts'] as const)(
  'a title of 86 characters of three bytes is written under its name, in %s',
  async (packaging) => {
    const title = '漢'.repeat(86);
    const master = await makeClip(directory, 'short.mp4', { size: '256x144' });
    const folder = await transcoded(master, { packaging, audio: 'group', iFramePlaylists: true }, title);
    const names = await listed(`${folder.slice(folder.lastIndexOf('/') + 1)}/`);
    expect(names.filter((name) => !name.startsWith(title))).toEqual([]);
    const text = async (name: string) =>
      (await object(`${folder.slice(folder.lastIndexOf('/') + 1)}/${name}`)).toString();
    // From the master down, every address is an object.
    const seen = new Set<string>();
    const waiting = [`${title}.m3u8`];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      seen.add(next);
      expect(names).toContain(next);
      if (!next.endsWith('.m3u8')) continue;
      const playlist = await text(next);
      const uris = [...playlist.matchAll(/^([^#\n].*)$|URI="([^"]+)"/gm)].map(
        ([, line, quoted]) => line ?? quoted ?? '',
      );
      waiting.push(...uris.filter((uri) => !seen.has(uri)));
    }
    expect([...seen].sort()).toEqual(names);
  },
);

async function made(name: string, inputs: readonly string[]): Promise<string> {
  const path = join(directory, name);
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await runFfmpeg([...inputs, ...codecs, path]);
  return path;
}

/** Runs a job over the master; the directory that has its objects, unless their names are too long for one. */
async function transcoded(master: string, options: Partial<HlsJobOptions>, title = 'index'): Promise<string> {
  const folder = await mkdtemp(join(directory, 'out-'));
  const prefix = folder.slice(folder.lastIndexOf('/') + 1);
  await cloud().s3.send(
    new PutObjectCommand({ Bucket: 'masters', Key: prefix, Body: await readFile(master) }),
  );
  const source = await probeVideo(master);
  const settings = wireSettings({
    ...{ input: `s3://masters/${prefix}`, destination: `s3://hls/${prefix}/${title}` },
    ...{ ladder: [RUNG], segmentSeconds: 4, source },
    ...options,
  });
  settings.outputGroups.pop();
  const outcome = await transcode(
    { id: prefix, settings, userMetadata: {} },
    {
      environment: cloud().cloud.environment,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
  expect(outcome).toMatchObject({ status: 'COMPLETE' });
  if (title !== 'index') return folder;
  for (const name of await listed(`${prefix}/`))
    await writeFile(join(folder, name), await object(`${prefix}/${name}`));
  return folder;
}

/** All of a rendition's segments in one file, in order. */
async function joined(folder: string, stem: string, packaging: 'cmaf' | 'hls-ts'): Promise<string> {
  const isPart = (name: string) => name.startsWith(stem) && /\.(ts|cmf[av])$/.test(name);
  const parts = (await readdir(folder))
    .filter(isPart)
    .sort((a, b) => Number(b.includes('init')) - Number(a.includes('init')) || a.localeCompare(b));
  const path = join(folder, `joined.${packaging === 'cmaf' ? 'mp4' : 'ts'}`);
  await writeFile(path, Buffer.concat(await Promise.all(parts.map((name) => readFile(join(folder, name))))));
  return path;
}

async function object(key: string): Promise<Buffer> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: 'hls', Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function listed(prefix: string): Promise<string[]> {
  const { Contents = [] } = await cloud().s3.send(
    new ListObjectsV2Command({ Bucket: 'hls', Prefix: prefix }),
  );
  return Contents.map(({ Key = '' }) => Key.slice(prefix.length)).sort();
}
