/** How the demo's backend takes in a video: a presigned form, a look at what came, and a MediaConvert job. */

import type { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { S3Client } from '@aws-sdk/client-s3';
import type { PresignedPost } from '@aws-sdk/s3-presigned-post';
import type { CreateJobOptions } from '@storytime/hls-jobs';
import { TranscodeFailedError, transcodeBook } from './transcoding.ts';
import { createUpload, masterKey, type UploadRules } from './uploads.ts';

/** A video that a person wants to add. */
interface NewMaster {
  readonly contentType: string;
  readonly bytes: number;
  /** What the browser says, where it knows the container; what was uploaded is measured again. */
  readonly durationSeconds?: number | undefined;
}

export interface Ingest {
  readonly contentTypes: readonly string[];
  readonly maxBytes: number;
  readonly longestSeconds: number;
  /** Why this file cannot be added, in a line with its remedy; null when it can. S3 refuses it by itself as well. */
  refusalOf(master: NewMaster): string | null;
  createUpload(master: NewMaster & { readonly bookId: string }): Promise<PresignedPost>;
  /** Resolves when the book can be played. @throws what `reasonOf` puts into words */
  transcode(
    book: { readonly id: string; readonly title: string },
    onProgress: (percent: number) => void,
  ): Promise<void>;
  /** A line for the person who uploaded; what nobody foresaw is only said to have happened. */
  reasonOf(error: unknown): string;
}

export interface IngestOptions {
  readonly s3: S3Client;
  readonly mediaConvert: MediaConvertClient;
  readonly rules: UploadRules;
  /** Everything of a job that is the same for every book. */
  readonly job: Omit<CreateJobOptions, 'bookId' | 'masterUri' | 'source' | 'longestMasterSeconds'>;
  /**
   * The picture's size and whether there is sound, so that no rung is above the source, and the length. On `local`
   * ffprobe looks; on AWS MediaConvert's Probe does.
   *
   * @throws MasterRefusedError for a file that is not a video
   * @see https://docs.aws.amazon.com/mediaconvert/latest/apireference/probe.html
   */
  readonly probeMaster: (
    key: string,
    title: string,
    signal: AbortSignal,
  ) => Promise<CreateJobOptions['source']>;
  readonly signal: AbortSignal;
}

/** What was uploaded is no video that can be used; the message is one line with its remedy. */
export class MasterRefusedError extends Error {
  override readonly name = 'MasterRefusedError';
  /** `TOO_LONG`, `LENGTH_UNKNOWN`, or what looked at the file calls it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function createIngest(options: IngestOptions): Ingest {
  const { s3, mediaConvert, rules, job, probeMaster, signal } = options;
  const { uploadContentTypes, uploadMaxBytes, longestMasterSeconds, bucket } = rules;
  return {
    contentTypes: uploadContentTypes,
    maxBytes: uploadMaxBytes,
    longestSeconds: longestMasterSeconds,
    refusalOf({ contentType, bytes, durationSeconds }) {
      if (!uploadContentTypes.includes(contentType)) {
        return `this kind of file is not taken (${contentType || 'unknown'}): export it as MP4, MOV or MKV`;
      }
      if (bytes === 0) return 'the file is empty: copy or export it again';
      if (bytes > uploadMaxBytes) return `the file is larger than ${uploadMaxBytes} bytes: export it smaller`;
      return durationSeconds === undefined ? null : refusalOfLength(durationSeconds, longestMasterSeconds);
    },
    createUpload: ({ bookId, contentType }) => createUpload(s3, rules, { bookId, contentType }),
    async transcode({ id, title }, onProgress) {
      const key = masterKey(rules, id);
      const source = await probeMaster(key, title, signal);
      // The last look before a job costs anything: MediaConvert itself takes any length.
      const refusal = refusalOfLength(source.durationSeconds, longestMasterSeconds);
      if (refusal !== null) {
        const code = source.durationSeconds === undefined ? 'LENGTH_UNKNOWN' : 'TOO_LONG';
        throw new MasterRefusedError(code, `${JSON.stringify(title)}: ${refusal}`);
      }
      await transcodeBook(
        mediaConvert,
        { ...job, longestMasterSeconds, bookId: id, masterUri: `s3://${bucket}/${key}`, source },
        { signal, onProgress },
      );
    },
    reasonOf(error) {
      if (error instanceof MasterRefusedError || error instanceof TranscodeFailedError) return error.message;
      return 'the backend failed here: look at its terminal, then try again';
    },
  };
}

function refusalOfLength(durationSeconds: number | undefined, longestSeconds: number): string | null {
  const expected = `expected at most ${longestSeconds} s`;
  if (durationSeconds === undefined) return `the video does not say its length: ${expected}; export it again`;
  if (durationSeconds <= longestSeconds) return null;
  return `the video is too long: ${expected}, got ${durationSeconds} s; cut it into shorter videos`;
}
