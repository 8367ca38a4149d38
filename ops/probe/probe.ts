/**
 * What a video file is, or why it cannot be used: ffprobe for the facts, and two reads that find files whose header
 * promises more than the file holds, or less.
 */
import { execFile } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { MAX_MASTER_SECONDS } from '@storytime/hls-jobs';
import { type Colorimetry, colorimetryOf, type StatedColors } from './colorimetry.ts';
import { frameRateOf } from './frame-rate.ts';
import { type PacketExcess, type PacketTally, spanOf, tallyPackets } from './packets.ts';
import { type Scan, scanOf } from './scan.ts';
import {
  LONGEST_SIDE_PIXELS,
  MOST_PACKETS_PER_SECOND,
  MOST_PICTURES_PER_SECOND,
  MOST_PIXELS,
  MOST_STREAMS,
  UNTRUSTED_INPUT_OPTIONS,
} from './source-limits.ts';

/** A video that can be transcoded. */
export interface ProbedVideo {
  /** Pixels as displayed: rotation and non-square pixels applied. */
  readonly width: number;
  readonly height: number;
  /** As stated, or as long as its packets take where they take longer, begin late, or nothing is stated. */
  readonly durationSeconds: number;
  /** The constant rate; of a variable one the average, rounded up to MediaConvert's next standard rate. */
  readonly framesPerSecond: number;
  /**
   * Whether pictures are whole, or made of two fields.
   * @default - the file does not say
   */
  readonly scan?: Scan;
  /** `bt709`, also where the file says nothing of colours, or other ones, which `colorimetry` names. */
  readonly color?: 'bt709' | 'other';
  /** @default - BT.709, or the file does not say */
  readonly colorimetry?: Colorimetry;
  readonly hasAudio: boolean;
  /**
   * Channels of each track of sound, in their order.
   * @default - unknown
   */
  readonly audioChannels?: readonly number[];
  /**
   * How long the file has sound before its first picture.
   * @default 0
   */
  readonly pictureDelaySeconds?: number;
  /** ffmpeg's name, such as `h264` or `hevc`. */
  readonly videoCodec: string;
  /** ffmpeg's name, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  /**
   * Four characters by which MP4 and QuickTime name their kind: `isom`, `qt  `.
   * @default - the file names none
   */
  readonly majorBrand?: string;
  /** Clockwise turn that the file's metadata asks for; already applied to `width` and `height`. */
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  /** Index of the picture among the file's streams (a cover image may come before it). */
  readonly videoStreamIndex: number;
}

/** Why a file is refused. `message` is one line with its remedy, meant for people. */
export class VideoRefusedError extends Error {
  override readonly name = 'VideoRefusedError';
  readonly code: VideoRefusal;

  constructor(code: VideoRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** ffprobe or ffmpeg is not installed: the remedy is the same for every file. */
export class ToolMissingError extends Error {
  override readonly name = 'ToolMissingError';

  constructor(tool: string, options?: ErrorOptions) {
    super(`${tool} is not on the PATH: install ffmpeg, which brings it`, options);
  }
}

export type VideoRefusal =
  | 'MISSING'
  | 'UNREADABLE'
  | 'NOT_A_FILE'
  | 'EMPTY'
  | 'NOT_A_VIDEO'
  | 'NO_PICTURE'
  | 'CUT_OFF'
  | 'CANNOT_DECODE'
  | 'TOO_LONG'
  | 'TOO_LARGE'
  | 'TOO_MANY_STREAMS'
  | 'TOO_DENSE'
  | 'TOO_SLOW';

export interface ProbeOptions {
  /** What messages call the file. @default - the last part of its path, since a temporary folder is nobody's business */
  readonly name?: string;
  /** Longest video that is taken, in seconds. @default 86,400: MediaConvert's timecodes end there */
  readonly longestSeconds?: number;
  /** Aborting ends ffprobe and ffmpeg. @default - runs to its end */
  readonly signal?: AbortSignal;
  /** How long it may take to look at the file. @default 600 */
  readonly deadlineSeconds?: number;
  /**
   * Hears of the file's packets as they are read, which takes nearly all of the time.
   * @default - nobody does
   */
  readonly onBytes?: (bytes: number) => void;
}

/** Reading the timestamps of 5 GiB takes a minute; a decoder that never ends is stopped. */
const DEADLINE_SECONDS = 600;
/** What a report of few fields over few streams can take, and what a decoder may complain. */
const MOST_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Edit lists and rounding let the last packet end a little before the stated duration; more than this is missing data. */
const TAIL_TOLERANCE_SECONDS = 1;

/**
 * Facts about a local video file, read without decoding more than its first picture: every packet's timestamp is looked at,
 * since what a header says of the length may be missing or wrong.
 *
 * @throws VideoRefusedError for a file that is missing, empty, not a video, without picture, cut off, longer than
 * `longestSeconds`, or beyond the limits of `source-limits.ts`
 * @throws ToolMissingError when ffprobe or ffmpeg is not installed; the signal's reason when aborted
 */
export async function probeVideo(path: string, options: ProbeOptions = {}): Promise<ProbedVideo> {
  const { longestSeconds = MAX_MASTER_SECONDS, deadlineSeconds = DEADLINE_SECONDS } = options;
  const label = JSON.stringify(options.name ?? basename(path));
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    return await examine({ path, label, longestSeconds, signal, onBytes: options.onBytes });
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!deadline.aborted || cause instanceof VideoRefusedError) throw cause;
    throw new VideoRefusedError(
      'TOO_SLOW',
      `${label} cannot be read within ${deadlineSeconds} s: export it again as H.264 MP4`,
      { cause },
    );
  }
}

/** A file under examination. */
interface Subject {
  readonly path: string;
  /** How messages name it. */
  readonly label: string;
  readonly longestSeconds: number;
  readonly signal: AbortSignal;
  readonly onBytes: ProbeOptions['onBytes'];
}

async function examine(subject: Subject): Promise<ProbedVideo> {
  const { path, label, longestSeconds } = subject;
  await requireFile(path, label);
  const report = await readStreams(subject);
  const picture = report.streams?.find(isMovingPicture);
  if (!picture?.width || !picture.height) {
    throw new VideoRefusedError('NO_PICTURE', `${label} has no moving picture: pass a video file`);
  }
  requirePictureSize(picture, label);
  const stated = positive(report.format?.duration);
  // MKV states when its last packet ends, and its first one need not begin at 0.
  const least = stated === null ? 0 : stated - (positive(report.format?.start_time) ?? 0);
  if (least > longestSeconds) throw tooLong(subject, `${readable(least)} s`);
  const statedRates = ratesOf(picture);
  const tally = await tallyPackets(path, { ...subject, pictureIndex: picture.index, statedRates });
  if (tally !== null && 'excess' in tally) throw refusalOfExcess(tally, subject);
  const lastPacketSeconds = tally?.endSeconds ?? null;
  if (lastPacketSeconds === null || (stated && lastPacketSeconds < stated - tolerance(stated))) {
    const held = Math.max(0, lastPacketSeconds ?? 0).toFixed(1);
    throw new VideoRefusedError(
      'CUT_OFF',
      stated
        ? `${label} is cut off: its header says ${stated.toFixed(1)} s, but it contains ${held} s; copy or export it again`
        : `${label} is cut off: it contains no picture data; copy or export it again`,
    );
  }
  const durationSeconds = lengthOf(stated, tally);
  if (durationSeconds > longestSeconds && stated !== null && durationSeconds === stated)
    throw tooLong(subject, `${readable(stated)} s`);
  await requireFirstPicture(subject, picture.index);

  const rotationDegrees = clockwiseRotation(picture);
  const displayed = { width: displayedWidth(picture), height: picture.height };
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  return {
    width: isTurned ? displayed.height : displayed.width,
    height: isTurned ? displayed.width : displayed.height,
    durationSeconds,
    framesPerSecond:
      (tally && frameRateOf(tally.times)) ?? ratio(picture.avg_frame_rate) ?? statedRates[0] ?? 25,
    ...pictureDelayOf(tally),
    ...colorsOf(picture),
    ...soundOf(report.streams ?? []),
    videoCodec: picture.codec_name ?? 'unknown',
    container: report.format?.format_name ?? 'unknown',
    ...(report.format?.tags?.major_brand !== undefined && { majorBrand: report.format.tags.major_brand }),
    rotationDegrees,
    videoStreamIndex: picture.index,
  };
}

/** The part of `ffprobe -show_streams -show_format -of json` that is read. */
interface StreamReport {
  readonly streams?: readonly ProbedStream[];
  readonly format?: {
    readonly format_name?: string;
    readonly duration?: string;
    readonly start_time?: string;
    readonly tags?: { readonly major_brand?: string };
  };
}

interface ProbedStream extends StatedColors {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly field_order?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly tags?: { readonly rotate?: string };
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

const execFileAsync = promisify(execFile);

async function requireFile(path: string, label: string): Promise<void> {
  const file = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
      throw new VideoRefusedError('MISSING', `${label} does not exist: check the path`, { cause });
    }
    throw new VideoRefusedError(
      'UNREADABLE',
      `${label} cannot be read (${cause.code}): check its permissions`,
      {
        cause,
      },
    );
  });
  if (file.isDirectory()) {
    throw new VideoRefusedError('NOT_A_FILE', `${label} is a directory: pass one of the video files in it`);
  }
  if (!file.isFile()) {
    throw new VideoRefusedError('NOT_A_FILE', `${label} is not a regular file: pass a video file`);
  }
  if (file.size === 0) {
    throw new VideoRefusedError('EMPTY', `${label} is empty: copy or export it again`);
  }
}

/** Only what is read here: tags, chapters and attachments can be as large as the file. */
const REPORTED = [
  'stream=index,codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,channels',
  'stream=color_primaries,color_transfer,color_space,field_order',
  'stream_disposition=attached_pic',
  'stream_tags=rotate',
  'stream_side_data=rotation',
  'format=format_name,duration,start_time',
  'format_tags=major_brand',
].join(':');

async function readStreams({ path, label, signal }: Subject): Promise<StreamReport> {
  try {
    const { stdout, stderr } = await run(
      'ffprobe',
      [...inputArguments(path), '-show_entries', REPORTED, '-of', 'json'],
      signal,
    );
    const report = JSON.parse(stdout) as StreamReport;
    if ((report.streams?.length ?? 0) > MOST_STREAMS) throw tooManyStreams(label);
    // The container may leave the size to the first picture, which is then not decoded.
    const refused = /Picture size (\d+x\d+) exceeds/.exec(stderr)?.[1];
    if (refused !== undefined) throw tooLarge(label, refused);
    return report;
  } catch (cause) {
    if (!(cause instanceof ToolFailure)) throw cause;
    if (cause.stderr.includes('exceeds max_streams')) throw tooManyStreams(label, cause);
    // The index of an MP4 is written last, so its absence is the mark of a recording or copy that stopped early.
    if (/moov atom not found|partial file/i.test(cause.stderr) && (await startsLikeQuickTime(path))) {
      throw new VideoRefusedError(
        'CUT_OFF',
        `${label} is cut off: its index is missing; copy or export it again`,
        {
          cause,
        },
      );
    }
    if (/permission denied/i.test(cause.stderr)) {
      throw new VideoRefusedError('UNREADABLE', `${label} cannot be read: check its permissions`, { cause });
    }
    throw new VideoRefusedError(
      'NOT_A_VIDEO',
      `${label} is not a video that ffmpeg can read: pass an MP4, MOV or MKV file`,
      { cause },
    );
  }
}

/** ffmpeg goes by the name's ending when the content says nothing, so a text file named `.mp4` also lacks its index. */
async function startsLikeQuickTime(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return ['ftyp', 'mdat', 'moov', 'wide', 'free', 'skip'].includes(buffer.toString('latin1', 4, 8));
  } finally {
    await file.close();
  }
}

function requirePictureSize(picture: ProbedStream, label: string): void {
  const { width = 0, height = 0 } = picture;
  const sides = [width, height, displayedWidth(picture)];
  if (Math.max(...sides) > LONGEST_SIDE_PIXELS || width * height > MOST_PIXELS) {
    throw tooLarge(label, `${displayedWidth(picture)}x${height}`);
  }
}

function tooLarge(label: string, got: string): VideoRefusedError {
  return new VideoRefusedError(
    'TOO_LARGE',
    `${label} has too large a picture: expected at most ${LONGEST_SIDE_PIXELS} pixels a side and ${MOST_PIXELS} in all, got ${got}; export it smaller`,
  );
}

function tooManyStreams(label: string, cause?: unknown): VideoRefusedError {
  return new VideoRefusedError(
    'TOO_MANY_STREAMS',
    `${label} has too many tracks: expected at most ${MOST_STREAMS}, attachments included; export it with its picture and sound alone`,
    { cause },
  );
}

function tooLong({ label, longestSeconds }: Subject, got: string): VideoRefusedError {
  return new VideoRefusedError(
    'TOO_LONG',
    `${label} is too long: expected at most ${longestSeconds} s, got ${got}; cut it into shorter videos`,
  );
}

function refusalOfExcess(found: PacketExcess, subject: Subject): VideoRefusedError {
  if (found.excess === 'LENGTH')
    return tooLong(subject, `timestamps that span at least ${readable(found.spanSeconds)} s`);
  const [expected, got] =
    found.excess === 'PICTURES'
      ? [`${MOST_PICTURES_PER_SECOND} pictures a second`, readable(found.picturesPerSecond)]
      : [`${MOST_PACKETS_PER_SECOND} packets a second`, `${found.packets} packets`];
  return new VideoRefusedError(
    'TOO_DENSE',
    `${subject.label} has too many packets in too short a time: expected at most ${expected}, got ${got}; export it with 60 pictures a second`,
  );
}

/**
 * Stated lengths are rounded a little up or down. A file whose packets take much longer states something else, and one
 * whose packets begin late may state when they end.
 */
function lengthOf(stated: number | null, tally: PacketTally | null): number {
  const held = tally === null ? 0 : spanOf(tally);
  if (stated === null || held > stated + tolerance(stated)) return held;
  const endsAsStated = (tally?.startSeconds ?? 0) > tolerance(held) && held < stated - tolerance(held);
  return endsAsStated ? held : stated;
}

function readable(value: number): string {
  return String(Number(value.toFixed(1)));
}

async function requireFirstPicture({ path, label, signal }: Subject, streamIndex: number): Promise<void> {
  const failed = (cause?: unknown) =>
    new VideoRefusedError(
      'CANNOT_DECODE',
      `${label} cannot be decoded: it is damaged or uses an unknown codec; export it again as H.264 MP4`,
      { cause },
    );
  const output = ['-map', `0:${streamIndex}`, '-frames:v', '1', '-f', 'null', '-'];
  const progress = await run(
    'ffmpeg',
    ['-nostdin', ...inputArguments(path), '-progress', 'pipe:1', ...output],
    signal,
  ).catch((cause: unknown) => {
    throw cause instanceof ToolFailure ? failed(cause) : cause;
  });
  if (!/^frame=[1-9]/m.test(progress.stdout)) throw failed();
}

function inputArguments(path: string): string[] {
  // "file:" keeps a name that starts with "-" or looks like a protocol from being read as one.
  return ['-v', 'error', ...UNTRUSTED_INPUT_OPTIONS, '-i', `file:${path}`];
}

class ToolFailure extends Error {
  readonly stderr: string;

  constructor(tool: string, stderr: string) {
    super(`${tool}: ${stderr.trim().split('\n').at(-1) ?? 'failed'}`);
    this.stderr = stderr;
  }
}

/** @throws ToolFailure when it fails or says too much; the signal's AbortError */
async function run(
  tool: 'ffprobe' | 'ffmpeg',
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execFileAsync(tool, args, { maxBuffer: MOST_OUTPUT_BYTES, signal, killSignal: 'SIGKILL' });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const failure = cause as NodeJS.ErrnoException & { stderr?: string };
    if (failure.code === 'ENOENT') {
      throw new ToolMissingError(tool, { cause });
    }
    throw new ToolFailure(tool, failure.stderr ?? '');
  }
}

function isMovingPicture(stream: ProbedStream): boolean {
  return stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1;
}

function soundOf(streams: readonly ProbedStream[]): Pick<ProbedVideo, 'hasAudio' | 'audioChannels'> {
  const sounds = streams.filter((stream) => stream.codec_type === 'audio');
  return { hasAudio: sounds.length > 0, audioChannels: sounds.map(({ channels }) => channels ?? 0) };
}

function clockwiseRotation(stream: ProbedStream): ProbedVideo['rotationDegrees'] {
  // The display matrix counts counter-clockwise, the older `rotate` tag clockwise.
  const matrix = stream.side_data_list?.find((entry) => entry.rotation !== undefined)?.rotation;
  const clockwise = matrix !== undefined ? -matrix : Number(stream.tags?.rotate ?? 0);
  const quarterTurns = ((Math.round(clockwise / 90) % 4) + 4) % 4;
  return (quarterTurns * 90) as ProbedVideo['rotationDegrees'];
}

function displayedWidth(stream: ProbedStream): number {
  const pixelShape = ratio(stream.sample_aspect_ratio?.replace(':', '/')) ?? 1;
  return Math.round((stream.width ?? 0) * pixelShape);
}

function pictureDelayOf(tally: PacketTally | null): Pick<ProbedVideo, 'pictureDelaySeconds'> {
  if (tally === null || tally.startSeconds === null || tally.times.count === 0) return {};
  const pictureDelaySeconds = tally.times.firstSeconds - tally.startSeconds;
  return pictureDelaySeconds > 0 ? { pictureDelaySeconds } : {};
}

function colorsOf(picture: ProbedStream): Pick<ProbedVideo, 'scan' | 'color' | 'colorimetry'> {
  const scan = scanOf(picture.field_order);
  const colorimetry = colorimetryOf(picture);
  return {
    ...(scan !== undefined && { scan }),
    ...(colorimetry === null ? { color: 'bt709' } : { color: 'other', colorimetry }),
  };
}

/** The rate of the picture's clock, of fields where there are two to a picture, and the header's average. */
function ratesOf({ avg_frame_rate, r_frame_rate }: ProbedStream): (number | null)[] {
  const clock = ratio(r_frame_rate);
  return [clock, ratio(avg_frame_rate), clock === null ? null : clock / 2];
}

function tolerance(durationSeconds: number): number {
  return Math.min(TAIL_TOLERANCE_SECONDS, durationSeconds / 4);
}

function positive(text: string | undefined): number | null {
  const value = Number.parseFloat(text ?? '');
  return value > 0 ? value : null;
}

function ratio(text: string | undefined): number | null {
  const [numerator, denominator] = (text ?? '').split('/').map(Number);
  return numerator && denominator ? numerator / denominator : null;
}
