/** One file, from its name to everything that sending it and making a title of it takes. */
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { MOST_OBJECT_BYTES } from '../../../aws/values/s3-limits.ts';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { ContainerRefusedError, contentTypeOf } from '../../probe/content-type.ts';
import { type ProbedVideo, probeVideo, VideoRefusedError } from '../../probe/probe.ts';
import { UsageError } from '../../terraform/targets.ts';
import type { EventOfFile } from '../events.ts';
import { isOfFileSystem, UploadRefused, unreadableFile } from '../refused.ts';
import { createProgress } from '../send/progress.ts';
import type { MasterToSend } from '../send/send-master.ts';
import { type CheckedCaptions, checkCaptions } from './captions.ts';
import { type FaststartFile, withFaststart } from './faststart.ts';
import type { FoundFile } from './find-files.ts';
import { hashFile } from './hash-file.ts';
import { idFromHash, idsFromNames, requireUsableId, requireUsableTitle, titleFromName } from './ids.ts';

/** A file that is to be checked, and what is known of it by the command line alone. */
export interface FileToCheck extends FoundFile {
  /** Null where it is to be made of the content. */
  readonly id: { readonly value: string; readonly given: boolean } | null;
  readonly title: string;
}

export interface CheckedMaster extends MasterToSend {
  /** Lower-case hex, of what is at `path`. */
  readonly sha256: string;
  readonly probed: ProbedVideo;
  /** Not in use by another file of this run; by a title, perhaps. */
  readonly id: { readonly value: string; readonly given: boolean };
  readonly title: string;
  /** Where the poster's picture is. */
  readonly posterSeconds: number;
  readonly captions: readonly CheckedCaptions[];
  /** Removes what was made for sending. Call it whatever the end is. */
  release(): Promise<void>;
}

export interface CheckOptions {
  readonly config: Pick<EnvironmentConfig, 'longestMasterSeconds' | 'uploadContentTypes' | 'uploadMaxBytes'>;
  readonly signal: AbortSignal;
  /** @default - a tenth of the video's length */
  readonly posterSeconds?: number | null;
  /** `<language>=<file>`. @default - none */
  readonly captions?: readonly string[];
  /** @default false */
  readonly faststart?: boolean;
  /** Of this process: relative paths are meant from the caller's folder. */
  readonly env: NodeJS.ProcessEnv;
  /** Hears how far the checks are. @default - nobody does */
  readonly tell?: (event: CheckEvent) => void;
  /** Milliseconds. @default - since this process began */
  readonly now?: () => number;
}

export type CheckEvent = EventOfFile<'checking'>;

/** Options that are about one file. */
export interface GivenForOne {
  readonly id?: string | undefined;
  readonly title?: string | undefined;
  readonly captions?: readonly string[] | undefined;
}

/**
 * The files of a run with their ids, which no two of them share.
 *
 * @throws UsageError for an option about one file with several files; UploadRefused for an id or a title that cannot be used
 */
export function filesToCheck(files: readonly FoundFile[], given: GivenForOne = {}): FileToCheck[] {
  if (files.length > 1) {
    const option = (['id', 'title', 'captions'] as const).find((name) => given[name]?.length);
    if (option !== undefined)
      throw new UsageError(`--${option} is for one file, got ${files.length}: pass one`);
  }
  const names = files.map(({ path }) => basename(path, extname(path)));
  const ids = idsFromNames(names);
  return files.map((found, index) => {
    const derived = ids[index] ?? null;
    const id = derived === null ? null : { value: derived, given: false };
    return {
      ...found,
      id: given.id === undefined ? id : { value: requireUsableId(given.id), given: true },
      title: given.title === undefined ? titleFromName(names[index] ?? '') : requireUsableTitle(given.title),
    };
  });
}

/**
 * Looks at a file and reads it whole, once. Nothing is sent.
 *
 * @throws UploadRefused; Error without ffprobe or ffmpeg; the signal's reason
 */
export async function checkMaster(file: FileToCheck, options: CheckOptions): Promise<CheckedMaster> {
  try {
    return await checkWhole(file, options);
  } catch (error) {
    // It vanished, or its disk failed, in the middle.
    throw isOfFileSystem(error) ? unreadableFile(file.file, error) : error;
  }
}

async function checkWhole(file: FileToCheck, options: CheckOptions): Promise<CheckedMaster> {
  const { config, signal } = options;
  // A caption's mistake is known at once, a master's after minutes.
  const captions = await checkCaptions(options.captions ?? [], options.env);
  const before = await lookAt(file);
  const probed = await probe(file, before, options);
  const contentType = typeOf(file, probed, config.uploadContentTypes);
  requireBytes(file, before.size, config.uploadMaxBytes);
  const posterSeconds = posterWithin(file, probed, options.posterSeconds ?? null);
  const sent: FaststartFile = options.faststart
    ? await withFaststart(file.path, {
        ...{ file: file.file, contentType, signal },
        onBytes: progressOf('rewriting', before.size * 2, options),
      })
    : { path: file.path, release: async () => {} };
  try {
    const isCopy = sent.path !== file.path;
    const at = isCopy ? await stat(sent.path) : before;
    const hashes = await hashFile(sent.path, { signal, onBytes: progressOf('hashing', at.size, options) });
    requireBytes(file, hashes.bytes, config.uploadMaxBytes);
    await requireUnchanged(file, before);
    return {
      ...{ file: file.file, path: sent.path, modifiedMs: at.mtimeMs, contentType, ...hashes },
      ...{ probed, title: file.title, posterSeconds, captions, release: sent.release },
      id: file.id ?? { value: idFromHash(hashes.sha256), given: false },
    };
  } catch (error) {
    await sent.release();
    throw error;
  }
}

/** For a file of any size. */
const PROBE_SECONDS = 600;
/** A disk in another building. */
const LEAST_BYTES_PER_SECOND = 2_000_000;
/** 20 days: timers of Node.js take no more than 24. */
const MOST_PROBE_SECONDS = 20 * 86_400;

/** How long ffprobe may read a file: it reads the whole of it, so that the largest need hours. */
export function probeSecondsFor(bytes: number): number {
  return Math.min(MOST_PROBE_SECONDS, PROBE_SECONDS + Math.ceil(bytes / LEAST_BYTES_PER_SECOND));
}

/** A step that takes less time need not be told of. */
const QUIET_MS = 1000;

/** How one step over the whole file is told of, chunk by chunk. */
function progressOf(
  step: CheckEvent['step'],
  bytes: number,
  { tell = () => undefined, now = () => performance.now() }: CheckOptions,
): (read: number) => void {
  const begin = () =>
    createProgress({
      ...{ bytes, now, quietMs: QUIET_MS },
      tell: ({ doneBytes: readBytes, ...measured }) =>
        tell({ event: 'checking', step, readBytes, ...measured }),
    });
  // With the first chunk: a program that takes a second to start is not slow.
  let progress: ReturnType<typeof begin> | undefined;
  return (read) => {
    progress ??= begin();
    progress.add(read);
  };
}

/** Facts of the file; its refusals are this command's. */
async function probe(file: FileToCheck, { size }: Look, options: CheckOptions): Promise<ProbedVideo> {
  const { config, signal } = options;
  try {
    return await probeVideo(file.path, {
      ...{ name: file.file, longestSeconds: config.longestMasterSeconds, signal },
      deadlineSeconds: probeSecondsFor(size),
      onBytes: progressOf('probing', size, options),
    });
  } catch (error) {
    if (!(error instanceof VideoRefusedError)) throw error;
    throw new UploadRefused(error.code, error.message, { cause: error });
  }
}

function typeOf({ file }: FileToCheck, probed: ProbedVideo, taken: readonly string[]): string {
  try {
    return contentTypeOf({ path: JSON.stringify(file), probed }, taken);
  } catch (error) {
    if (!(error instanceof ContainerRefusedError)) throw error;
    throw new UploadRefused('CONTAINER_REFUSED', error.message, { cause: error });
  }
}

interface Look {
  readonly size: number;
  readonly mtimeMs: number;
}

/** What is wrong with a file that cannot be looked at, the probe says. */
async function lookAt({ path }: FileToCheck): Promise<Look> {
  const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
  return { size, mtimeMs };
}

async function requireUnchanged(file: FileToCheck, before: Look): Promise<void> {
  const { size, mtimeMs } = await lookAt(file);
  if (size === before.size && mtimeMs === before.mtimeMs) return;
  throw new UploadRefused(
    'FILE_CHANGED',
    `${JSON.stringify(file.file)} changed while it was checked: wait until nothing writes to it, then run the same command again`,
  );
}

function requireBytes({ file }: FileToCheck, bytes: number, uploadMaxBytes: number): void {
  const most = Math.min(uploadMaxBytes, MOST_OBJECT_BYTES);
  if (bytes <= most) return;
  throw new UploadRefused(
    'TOO_MANY_BYTES',
    `${JSON.stringify(file)} is too large: expected at most ${most} bytes (uploadMaxBytes), got ${bytes}; encode it smaller, or raise the limit`,
  );
}

function posterWithin({ file }: FileToCheck, { durationSeconds }: ProbedVideo, given: number | null): number {
  if (given === null) return durationSeconds / 10;
  if (given >= 0 && given < durationSeconds) return given;
  throw new UploadRefused(
    'POSTER_UNUSABLE',
    `${JSON.stringify(file)} has no picture at ${given} s: expected a poster before its end at ${durationSeconds.toFixed(1)} s`,
  );
}
