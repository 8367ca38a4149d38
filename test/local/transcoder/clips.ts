/** Small real videos, made with ffmpeg. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ClipOptions {
  readonly size?: string;
  readonly seconds?: number;
  readonly rate?: number;
  readonly codec?: readonly string[];
  readonly sound?: boolean;
  /** More output options, such as `-movflags +faststart`. */
  readonly output?: readonly string[];
}

/** Makes a clip; the name's ending chooses the container. */
export async function makeClip(directory: string, name: string, options: ClipOptions = {}): Promise<string> {
  const path = join(directory, name);
  const { size = '320x180', seconds = 1, rate = 25, sound = true } = options;
  const codec = options.codec ?? ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}`],
    ...(sound
      ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100', '-c:a', 'aac', '-shortest']
      : []),
    ...[...codec, '-t', String(seconds), ...(options.output ?? []), path],
  ]);
  return path;
}

export async function runFfmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
}
