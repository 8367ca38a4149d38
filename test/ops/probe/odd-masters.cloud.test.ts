/** Files that would keep the transcoder busy for ever, or take all of the machine: refused by looking at them. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { planTranscode } from '../../../local/transcoder/ffmpeg-arguments.ts';
import { runFfmpeg as runJobsFfmpeg } from '../../../local/transcoder/run-ffmpeg.ts';
import { parseSettings } from '../../../local/transcoder/supported-settings.ts';
import {
  type ProbedVideo,
  type ProbeOptions,
  probeVideo,
  VideoRefusedError,
} from '../../../ops/probe/probe.ts';
import { makeClip, runFfmpeg } from '../../local/transcoder/clips.ts';
import {
  makeHourly,
  makeLeap,
  makeManyTracks,
  makePlain,
  statingSeconds,
  withoutDuration,
} from '../../local/transcoder/odd-clips.ts';
import { wireSettings } from '../../local/transcoder/settings.ts';

const HOURS = 3600;
const PROBED: ProbedVideo = {
  ...{ width: 64, height: 36, durationSeconds: 3, framesPerSecond: 25, hasAudio: false },
  ...{ videoCodec: 'h264', container: 'matroska,webm', rotationDegrees: 0, videoStreamIndex: 0 },
};
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'odd-masters-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

async function refusalOf(path: string, options?: ProbeOptions): Promise<VideoRefusedError> {
  const refusal = await probeVideo(path, options).then(
    (video) => video,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(VideoRefusedError);
  expect((refusal as VideoRefusedError).message).not.toContain('\n');
  return refusal as VideoRefusedError;
}

describe('a master that is too long', () => {
  it('is thirty days in less than 35 kB, and refused by what it states', async () => {
    const path = await makeHourly(directory, 'month.mkv');
    expect((await stat(path)).size).toBeLessThan(35_000);
    expect(await refusalOf(path, { longestSeconds: 4 * HOURS })).toMatchObject({
      code: 'TOO_LONG',
      message: '"month.mkv" is too long: expected at most 14400 s, got 2588401 s; cut it into shorter videos',
    });
  });

  it('is refused without any bound of the caller as well: MediaConvert’s day is the last one', async () => {
    const path = await makeHourly(directory, 'day.mkv', 26);
    expect((await refusalOf(path)).message).toContain('expected at most 86400 s, got 90001 s');
  });

  it.each([
    ['states five seconds', (path: string) => statingSeconds(path, 5)],
    ['states nothing, as a recorder leaves it', (path: string) => withoutDuration(directory, path)],
  ])('is refused by its timestamps where it %s', async (_, change) => {
    const path = await change(await makeHourly(directory, 'honest.mkv'));
    const refusal = await refusalOf(path, { longestSeconds: 4 * HOURS });
    expect(refusal.code).toBe('TOO_LONG');
    // Reading ends with the first packet that is too late, five hours and not thirty days into the file.
    expect(refusal.message).toContain('expected at most 14400 s, got timestamps that span at least 18001 s');
  });

  it('is refused for one leap of its timestamps, before and behind which all is as stated', async () => {
    const path = await makeLeap(directory);
    expect((await refusalOf(path, { longestSeconds: 10 })).message).toContain('span at least 60');
    expect((await probeVideo(path, { longestSeconds: 70 })).durationSeconds).toBeGreaterThan(60);
  });

  it('is refused for sound that continues after its picture', async () => {
    const whole = join(directory, 'sound.mkv');
    await runFfmpeg([
      ...['-f', 'lavfi', '-t', '2', '-i', 'color=black:size=64x36:rate=5', '-f', 'lavfi', '-t', '30'],
      ...['-i', 'sine', '-c:a', 'aac', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', whole],
    ]);
    const path = await statingSeconds(whole, 2);
    expect((await refusalOf(path, { longestSeconds: 10 })).code).toBe('TOO_LONG');
  });

  it.each(['hours.mp4', 'hours.mov', 'hours.avi', 'hours.ts'])('is refused in %s', async (name) => {
    const path = await makeHourly(directory, name, 8);
    expect(await refusalOf(path, { longestSeconds: 4 * HOURS })).toMatchObject({ code: 'TOO_LONG' });
  });

  it('is no master of exactly the bound, in any container', async () => {
    for (const name of ['bound.mp4', 'bound.mkv', 'bound.mov', 'bound.ts']) {
      const video = await probeVideo(await makeClip(directory, name, { seconds: 3 }), { longestSeconds: 4 });
      expect(video.durationSeconds, name).toBeCloseTo(3, 0);
    }
    const exact = await makeClip(directory, 'exact.mp4', { seconds: 3, sound: false });
    expect((await probeVideo(exact, { longestSeconds: 3 })).durationSeconds).toBe(3);
  });
});

describe('a picture that is too large', () => {
  it.each([
    ['wide', '65535x2', 'ffv1', '65534x2'],
    ['high', '2x16384', 'ffv1', '2x16384'],
    ['square', '8000x8000', 'mjpeg', '8000x8000'],
  ])(
    'is refused when it is %s',
    async (name, size, codec, got) => {
      const path = await makePlain(directory, `${name}.mkv`, { size, codec });
      expect(await refusalOf(path)).toMatchObject({
        code: 'TOO_LARGE',
        message: `"${name}.mkv" has too large a picture: expected at most 8192 pixels a side and 35389440 in all, got ${got}; export it smaller`,
      });
    },
    60_000,
  );

  it('is refused by its shape, when its pixels are a hundred times wider than high', async () => {
    const output = ['-vf', 'setsar=100'];
    const path = await makePlain(directory, 'anamorphic.mkv', { size: '320x180', output });
    expect((await refusalOf(path)).message).toContain('got 32000x180');
  });

  it('is none at 8K, lying or upright', async () => {
    for (const size of ['7680x4320', '4320x7680']) {
      const path = await makePlain(directory, `${size}.mkv`, { size, codec: 'mjpeg', pictures: 1 });
      const video = await probeVideo(path);
      expect(`${video.width}x${video.height}`).toBe(size);
    }
  }, 60_000);
});

describe('a file with too much in it', () => {
  it.each(['tracks.mkv', 'tracks.mp4'])('is refused for its hundred tracks: %s', async (name) => {
    const path = await makeManyTracks(directory, name, 100);
    expect(await refusalOf(path)).toMatchObject({
      code: 'TOO_MANY_STREAMS',
      message: expect.stringContaining('too many tracks: expected at most 100, attachments included'),
    });
  });

  it('is taken with thirty', async () => {
    expect(await probeVideo(await makeManyTracks(directory, 'thirty.mkv', 30))).toMatchObject({
      hasAudio: true,
    });
  });

  it('is refused for thousands of pictures a second', async () => {
    const path = await makePlain(directory, 'dense.mp4', { size: '64x36', rate: 3000, pictures: 6000 });
    expect(await refusalOf(path)).toMatchObject({
      code: 'TOO_DENSE',
      message: expect.stringContaining('expected at most 300 pictures a second, got 3000; export it with 60'),
    });
  });

  it('is read no further than to the packets that the longest master could have', async () => {
    const path = await makePlain(directory, 'endless.mp4', { size: '64x36', rate: 5000, pictures: 4500 });
    expect((await refusalOf(path, { longestSeconds: 1 })).message).toContain(
      'expected at most 2000 packets a second, got 4001 packets',
    );
  });

  it('is slow motion with 240', async () => {
    const path = await makePlain(directory, 'slow.mp4', { size: '64x36', rate: 240, pictures: 480 });
    expect((await probeVideo(path)).framesPerSecond).toBe(240);
  });

  it('may have a comment of many megabytes, which nobody reads', async () => {
    const clip = await makeClip(directory, 'terse.mkv', { size: '64x36' });
    const [path, words] = [join(directory, 'wordy.mkv'), join(directory, 'words.txt')];
    await writeFile(words, `;FFMETADATA1\ncomment=${'word '.repeat(1_500_000)}\n`);
    await runFfmpeg(['-i', clip, '-i', words, '-map_metadata', '1', '-c', 'copy', path]);
    expect((await stat(path)).size).toBeGreaterThan(7_000_000);
    expect(await probeVideo(path)).toMatchObject({ width: 64 });
  });
});

describe('a list of files that calls itself a video', () => {
  it.each<[string, string, (address: string) => string]>([
    [
      'an HLS playlist',
      'hls.mp4',
      (to) => `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${to}\n#EXT-X-ENDLIST\n`,
    ],
    ['a concat script', 'concat.mkv', (to) => `ffconcat version 1.0\nfile '${to}'\n`],
    [
      'a DASH manifest',
      'dash.mp4',
      (to) =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${to}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
    ],
    [
      'a session description',
      'sdp.mov',
      (to) =>
        `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${to}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
    ],
  ])('is not opened when it is %s: no address in it is asked, no file is read', async (_, name, listing) => {
    const asked: string[] = [];
    const server = createServer(({ url = '' }, answer) => {
      asked.push(url);
      answer.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const clip = await makeClip(directory, 'named.mp4');
    try {
      for (const address of [`http://127.0.0.1:${port}/secret.ts`, `file://${clip}`, clip]) {
        const path = join(directory, name);
        await writeFile(path, listing(address));
        expect(await refusalOf(path)).toMatchObject({ code: 'NOT_A_VIDEO' });
      }
    } finally {
      server.close();
    }
    expect(asked).toEqual([]);
  });
});

describe('an encoder that was given a month of video as three seconds', () => {
  it.each(['hls-ts', 'cmaf'] as const)(
    'stops a second behind them, in %s',
    async (packaging) => {
      const input = await makeHourly(directory, 'believed.mkv');
      const folder = await mkdtemp(join(directory, 'stop-'));
      const groupDirectories = [await mkdtemp(join(folder, 'hls-')), await mkdtemp(join(folder, 'jpg-'))];
      const settings = wireSettings({
        packaging,
        segmentSeconds: 1,
        source: { width: 64, height: 36, hasAudio: false },
      });
      const { args } = planTranscode(parseSettings(settings), {
        video: { ...PROBED, durationSeconds: 3 },
        files: { input, groupDirectories },
      });
      const abort = new AbortController();
      // Were it not to stop, the test would end and it would not.
      onTestFinished(() => abort.abort());
      await runJobsFfmpeg(args, { signal: abort.signal, onSeconds: () => undefined });

      const [streams = [], captures = []] = await Promise.all(groupDirectories.map((path) => readdir(path)));
      expect(streams.filter((name) => /\.(ts|cmfv)$/.test(name) && !name.includes('init'))).toHaveLength(4);
      expect(captures).toHaveLength(1);
    },
    60_000,
  );
});

describe('a program that never ends', () => {
  /** In front on the PATH: stands for a demuxer or decoder that goes round in circles. */
  async function hang(tool: string): Promise<string> {
    const bin = await mkdtemp(join(directory, 'bin-'));
    const started = join(bin, 'started');
    await writeFile(join(bin, tool), `#!/bin/sh\necho $$ >> '${started}'\nexec sleep 1000\n`);
    await chmod(join(bin, tool), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
    return started;
  }

  async function isRunning(started: string): Promise<boolean> {
    const id = Number((await readFile(started, 'utf8')).trim());
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  }

  it.each(['ffprobe', 'ffmpeg'])(
    'is ended, and the master refused, when it is %s',
    async (tool) => {
      const path = await makeClip(directory, 'innocent.mp4');
      const started = await hang(tool);
      expect(await refusalOf(path, { deadlineSeconds: 3 })).toMatchObject({
        code: 'TOO_SLOW',
        message: '"innocent.mp4" cannot be read within 3 s: export it again as H.264 MP4',
      });
      await expect.poll(() => isRunning(started)).toBe(false);
    },
    30_000,
  );

  it('is ended when its caller is gone', async () => {
    const path = await makeClip(directory, 'innocent.mp4');
    const started = await hang('ffprobe');
    const abort = new AbortController();
    const probing = probeVideo(path, { signal: abort.signal });
    await vi.waitFor(() => stat(started), { timeout: 10_000 });
    abort.abort(new Error('the job was canceled'));
    await expect(probing).rejects.toThrow('the job was canceled');
    await expect.poll(() => isRunning(started)).toBe(false);
  }, 30_000);

  it('is ended, and the job failed, when it writes nothing more', async () => {
    const started = await hang('ffmpeg');
    const running = runJobsFfmpeg(['-i', 'x'], {
      signal: new AbortController().signal,
      onSeconds: () => undefined,
      stallSeconds: 1,
    });
    await expect(running).rejects.toThrow('ffmpeg failed: it wrote nothing for 1 s');
    await expect.poll(() => isRunning(started)).toBe(false);
  }, 30_000);
});
