/** Pictures that ffmpeg takes of real videos. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeVideo } from '../../../../ops/probe/probe.ts';
import { PublishFailed } from '../../../../ops/upload/publish/failed.ts';
import { takePoster } from '../../../../ops/upload/publish/poster.ts';
import { makeClip, runFfmpeg } from '../../../local/transcoder/clips.ts';

const signal = new AbortController().signal;
const FIRST_STREAM = { videoStreamIndex: 0 };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poster-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** `<width>x<height>` and the codec of the picture. */
async function posterOf(path: string, seconds = 0): Promise<{ size: string; codec: string; bytes: Buffer }> {
  const bytes = await takePoster(path, { video: await probeVideo(path), seconds, signal });
  const file = join(directory, 'taken.jpg');
  await writeFile(file, bytes);
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-show_entries', 'stream=width,height,codec_name', '-of', 'json', file],
  ]);
  const [{ width, height, codec_name: codec }] = JSON.parse(stdout).streams;
  return { size: `${width}x${height}`, codec, bytes };
}

describe('a poster', () => {
  it.each([
    ['a small video', '320x180', '320x180'],
    ['a wide one', '1920x1080', '1280x720'],
    ['one of odd proportions', '1300x700', '1280x690'],
    ['an upright one', '1080x1920', '1080x1920'],
  ])('of %s has its size, at most 1280 pixels wide', async (name, size, expected) => {
    const clip = await makeClip(directory, `${name}.mp4`, { size, sound: false });

    expect(await posterOf(clip)).toMatchObject({ size: expected, codec: 'mjpeg' });
  });

  it('is turned as viewers see the video, and its pixels are square', async () => {
    const clip = await makeClip(directory, 'lying.mp4', { size: '320x180' });
    const phone = join(directory, 'phone.mp4');
    await runFfmpeg(['-i', clip, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', phone]);
    const anamorphic = await makeClip(directory, 'anamorphic.mp4', {
      size: '360x288',
      output: ['-vf', 'setsar=16/11'],
    });
    const { width } = await probeVideo(phone);

    expect((await posterOf(phone)).size).toBe(width === 180 ? '180x320' : '320x180');
    expect((await posterOf(anamorphic)).size).toBe('522x288');
  });

  it('shows the picture of its time', async () => {
    const two = join(directory, 'two.mp4');
    await runFfmpeg([
      ...['-f', 'lavfi', '-i', 'color=black:size=160x90:duration=2', '-f', 'lavfi'],
      ...['-i', 'color=white:size=160x90:duration=2', '-filter_complex', 'concat=n=2', two],
    ]);

    expect(await brightnessOf((await posterOf(two, 0.5)).bytes)).toBeLessThan(30);
    expect(await brightnessOf((await posterOf(two, 3)).bytes)).toBeGreaterThan(220);
  });

  it('later than the video’s end is the first picture', async () => {
    const clip = await makeClip(directory, 'short.mp4', { seconds: 1 });

    expect((await posterOf(clip, 3600)).bytes).toEqual((await posterOf(clip, 0)).bytes);
  });

  it.each(['-y.mp4', 'concat:a.mp4', 'http:x.mp4', '%03d.mp4', 'a b\n"c\'.mp4', 'ü [1].mp4'])(
    'is taken of a file that is called %j, in the working directory',
    async (name) => {
      const clip = await makeClip(directory, 'plain.mp4', { size: '160x90' });
      const before = process.cwd();
      await copyFile(clip, join(directory, name));
      process.chdir(directory);
      try {
        expect(
          (await takePoster(name, { video: FIRST_STREAM, seconds: 0.2, signal })).length,
        ).toBeGreaterThan(500);
      } finally {
        process.chdir(before);
      }
    },
  );

  it('skips a cover, and takes the moving picture', async () => {
    const clip = await makeClip(directory, 'film.mp4', { size: '320x180' });
    const cover = join(directory, 'cover.png');
    await runFfmpeg(['-f', 'lavfi', '-i', 'color=red:size=64x64', '-frames:v', '1', cover]);
    const film = join(directory, 'covered.mp4');
    await runFfmpeg([
      ...['-i', cover, '-i', clip, '-map', '0', '-map', '1', '-c', 'copy', '-c:v:0', 'png'],
      ...['-disposition:v:0', 'attached_pic', film],
    ]);

    expect((await posterOf(film)).size).toBe('320x180');
  });

  it('of what is no video is a failure with its remedy', async () => {
    const file = join(directory, 'text.mp4');
    await writeFile(file, 'no video');
    const failed = takePoster(file, { video: FIRST_STREAM, seconds: 0, signal });

    await expect(failed).rejects.toThrow(PublishFailed);
    await expect(failed).rejects.toMatchObject({ code: 'POSTER_FAILED' });
  });

  it('ends with its signal', async () => {
    const clip = await makeClip(directory, 'aborted.mp4');
    const reason = new Error('interrupted');

    await expect(
      takePoster(clip, { video: FIRST_STREAM, seconds: 0, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

/** Of all pixels, 0 to 255. */
async function brightnessOf(jpeg: Buffer): Promise<number> {
  const file = join(directory, 'brightness.jpg');
  await writeFile(file, jpeg);
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', '-i', file, '-vf', 'scale=1:1,format=gray', '-f', 'rawvideo', 'pipe:1'],
    { encoding: 'buffer' },
  );
  return stdout[0] ?? -1;
}
