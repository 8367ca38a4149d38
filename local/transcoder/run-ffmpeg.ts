/** The one ffmpeg of a job: how far it is, what it failed of, and an end when it goes no further. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunFfmpegOptions {
  /** Aborting kills it. */
  readonly signal: AbortSignal;
  /** Told how many seconds of output are written, time and again. */
  readonly onSeconds: (seconds: number) => void;
  /** Told every line that it writes beside that. @default - the last one is in the error of a failure */
  readonly onMessage?: (line: string) => void;
  /**
   * Seconds without a further picture or a further moment of sound after which it is killed.
   * @default 600
   */
  readonly stallSeconds?: number;
}

const STALL_SECONDS = 600;

/**
 * Runs ffmpeg with `-progress pipe:1` among its arguments.
 *
 * @throws Error with ffmpeg's last line when it fails, or when it stood still; the signal's AbortError
 */
export async function runFfmpeg(args: readonly string[], options: RunFfmpegOptions): Promise<void> {
  const { stallSeconds = STALL_SECONDS } = options;
  const ffmpeg = spawn('ffmpeg', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  let hasStalled = false;
  const stall = setTimeout(() => {
    hasStalled = true;
    ffmpeg.kill('SIGKILL');
  }, stallSeconds * 1000);
  let lastWords = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4000);
  });
  if (options.onMessage) createInterface(ffmpeg.stderr).on('line', options.onMessage);
  const reached = new Map<string, string>();
  createInterface(ffmpeg.stdout).on('line', (line) => {
    // Named ms, counted in microseconds: ffmpeg keeps it so for compatibility; out_time_us is not in older versions.
    const [, name = '', count = ''] = /^(frame|out_time_ms)=(\d+)$/.exec(line) ?? [];
    if (name === '' || reached.get(name) === count) return;
    reached.set(name, count);
    stall.refresh();
    if (name === 'out_time_ms') options.onSeconds(Number(count) / 1_000_000);
  });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      ffmpeg.once('error', reject).once('close', resolve);
    });
    if (hasStalled) throw new Error(`ffmpeg failed: it wrote nothing for ${stallSeconds} s`);
    if (exitCode !== 0) {
      throw new Error(`ffmpeg failed: ${lastWords.trim().split('\n').at(-1) || `exit code ${exitCode}`}`);
    }
  } finally {
    clearTimeout(stall);
  }
}
