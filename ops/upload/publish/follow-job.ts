/** Waits for a job, and tells what it does meanwhile. */
import type { FileEvent } from './ensure-job.ts';
import type { PublishFailure } from './failed.ts';
import { explainJobError } from './job-errors.ts';
import type { JobState, TranscodeJobs } from './jobs.ts';
import { isPassing } from './passing.ts';

export interface FollowPorts {
  readonly jobs: Pick<TranscodeJobs, 'get'>;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly tell: (event: FileEvent) => void;
}

/** Why a job made nothing. */
export interface JobFailure {
  readonly code: `${number}` | PublishFailure;
  readonly text: string;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
const GROWTH = 1.3;

/**
 * Null for a job that is complete. What passes by itself (the network, throttling, an error of AWS) is told once and
 * waited out: the job goes on meanwhile.
 *
 * @throws what GetJob answers otherwise, and the signal's reason
 */
export async function followJob(
  { jobs, wait, tell }: FollowPorts,
  { id, jobId }: { readonly id: string; readonly jobId: string },
): Promise<JobFailure | null> {
  let pause = FIRST_PAUSE_MS;
  let told = '';
  let isUnreachable = false;
  for (;;) {
    const state = await jobs.get(jobId).catch((error: unknown) => {
      if (!isPassing(error)) throw error;
      if (!isUnreachable) tell({ event: 'job-unreachable', id, jobId, why: nameOf(error) });
      isUnreachable = true;
      return null;
    });
    if (state !== null) {
      isUnreachable = false;
      if (state.status !== 'running') return failureOf(state, jobId);
      const { phase, percent } = state;
      if (told !== `${phase} ${percent}`) tell({ event: 'transcoding', id, phase, percent });
      told = `${phase} ${percent}`;
    }
    await wait(pause);
    pause = Math.min(LONGEST_PAUSE_MS, Math.round(pause * GROWTH));
  }
}

function failureOf(state: Exclude<JobState, { status: 'running' }>, jobId: string): JobFailure | null {
  switch (state.status) {
    case 'complete':
      return null;
    case 'error':
      return {
        code: state.code === null ? 'JOB_FAILED' : `${state.code}`,
        text: explainJobError(state.code, state.message),
      };
    case 'canceled':
      return {
        code: 'JOB_CANCELED',
        text: `somebody canceled the job ${jobId}: run the same command again to begin a new one`,
      };
    case 'unknown':
      return {
        code: 'JOB_UNKNOWN',
        text: `MediaConvert does not know the job ${jobId} (any more): run the same command again to begin a new one`,
      };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
