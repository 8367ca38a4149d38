/** Sheets of thumbnails, made by ffmpeg from files on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StoryboardLayout } from './layout.ts';

export interface MakeSheetsOptions {
  /** Existing folder with `thumb.0000000.jpg`, …; the sheets are written there as `sheet_00001.jpg`, … */
  readonly directory: string;
  readonly layout: StoryboardLayout;
  readonly signal: AbortSignal;
}

/** Of ffmpeg's 2 (best) to 31. */
const QUALITY = 5;
/** 8,640 thumbnails, which a day has, take a minute. */
const DEADLINE_MS = 600_000;

/** @throws Error of one line when ffmpeg fails or is not installed; the signal's reason when aborted */
export async function makeSheets({ directory, layout, signal }: MakeSheetsOptions): Promise<void> {
  const { tileWidth, tileHeight, columns, rows } = layout;
  const tile = `scale=${tileWidth}:${tileHeight},setsar=1,tile=${columns}x${rows}`;
  const args = [
    ...['-nostdin', '-v', 'error', '-y'],
    ...['-f', 'image2', '-framerate', '1', '-start_number', '0', '-i', 'thumb.%07d.jpg'],
    ...['-vf', tile, '-pix_fmt', 'yuvj420p', '-q:v', String(QUALITY), '-map_metadata', '-1'],
    ...['-f', 'image2', '-start_number', '1', 'sheet_%05d.jpg'],
  ];
  try {
    await promisify(execFile)('ffmpeg', args, {
      // A percent sign in the folder's name would be read as a part of the pattern.
      cwd: directory,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      killSignal: 'SIGKILL',
    });
  } catch (cause) {
    signal.throwIfAborted();
    const { stderr = '' } = cause as { readonly stderr?: string };
    const said = stderr.trim().split('\n').at(-1);
    throw new Error(`ffmpeg cannot put the thumbnails together${said ? ` (${said})` : ''}`, { cause });
  }
}
