/** `--faststart`: an MP4 or MOV whose index is at its end gets it at its beginning, with the same pictures and sound. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UNTRUSTED_INPUT_OPTIONS } from '../../probe/source-limits.ts';
import { UploadRefused } from '../refused.ts';

export interface FaststartFile {
  /** A copy in a temporary folder, or the file itself where there is nothing to do. */
  readonly path: string;
  /** Removes the copy; does nothing to the file itself. */
  release(): Promise<void>;
}

const UNTOUCHED = async () => {};

export interface FaststartOptions {
  /** What messages call it. */
  readonly file: string;
  readonly contentType: string;
  readonly signal: AbortSignal;
  /**
   * Hears of what was copied. Afterwards ffmpeg reads the copy once more, to make room for the index, and says nothing.
   * @default - nobody does
   */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * @throws UploadRefused FASTSTART_FAILED; the signal's reason, with nothing left behind
 */
export async function withFaststart(path: string, options: FaststartOptions): Promise<FaststartFile> {
  const { file, contentType, signal } = options;
  const format = FORMATS.get(contentType);
  if (format === undefined || !(await isIndexLast(path))) return { path, release: UNTOUCHED };
  const folder = await mkdtemp(join(tmpdir(), 'storytime-faststart-')).catch((cause: unknown) => {
    throw cannotRewrite(file, cause);
  });
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, `master.${format}`);
    await rewrite(path, { ...options, copy, format });
    return { path: copy, release };
  } catch (cause) {
    await release();
    signal.throwIfAborted();
    throw cannotRewrite(file, cause);
  }
}

function cannotRewrite(file: string, cause: unknown): UploadRefused {
  return new UploadRefused(
    'FASTSTART_FAILED',
    `${JSON.stringify(file)} cannot be rewritten: see that ${tmpdir()} can be written and has space for a copy, or omit --faststart, which MediaConvert does not need`,
    { cause },
  );
}

/** @throws Error when ffmpeg fails; the signal's reason */
async function rewrite(
  path: string,
  { copy, format, signal, onBytes }: FaststartOptions & { readonly copy: string; readonly format: string },
): Promise<void> {
  // Without `bitexact` the writing program's version is in the file, and the same file would be another master.
  const output = ['-map', '0:v', '-map', '0:a?', '-c', 'copy', '-fflags', '+bitexact'];
  const index = ['-movflags', '+faststart', '-f', format, copy];
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-progress', 'pipe:1', ...UNTRUSTED_INPUT_OPTIONS],
      ...['-i', `file:${path}`, ...output, ...index],
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' },
  );
  const ended = once(ffmpeg, 'close') as Promise<[number | null]>;
  // It is looked at below; until then nobody listens.
  ended.catch(() => undefined);
  let copied = 0;
  for await (const line of createInterface(ffmpeg.stdout)) {
    const size = Number(/^total_size=(\d+)$/.exec(line)?.[1] ?? copied);
    if (size > copied) onBytes?.(size - copied);
    copied = Math.max(copied, size);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

const FORMATS = new Map([
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
]);

/** Boxes at the top of a file are few; one that claims thousands is damaged, and goes as it is. */
const MOST_BOXES = 10_000;

/**
 * Whether the pictures come before the index that says where they are.
 *
 * @see ISO/IEC 14496-12, 4.2
 */
export async function isIndexLast(path: string): Promise<boolean> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const head = Buffer.alloc(16);
    for (let offset = 0, boxes = 0; offset < size && boxes < MOST_BOXES; boxes += 1) {
      const { bytesRead } = await file.read(head, 0, 16, offset);
      if (bytesRead < 8) return false;
      const type = head.toString('latin1', 4, 8);
      if (type === 'moov') return false;
      if (type === 'mdat') return true;
      const short = head.readUInt32BE(0);
      const length = short === 1 && bytesRead === 16 ? Number(head.readBigUInt64BE(8)) : short;
      // 0 is "to the end of the file".
      if (length < 8) return false;
      offset += length;
    }
    return false;
  } finally {
    await file.close();
  }
}
