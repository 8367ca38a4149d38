/** Real jobs with dates and a least last segment: playlists and files that agree with each other, and play whole. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeClip } from './clips.ts';
import { runInFolders } from './in-folders.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playlists-test-'));
  await mkdir(join(directory, 'masters'));
  await makeClip(join(directory, 'masters'), 'short-end.mp4', { seconds: 4.6, output: ['-g', '25'] });
  await writeFile(join(directory, 'masters/en.vtt'), 'WEBVTT\n\n00:04.100 --> 00:04.500\nThe end\n');
}, 60_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

const CAPTIONS = [{ languageCode: 'ENG', label: 'English', input: 's3://masters/en.vtt' }] as const;

describe.each([
  ['hls-ts', 'muxed'],
  ['hls-ts', 'group'],
  ['cmaf', 'group'],
] as const)('a last segment of 0.6 seconds that is too short, in %s with %s sound', (packaging, audio) => {
  const job = { master: 'short-end.mp4', packaging, audio, iFramePlaylists: true } as const;
  let whole: string;
  let joined: string;

  beforeAll(async () => {
    const title = `${packaging}-${audio}`;
    const plain = await runInFolders(directory, { ...job, title: `${title}-plain` });
    const least = await runInFolders(directory, { ...job, title, minFinalSegmentSeconds: 1 });
    expect([plain.outcome.status, least.outcome.status]).toEqual(['COMPLETE', 'COMPLETE']);
    [whole, joined] = [plain.folder, least.folder];
  }, 60_000);

  it('is part of the one before in every playlist, and no target is below a length', async () => {
    for (const name of await playlistsIn(joined)) {
      const [before, after] = [await segmentsIn(whole, name), await segmentsIn(joined, name)];
      const text = await readFile(join(joined, name), 'utf8');
      const target = Number(/TARGETDURATION:(\d+)/.exec(text)?.[1]);
      for (const { duration } of after) expect(Math.round(duration)).toBeLessThanOrEqual(target);
      expect(sum(after), name).toBeCloseTo(sum(before), 3);
      if (name.endsWith('_I-Frame.m3u8')) {
        expect(after.map(({ duration }) => duration)).toEqual(before.map(({ duration }) => duration));
      } else {
        expect([before.length, after.length], name).toEqual([3, 2]);
        expect(after[1]?.duration).toBeGreaterThan(2.4);
      }
    }
  });

  it('leaves no file that no playlist lists, and no name without its file', async () => {
    const files = (await readdir(joined)).filter((name) => /\.(?:ts|cmf[va])$/.test(name));
    const texts = await Promise.all(
      (await playlistsIn(joined)).map((name) => readFile(join(joined, name), 'utf8')),
    );
    const named = new Set(texts.flatMap((text) => text.match(/[\w-]+\.(?:ts|cmf[va])/g) ?? []));
    expect([...named].sort()).toEqual(files.sort());
  });

  it('plays to the last picture and the last sound', async () => {
    const names = (await playlistsIn(joined)).filter((name) => !name.endsWith('_I-Frame.m3u8'));
    for (const name of names)
      expect(await decoded(join(joined, name)), name).toEqual(await decoded(join(whole, name)));
    expect((await decoded(join(joined, 'index_120p.m3u8'))).video).toBe(115);
  });

  it('has every I-frame where its playlist says, one of the last seconds too', async () => {
    const name = 'index_120p_I-Frame.m3u8';
    const frames = await segmentsIn(joined, name);
    expect(frames.length).toBeGreaterThanOrEqual(3);
    const init = packaging === 'cmaf' ? await readFile(join(joined, 'index_120pinit.cmfv')) : Buffer.alloc(0);
    for (const { uri, byterange } of frames) {
      if (!byterange) throw new Error('expected a byte range');
      const content = await readFile(join(joined, uri));
      const { offset, length } = byterange;
      const tables = packaging === 'cmaf' ? init : content.subarray(0, 3 * 188);
      const path = join(directory, 'frame.bin');
      await writeFile(path, Buffer.concat([tables, content.subarray(offset, offset + length)]));
      expect(await pictureTypes(path), `${uri} at ${offset}`).toMatch(/^I/);
    }
  });
});

describe('a title with dates', () => {
  let folder: string;

  beforeAll(async () => {
    const job = { master: 'short-end.mp4', title: 'dated', audio: 'group', iFramePlaylists: true } as const;
    const made = await runInFolders(
      directory,
      { ...job, captions: CAPTIONS, programDateTime: '2026-12-01', minFinalSegmentSeconds: 1 },
      (settings) => {
        settings.outputGroups[0].outputGroupSettings.hlsGroupSettings.programDateTimePeriod = 0;
      },
    );
    expect(made.outcome).toMatchObject({ status: 'COMPLETE' });
    folder = made.folder;
  }, 60_000);

  it('has them in every playlist of segments: pictures, sound, I-frames and captions', async () => {
    const names = await playlistsIn(folder);
    expect(names).toEqual([
      'index_120p.m3u8',
      'index_120p_I-Frame.m3u8',
      'index_audio.m3u8',
      'index_captions_eng.m3u8',
    ]);
    for (const name of names) {
      const [first] = await segmentsIn(folder, name);
      expect(first?.programDateTime?.toISOString(), name).toBe('2026-12-01T00:00:00.000Z');
    }
    expect(await readFile(join(folder, 'index.m3u8'), 'utf8')).not.toContain('PROGRAM-DATE-TIME');
  });

  it('dates one instant alike in all of them, by the clock of the segments', async () => {
    const zeros = [];
    for (const name of ['index_120p.m3u8', 'index_audio.m3u8']) {
      for (const { uri, programDateTime } of await segmentsIn(folder, name)) {
        zeros.push((programDateTime?.getTime() ?? 0) / 1000 - (await startOf(join(folder, uri))));
      }
    }
    expect(zeros).toHaveLength(4);
    // Less than a picture: sound is cut at its own frames.
    expect(Math.max(...zeros) - Math.min(...zeros)).toBeLessThan(0.04);
  });
});

function sum(segments: readonly { readonly duration: number }[]): number {
  return segments.reduce((all, { duration }) => all + duration, 0);
}

async function playlistsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.m3u8') && name !== 'index.m3u8').sort();
}

async function segmentsIn(folder: string, name: string) {
  const playlist = HLS.parse(await readFile(join(folder, name), 'utf8'));
  if (playlist.isMasterPlaylist) throw new Error('expected a media playlist');
  return playlist.segments;
}

/** Pictures, and packets of sound. */
async function decoded(playlist: string): Promise<{ video: number; audio: number }> {
  const { stdout, stderr } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-allowed_extensions', 'ALL', '-count_frames'],
    ...['-show_entries', 'stream=codec_type,nb_read_frames', '-of', 'csv=p=0', playlist],
  ]);
  expect(stderr).toBe('');
  const of = (type: string) => Number(new RegExp(`^${type},(\\d+)`, 'm').exec(stdout)?.[1] ?? 0);
  return { video: of('video'), audio: of('audio') };
}

async function pictureTypes(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=pict_type', '-of', 'csv=p=0', path],
  ]);
  return stdout.replaceAll(/[\s,]/g, '');
}

async function startOf(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-show_entries', 'stream=start_time', '-of', 'csv=p=0', path],
  ]);
  return Number.parseFloat(stdout);
}
