/**
 * What a video file is, or why it cannot be used: ffprobe for the facts, and two cheap reads that find files whose
 * header promises more than the file holds.
 */
import { execFile } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

/** A video that can be transcoded. */
export interface ProbedVideo {
  /** Pixels as displayed: rotation and non-square pixels applied. */
  readonly width: number;
  readonly height: number;
  readonly durationSeconds: number;
  readonly framesPerSecond: number;
  readonly hasAudio: boolean;
  /** ffmpeg's name, such as `h264` or `hevc`. */
  readonly videoCodec: string;
  /** ffmpeg's name, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
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

export type VideoRefusal =
  | 'MISSING'
  | 'UNREADABLE'
  | 'NOT_A_FILE'
  | 'EMPTY'
  | 'NOT_A_VIDEO'
  | 'NO_PICTURE'
  | 'CUT_OFF'
  | 'CANNOT_DECODE';

/**
 * Input options for everything that opens a file somebody else made: containers of one file only, and no other protocol.
 * Without it a "video" that is really a playlist makes ffmpeg fetch what it names.
 */
export const UNTRUSTED_INPUT_OPTIONS: readonly string[] = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  'mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,mp3,wav,aac,flac',
];

/** Edit lists and rounding let the last packet end a little before the stated duration; more than this is missing data. */
const TAIL_TOLERANCE_SECONDS = 1;

/**
 * Facts about a local video file, read without decoding more than its first picture and its last seconds of packets.
 *
 * @throws VideoRefusedError for a file that is missing, empty, not a video, without picture, or cut off
 * @throws Error when ffprobe or ffmpeg is not installed
 */
export async function probeVideo(path: string): Promise<ProbedVideo> {
  const label = JSON.stringify(basename(path));
  await requireFile(path, label);
  const report = await readStreams(path, label);
  const picture = report.streams?.find(isMovingPicture);
  if (!picture?.width || !picture.height) {
    throw new VideoRefusedError('NO_PICTURE', `${label} has no moving picture in it: give a video file`);
  }
  const stated = positive(report.format?.duration);
  const lastPacketSeconds = await endOfPackets(path, stated);
  if (lastPacketSeconds === null || (stated && lastPacketSeconds < stated - tolerance(stated))) {
    const held = Math.max(0, lastPacketSeconds ?? 0).toFixed(1);
    throw new VideoRefusedError(
      'CUT_OFF',
      stated
        ? `${label} is cut off: it says ${stated.toFixed(1)} s but holds ${held} s; copy or export it again`
        : `${label} is cut off: it holds no picture data; copy or export it again`,
    );
  }
  await requireFirstPicture(path, label, picture.index);

  const rotationDegrees = clockwiseRotation(picture);
  const displayed = { width: displayedWidth(picture), height: picture.height };
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  return {
    width: isTurned ? displayed.height : displayed.width,
    height: isTurned ? displayed.width : displayed.height,
    durationSeconds: stated ?? lastPacketSeconds,
    framesPerSecond: ratio(picture.avg_frame_rate) ?? ratio(picture.r_frame_rate) ?? 25,
    hasAudio: report.streams?.some((stream) => stream.codec_type === 'audio') ?? false,
    videoCodec: picture.codec_name ?? 'unknown',
    container: report.format?.format_name ?? 'unknown',
    rotationDegrees,
    videoStreamIndex: picture.index,
  };
}

/** The part of `ffprobe -show_streams -show_format -of json` that is read. */
interface StreamReport {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly format_name?: string; readonly duration?: string };
}

interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
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
    throw new VideoRefusedError('NOT_A_FILE', `${label} is a directory: give one video file in it`);
  }
  if (!file.isFile()) {
    throw new VideoRefusedError('NOT_A_FILE', `${label} is not a regular file: give a video file`);
  }
  if (file.size === 0) {
    throw new VideoRefusedError('EMPTY', `${label} is empty: copy or export it again`);
  }
}

async function readStreams(path: string, label: string): Promise<StreamReport> {
  try {
    const json = await run('ffprobe', [
      ...inputArguments(path),
      '-show_streams',
      '-show_format',
      '-of',
      'json',
    ]);
    return JSON.parse(json) as StreamReport;
  } catch (cause) {
    if (!(cause instanceof ToolFailure)) throw cause;
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
      `${label} is not a video that ffmpeg can read: give an MP4, MOV or MKV file`,
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

/** Time at which the file's last packet ends, of any stream; null when there is none where the header says there is. */
async function endOfPackets(path: string, stated: number | null): Promise<number | null> {
  // A recorder that streams its file (browsers' MediaRecorder) leaves the duration out: then every packet is read.
  const interval = stated
    ? ['-read_intervals', `${Math.max(0, stated - 3 * tolerance(stated)).toFixed(3)}%`]
    : [];
  const csv = await run('ffprobe', [
    ...inputArguments(path),
    ...interval,
    '-show_entries',
    'packet=pts_time,dts_time,duration_time',
    '-of',
    'csv=print_section=0',
  ]).catch((cause: unknown) => {
    if (cause instanceof ToolFailure) return '';
    throw cause;
  });
  let end: number | null = null;
  for (const line of csv.split('\n')) {
    const [pts, dts, duration] = line.split(',').map(Number.parseFloat);
    const start = Number.isFinite(pts) ? pts : dts;
    if (start === undefined || !Number.isFinite(start)) continue;
    end = Math.max(end ?? 0, start + (duration && Number.isFinite(duration) ? duration : 0));
  }
  return end;
}

async function requireFirstPicture(path: string, label: string, streamIndex: number): Promise<void> {
  const failed = (cause?: unknown) =>
    new VideoRefusedError(
      'CANNOT_DECODE',
      `${label} cannot be decoded: it is damaged or uses an unknown codec; export it again as H.264 MP4`,
      { cause },
    );
  const output = ['-map', `0:${streamIndex}`, '-frames:v', '1', '-f', 'null', '-'];
  const progress = await run('ffmpeg', [
    '-nostdin',
    ...inputArguments(path),
    '-progress',
    'pipe:1',
    ...output,
  ]).catch((cause: unknown) => {
    throw cause instanceof ToolFailure ? failed(cause) : cause;
  });
  if (!/^frame=[1-9]/m.test(progress)) throw failed();
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

async function run(tool: 'ffprobe' | 'ffmpeg', args: readonly string[]): Promise<string> {
  try {
    return (await execFileAsync(tool, args, { maxBuffer: 256 * 1024 * 1024 })).stdout;
  } catch (cause) {
    const failure = cause as NodeJS.ErrnoException & { stderr?: string };
    if (failure.code === 'ENOENT') {
      throw new Error(`${tool} is not on the PATH: install ffmpeg, which brings it`, { cause });
    }
    throw new ToolFailure(tool, failure.stderr ?? '');
  }
}

function isMovingPicture(stream: ProbedStream): boolean {
  return stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1;
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
