/** Real jobs with several tracks of sound: each rendition has the track that it names, and 5.1 has its six channels. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TranscodeOutcome } from '../../../local/transcoder/contract.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import type { HlsJobOptions } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { probeVideo } from '../../../ops/probe/probe.ts';
import { useLocalCloud } from '../aws-api/start.ts';
import { runFfmpeg } from './clips.ts';
import { wireSettings } from './settings.ts';

const cloud = useLocalCloud({ transcode });
let directory: string;

/** In the order of the master's tracks; all of six channels, so that 5.1 can be made of each. */
const TONES = [300, 900, 2700];
const TRACKS = [
  { track: 3, languageCode: 'DEU', label: 'Deutsch' },
  { track: 1, languageCode: 'ENG', label: 'English' },
] as const;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audio-tracks-test-'));
  for (const Bucket of ['masters', 'hls']) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  await put('three.mp4', await makeTones('three.mp4', '5.1'));
  await put('stereo.mp4', await makeTones('stereo.mp4', 'stereo'));
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

it('are what a probe says of the master', async () => {
  expect((await probeVideo(join(directory, 'three.mp4'))).audioChannels).toEqual([6, 6, 6]);
});

describe.each(['hls-ts', 'cmaf'] as const)('a job with two languages and 5.1, in %s', (packaging) => {
  const prefix = `books/${packaging}/`;
  let folder: string;

  beforeAll(async () => {
    const options = { packaging, audioTracks: TRACKS, surround: 'ac3', iFramePlaylists: true } as const;
    expect(await run('three.mp4', prefix, options)).toMatchObject({
      status: 'COMPLETE',
      // Each rung once, however often the master playlist lists it.
      outputGroupDetails: [{ outputDetails: [{}] }, { outputDetails: [{}] }],
    });
    folder = await download(prefix);
  }, 60_000);

  it('lists stereo and 5.1 by language, each rung once with either, and its I-frames once', async () => {
    const master = HLS.parse(await readFile(join(folder, 'index.m3u8'), 'utf8'));
    if (!master.isMasterPlaylist) throw new Error('expected a master playlist');
    const listed = master.variants.map(({ isIFrameOnly, codecs, audio }) => [
      isIFrameOnly,
      codecs?.split(',').slice(1),
      audio.map(({ groupId, language, name, isDefault, channels, uri }) =>
        [groupId, language, name, isDefault, channels, uri].join(' '),
      ),
    ]);
    expect(listed).toEqual([
      [
        false,
        ['mp4a.40.2'],
        ['audio deu Deutsch true 2 index_audio_deu.m3u8', 'audio eng English false 2 index_audio_eng.m3u8'],
      ],
      [
        false,
        ['ac-3'],
        [
          'audio-surround deu Deutsch true 6 index_audio_deu_ac3.m3u8',
          'audio-surround eng English false 6 index_audio_eng_ac3.m3u8',
        ],
      ],
      [true, [], []],
    ]);
  });

  it.each([
    ['index_audio_deu', 'aac', 2, 2700],
    ['index_audio_eng', 'aac', 2, 300],
    ['index_audio_deu_ac3', 'ac3', 6, 2700],
    ['index_audio_eng_ac3', 'ac3', 6, 300],
  ])('has in %s the track that it names', async (name, codec, channels, tone) => {
    const path = join(folder, `${name}.m3u8`);
    const show = ['-show_entries', 'stream=codec_name,channels', '-of', 'csv=p=0'];
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', '-allowed_extensions', 'ALL', '-select_streams', 'a', ...show, path],
    ]);
    expect(stdout.split(/[,\n]/).slice(0, 2)).toEqual([codec, String(channels)]);
    expect(await toneOf(path)).toBeCloseTo(tone, -2);
  });
});

describe('one track of the master', () => {
  it('is what is muxed', async () => {
    const audioTracks = TRACKS.slice(0, 1);
    expect(await run('three.mp4', 'books/muxed/', { audioTracks })).toMatchObject({ status: 'COMPLETE' });
    expect(await toneOf(join(await download('books/muxed/'), 'index_120p.m3u8'))).toBeCloseTo(2700, -2);
  });

  it.each<[string, Partial<HlsJobOptions>, RegExp]>([
    [
      'a track that the master does not have',
      { audioTracks: [{ track: 4, languageCode: 'ENG', label: 'English' }] },
      /^inputs\[0\]\.audioSelectors\.Audio Selector 1\.tracks: expected one of the input's 3 tracks of sound, got 4$/,
    ],
    [
      '5.1 of a track in stereo',
      { surround: 'ac3' },
      /^ac3Settings\.codingMode: expected a track with 6 channels for CODING_MODE_3_2_LFE, got track 1 with 2$/,
    ],
  ])('is refused by its path: %s', async (_, options, errorMessage) => {
    expect(await run('stereo.mp4', 'books/refused/', options)).toMatchObject({
      status: 'ERROR',
      errorCode: 1040,
      errorMessage: expect.stringMatching(errorMessage),
    });
  });
});

/** A picture with a tone in each track, the same in every channel. */
async function makeTones(name: string, layout: string): Promise<Buffer> {
  const path = join(directory, name);
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'],
    ...TONES.flatMap((tone) => [
      ...[
        '-f',
        'lavfi',
        '-i',
        `aevalsrc=${sameInAll(`0.3*sin(2*PI*${tone}*t)`, layout)}:c=${layout}:s=48000`,
      ],
    ]),
    ...['-map', '0:v', ...TONES.flatMap((_, index) => ['-map', `${index + 1}:a`])],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-t', '2', path],
  ]);
  return readFile(path);
}

function sameInAll(expression: string, layout: string): string {
  return Array.from({ length: layout === '5.1' ? 6 : 2 }, () => expression).join('|');
}

/** Hertz of the first second of the first channel: half of how often its samples change their sign. */
async function toneOf(path: string): Promise<number> {
  const raw = ['-ss', '0.5', '-t', '1', '-af', 'pan=mono|c0=c0', '-ar', '48000', '-f', 's16le', 'pipe:1'];
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-allowed_extensions', 'ALL', '-i', path, '-vn', ...raw],
    { encoding: 'buffer' },
  );
  const samples = Array.from({ length: Math.floor(stdout.length / 2) }, (_, index) =>
    stdout.readInt16LE(2 * index),
  );
  const changes = samples.filter(
    (sample, index) => index > 0 && sample < 0 !== (samples[index - 1] ?? 0) < 0,
  );
  return changes.length / 2 / (samples.length / 48_000);
}

function run(master: string, prefix: string, options: Partial<HlsJobOptions>): Promise<TranscodeOutcome> {
  const settings = wireSettings({
    ...{ input: `s3://masters/${master}`, destination: `s3://hls/${prefix}index`, segmentSeconds: 2 },
    ...{ ladder: [{ shortSidePixels: 120, maxBitrateBps: 200_000 }], ...options },
  });
  const { environment } = cloud().cloud;
  const { signal } = new AbortController();
  return transcode(
    { id: '1700000000000-test', settings },
    { environment, signal, onProgress: () => undefined },
  );
}

async function put(Key: string, Body: Buffer): Promise<void> {
  await cloud().s3.send(new PutObjectCommand({ Bucket: 'masters', Key, Body }));
}

async function download(Prefix: string): Promise<string> {
  const folder = await mkdtemp(join(directory, 'hls-'));
  const { Contents = [] } = await cloud().s3.send(new ListObjectsV2Command({ Bucket: 'hls', Prefix }));
  for (const { Key = '' } of Contents.filter((object) => !object.Key?.includes('/thumbnails/'))) {
    const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: 'hls', Key }));
    await writeFile(join(folder, Key.slice(Prefix.length)), (await Body?.transformToByteArray()) ?? '');
  }
  return folder;
}
