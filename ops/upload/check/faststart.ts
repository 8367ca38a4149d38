/** `--faststart`: an MP4 or MOV whose index is at its end gets it at its beginning, with the same pictures and sound. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UNTRUSTED_INPUT_OPTIONS } from '../../probe/source-limits.ts';
import { UploadRefused } from '../refused.ts';

export interface FaststartFile {
  /** A copy in a temporary folder, or the file itself where there is nothing to do. */
  readonly path: string;
  /** Removes the copy; does nothing to the file itself. */
  release(): Promise<void>;
}

const execFileAsync = promisify(execFile);
const UNTOUCHED = async () => {};

/**
 * @param options.file - what messages call it
 * @throws UploadRefused FASTSTART_FAILED; the signal's reason, with nothing left behind
 */
export async function withFaststart(
  path: string,
  options: { readonly file: string; readonly contentType: string; readonly signal: AbortSignal },
): Promise<FaststartFile> {
  const { file, contentType, signal } = options;
  const format = FORMATS.get(contentType);
  if (format === undefined || !(await isIndexLast(path))) return { path, release: UNTOUCHED };
  const folder = await mkdtemp(join(tmpdir(), 'storytime-faststart-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, `master.${format}`);
    // Without `bitexact` the writing program's version is in the file, and the same file would be another master.
    const output = ['-map', '0:v', '-map', '0:a?', '-c', 'copy', '-fflags', '+bitexact'];
    const index = ['-movflags', '+faststart', '-f', format, copy];
    await execFileAsync(
      'ffmpeg',
      ['-nostdin', '-v', 'error', ...UNTRUSTED_INPUT_OPTIONS, '-i', `file:${path}`, ...output, ...index],
      { signal, killSignal: 'SIGKILL' },
    );
    return { path: copy, release };
  } catch (cause) {
    await release();
    signal.throwIfAborted();
    throw new UploadRefused(
      'FASTSTART_FAILED',
      `${JSON.stringify(file)} cannot be rewritten: see that ${tmpdir()} has space for a copy, or omit --faststart, which MediaConvert does not need`,
      { cause },
    );
  }
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
