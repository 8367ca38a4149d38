/** `npm run upload -- local film.mp4 --captions en=film.vtt`, to what a viewer's player gets from the edge. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Edge, startEdgeFromStack } from '../../../edge/index.ts';
import { local } from '../../../envs/local.ts';
import { transcode } from '../../../local/transcoder/index.ts';
import type { Title } from '../../../ops/library/title.ts';
import { newKeys, synthesized } from '../../envs/synthesized.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';
import { runFfmpeg } from '../../local/transcoder/clips.ts';
import {
  createLibrary,
  eventsOf,
  startUpload,
  type TestLibrary,
  titlesOf,
  type UploadEnd,
} from './uploading.ts';

const FILES = {
  'film.vtt': 'WEBVTT\n\n00:00.500 --> 00:01.000\nOnce upon a time\n',
  'film.srt': '1\r\n00:00:00,500 --> 00:00:01,000\r\nEs war einmal\r\n',
  'film.ttml':
    '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="0.5s" end="1s">Il était une fois</p></div></body></tt>',
};
/** Of the film: each is seen in one picture of the storyboard. */
const COLOURS = ['red', 'lime', 'blue'];
const CAPTIONS = ['--captions', 'en=film.vtt', '--captions', 'de=film.srt', '--captions', 'pt-BR=film.ttml'];

const cloud = useLocalCloud({ transcode });
let folder: string;
let library: TestLibrary;
let edge: Edge;
let end: UploadEnd;
let title: Title | undefined;
/** Signed, of the master playlist. */
let url: URL;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-tracks-'));
  await makeColours(join(folder, 'film.mp4'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  library = await createLibrary(cloud(), 'tracks');
  edge = await startEdgeFromStack({
    stack: synthesized(local, newKeys('2026-11-a')),
    origin: {
      endpoint: cloud().cloud.endpoint,
      bucket: library.streams,
      environment: cloud().cloud.environment,
    },
    publicKeys: new Map([['K2EXAMPLE', library.publicPem]]),
  });
  vi.stubEnv('STORYTIME_EDGE_URL', edge.url);
  end = await startUpload(cloud(), library, ['film.mp4', ...CAPTIONS, '--json'], { cwd: folder }).ended;
  title = (await titlesOf(cloud(), library)).get('film');
  const live = eventsOf(end).find((event) => event.event === 'live');
  url = new URL(live?.event === 'live' && live.url !== null ? live.url : 'https://not.signed');
}, 120_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await edge?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('captions that are uploaded with a film', () => {
  it('are in the record of the title, in the order that was given', () => {
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect(title).toMatchObject({
      state: 'live',
      captions: [
        { language: 'eng', label: 'English' },
        { language: 'deu', label: 'Deutsch' },
        { language: 'por', label: 'Português (Brasil)' },
      ],
    });
  });

  it.each([
    ['eng', 'English', true, 'Once upon a time'],
    ['deu', 'Deutsch', false, 'Es war einmal'],
    ['por', 'Português (Brasil)', false, 'Il était une fois'],
  ])(
    'are served in %s to a signed viewer, from playlist to text',
    async (language, name, isDefault, text) => {
      const master = HLS.parse(await served('index.m3u8'));
      if (!master.isMasterPlaylist) throw new Error('expected a master playlist');
      const track = master.variants[0]?.subtitles.find((one) => one.language === language);
      expect(track).toMatchObject({ name, isDefault, autoselect: true });
      const playlist = HLS.parse(await served(track?.uri ?? ''));
      if (playlist.isMasterPlaylist) throw new Error('expected a media playlist');
      const segments = await Promise.all(playlist.segments.map(({ uri }) => served(uri)));
      expect(segments.join('')).toMatch(/^WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00\.000,MPEGTS:\d+\n\n/);
      expect(segments.join('')).toContain(`00:00:00.500 --> 00:00:01.000\n${text}\n`);
    },
  );

  it.each(['index_captions_eng.m3u8', 'index_captions_eng_00001.vtt'])(
    'are not served without a signature: %s',
    async (name) => {
      const answer = await fetch(new URL(name, new URL(url.pathname, url)));
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('MissingKey')]);
    },
  );
});

describe('the storyboard of an upload', () => {
  it('is named by the record of the title', () => {
    expect(title?.storyboardPath).toBe('books/film/storyboard/storyboard.vtt');
    expect(eventsOf(end).map(({ event }) => event)).not.toContain('no-storyboard');
  });

  it('says for each ten seconds where on a sheet their picture is, and the sheet shows it', async () => {
    const cues = readCues(await served('storyboard/storyboard.vtt'));
    expect(cues.map(({ times }) => times)).toEqual([
      '00:00:00.000 --> 00:00:10.000',
      '00:00:10.000 --> 00:00:20.000',
      expect.stringMatching(/^00:00:20\.000 --> 00:00:25\.\d{3}$/),
    ]);
    for (const [index, { sheet, area }] of cues.entries()) {
      const path = join(folder, 'sheet.jpg');
      await writeFile(path, await servedBytes(`storyboard/${sheet}`));
      expect(await colourOf(path, area)).toBe(COLOURS[index]);
    }
  });

  it.each(['storyboard/storyboard.vtt', 'storyboard/sheet_00001.jpg'])(
    'is not served without a signature: %s',
    async (name) => {
      const answer = await fetch(new URL(name, new URL(url.pathname, url)));
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('MissingKey')]);
    },
  );
});

interface StoryboardCue {
  readonly times: string;
  readonly sheet: string;
  /** x, y, width, height */
  readonly area: readonly number[];
}

function readCues(vtt: string): StoryboardCue[] {
  expect(vtt).toMatch(/^WEBVTT\n/);
  return [...vtt.matchAll(/^(.* --> .*)\n(.*)#xywh=(.*)$/gm)].map(
    ([, times = '', sheet = '', area = '']) => ({
      ...{ times, sheet, area: area.split(',').map(Number) },
    }),
  );
}

/** Ten seconds of each colour, and five of the last. */
async function makeColours(path: string): Promise<void> {
  const inputs = COLOURS.flatMap((colour, index) => {
    const seconds = index === COLOURS.length - 1 ? 5 : 10;
    return ['-f', 'lavfi', '-i', `color=${colour}:size=320x180:rate=5:duration=${seconds}`];
  });
  const graph = `concat=n=${COLOURS.length}:v=1[v]`;
  const codec = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
    '-shortest',
  ];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=25'];
  await runFfmpeg([
    ...[...inputs, ...sound, '-filter_complex', graph],
    ...['-map', '[v]', '-map', String(COLOURS.length), ...codec, path],
  ]);
}

/** The name of the colour that most of the area has. */
async function colourOf(path: string, [x, y, width, height]: readonly number[]): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-i', path, '-vf', `crop=${width}:${height}:${x}:${y},scale=1:1`],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  );
  const strongest = [...stdout].indexOf(Math.max(...stdout));
  return ['red', 'lime', 'blue'][strongest];
}

/** With the query of the signed address, as a player adds it. */
async function served(name: string): Promise<string> {
  return (await servedBytes(name)).toString();
}

async function servedBytes(name: string): Promise<Buffer> {
  const address = new URL(name, url);
  address.search = url.search;
  const answer = await fetch(address);
  expect([name, answer.status]).toEqual([name, 200]);
  return Buffer.from(await answer.arrayBuffer());
}
