/**
 * From a piece of work to its title: claim, files, job, record. It goes on from whatever an earlier run, or somebody else's,
 * has left, and may be stopped after every step.
 */
import { type Claim, claimSchema } from '../../library/claim.ts';
import {
  claimKey,
  claimPlace,
  playlistPath,
  posterPath,
  titleKey,
  type WorkHashes,
} from '../../library/places.ts';
import { readTitle } from '../../library/read-title.ts';
import type { Title } from '../../library/title.ts';
import {
  completeClaim,
  type Encoded,
  type EncodePlan,
  type EncodePorts,
  encode,
  reopenClaim,
} from './encode.ts';
import type { JobPlan } from './ensure-job.ts';
import { PublishFailed } from './failed.ts';
import { type ClaimPorts, settleClaim } from './settle-claim.ts';
import type { Work } from './work.ts';

export interface PublishPorts extends EncodePorts, ClaimPorts {
  /** Sends the master and its captions; nothing that is there already is sent again. */
  readonly sendInputs: (claim: Claim) => Promise<void>;
  /** Puts the poster there, unless it is there. */
  readonly providePoster: (path: string) => Promise<void>;
}

export interface WorkToPublish extends Work {
  readonly durationSeconds: number;
  readonly pathPrefix: string;
  readonly job: Omit<JobPlan, 'place'>;
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
  const { records, tell } = ports;
  const place = claimPlace(work.hashes);
  const found = await settleClaim(ports, work);
  const live = await liveTitle(ports, found);
  // As people call it now: the claim has its first name.
  const title = live?.title ?? found.title;
  if (isKnownOtherwise(found, work, title)) tell({ event: 'same-master', id: found.titleId, title });
  if (live !== null) {
    await completeClaim(records, place.key);
    return { title: live, isNew: false };
  }
  const id = found.titleId;
  const plan: EncodePlan = { ...work.job, place, playlistPath: playlistPath(work.pathPrefix, id, VERSION) };
  const claim = await reopenClaim(ports, plan, found);
  const poster = posterPath(work.pathPrefix, id, VERSION);
  // First, so that a video without a picture that can be taken is not sent for nothing.
  await ports.providePoster(poster);
  if (claim.jobId === null) await ports.sendInputs(claim);
  const stream = await encode(ports, plan, claim);
  const published = await record(ports, work, { claim, stream, playlist: plan.playlistPath, poster });
  await completeClaim(records, place.key);
  return published;
}

/**
 * The title that a master is already, by its hashes alone; null where it is none yet, or where its claim has not come so far.
 *
 * @throws PublishFailed `WITHDRAWN`; BrokenRecordError
 */
export async function findTitle(
  ports: Pick<PublishPorts, 'records'>,
  hashes: WorkHashes,
): Promise<Title | null> {
  const claim = await ports.records.read(claimKey(hashes), claimSchema);
  return claim === null ? null : liveTitle(ports, claim.record);
}

/** Whether the master has another id or name than this work asks for. @param now - its name now */
function isKnownOtherwise(
  claim: Pick<Claim, 'titleId' | 'title'>,
  { id, title }: Work,
  now: string,
): boolean {
  return ![claim.title, now].includes(title) || (id.given && claim.titleId !== id.value);
}

/**
 * Whatever the claim says: of two uploads of one file, the slower one finds no files once the title is withdrawn, and calls
 * the claim failed.
 *
 * @throws PublishFailed `WITHDRAWN`
 */
async function liveTitle(
  { records }: Pick<PublishPorts, 'records'>,
  { titleId: id }: Claim,
): Promise<Title | null> {
  const title = (await readTitle(records, id))?.record ?? null;
  if (title === null || title.state === 'live') return title;
  throw new PublishFailed(
    'WITHDRAWN',
    `this file is the title ${JSON.stringify(title.title)}, which was withdrawn: nothing was changed; npm run restore puts it back on the air, with the id ${JSON.stringify(id)}`,
    { id },
  );
}

function withdrawnMeanwhile({ id, title }: Title): PublishFailed {
  return new PublishFailed(
    'WITHDRAWN',
    `somebody withdrew ${JSON.stringify(title)} while this command made it: run npm run withdraw for the id ${JSON.stringify(id)} again, because files may have been written since`,
    { id },
  );
}

interface Made {
  readonly claim: Claim;
  readonly stream: Encoded;
  readonly playlist: string;
  readonly poster: string;
}

async function record(
  { records, now }: PublishPorts,
  { durationSeconds }: WorkToPublish,
  { claim, stream, playlist, poster }: Made,
): Promise<Published> {
  const id = claim.titleId;
  const title: Title = {
    schemaVersion: 1,
    id,
    title: claim.title,
    version: VERSION,
    state: 'live',
    playlistPath: playlist,
    durationSeconds,
    renditions: stream.renditions,
    captions: stream.captions,
    posterPath: poster,
    storyboardPath: stream.storyboardPath,
    ...(claim.inputs.encrypted && { encrypted: true }),
    createdAt: now().toISOString(),
  };
  const written = await records.create(titleKey(id), title);
  if (written !== 'conflict') return { title, isNew: true };
  const there = (await readTitle(records, id))?.record ?? title;
  if (there.state !== 'live') throw withdrawnMeanwhile(there);
  // Of this instant: our own write, whose answer was lost and which the SDK sent again.
  return { title: there, isNew: there.createdAt === title.createdAt };
}
