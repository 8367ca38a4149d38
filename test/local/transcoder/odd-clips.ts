/** Small files that ask for much: made with ffmpeg, and changed by hand where ffmpeg writes the truth. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeClip, runFfmpeg } from './clips.ts';

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

/** Pictures an hour apart, 720 of them by default: thirty days in 25 kB. The name's ending chooses the container. */
export async function makeHourly(directory: string, name: string, pictures = 720): Promise<string> {
  const path = join(directory, name);
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'color=black:size=64x36:rate=1', '-frames:v', String(pictures)],
    ...['-vf', 'setpts=N*3600/TB', '-vsync', 'passthrough', ...H264, path],
  ]);
  return path;
}

/** A copy that does not say how long it is, as browsers' MediaRecorder leaves it. */
export async function withoutDuration(directory: string, path: string): Promise<string> {
  const copy = join(directory, 'no-duration.mkv');
  await runFfmpeg(['-i', path, '-c', 'copy', '-live', '1', copy]);
  return copy;
}

/** A copy of an MKV whose header states another length. */
export async function statingSeconds(path: string, seconds: number): Promise<string> {
  const bytes = await readFile(path);
  // Matroska's Duration: id 4489, a float of 8 bytes, in milliseconds.
  const at = bytes.indexOf(Buffer.from('448988', 'hex'));
  if (at === -1) throw new Error('this file states no duration');
  bytes.writeDoubleBE(seconds * 1000, at + 3);
  return write(path.replace(/\.mkv$/, '-lies.mkv'), bytes);
}

/** Four seconds whose second one lies at 60 s: header, first and last packets know nothing of it. */
export async function makeLeap(directory: string): Promise<string> {
  const path = await makeClip(directory, 'leap.mkv', {
    ...{ seconds: 4, size: '64x36', sound: false },
    output: ['-g', '25', '-cluster_time_limit', '900'],
  });
  const bytes = await readFile(path);
  // A cluster's Timestamp: id e7, two bytes, in milliseconds; the second one's begins with 03.
  const at = bytes.indexOf(Buffer.from('e78203', 'hex'));
  if (at === -1) throw new Error('no cluster begins within the first second');
  bytes.writeUInt16BE(60_000, at + 2);
  return write(join(directory, 'leap-60.mkv'), bytes);
}

/** Pictures of one colour, so that many of them take little. */
export async function makePlain(
  directory: string,
  name: string,
  options: { size: string; rate?: number; pictures?: number; codec?: string; output?: readonly string[] },
): Promise<string> {
  const path = join(directory, name);
  const { size, rate = 5, pictures = 3, codec, output = [] } = options;
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', `color=black:size=${size}:rate=${rate}`, '-frames:v', String(pictures)],
    ...(codec === undefined ? H264 : ['-c:v', codec]),
    ...[...output, path],
  ]);
  return path;
}

/** One picture track and `tracks` of sound. */
export async function makeManyTracks(directory: string, name: string, tracks: number): Promise<string> {
  const clip = await makeClip(directory, `one-of-${name}`, { size: '64x36' });
  const path = join(directory, name);
  const sounds = Array.from({ length: tracks }, () => ['-map', '0:a']).flat();
  await runFfmpeg(['-i', clip, '-map', '0:v', ...sounds, '-c', 'copy', path]);
  return path;
}

async function write(path: string, bytes: Buffer): Promise<string> {
  await writeFile(path, bytes);
  return path;
}
