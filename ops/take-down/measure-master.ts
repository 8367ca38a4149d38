/** What a job must know of a master that nobody measured: one that was uploaded before there was a catalogue. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { ClaimInputs } from '../library/claim.ts';
import { probeVideo } from '../probe/probe.ts';
import type { TakeDownContext } from './context.ts';

/**
 * Reads the whole master into a temporary folder, since what a header says of a file's length may be wrong.
 *
 * @throws VideoRefusedError for what is no video that can be transcoded; what S3 answers
 */
export async function measureMaster(
  { s3, outputs, config, signal, tell }: TakeDownContext,
  masterKey: string,
): Promise<ClaimInputs> {
  tell({ event: 'measuring', key: masterKey });
  const folder = await mkdtemp(join(tmpdir(), 'storytime-master-'));
  try {
    const path = join(folder, 'master');
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: outputs.master_uploads_bucket_name, Key: masterKey }),
      { abortSignal: signal },
    );
    if (!(Body instanceof Readable)) throw new Error(`S3 answered without a body for ${masterKey}`);
    await pipeline(Body, createWriteStream(path), { signal });
    const source = await probeVideo(path, {
      name: masterKey,
      longestSeconds: config.longestMasterSeconds,
      signal,
    });
    return { masterKey, captions: [], source: { ...source } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
