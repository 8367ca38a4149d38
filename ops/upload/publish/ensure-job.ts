/** The one job of a claim: the one that is there, or a new one. */
import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import type { Claim } from '../../library/claim.ts';
import type { ClaimPlace } from '../../library/places.ts';
import type { RecordStore } from '../../library/record-store.ts';
import type { EventOfFile } from '../events.ts';
import { PublishFailed } from './failed.ts';
import type { TranscodeJobs } from './jobs.ts';
import { changeClaim, requireClaim } from './settle-claim.ts';
import { jobMetadata, jobToken } from './work.ts';

/** An event of the file that is being published. */
export type FileEvent = EventOfFile;

export interface JobPorts {
  readonly records: RecordStore;
  readonly jobs: TranscodeJobs;
  readonly now: () => Date;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly tell: (event: FileEvent) => void;
  /** Called before a job is begun; what it throws stops that. @default - nothing stops it */
  readonly requireWanted?: () => Promise<void>;
}

export interface JobPlan {
  readonly place: ClaimPlace;
  readonly masterUri: string;
  /** Everything of CreateJob but its token. */
  readonly input: (
    claim: Claim,
    metadata: Readonly<Record<string, string>>,
  ) => CreateJobCommandInput | Promise<CreateJobCommandInput>;
}

/**
 * How old the search for a job may be when a new one is sent. MediaConvert remembers a token for one minute, so a job that
 * somebody begins after the search is met by the token, with 40 seconds to spare; one begun before is found by the search.
 * By the system's clock, which goes on while a computer sleeps.
 */
export const SEARCH_HOLDS_MS = 20_000;

const CONFLICT_PAUSE_MS = 10_000;
/** Longer than a token lives. */
const MOST_CONFLICTS = 12;

/**
 * Safe to interrupt after every step, and to run by several at once: all of them get the same job.
 *
 * @param settled - `claimed`, without a job
 * @returns the claim with a job, which may be of a later attempt
 * @throws PublishFailed `JOB_CONFLICT`; what CreateJob answers
 */
export async function ensureJob(ports: JobPorts, plan: JobPlan, settled: Claim): Promise<Claim> {
  const { records, jobs, now, wait, tell } = ports;
  const { key } = plan.place;
  let conflicts = 0;
  for (;;) {
    const lookedAt = now();
    const claim = await requireClaim(records, key);
    const { attempt, titleId: id } = claim;
    if (claim.jobId !== null) {
      tell({ event: 'job-found', id, jobId: claim.jobId });
      return claim;
    }
    await ports.requireWanted?.();
    const metadata = jobMetadata(plan.place, attempt);
    const found = await jobs.find(plan.masterUri, metadata);
    const input = {
      ...(await plan.input(claim, metadata)),
      ClientRequestToken: jobToken({ ...plan, attempt }),
    };
    const before = new Date(lookedAt.getTime() + SEARCH_HOLDS_MS);
    const created = found === null ? await jobs.create(input, before) : { jobId: found };
    if (created === 'stale') continue;
    if (created === 'conflict') {
      conflicts += 1;
      if (conflicts > MOST_CONFLICTS) throw conflicting(settled);
      await wait(CONFLICT_PAUSE_MS);
      continue;
    }
    const { jobId } = created;
    const after = await changeClaim(records, key, (current) =>
      current.attempt === attempt && current.jobId === null
        ? { ...current, state: 'submitted', jobId }
        : null,
    );
    // This attempt failed meanwhile, and somebody else has begun the next one.
    if (after.jobId === null) continue;
    const isOurs = found === null && after.jobId === jobId;
    tell({ event: isOurs ? 'job-submitted' : 'job-found', id, jobId: after.jobId });
    return after;
  }
}

function conflicting({ titleId: id }: Claim): PublishFailed {
  return new PublishFailed(
    'JOB_CONFLICT',
    'another computer begins a job for this master with another configuration, and MediaConvert does not show it yet; run the same command again',
    { id },
  );
}
