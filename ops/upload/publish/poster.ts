/** One picture of a video, taken by ffmpeg from the file on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toBt709 } from '../../probe/colorimetry.ts';
import { type ProbedVideo, ToolMissingError } from '../../probe/probe.ts';
import { toProgressive } from '../../probe/scan.ts';
import { UNTRUSTED_INPUT_OPTIONS } from '../../probe/source-limits.ts';
import { PublishFailed } from './failed.ts';

export interface PosterOptions {
  /** What the file is: which stream is taken, and what is done to it. */
  readonly video: Pick<ProbedVideo, 'videoStreamIndex' | 'scan' | 'colorimetry'>;
  /** From the start. Where the video has no picture that late, the first one is taken. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

const WIDEST_PIXELS = 1280;
/** Of ffmpeg's 2 (best) to 31. */
const QUALITY = 3;
const MOST_BYTES = 16 * 1024 * 1024;
/** A damaged index can make a seek read the whole file. */
const DEADLINE_MS = 120_000;

/**
 * A JPEG as viewers see the picture: turned, with square pixels, without lines of fields, in the colours of SDR, at most 1280
 * pixels wide and never larger than the video.
 *
 * @throws PublishFailed `POSTER_FAILED`; ToolMissingError when ffmpeg is not installed; the signal's reason when aborted
 */
export async function takePoster(path: string, options: PosterOptions): Promise<Buffer> {
  for (const seconds of new Set([options.seconds, 0])) {
    const picture = await takeFrame(path, { ...options, seconds });
    if (picture.length > 0) return picture;
  }
  throw failed();
}

const execFileAsync = promisify(execFile);

async function takeFrame(
  path: string,
  { video: { videoStreamIndex, scan, colorimetry }, seconds, signal }: PosterOptions,
): Promise<Buffer> {
  const filters = [
    ...(scan === 'interlaced' ? toProgressive({ deinterlaces: 'flagged' }) : []),
    ...toBt709(colorimetry),
    // Readers of JPEG expect the matrix of BT.601, whatever the video has.
    ...["scale='trunc(iw*if(sar,sar,1)/2)*2':ih", 'setsar=1'],
    `scale='min(${WIDEST_PIXELS},iw)':-2:out_color_matrix=bt601`,
  ];
  const args = [
    ...['-nostdin', '-v', 'error', ...UNTRUSTED_INPUT_OPTIONS],
    // "file:" keeps a name that starts with "-" or looks like a protocol from being read as one.
    ...['-ss', seconds.toFixed(3), '-i', `file:${path}`],
    ...['-map', `0:${videoStreamIndex}`, '-frames:v', '1', '-an', '-sn', '-dn'],
    ...['-vf', filters.join(',')],
    ...['-pix_fmt', 'yuvj420p', '-q:v', String(QUALITY)],
    ...['-map_metadata', '-1', '-c:v', 'mjpeg', '-f', 'image2pipe', 'pipe:1'],
  ];
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const { stdout } = await execFileAsync('ffmpeg', args, {
      encoding: 'buffer',
      maxBuffer: MOST_BYTES,
      signal: AbortSignal.any([signal, deadline]),
      killSignal: 'SIGKILL',
    });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new ToolMissingError('ffmpeg', { cause });
    }
    throw failed(cause);
  }
}

function failed(cause?: unknown): PublishFailed {
  return new PublishFailed(
    'POSTER_FAILED',
    'ffmpeg cannot take a picture of this video for the poster: choose another time with --poster, or export the video again',
    { cause },
  );
}
