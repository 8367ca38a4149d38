/** MediaConvert's jobs, as far as publishing needs them. */
import {
  CreateJobCommand,
  type CreateJobCommandInput,
  GetJobCommand,
  type Job,
  type MediaConvertClient,
  paginateSearchJobs,
} from '@aws-sdk/client-mediaconvert';

/** Where a job is. */
export type JobState =
  | {
      readonly status: 'running';
      readonly phase: 'PROBING' | 'TRANSCODING' | 'UPLOADING' | null;
      readonly percent: number | null;
    }
  | { readonly status: 'complete' }
  | { readonly status: 'canceled' }
  | { readonly status: 'error'; readonly code: number | null; readonly message: string }
  /** MediaConvert does not know it (any more). */
  | { readonly status: 'unknown' };

export interface TranscodeJobs {
  /** Id of the job with this metadata among the jobs of this input; null where there is none. */
  find(masterUri: string, metadata: Readonly<Record<string, string>>): Promise<string | null>;
  /**
   * The job's id. `stale`: nothing was sent, because it would have been sent after `before`. `conflict`: the token belongs to
   * a job with another input.
   */
  create(
    input: CreateJobCommandInput,
    before: Date,
  ): Promise<{ readonly jobId: string } | 'stale' | 'conflict'>;
  get(jobId: string): Promise<JobState>;
}

export interface TranscodeJobsOptions {
  readonly mediaConvert: MediaConvertClient;
  /**
   * Where jobs of this environment can be: its queue, then the one that they hop to. A job hops in this direction alone, so
   * that one that hops between two searches is found by the second. IAM allows a search by the queue that it names.
   *
   * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html
   */
  readonly queues: readonly string[];
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** The most that SearchJobs answers at once. */
const PAGE_SIZE = 20;

class StaleLook extends Error {
  override readonly name = 'StaleLook';
}

export function transcodeJobs({ mediaConvert, queues, signal, now }: TranscodeJobsOptions): TranscodeJobs {
  return {
    find: async (masterUri, metadata) => {
      for (const queue of queues) {
        const found = await findIn(queue, masterUri, metadata);
        if (found !== null) return found;
      }
      return null;
    },

    create: async (input, before) => {
      const command = new CreateJobCommand(input);
      // Inside the SDK's retries: what would be sent again after a broken connection is also sent in time or not at all.
      command.middlewareStack.add(
        (next) => (args) => {
          if (now() >= before) throw new StaleLook();
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low', name: 'refuseStaleLook' },
      );
      try {
        const { Job: job } = await mediaConvert.send(command, { abortSignal: signal });
        if (job?.Id === undefined) throw new Error('MediaConvert answered CreateJob without a job id');
        return { jobId: job.Id };
      } catch (error) {
        if (error instanceof StaleLook) return 'stale';
        if (error instanceof Error && error.name === 'ConflictException') return 'conflict';
        throw error;
      }
    },

    get: async (jobId) => {
      try {
        const { Job: job } = await mediaConvert.send(new GetJobCommand({ Id: jobId }), {
          abortSignal: signal,
        });
        return stateOf(job);
      } catch (error) {
        if (error instanceof Error && error.name === 'NotFoundException') return { status: 'unknown' };
        throw error;
      }
    },
  };

  async function findIn(
    Queue: string,
    InputFile: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    const pages = paginateSearchJobs(
      { client: mediaConvert },
      { InputFile, Queue, Order: 'DESCENDING', MaxResults: PAGE_SIZE },
      { abortSignal: signal },
    );
    for await (const { Jobs: jobs = [] } of pages) {
      const found = jobs.find(({ UserMetadata: own = {} }) =>
        Object.entries(metadata).every(([name, value]) => own[name] === value),
      );
      if (found?.Id !== undefined) return found.Id;
    }
    return null;
  }
}

function stateOf(job: Job | undefined): JobState {
  switch (job?.Status) {
    case 'COMPLETE':
      return { status: 'complete' };
    case 'CANCELED':
      return { status: 'canceled' };
    case 'ERROR':
      return { status: 'error', code: job.ErrorCode ?? null, message: job.ErrorMessage ?? 'no reason given' };
    default:
      return {
        status: 'running',
        phase: job?.CurrentPhase ?? null,
        percent: job?.JobPercentComplete ?? null,
      };
  }
}
