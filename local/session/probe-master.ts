/** Looks at an uploaded master with ffprobe: in place of MediaConvert's Probe. */

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type ProbedVideo, probeVideo, VideoRefusedError } from '../../ops/probe/probe.ts';
import { MasterRefusedError } from '../demo/ingest.ts';

export interface ProbeMasterOptions {
  readonly bucket: string;
  readonly key: string;
  /** What its owner calls it. */
  readonly title: string;
  readonly longestMasterSeconds: number;
  readonly signal: AbortSignal;
}

/** Most file systems take names of 255 bytes; a letter has up to four. */
const MOST_NAME_BYTES = 200;

/**
 * Facts about the object, read from a copy that is gone afterwards.
 *
 * @throws MasterRefusedError, naming the file as its owner does, for a file that is not a video, or one that is longer than
 * `longestMasterSeconds` or asks for more than the machine has; what S3 throws
 */
export async function probeMaster(
  s3: S3Client,
  { bucket, key, title, longestMasterSeconds, signal }: ProbeMasterOptions,
): Promise<ProbedVideo> {
  const directory = await mkdtemp(join(tmpdir(), 'storytime-master-'));
  try {
    const path = join(directory, fileNameOf(title));
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    await pipeline(body as Readable, createWriteStream(path), { signal });
    return await probeVideo(path, { longestSeconds: longestMasterSeconds, signal });
  } catch (error) {
    if (!(error instanceof VideoRefusedError)) throw error;
    throw new MasterRefusedError(error.code, error.message, { cause: error });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The title as far as it can name a file, cut between two characters. */
function fileNameOf(title: string): string {
  const name = title.replace(/[^\p{L}\p{N} ._-]/gu, '_').replace(/^\.+/, '') || 'video';
  let bytes = 0;
  return [...name]
    .filter((character) => {
      bytes += Buffer.byteLength(character);
      return bytes <= MOST_NAME_BYTES;
    })
    .join('');
}
