/** A folder as people have them: thirty files, some of them titles and some of them not. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeClip, runFfmpeg } from '../../local/transcoder/clips.ts';
import { makeHourly, makePlain } from '../../local/transcoder/odd-clips.ts';

/** What becomes of a file: a title with this id, the code of its refusal, or nothing where it is not a candidate. */
type Fate = { readonly id: string } | { readonly refusal: string } | 'ignored';

export interface OddFile {
  /** Below the folder, with `/`. */
  readonly name: string;
  readonly fate: Fate;
  readonly make: (folder: string, name: string) => Promise<unknown>;
}

const SMALL = { size: '96x54', seconds: 1 } as const;
const clip =
  (options: Parameters<typeof makeClip>[2] = {}) =>
  (folder: string, name: string) =>
    makeClip(folder, name, { ...SMALL, ...options });
const text = (content: string) => (folder: string, name: string) => writeFile(join(folder, name), content);
const copyOf = (source: string) => (folder: string, name: string) =>
  copyFile(join(folder, source), join(folder, name));

/** In the order in which they are made: some are made of those before. */
export const ODD_FILES: readonly OddFile[] = [
  { name: 'intro.mp4', fate: { id: 'intro' }, make: clip() },
  // The index is at the end, where MediaConvert finds it too.
  {
    name: 'Lesson 1 – Überblick.mov',
    fate: { id: 'lesson-1-ueberblick' },
    make: clip({ codec: H264({ crf: 40 }) }),
  },
  {
    name: 'faststart.mp4',
    fate: { id: 'faststart' },
    make: clip({ output: ['-movflags', '+faststart'], rate: 24 }),
  },
  { name: 'matroska.mkv', fate: { id: 'matroska' }, make: clip({ rate: 30 }) },
  { name: 'a/same name.mp4', fate: { id: 'same-name' }, make: clip({ rate: 12 }) },
  { name: 'b/same name.mp4', fate: { id: 'same-name-2' }, make: clip({ rate: 15 }) },
  { name: '短い映画.mp4', fate: { id: '^title-[0-9a-f]{8}$' }, make: clip({ rate: 10 }) },
  { name: '---.mp4', fate: { id: '^title-[0-9a-f]{8}$' }, make: clip({ rate: 20 }) },
  {
    name: "it's 100% (final) [v2] #1 & more?.mp4",
    fate: { id: 'its-100-final-v2-1-and-more' },
    make: clip({ rate: 11 }),
  },
  { name: '-i.mp4', fate: { id: 'i' }, make: (folder) => renamed(folder, '-i.mp4', { rate: 13 }) },
  { name: 'silent.mp4', fate: { id: 'silent' }, make: clip({ sound: false }) },
  {
    name: 'no extension',
    fate: { id: 'no-extension' },
    make: (folder) => renamed(folder, 'no extension', { rate: 14 }),
  },
  {
    name: 'really-mkv.mp4',
    fate: { id: 'really-mkv' },
    make: (folder) => renamed(folder, 'really-mkv.mp4', { rate: 16 }, 'mkv'),
  },
  { name: 'portrait.mp4', fate: { id: 'portrait' }, make: clip({ size: '54x96' }) },
  { name: 'deep/er/still/down.mp4', fate: { id: 'down' }, make: clip({ rate: 17 }) },
  // The same bytes under another name are the same title.
  { name: 'intro copy.mp4', fate: { id: 'intro' }, make: copyOf('intro.mp4') },

  { name: 'empty.mp4', fate: { refusal: 'EMPTY' }, make: text('') },
  { name: 'notes.mp4', fate: { refusal: 'NOT_A_VIDEO' }, make: text('a shopping list\n'.repeat(100)) },
  { name: 'music.mp4', fate: { refusal: 'NO_PICTURE' }, make: sound },
  { name: 'cut-off.mp4', fate: { refusal: 'CUT_OFF' }, make: cutOff },
  { name: 'half.mkv', fate: { refusal: 'CUT_OFF' }, make: halfOf('matroska.mkv') },
  { name: 'month.mkv', fate: { refusal: 'TOO_LONG' }, make: (folder, name) => makeHourly(folder, name) },
  {
    name: 'wide.mp4',
    fate: { refusal: 'TOO_LARGE' },
    make: (folder, name) => makePlain(folder, name, { size: '8200x64' }),
  },
  { name: 'flash.flv', fate: { refusal: 'CONTAINER_REFUSED' }, make: clip({ codec: ['-c:v', 'flv'] }) },
  { name: 'old.avi', fate: { refusal: 'CONTAINER_REFUSED' }, make: clip({ codec: ['-c:v', 'mpeg4'] }) },
  { name: 'broken.mp4', fate: { refusal: 'CANNOT_DECODE' }, make: brokenPicture },

  { name: 'intro.vtt', fate: 'ignored', make: text('WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n') },
  {
    name: 'cover.jpg',
    fate: 'ignored',
    make: (folder, name) =>
      runFfmpeg(['-i', join(folder, 'intro.mp4'), '-frames:v', '1', join(folder, name)]),
  },
  { name: '.hidden.mp4', fate: 'ignored', make: copyOf('intro.mp4') },
  { name: 'loop', fate: 'ignored', make: (folder, name) => symlink('..', join(folder, name)) },
];

/** Makes them all, one after the other. */
export async function makeOddFolder(folder: string): Promise<void> {
  for (const { name, make } of ODD_FILES) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await make(folder, name);
  }
}

function H264({ crf }: { readonly crf: number }): string[] {
  return ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-crf', String(crf)];
}

/** For a name that would say something else to ffmpeg. */
async function renamed(
  folder: string,
  name: string,
  options: Parameters<typeof makeClip>[2],
  container = 'mp4',
): Promise<void> {
  const made = await makeClip(folder, `made-for-another-name.${container}`, { ...SMALL, ...options });
  await promisify(execFile)('mv', ['--', made, join(folder, name)]);
}

function sound(folder: string, name: string): Promise<void> {
  return runFfmpeg(['-f', 'lavfi', '-i', 'sine=frequency=440', '-t', '1', '-c:a', 'aac', join(folder, name)]);
}

/** Its index promises more than there is. */
async function cutOff(folder: string, name: string): Promise<void> {
  const whole = await readFile(join(folder, 'faststart.mp4'));
  await writeFile(join(folder, name), whole.subarray(0, Math.floor(whole.length * 0.6)));
}

function halfOf(source: string) {
  return async (folder: string, name: string) => {
    const longer = await makeClip(folder, `longer-${source}`, { ...SMALL, seconds: 6 });
    const whole = await readFile(longer);
    await writeFile(join(folder, name), whole.subarray(0, Math.floor(whole.length / 2)));
    await promisify(execFile)('rm', ['--', longer]);
  };
}

/** The pictures' bytes are noise. */
async function brokenPicture(folder: string, name: string): Promise<void> {
  const whole = Buffer.from(await readFile(join(folder, 'silent.mp4')));
  const at = whole.indexOf('mdat') + 4;
  const end = whole.indexOf('moov') > at ? whole.indexOf('moov') - 4 : whole.length;
  for (let index = at; index < end; index += 1) whole[index] = (index * 251) & 0xff;
  await writeFile(join(folder, name), whole);
}
