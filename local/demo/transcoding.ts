/** How the demo's backend turns a master into HLS: one MediaConvert job a book. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CreateJobCommand, GetJobCommand, type MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { type CreateJobOptions, createJobInput } from '@storytime/hls-jobs';

export interface TranscodeOptions {
  readonly signal: AbortSignal;
  /** 0 to 100. */
  readonly onProgress: (percent: number) => void;
}

/** Quick for short clips on this machine; against AWS, follow the job's events instead of asking. */
const POLL_MILLISECONDS = 500;

/** MediaConvert ended a job without output; `errorCode` is its own. */
export class TranscodeFailedError extends Error {
  override readonly name = 'TranscodeFailedError';
  readonly errorCode: number | undefined;

  constructor(message: string, errorCode: number | undefined) {
    super(message);
    this.errorCode = errorCode;
  }
}

/**
 * Resolves when the book's playlists, segments and thumbnails are in the output bucket.
 *
 * @throws {TranscodeFailedError} when the job ends as ERROR or CANCELED.
 */
export async function transcodeBook(
  client: MediaConvertClient,
  book: CreateJobOptions,
  { signal, onProgress }: TranscodeOptions,
): Promise<void> {
  const created = await client.send(new CreateJobCommand(createJobInput(book)), { abortSignal: signal });
  const id = created.Job?.Id;
  for (;;) {
    const { Job: job } = await client.send(new GetJobCommand({ Id: id }), { abortSignal: signal });
    if (job?.Status === 'COMPLETE') return;
    if (job?.Status === 'ERROR' || job?.Status === 'CANCELED') {
      throw new TranscodeFailedError(
        `MediaConvert ended the job as ${job.Status}: ${job.ErrorMessage ?? 'no reason given'}`,
        job.ErrorCode,
      );
    }
    onProgress(job?.JobPercentComplete ?? 0);
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
}
