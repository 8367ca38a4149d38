/**
 * What passes between the local AWS API and the transcoder: a MediaConvert job in, its progress and its outcome out.
 * Types only, so that either side can be built and tested without the other.
 */

/** A job ready to run. */
export interface TranscodeJob {
  /** The MediaConvert job id; names the working directory, never a resource. */
  readonly id: string;
  /**
   * Settings as on the REST wire, in camelCase (the SDK's `JobSettings` type spells them in PascalCase, so it is not used
   * here), complete: a template, if there was one, is already merged in. The transcoder parses them strictly.
   */
  readonly settings: object;
  /**
   * The job's `userMetadata`. Of it, `longest_master_seconds` is acted upon: a longer input ends the job with an error
   * before anything is encoded. MediaConvert itself has nothing of the kind.
   * @default - an input of 24 hours at the most
   */
  readonly userMetadata?: Readonly<Record<string, string>>;
}

/** Where a running job is. */
export interface TranscodeProgress {
  /** MediaConvert's `currentPhase`. */
  readonly phase: 'PROBING' | 'TRANSCODING' | 'UPLOADING';
  /** 0 to 100, whole numbers, over the whole job; never falls. */
  readonly percent: number;
}

/** One output group of a finished job, in camelCase as `GetJob` answers on the wire. */
export interface OutputGroupDetail {
  readonly outputDetails: readonly {
    readonly durationInMs: number;
    readonly videoDetails: { readonly widthInPx: number; readonly heightInPx: number };
  }[];
}

/**
 * How a job ended. Error codes are MediaConvert's own.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html
 */
export type TranscodeOutcome =
  | { readonly status: 'COMPLETE'; readonly outputGroupDetails: readonly OutputGroupDetail[] }
  | { readonly status: 'ERROR'; readonly errorCode: number; readonly errorMessage: string };

export interface TranscodeOptions {
  /** All that an SDK client needs to reach S3: `AWS_ENDPOINT_URL`, credentials, region. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Buckets that are folders of this machine, by name: `s3://videos/42/original` is `42/original` in `videos`' folder.
   * @default - every bucket is in S3
   */
  readonly folders?: Readonly<Record<string, string>>;
  /** Aborting ends the worker and its ffmpeg; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TranscodeProgress) => void;
}

/** Runs one job to its end. A job that fails resolves with `ERROR`; only an abort rejects. */
export type Transcode = (job: TranscodeJob, options: TranscodeOptions) => Promise<TranscodeOutcome>;
