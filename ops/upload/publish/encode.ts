/** From an open claim to the files of one version of a title: the job, followed to its end, and what it wrote. */
import type { Claim } from '../../library/claim.ts';
import type { Stream } from '../../library/read-stream.ts';
import type { RecordStore } from '../../library/record-store.ts';
import type { Title } from '../../library/title.ts';
import { ensureJob, type JobPlan, type JobPorts } from './ensure-job.ts';
import { PublishFailed } from './failed.ts';
import { followJob, type JobFailure } from './follow-job.ts';
import { changeClaim } from './settle-claim.ts';

export interface EncodePorts extends JobPorts {
  /** Null where the master playlist is missing. */
  readonly readStream: (path: string) => Promise<Stream | null>;
  /** Puts the storyboard into this folder, unless it is there. Null where none can be made, which is told. */
  readonly provideStoryboard: (place: {
    readonly id: string;
    readonly folder: string;
  }) => Promise<string | null>;
}

/** What a job made. */
export type Encoded = Stream & Pick<Title, 'storyboardPath'>;

export interface EncodePlan extends JobPlan {
  /** Key of the master playlist that the job writes. */
  readonly playlistPath: string;
}

/**
 * A claim that can be gone on with: a failed one begins its next attempt, and so does a complete one whose files are gone.
 */
export async function reopenClaim(ports: EncodePorts, plan: EncodePlan, found: Claim): Promise<Claim> {
  const { attempt, state } = found;
  const isGone = state === 'complete' && (await ports.readStream(plan.playlistPath)) === null;
  if (state !== 'failed' && !isGone) return found;
  return changeClaim(ports.records, plan.place.key, (current) =>
    current.attempt === attempt && current.state === state
      ? { ...current, state: 'claimed', attempt: attempt + 1, jobId: null, failure: null }
      : null,
  );
}

/**
 * Safe to interrupt after every step, and to run by several at once. The claim stays `submitted`: the caller completes it,
 * once the title's record says what was made.
 *
 * @throws PublishFailed after the claim has become `failed`
 */
export async function encode(ports: EncodePorts, plan: EncodePlan, open: Claim): Promise<Encoded> {
  const claim = open.jobId === null ? await ensureJob(ports, plan, open) : open;
  const { titleId: id, jobId, attempt, state } = claim;
  if (jobId === null) throw new Error(`${plan.place.key} lost its job; run the same command again`);
  const failure = state === 'complete' ? null : await followJob(ports, { id, jobId });
  if (failure !== null) return failClaim(ports, plan, { failure, attempt, id });
  const stream = await ports.readStream(plan.playlistPath);
  if (stream !== null) {
    const folder = plan.playlistPath.replace(/[^/]*$/, '');
    return { ...stream, storyboardPath: await ports.provideStoryboard({ id, folder }) };
  }
  const text = `the job is complete, but ${plan.playlistPath} is not in the outputs bucket: run the same command again to begin a new job`;
  return failClaim(ports, plan, { failure: { code: 'OUTPUTS_MISSING', text }, attempt, id });
}

export function completeClaim(records: RecordStore, key: string): Promise<Claim> {
  return changeClaim(records, key, (current) =>
    current.state === 'submitted' ? { ...current, state: 'complete' } : null,
  );
}

async function failClaim(
  { records }: EncodePorts,
  { place }: EncodePlan,
  { failure, attempt, id }: { readonly failure: JobFailure; readonly attempt: number; readonly id: string },
): Promise<never> {
  await changeClaim(records, place.key, (current) =>
    current.attempt === attempt && current.state === 'submitted'
      ? { ...current, state: 'failed', failure: { ...failure } }
      : null,
  );
  throw new PublishFailed(failure.code, failure.text, { id });
}
