/** A chart of colours and a ramp of greys in BT.709, the same chart as other masters have it, and how far off a copy of it is. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runFfmpeg } from './clips.ts';

type Rgb = readonly [red: number, green: number, blue: number];

const COLUMNS = 9;
const ROWS = 3;
const SIZE = { width: 640, height: 360 };

const GREYS = Array.from({ length: 11 }, (_, step): Rgb => {
  const level = Math.round(25.5 * step);
  return [level, level, level];
});
/** Bars of 75% and 100%, skin, sky, leaves and an orange. */
const COLORS: readonly Rgb[] = [
  ...([
    [191, 0, 0],
    [0, 191, 0],
    [0, 0, 191],
    [191, 191, 0],
    [0, 191, 191],
    [191, 0, 191],
  ] as const),
  ...([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [0, 255, 255],
    [255, 0, 255],
  ] as const),
  ...([
    [194, 150, 130],
    [98, 122, 157],
    [87, 108, 67],
    [214, 126, 44],
  ] as const),
];
const PATCHES = [...GREYS, ...COLORS];

const LINEAR = 'zscale=t=linear:npl=203,format=gbrpf32le';
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '8'];

/** White has 203 nits in HDR (ITU-R BT.2408). All of them can hold every colour of the chart, as the primaries of BT.601 cannot. */
const MASTERS = {
  plain: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', filters: 'null', format: 'yuv420p' },
  PQ: {
    primaries: 'bt2020',
    transfer: 'smpte2084',
    matrix: 'bt2020nc',
    filters: LINEAR,
    format: 'yuv420p10le',
  },
  HLG: {
    primaries: 'bt2020',
    transfer: 'arib-std-b67',
    matrix: 'bt2020nc',
    filters: LINEAR,
    format: 'yuv420p10le',
  },
  'BT.2020': {
    primaries: 'bt2020',
    transfer: 'bt2020-10',
    matrix: 'bt2020nc',
    filters: 'null',
    format: 'yuv420p10le',
  },
  'Display P3': {
    primaries: 'smpte432',
    transfer: 'bt709',
    matrix: 'bt709',
    filters: 'null',
    format: 'yuv420p',
  },
  'BT.601': {
    primaries: 'bt709',
    transfer: 'smpte170m',
    matrix: 'smpte170m',
    filters: 'null',
    format: 'yuv420p',
  },
} as const;

export type ChartMaster = keyof typeof MASTERS;

/** A second of the chart, as a camera of this kind would have recorded it. */
export async function makeChart(directory: string, kind: ChartMaster): Promise<string> {
  const { primaries, transfer, matrix, filters, format } = MASTERS[kind];
  const raw = join(directory, 'chart.rgb');
  await writeFile(raw, drawn());
  const path = join(directory, `chart ${kind}.mp4`);
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${SIZE.width}x${SIZE.height}`, '-r', '25'];
  const bt709 =
    'format=gbrp,zscale=min=gbr:tin=bt709:pin=bt709:rin=pc:t=bt709:p=bt709:m=bt709:r=tv,format=yuv444p16le';
  const to = `zscale=p=${primaries}:t=${transfer}:m=${matrix}:r=tv:npl=203,format=${format}`;
  const codec = format === 'yuv420p' ? X264 : x265(primaries, transfer, matrix);
  await runFfmpeg([
    ...[...input, '-stream_loop', '24', '-i', raw, '-vf', [bt709, filters, to].join(',')],
    ...[...codec, '-color_primaries', primaries, '-color_trc', transfer, '-colorspace', matrix, path],
  ]);
  return path;
}

function x265(primaries: string, transfer: string, matrix: string): string[] {
  const stated = `colorprim=${primaries}:transfer=${transfer}:colormatrix=${matrix}`;
  return ['-c:v', 'libx265', '-preset', 'ultrafast', '-crf', '8', '-x265-params', `log-level=none:${stated}`];
}

export interface ChartReading {
  /** CIE76 distance of each patch from the chart's own. */
  readonly distances: readonly number[];
  /** Lightness of the greys, black first. */
  readonly lightness: readonly number[];
}

/** What a viewer sees of the first picture of a file. */
export async function readChart(path: string, matrix: 'bt709' | 'bt601'): Promise<ChartReading> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-i', path, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
      ...['-vf', `scale=${SIZE.width}:${SIZE.height}:in_color_matrix=${matrix}`, '-'],
    ],
    { encoding: 'buffer', maxBuffer: 4 * SIZE.width * SIZE.height },
  );
  const seen = PATCHES.map((_, index) => lab(averageOf(stdout, index)));
  const distances = PATCHES.map((patch, index) => {
    const [wanted, got] = [lab(patch), seen[index] ?? [0, 0, 0]];
    return Math.hypot(...wanted.map((value, axis) => value - (got[axis] ?? 0)));
  });
  return { distances, lightness: seen.slice(0, GREYS.length).map(([lightness]) => lightness) };
}

function drawn(): Buffer {
  const picture = Buffer.alloc(3 * SIZE.width * SIZE.height);
  for (let at = 0; at < SIZE.width * SIZE.height; at += 1) {
    const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)];
    const column = Math.min(COLUMNS - 1, Math.floor(x / patchSide().width));
    const row = Math.min(ROWS - 1, Math.floor(y / patchSide().height));
    picture.set(PATCHES[row * COLUMNS + column] ?? [0, 0, 0], 3 * at);
  }
  return picture;
}

function patchSide() {
  return { width: Math.floor(SIZE.width / COLUMNS), height: Math.floor(SIZE.height / ROWS) };
}

/** Of the middle of a patch. */
function averageOf(picture: Buffer, index: number): Rgb {
  const { width, height } = patchSide();
  const [left, top] = [
    (index % COLUMNS) * width + width / 2 - 8,
    Math.floor(index / COLUMNS) * height + height / 2 - 8,
  ];
  const sums: [number, number, number] = [0, 0, 0];
  for (let step = 0; step < 256; step += 1) {
    const at = 3 * (Math.floor(top + step / 16) * SIZE.width + Math.floor(left) + (step % 16));
    for (const channel of [0, 1, 2] as const) sums[channel] += (picture[at + channel] ?? 0) / 256;
  }
  return sums;
}

/**
 * CIE 1976 L*a*b* of sRGB, for white of D65.
 *
 * @see https://www.w3.org/TR/css-color-4/#color-conversion-code
 */
function lab(rgb: Rgb): readonly [lightness: number, a: number, b: number] {
  const [r, g, b] = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const [x, y, z] = [
    (0.4123908 * r + 0.3575843 * g + 0.1804808 * b) / 0.9504559,
    0.212639 * r + 0.7151687 * g + 0.0721923 * b,
    (0.0193308 * r + 0.1191948 * g + 0.9505322 * b) / 1.0890578,
  ].map((value) => (value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116)) as [
    number,
    number,
    number,
  ];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
