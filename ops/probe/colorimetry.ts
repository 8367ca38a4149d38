/**
 * How a picture's colours are coded, as far as that is not BT.709: HDR (PQ, HLG), BT.2020, Display P3, BT.601, RGB. Pure.
 * The names are those of ffmpeg's filter `zscale`.
 *
 * @see https://www.itu.int/rec/T-REC-H.273
 */

export interface Colorimetry {
  readonly primaries: string;
  /** `bt709` for every curve of SDR that screens show alike. */
  readonly transfer: string;
  readonly matrix: string;
}

/** What ffprobe says of a stream. A file may say anything: what is unknown here counts as not said. */
export interface StatedColors {
  readonly color_primaries?: string;
  readonly color_transfer?: string;
  readonly color_space?: string;
}

const PRIMARIES = same(
  ...['bt709', 'bt470m', 'bt470bg', 'smpte170m', 'smpte240m', 'film', 'bt2020', 'smpte428', 'smpte431'],
  'smpte432',
);
const TRANSFERS = {
  ...same('bt709', 'linear', 'log100', 'log316', 'smpte2084', 'arib-std-b67'),
  ...{ gamma22: 'bt470m', gamma28: 'bt470bg' },
  // Screens show BT.709, BT.601 and BT.2020 with one curve, and browsers show sRGB with it too.
  ...{ smpte170m: 'bt709', 'bt2020-10': 'bt709', 'bt2020-12': 'bt709', 'iec61966-2-1': 'bt709' },
};
const MATRICES = same(...['bt709', 'gbr', 'fcc', 'bt470bg', 'smpte170m', 'ycgco', 'bt2020nc', 'bt2020c']);
const HDR = ['smpte2084', 'arib-std-b67'];

/** Null for BT.709, and where nothing is said: a guess could spoil what is right. */
export function colorimetryOf(stated: StatedColors): Colorimetry | null {
  const primaries = known(PRIMARIES, stated.color_primaries);
  const transfer = known(TRANSFERS, stated.color_transfer) ?? 'bt709';
  const matrix = known(MATRICES, stated.color_space);
  const isWide = primaries === 'bt2020' || matrix?.startsWith('bt2020') || isHdrCurve(transfer);
  const found = {
    primaries: primaries ?? (isWide ? 'bt2020' : 'bt709'),
    transfer,
    matrix: matrix ?? (isWide ? 'bt2020nc' : (known(MATRICES, primaries) ?? 'bt709')),
  };
  return Object.values(found).every((value) => value === 'bt709') ? null : found;
}

/** Nits that white has in HDR, as ITU-R BT.2408 recommends: what is as bright becomes white, what is brighter nearly white. */
const REFERENCE_WHITE_NITS = 203;
/** Where PQ ends. By what a file states of its own peak, the same picture would look different in two files. */
const PEAK_NITS = 10_000;
/** Up to this share of white nothing is changed: a graded picture keeps its colours. */
const UNCHANGED_SHARE = 0.9;

/** Filters of ffmpeg that make 8-bit BT.709 of it; none for null. */
export function toBt709(colorimetry: Colorimetry | null | undefined): string[] {
  if (!colorimetry) return [];
  const { primaries, transfer, matrix } = colorimetry;
  const from = `pin=${primaries}:tin=${transfer}:min=${matrix}`;
  const to = 't=bt709:m=bt709:r=tv';
  // zscale takes no odd sides where colours have half as many samples.
  const even = 'crop=trunc(iw/2)*2:trunc(ih/2)*2';
  if (!isHdrCurve(transfer)) return [even, `zscale=${from}:p=bt709:${to}`, 'format=yuv420p'];
  return [
    // What the file leaves out is said here, of the result too: zscale would go on with "unknown", and fail.
    ...[even, `zscale=${from}:p=bt709:m=gbr:t=linear:npl=${REFERENCE_WHITE_NITS}`, 'format=gbrpf32le'],
    `tonemap=mobius:param=${UNCHANGED_SHARE}:peak=${(PEAK_NITS / REFERENCE_WHITE_NITS).toFixed(2)}:desat=0`,
    ...[`zscale=${to}`, 'format=yuv420p'],
  ];
}

function isHdrCurve(transfer: string): boolean {
  return HDR.includes(transfer);
}

function same(...names: string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

function known(names: Readonly<Record<string, string>>, name: string | undefined): string | undefined {
  return name !== undefined && Object.hasOwn(names, name) ? names[name] : undefined;
}
