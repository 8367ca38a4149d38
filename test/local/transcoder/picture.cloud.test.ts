/** Pictures that are not what screens expect: what renditions, thumbnails and posters show of them. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transcode } from '../../../local/transcoder/index.ts';
import {
  type HlsJobOptions,
  hlsJobSettings,
  spelled,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { type ProbedVideo, probeVideo } from '../../../ops/probe/probe.ts';
import { takePoster } from '../../../ops/upload/publish/poster.ts';
import { type ChartMaster, makeChart, readChart } from './chart.ts';
import { makeClip, runFfmpeg } from './clips.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
let directory: string;
let jobs = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'picture-test-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Made {
  readonly probed: ProbedVideo;
  readonly playlist: string;
  readonly segment: string;
  readonly thumbnail: string;
}

/** By a job that knows what the master is, as `npm run upload` has it, or by one that does not, as the template has it. */
async function make(master: string, known: boolean, options: Partial<HlsJobOptions> = {}): Promise<Made> {
  jobs += 1;
  const folder = join(directory, String(jobs));
  await mkdir(folder);
  await copyFile(master, join(folder, 'master'));
  const probed = await probeVideo(master);
  const { width, height, hasAudio } = probed;
  const settings = hlsJobSettings({
    ...{ input: 's3://videos/master', destination: 's3://videos/index', segmentSeconds: 2 },
    ladder: [{ shortSidePixels: 360, maxBitrateBps: 6_000_000 }],
    source: known ? probed : { width, height, hasAudio },
    ...options,
  });
  const outcome = await transcode(
    { id: String(jobs), settings: spelled(settings, 'rest') as object },
    { environment: {}, folders: { videos: folder }, signal, onProgress: () => undefined },
  );
  expect(outcome).toMatchObject({ status: 'COMPLETE' });
  const playlist = await readFile(join(folder, 'index.m3u8'), 'utf8');
  return {
    probed,
    playlist,
    segment: join(folder, `${/^index_\d+p/m.exec(playlist)?.[0]}_00001.ts`),
    thumbnail: join(folder, 'thumbnails/thumb.0000000.jpg'),
  };
}

async function streamOf(path: string, entries: string): Promise<Record<string, unknown>> {
  const args = ['-v', 'error', '-count_frames', '-show_entries', `stream=${entries}`, '-select_streams', 'v'];
  const { stdout } = await run('ffprobe', [...args, '-of', 'json', path]);
  return JSON.parse(stdout).streams[0];
}

describe('colours', () => {
  it.each<[ChartMaster, boolean]>([
    ['PQ', true],
    ['PQ', false],
    ['HLG', true],
    ['HLG', false],
    ['BT.2020', true],
    ['Display P3', true],
    ['BT.601', true],
    ['plain', true],
    ['plain', false],
  ])('of a master in %s are right in BT.709, whether the job knows them (%s)', async (kind, known) => {
    const { probed, segment, thumbnail } = await make(await makeChart(directory, kind), known);

    expect(probed.color).toBe(kind === 'plain' ? 'bt709' : 'other');
    expect(
      await streamOf(segment, 'color_primaries,color_transfer,color_space,color_range,pix_fmt'),
    ).toMatchObject({
      ...{ color_primaries: 'bt709', color_transfer: 'bt709', color_space: 'bt709', color_range: 'tv' },
      pix_fmt: 'yuv420p',
    });
    for (const { distances, lightness } of [
      await readChart(segment, 'bt709'),
      await readChart(thumbnail, 'bt601'),
    ]) {
      expect(Math.max(...distances)).toBeLessThan(5);
      expect(lightness).toEqual([...new Set(lightness)].sort((a, b) => a - b));
    }
  });

  it.each<ChartMaster>(['PQ', 'HLG', 'Display P3', 'plain'])(
    'of a master in %s are right in its poster',
    async (kind) => {
      const master = await makeChart(directory, kind);
      const poster = join(directory, `poster ${kind}.jpg`);
      await writeFile(
        poster,
        await takePoster(master, { video: await probeVideo(master), seconds: 0.2, signal }),
      );
      const { distances } = await readChart(poster, 'bt601');

      expect(Math.max(...distances)).toBeLessThan(5);
    },
  );

  it('brighter than white stay grey, and are the lighter the more nits they have', async () => {
    const path = join(directory, 'bright.mp4');
    const bars = [100, 203, 400, 1000].map((nits) => Math.round(64 + 876 * pqOf(nits)));
    const bar = bars.reduceRight(
      (others, level, index) => `if(lt(X,${160 * (index + 1)}),${level},${others})`,
      '0',
    );
    await runFfmpeg([
      ...['-f', 'lavfi', '-i', 'color=black:size=640x360:rate=25:duration=1,format=yuv420p10le'],
      ...['-vf', `geq=lum='${bar}':cb=512:cr=512`, '-c:v', 'libx265', '-preset', 'ultrafast', '-crf', '4'],
      ...['-x265-params', 'log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc'],
      ...['-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc', path],
    ]);
    const { segment } = await make(path, true);
    const pixels = await pixelsOf(segment, 'scale=4:1:flags=area:in_color_matrix=bt709');
    const [reds, greens, blues] = [0, 1, 2].map((channel) =>
      [0, 1, 2, 3].map((at) => pixels[3 * at + channel] ?? 0),
    );

    expect(greens).toEqual([...new Set(greens)].sort((a, b) => a - b));
    expect(greens?.[1]).toBeGreaterThan(240);
    for (const [at, green] of (greens ?? []).entries()) {
      for (const others of [reds, blues]) expect(Math.abs((others?.[at] ?? 0) - green)).toBeLessThan(6);
    }
  });

  it.each([
    [
      'an odd size',
      ['-vf', 'format=yuv420p10le,scale=641:361'],
      ['-c:v', 'libvpx-vp9', '-deadline', 'realtime'],
    ],
    [
      'twice the lines',
      ['-vf', 'format=yuv422p10le,scale=640:720,setsar=2'],
      ['-c:v', 'libx265', '-preset', 'ultrafast'],
    ],
  ])('of HDR in %s are converted too', async (name, filters, codec) => {
    const path = join(directory, `${name}.mkv`);
    await runFfmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=1', ...filters, ...codec],
      ...['-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc', path],
    ]);
    const { probed, segment } = await make(path, true);

    expect(probed.color).toBe('other');
    expect(await streamOf(segment, 'width,height,color_transfer')).toMatchObject({ color_transfer: 'bt709' });
  });
});

describe('fields', () => {
  /** 25 pictures a second of two fields each, as a camera of 50 fields records them. */
  async function makeInterlaced(flag: string): Promise<string> {
    return makeClip(directory, `interlaced ${flag}.mp4`, {
      ...{ size: '640x360', rate: 50, seconds: 2 },
      codec: ['-vf', `tinterlace=interleave_${flag}`, '-r', '25', '-c:v', 'libx264', '-flags', '+ildct+ilme'],
      output: ['-x264-params', flag === 'top' ? 'tff=1' : 'bff=1'],
    });
  }

  it.each([
    ['top', true],
    ['top', false],
    ['bottom', true],
  ])(
    'of an interlaced master (%s first) become whole pictures at its rate, whether the job knows it (%s)',
    async (flag, known) => {
      const master = await makeInterlaced(flag);
      const { probed, segment, playlist } = await make(master, known);

      expect(probed).toMatchObject({ scan: 'interlaced', framesPerSecond: 25 });
      expect(await combedPictures(master)).toBeGreaterThan(40);
      expect(await combedPictures(segment)).toBeLessThan(8);
      expect(await streamOf(segment, 'nb_read_frames,field_order')).toEqual({
        ...{ nb_read_frames: '50', field_order: 'progressive' },
      });
      expect(playlist).toContain('FRAME-RATE=25.000');
    },
  );

  it('are still there where no setting asks for whole pictures', async () => {
    const { width, height, hasAudio } = await probeVideo(await makeInterlaced('top'));
    const source = { width, height, hasAudio, scan: 'progressive' } as const;
    const { segment } = await make(await makeInterlaced('top'), true, { source });

    expect(await combedPictures(segment)).toBeGreaterThan(40);
  });

  it('are gone from the poster', async () => {
    const master = await makeInterlaced('top');
    const video = await probeVideo(master);
    const [clean, combed] = await Promise.all(
      [video, { videoStreamIndex: 0 }].map((given) =>
        takePoster(master, { video: given, seconds: 0.5, signal }),
      ),
    );

    expect(combed?.equals(clean ?? Buffer.alloc(0))).toBe(false);
  });
});

describe('a master that is as it should be', () => {
  it('becomes the same bytes, whether the job knows that or leaves it to the file', async () => {
    const master = await makeChart(directory, 'plain');
    const [known, unknown] = [await make(master, true), await make(master, false)];

    expect(known.probed).toMatchObject({ color: 'bt709', scan: 'progressive' });
    for (const file of ['segment', 'thumbnail'] as const) {
      expect((await readFile(known[file])).equals(await readFile(unknown[file]))).toBe(true);
    }
  });

  it('is encoded in the profile High', async () => {
    const { segment, playlist } = await make(await makeChart(directory, 'plain'), true);

    expect(await streamOf(segment, 'profile')).toEqual({ profile: 'High' });
    expect(playlist).toMatch(/CODECS="avc1\.64/);
  });
});

describe('pictures a second', () => {
  it.each([
    [120, 60],
    // The clock of NTSC, which ffprobe takes for 120.
    [120_000 / 1001, 60_000 / 1001],
    [100, 50],
    [72, 60],
    [60, 60],
  ])(
    'of a master with %f are %f, and a segment of two seconds has as many as that',
    async (rate, expected) => {
      const master = join(directory, `rate ${rate}.mp4`);
      const input = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${rate}`, '-t', '3'];
      await runFfmpeg([...input, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', master]);
      const { segment, playlist } = await make(master, true, {
        ladder: [{ shortSidePixels: 180, maxBitrateBps: 1_000_000 }],
        source: { ...(await probeVideo(master)), framesPerSecond: rate },
      });

      expect(await streamOf(segment, 'nb_read_frames')).toEqual({
        nb_read_frames: String(Math.ceil(2 * expected)),
      });
      expect(playlist).toContain(`FRAME-RATE=${expected.toFixed(3)}`);
    },
  );
});

/** A value of PQ, 0 to 1 (SMPTE ST 2084). */
function pqOf(nits: number): number {
  const power = (nits / 10_000) ** 0.1593017578125;
  return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
}

async function pixelsOf(path: string, filters: string): Promise<Buffer> {
  const args = [
    '-v',
    'error',
    '-i',
    path,
    '-frames:v',
    '1',
    '-vf',
    filters,
    '-f',
    'rawvideo',
    '-pix_fmt',
    'rgb24',
    '-',
  ];
  return (await run('ffmpeg', args, { encoding: 'buffer' })).stdout;
}

/** As ffmpeg's `idet` sees them: it looks at the lines and believes no flag. It is wrong about a few. */
async function combedPictures(path: string): Promise<number> {
  const { stderr } = await run('ffmpeg', ['-nostdin', '-i', path, '-vf', 'idet', '-an', '-f', 'null', '-']);
  const found = /Multi frame detection: TFF:\s*(\d+) BFF:\s*(\d+)/.exec(stderr) ?? [];
  return Number(found[1]) + Number(found[2]);
}
