/** The clip that is transcoded when nobody brings a video of their own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface TestClipOptions {
  /** @default 20 */
  readonly durationSeconds?: number;
  /** Aborting ends ffmpeg and rejects. @default - runs to its end */
  readonly signal?: AbortSignal;
}

/**
 * Writes an MP4 of 1280×720 pixels, 25 pictures a second: a moving test picture with its running time burnt in and a tone.
 *
 * The large clock needs an ffmpeg with drawtext and a font; where either is missing, the small one that `testsrc2` draws
 * by itself remains.
 *
 * @throws Error when ffmpeg is not installed or fails
 */
export async function makeTestClip(path: string, options: TestClipOptions = {}): Promise<void> {
  const clock =
    "drawtext=text='%{pts\\:hms}':fontsize=96:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=20:x=(w-tw)/2:y=h-th-60";
  try {
    await encode(path, `testsrc2=size=1280x720:rate=25,${clock}`, options);
  } catch (cause) {
    if (options.signal?.aborted || (cause as NodeJS.ErrnoException).code === 'ENOENT') throw cause;
    await encode(path, 'testsrc2=size=1280x720:rate=25', options);
  }
}

async function encode(path: string, picture: string, options: TestClipOptions): Promise<void> {
  const seconds = String(options.durationSeconds ?? 20);
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=48000'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', '-pix_fmt', 'yuv420p'];
  const audio = ['-c:a', 'aac', '-b:a', '128k', '-ac', '2'];
  const output = ['-t', seconds, '-movflags', '+faststart', '-f', 'mp4', '-y', `file:${path}`];
  await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', ...inputs, ...video, ...audio, ...output],
    options.signal ? { signal: options.signal } : {},
  );
}
