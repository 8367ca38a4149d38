/**
 * From a piece of work to its title: claim, files, job, record. It goes on from whatever an earlier run, or somebody else's,
 * has left, and may be stopped after every step.
 */
import type { Claim } from '../../library/claim.ts';
import { claimKey, playlistPath, titleKey, versionFolder } from '../../library/places.ts';
import type { Stream } from '../../library/read-stream.ts';
import { type Title, titleSchema } from '../../library/title.ts';
import { ensureJob, type JobPlan, type JobPorts } from './ensure-job.ts';
import { PublishFailed } from './failed.ts';
import { followJob, type JobFailure } from './follow-job.ts';
import { type ClaimPorts, changeClaim, settleClaim } from './settle-claim.ts';
import type { Work } from './work.ts';

export interface PublishPorts extends JobPorts, ClaimPorts {
  /** Sends the master and its captions; nothing that is there already is sent again. */
  readonly sendInputs: (claim: Claim) => Promise<void>;
  /** Puts the poster there, unless it is there. */
  readonly providePoster: (path: string) => Promise<void>;
  /** Null where the master playlist is missing. */
  readonly readStream: (path: string) => Promise<Stream | null>;
}

export interface WorkToPublish extends Work {
  readonly durationSeconds: number;
  readonly pathPrefix: string;
  readonly job: Omit<JobPlan, 'hashes'>;
}

export interface Published {
  readonly title: Title;
  /** False where it was live before. */
  readonly isNew: boolean;
}

/** The first encode; later ones are other commands' work. */
const VERSION = 1;

/**
 * @throws PublishFailed; BrokenRecordError; what AWS answers. The same call goes on from there.
 */
export async function publishWork(ports: PublishPorts, work: WorkToPublish): Promise<Published> {
  const { tell } = ports;
  const found = await settleClaim(ports, work);
  if (isKnownOtherwise(found, work)) tell({ event: 'same-master', id: found.titleId, title: found.title });
  const live = await liveTitle(ports, found);
  if (live !== null) {
    await completeClaim(ports, work);
    return { title: live, isNew: false };
  }
  const claim = await readyClaim(ports, work, found);
  // First, so that a video without a picture that can be taken is not sent for nothing.
  await ports.providePoster(posterOf(work, claim));
  if (claim.state === 'complete') return record(ports, work, claim);
  const submitted = claim.jobId === null ? await submit(ports, work, claim) : claim;
  const { titleId: id, jobId, attempt } = submitted;
  if (jobId === null) throw new Error(`${claimKey(work.hashes)} lost its job; run the same command again`);
  const failure = await followJob(ports, { id, jobId });
  if (failure !== null) return failClaim(ports, work, { failure, attempt, id });
  return record(ports, work, submitted);
}

async function submit(ports: PublishPorts, work: WorkToPublish, claim: Claim): Promise<Claim> {
  await ports.sendInputs(claim);
  return ensureJob(ports, { ...work.job, hashes: work.hashes }, claim);
}

/** Under which other name or id the master is a title already. */
function isKnownOtherwise({ titleId, title }: Claim, { id, title: wanted }: Work): boolean {
  return title !== wanted || (id.given && titleId !== id.value);
}

/** @throws PublishFailed `WITHDRAWN` */
async function liveTitle({ records }: PublishPorts, { titleId: id, state }: Claim): Promise<Title | null> {
  if (state === 'claimed' || state === 'failed') return null;
  const title = (await records.read(titleKey(id), titleSchema))?.record ?? null;
  if (title?.state === 'withdrawn') {
    throw new PublishFailed(
      'WITHDRAWN',
      `this file is the title ${JSON.stringify(title.title)}, which was withdrawn: nothing was changed; a withdrawn title stays off the air until somebody restores it`,
      { id },
    );
  }
  return title;
}

/** A claim that can be gone on with: a failed one begins its next attempt, and so does one whose files are gone. */
async function readyClaim(ports: PublishPorts, work: WorkToPublish, found: Claim): Promise<Claim> {
  const { attempt, titleId: id, state } = found;
  const isGone = state === 'complete' && (await ports.readStream(pathOf(work, id))) === null;
  if (state !== 'failed' && !isGone) return found;
  return changeClaim(ports.records, claimKey(work.hashes), (current) =>
    current.attempt === attempt && current.state === state
      ? { ...current, state: 'claimed', attempt: attempt + 1, jobId: null, failure: null }
      : null,
  );
}

async function failClaim(
  { records }: PublishPorts,
  { hashes }: Work,
  { failure, attempt, id }: { readonly failure: JobFailure; readonly attempt: number; readonly id: string },
): Promise<never> {
  await changeClaim(records, claimKey(hashes), (current) =>
    current.attempt === attempt && current.state === 'submitted'
      ? { ...current, state: 'failed', failure: { ...failure } }
      : null,
  );
  throw new PublishFailed(failure.code, failure.text, { id });
}

async function record(ports: PublishPorts, work: WorkToPublish, claim: Claim): Promise<Published> {
  const { records, now } = ports;
  const { titleId: id, attempt } = claim;
  const stream = await ports.readStream(pathOf(work, id));
  if (stream === null) {
    const text = `the job is complete, but ${pathOf(work, id)} is not in the outputs bucket: run the same command again to begin a new job`;
    return failClaim(ports, work, { failure: { code: 'OUTPUTS_MISSING', text }, attempt, id });
  }
  const title: Title = {
    schemaVersion: 1,
    id,
    title: claim.title,
    version: VERSION,
    state: 'live',
    playlistPath: pathOf(work, id),
    durationSeconds: work.durationSeconds,
    renditions: stream.renditions,
    captions: stream.captions,
    posterPath: posterOf(work, claim),
    storyboardPath: null,
    createdAt: now().toISOString(),
  };
  const written = await records.create(titleKey(id), title);
  await completeClaim(ports, work);
  if (written !== 'conflict') return { title, isNew: true };
  const there = (await records.read(titleKey(id), titleSchema))?.record ?? title;
  // Of this instant: our own write, whose answer was lost and which the SDK sent again.
  return { title: there, isNew: there.createdAt === title.createdAt };
}

function completeClaim({ records }: PublishPorts, { hashes }: Work): Promise<Claim> {
  return changeClaim(records, claimKey(hashes), (current) =>
    current.state === 'submitted' ? { ...current, state: 'complete' } : null,
  );
}

function pathOf({ pathPrefix }: WorkToPublish, id: string): string {
  return playlistPath(pathPrefix, id, VERSION);
}

function posterOf({ pathPrefix }: WorkToPublish, { titleId }: Claim): string {
  return `${versionFolder(pathPrefix, titleId, VERSION)}poster.jpg`;
}
