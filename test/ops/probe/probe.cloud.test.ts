import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestClip } from '../../../local/transcoder/test-clip.ts';
import { probeVideo, VideoRefusedError } from '../../../ops/probe/probe.ts';
import { makeClip, runFfmpeg } from '../../local/transcoder/clips.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'probe-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('accepts', () => {
  it('an MP4 with sound', async () => {
    const video = await probeVideo(await makeClip(directory, 'plain.mp4'));
    expect(video).toMatchObject({
      width: 320,
      height: 180,
      framesPerSecond: 25,
      hasAudio: true,
      audioChannels: [1],
      videoCodec: 'h264',
      rotationDegrees: 0,
    });
    expect(video.durationSeconds).toBeCloseTo(1, 1);
  });

  it.each([
    ['plain.mov', 'qt  '],
    ['branded.mp4', 'isom'],
    ['plain.mkv', undefined],
  ])('%s with the brand that it names', async (name, brand) => {
    expect((await probeVideo(await makeClip(directory, name))).majorBrand).toBe(brand);
  });

  it('a silent video', async () => {
    expect((await probeVideo(await makeClip(directory, 'silent.mp4', { sound: false }))).hasAudio).toBe(
      false,
    );
  });

  it('a phone video, upright as it is shown and not lying as it is stored', async () => {
    const lying = await makeClip(directory, 'lying.mp4');
    const phone = join(directory, 'phone.mp4');
    await runFfmpeg(['-i', lying, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', phone]);
    const video = await probeVideo(phone);
    expect([video.width, video.height]).toEqual([180, 320]);
    expect([90, 270]).toContain(video.rotationDegrees);
  });

  it('an odd-sized one', async () => {
    const codec = ['-vf', 'format=yuv444p,scale=319:181,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast'];
    expect(await probeVideo(await makeClip(directory, 'odd.mp4', { codec }))).toMatchObject({
      width: 319,
      height: 181,
    });
  });

  it('4K', async () => {
    const video = await probeVideo(await makeClip(directory, '4k.mp4', { size: '3840x2160', rate: 5 }));
    expect(video).toMatchObject({ width: 3840, height: 2160 });
  });

  it('HEVC in MOV', async () => {
    const codec = [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error',
      '-tag:v',
      'hvc1',
    ];
    expect(await probeVideo(await makeClip(directory, 'hevc.mov', { codec }))).toMatchObject({
      videoCodec: 'hevc',
    });
  });

  it('MKV, also one whose recorder left the duration out', async () => {
    const clip = await makeClip(directory, 'plain.mkv', { seconds: 2 });
    const live = join(directory, 'live.mkv');
    await runFfmpeg(['-i', clip, '-c', 'copy', '-live', '1', live]);
    for (const path of [clip, live]) {
      const video = await probeVideo(path);
      expect(video.container).toBe('matroska,webm');
      expect(video.durationSeconds).toBeCloseTo(2, 1);
    }
  });

  it('non-square pixels, as wide as they are shown', async () => {
    const clip = await makeClip(directory, 'anamorphic.mp4', { output: ['-vf', 'setsar=4/3'] });
    expect(await probeVideo(clip)).toMatchObject({ width: 427, height: 180 });
  });

  it('a name that starts with a dash or looks like a protocol', async () => {
    for (const name of ['-i.mp4', 'concat:a.mp4']) {
      const path = await makeClip(directory, 'named.mp4');
      await writeFile(join(directory, name), await readFile(path));
      expect(await probeVideo(join(directory, name))).toMatchObject({ width: 320 });
    }
  });

  it('the test clip: 1280×720, 25 pictures a second, with sound', async () => {
    const path = join(directory, 'test-clip.mp4');
    await makeTestClip(path, { durationSeconds: 1 });
    expect(await probeVideo(path)).toMatchObject({
      width: 1280,
      height: 720,
      framesPerSecond: 25,
      hasAudio: true,
    });
  });
});

describe('refuses in one line', () => {
  async function refusalOf(path: string): Promise<VideoRefusedError> {
    const refusal = await probeVideo(path).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(VideoRefusedError);
    expect((refusal as VideoRefusedError).message).not.toContain('\n');
    return refusal as VideoRefusedError;
  }

  async function refusalOfContent(name: string, content: string | Buffer): Promise<VideoRefusedError> {
    const path = join(directory, name);
    await writeFile(path, content);
    return refusalOf(path);
  }

  it('a file that is not there', async () => {
    expect(await refusalOf(join(directory, 'missing.mp4'))).toMatchObject({
      code: 'MISSING',
      message: '"missing.mp4" does not exist: check the path',
    });
  });

  it('a directory', async () => {
    await mkdir(join(directory, 'folder'));
    expect(await refusalOf(join(directory, 'folder'))).toMatchObject({
      code: 'NOT_A_FILE',
      message: '"folder" is a directory: pass one of the video files in it',
    });
  });

  it('an empty file', async () => {
    expect(await refusalOfContent('empty.mp4', '')).toMatchObject({
      code: 'EMPTY',
      message: '"empty.mp4" is empty: copy or export it again',
    });
  });

  it.each([
    ['text', 'text.mp4', 'not a video\n'.repeat(200)],
    [
      'bytes without meaning',
      'noise.mkv',
      Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256)),
    ],
    [
      'a playlist, which would make ffmpeg read what it names',
      'list.mp4',
      '#EXTM3U\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n',
    ],
    ['a concat script', 'concat.mp4', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
  ])('%s', async (_, name, content) => {
    const refusal = await refusalOfContent(name, content);
    expect(refusal).toMatchObject({ code: 'NOT_A_VIDEO' });
    expect(refusal.message).toContain('is not a video that ffmpeg can read: pass an MP4');
  });

  it('a picture', async () => {
    const path = join(directory, 'picture.png');
    await runFfmpeg(['-f', 'lavfi', '-i', 'testsrc', '-frames:v', '1', path]);
    expect(await refusalOf(path)).toMatchObject({ code: 'NOT_A_VIDEO' });
  });

  it.each(['sound.m4a', 'sound.mp3', 'sound.wav'])('sound alone: %s', async (name) => {
    const path = join(directory, name);
    await runFfmpeg(['-f', 'lavfi', '-i', 'sine', '-t', '1', path]);
    expect(await refusalOf(path)).toMatchObject({
      code: 'NO_PICTURE',
      message: `"${name}" has no moving picture: pass a video file`,
    });
  });

  it('sound with a cover picture', async () => {
    const path = join(directory, 'cover.m4a');
    const cover = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=64x64',
      '-map',
      '0',
      '-map',
      '1',
      '-frames:v',
      '1',
      '-c:v',
      'png',
    ];
    await runFfmpeg([
      '-f',
      'lavfi',
      '-i',
      'sine',
      ...cover,
      '-disposition:v',
      'attached_pic',
      '-t',
      '1',
      path,
    ]);
    expect(await refusalOf(path)).toMatchObject({ code: 'NO_PICTURE' });
  });

  it.each([
    [
      'an MP4 with its index in front',
      'front.mp4',
      ['-movflags', '+faststart'],
      0.5,
      /its header says 4\.0 s, but it contains \d/,
    ],
    ['an MP4 with its index at the end', 'end.mp4', [], 0.9, /its index is missing/],
    ['an MKV', 'cut.mkv', [], 0.5, /its header says 4\.0 s, but it contains [12]\.\d s/],
    ['a MOV', 'cut.mov', [], 0.5, /its index is missing/],
  ] as const)('a cut-off file: %s', async (_, name, output, share, reason) => {
    const whole = await makeClip(directory, `whole-${name}`, { seconds: 4, size: '640x360', output });
    const bytes = await readFile(whole);
    const refusal = await refusalOfContent(name, bytes.subarray(0, Math.floor(bytes.length * share)));
    expect(refusal.code).toBe('CUT_OFF');
    expect(refusal.message).toMatch(reason);
    expect(refusal.message).toMatch(/; copy or export it again$/);
  });

  it('a file whose pictures are damaged all through', async () => {
    const bytes = await readFile(
      await makeClip(directory, 'whole.mp4', { output: ['-movflags', '+faststart'] }),
    );
    const media = bytes.indexOf('mdat') + 4;
    bytes.fill(0xff, media);
    expect(await refusalOfContent('damaged.mp4', bytes)).toMatchObject({ code: 'CANNOT_DECODE' });
  });
});
