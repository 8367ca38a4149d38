/** Real jobs with captions: their text, their times, and where a player finds them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TranscodeOutcome } from '../../../local/transcoder/contract.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import { useLocalCloud } from '../aws-api/start.ts';
import { makeClip } from './clips.ts';
import { type WireSettings, wireSettings } from './settings.ts';

const cloud = useLocalCloud({ transcode });
let directory: string;

const FILES = {
  'en.vtt': 'WEBVTT\n\n00:00.500 --> 00:01.000 line:0\nHello <i>there</i>\n',
  'de.srt': '1\n00:00:00,500 --> 00:00:01,000\nGuten Tag & hallo\n',
  'fr.xml':
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="0.5s" end="1s">Bonjour</p></div></body></tt>',
  'broken.srt': 'no times at all',
  'latin.vtt': Buffer.from('WEBVTT\n\n00:00.500 --> 00:01.000\nGr\xfc\xdfe\n', 'latin1'),
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'captions-test-'));
  for (const Bucket of ['masters', 'hls']) await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  const clip = await makeClip(directory, 'clip.mp4', { seconds: 3 });
  await put('clip.mp4', await readFile(clip));
  for (const [name, content] of Object.entries(FILES)) await put(name, content);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each([
  { packaging: 'hls-ts', digits: '00001', audio: 'muxed' },
  { packaging: 'cmaf', digits: '000000001', audio: 'group' },
] as const)('a job with captions in three languages, in $packaging', ({ packaging, digits, audio }) => {
  const prefix = `books/${packaging}/`;

  beforeAll(async () => {
    expect(
      await run(
        wireSettings({
          ...{ input: 's3://masters/clip.mp4', destination: `s3://hls/${prefix}index` },
          ...{ ladder: [{ shortSidePixels: 120, maxBitrateBps: 200_000 }], segmentSeconds: 2 },
          ...{ packaging, audio },
          captions: [
            { languageCode: 'ENG', label: 'English', input: 's3://masters/en.vtt' },
            { languageCode: 'DEU', label: 'Deutsch', input: 's3://masters/de.srt' },
            { languageCode: 'FRA', label: 'Français', input: 's3://masters/fr.xml' },
          ],
        }),
      ),
    ).toMatchObject({ status: 'COMPLETE' });
  });

  it('lists them in the master playlist, the first as the default, for every variant', async () => {
    const master = HLS.parse(await read(`${prefix}index.m3u8`));
    if (!master.isMasterPlaylist) throw new Error('expected a master playlist');
    const [variant] = master.variants;
    expect(
      variant?.subtitles.map(({ language, name, isDefault, autoselect, uri }) => [
        ...[language, name, isDefault, autoselect, uri],
      ]),
    ).toEqual([
      ['eng', 'English', true, true, 'index_captions_eng.m3u8'],
      ['deu', 'Deutsch', false, true, 'index_captions_deu.m3u8'],
      ['fra', 'Français', false, true, 'index_captions_fra.m3u8'],
    ]);
  });

  it('writes each as segments over the whole length, with their own content type', async () => {
    const playlist = HLS.parse(await read(`${prefix}index_captions_deu.m3u8`));
    if (playlist.isMasterPlaylist) throw new Error('expected a media playlist');
    expect(playlist.segments.map(({ uri }) => uri)).toEqual([`index_captions_deu_${digits}.vtt`]);
    expect(playlist.segments[0]?.duration).toBeCloseTo(3, 0);
    const head = new HeadObjectCommand({ Bucket: 'hls', Key: `${prefix}index_captions_deu_${digits}.vtt` });
    expect((await cloud().s3.send(head)).ContentType).toBe('text/vtt');
  });

  it.each([
    ['eng', '00:00:00.500 --> 00:00:01.000 line:0\nHello <i>there</i>\n'],
    ['deu', '00:00:00.500 --> 00:00:01.000\nGuten Tag &amp; hallo\n'],
    ['fra', '00:00:00.500 --> 00:00:01.000\nBonjour\n'],
  ])('says in %s what the file says, by the clock of the picture', async (language, cue) => {
    const text = await read(`${prefix}index_captions_${language}_${digits}.vtt`);
    const [, ticks] = /^WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00\.000,MPEGTS:(\d+)\n\n/.exec(text) ?? [];
    expect(Number(ticks) / 90_000).toBeCloseTo(await firstPictureSeconds(prefix, packaging), 3);
    expect(text.slice(text.indexOf('\n\n') + 2)).toBe(cue);
  });
});

describe('captions that cannot be used', () => {
  it.each<[string, number, (settings: WireSettings) => void, RegExp]>([
    [
      'a missing file',
      1404,
      (s) => useFile(s, 'none.srt'),
      /^cannot open input \[s3:\/\/masters\/none\.srt\]/,
    ],
    [
      'a file of another format',
      1022,
      (s) => useFile(s, 'broken.srt'),
      /^captions \[.*broken\.srt\]: expected SRT/,
    ],
    ['a file that is not UTF-8', 1022, (s) => useFile(s, 'latin.vtt', 'WEBVTT'), /: expected UTF-8 text/],
  ])('end the job before it encodes: %s', async (_, errorCode, change, message) => {
    const settings = wireSettings({
      ...{ input: 's3://masters/clip.mp4', destination: 's3://hls/refused/index' },
      captions: [{ languageCode: 'ENG', label: 'English', input: 's3://masters/en.srt' }],
    });
    change(settings);
    expect(await run(settings)).toMatchObject({
      status: 'ERROR',
      errorCode,
      errorMessage: expect.stringMatching(message),
    });
    const { KeyCount } = await cloud().s3.send(
      new ListObjectsV2Command({ Bucket: 'hls', Prefix: 'refused/' }),
    );
    expect(KeyCount).toBe(0);
  });
});

function useFile(settings: WireSettings, name: string, sourceType = 'SRT'): void {
  const [selector] = Object.values<WireSettings>(settings.inputs[0].captionSelectors);
  selector.sourceSettings = { sourceType, fileSourceSettings: { sourceFile: `s3://masters/${name}` } };
}

/** Where the picture begins, by ffprobe, in what was written. */
async function firstPictureSeconds(prefix: string, packaging: string): Promise<number> {
  const names = packaging === 'cmaf' ? ['120pinit.cmfv', '120p_000000001.cmfv'] : ['120p_00001.ts'];
  const parts = await Promise.all(names.map((name) => readBytes(`${prefix}index_${name}`)));
  const path = join(directory, `first-${packaging}`);
  await writeFile(path, Buffer.concat(parts));
  const show = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...show, path]);
  return Math.min(...stdout.split('\n').map(Number.parseFloat).filter(Number.isFinite));
}

function run(settings: WireSettings): Promise<TranscodeOutcome> {
  const { environment } = cloud().cloud;
  const { signal } = new AbortController();
  return transcode(
    { id: '1700000000000-test', settings },
    { environment, signal, onProgress: () => undefined },
  );
}

async function put(Key: string, Body: Uint8Array | string): Promise<void> {
  await cloud().s3.send(new PutObjectCommand({ Bucket: 'masters', Key, Body }));
}

async function readBytes(Key: string): Promise<Uint8Array> {
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: 'hls', Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

async function read(key: string): Promise<string> {
  return Buffer.from(await readBytes(key)).toString();
}
