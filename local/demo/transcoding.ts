/** How the demo's backend turns a master into HLS: one MediaConvert job a book, with full settings and its queue named. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CreateJobCommand, GetJobCommand, type MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { type HlsJobOptions, hlsJobSettings } from '@storytime/hls-jobs';

export interface TranscodeOptions extends HlsJobOptions {
  readonly bookId: string;
  /** From the outputs `mediaconvert_queue_arn` and `mediaconvert_role_arn`. */
  readonly queueArn: string;
  readonly roleArn: string;
  readonly signal: AbortSignal;
  /** 0 to 100. */
  readonly onProgress: (percent: number) => void;
}

/** Quick for a laptop's clips; against AWS, follow the job's events instead of asking. */
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
export async function transcodeBook(client: MediaConvertClient, options: TranscodeOptions): Promise<void> {
  const created = await client.send(
    new CreateJobCommand({
      Role: options.roleArn,
      // A job does not inherit its template's queue.
      Queue: options.queueArn,
      // One job a book, however often the call is repeated.
      ClientRequestToken: options.bookId,
      UserMetadata: { bookId: options.bookId },
      Settings: hlsJobSettings(options),
    }),
    { abortSignal: options.signal },
  );
  const id = created.Job?.Id;
  for (;;) {
    const { Job: job } = await client.send(new GetJobCommand({ Id: id }), { abortSignal: options.signal });
    if (job?.Status === 'COMPLETE') return;
    if (job?.Status === 'ERROR' || job?.Status === 'CANCELED') {
      throw new TranscodeFailedError(
        `MediaConvert ended the job as ${job.Status}: ${job.ErrorMessage ?? 'no reason given'}`,
        job.ErrorCode,
      );
    }
    options.onProgress(job?.JobPercentComplete ?? 0);
    await sleep(POLL_MILLISECONDS, undefined, { signal: options.signal });
  }
}
