/**
 * A title off the air: its record first, so that no site lists it, then its files in every version, then what caches hold.
 * Every step can be done again, so whatever stopped an earlier run, the same command goes on.
 */

import { randomUUID } from 'node:crypto';
import { BrokenRecordError } from '../library/broken-record.ts';
import { changeTitle, requireTitle } from '../library/change-title.ts';
import { claimSchema } from '../library/claim.ts';
import { encodePlace, versionFolder } from '../library/places.ts';
import type { Title } from '../library/title.ts';
import { SEARCH_HOLDS_MS } from '../upload/publish/ensure-job.ts';
import { followJob } from '../upload/publish/follow-job.ts';
import { transcodeJobs } from '../upload/publish/jobs.ts';
import { jobQueues } from '../upload/publish/publish-title.ts';
import { jobMetadata } from '../upload/publish/work.ts';
import { moveToClass, type ObjectPlace, readinessOf } from './archive.ts';
import { restoreCommand, type TakeDownContext } from './context.ts';
import { TakeDownFailed } from './failed.ts';
import { forgetKey } from './forget-key.ts';
import { createInvalidation, invalidationPath, waitForInvalidation } from './invalidate.ts';
import { type MasterFate, masterOf, sharersOf, type TitlesMaster } from './master.ts';
import { countVersions, deleteEveryVersion, type ObjectsPlace, type Tally } from './object-versions.ts';
import { requireOwnTitle } from './own-files.ts';
import { keepPoster } from './poster.ts';
import { requestStatus } from './probe.ts';

export interface WithdrawOptions {
  readonly id: string;
  /** @default - what was asked for before, else `keep` */
  readonly master?: MasterFate;
}

/** What a withdrawal would do. */
export interface WithdrawalPlan {
  readonly title: Title;
  readonly folder: string;
  readonly outputs: Tally;
  readonly path: string;
  readonly master: TitlesMaster | null;
  readonly fate: MasterFate;
  /** Ids of other titles for which the master would be kept. */
  readonly sharedWith: readonly string[];
  /** When the last signature ends that can have been made by now. */
  readonly signaturesUntil: Date;
}

/** Changes nothing. @throws UsageError for an unknown id; BrokenRecordError */
export async function planWithdrawal(
  context: TakeDownContext,
  { id, master: wanted }: WithdrawOptions,
): Promise<WithdrawalPlan> {
  const { s3, signal, records } = context;
  const title = await requireOwnTitle(context, id);
  const folder = titleFolder(context, id);
  const fate = wanted ?? title.withdrawal?.master ?? 'keep';
  const master = await masterOf(records, title);
  return {
    ...{ title, folder, master, fate },
    sharedWith: master === null ? [] : await sharersOf(records, master, { id, fate }),
    outputs: await countVersions(s3, filesOf(context, id), signal),
    path: invalidationPath(folder),
    signaturesUntil: signaturesUntil(context),
  };
}

/** @throws UsageError for an unknown id; TakeDownFailed; BrokenRecordError; what AWS answers */
export async function withdraw(context: TakeDownContext, options: WithdrawOptions): Promise<void> {
  const { tell } = context;
  const before = await requireOwnTitle(context, options.id);
  const playedBefore = before.state === 'live' ? await probe(context, before) : null;
  const title = await markWithdrawn(context, options);
  const markedAt = context.now();
  const master = await findMaster(context, title);
  const fate = title.withdrawal?.master ?? 'keep';
  if (master !== null && 'key' in master && fate !== 'delete') {
    await tryToKeepPoster(context, title, master);
  }

  try {
    await deleteFiles(context, title);
    if (await outlastJob(context, title, markedAt)) await deleteFiles(context, title);
    await requireNotServed(context, title, playedBefore);
  } catch (error) {
    tell({ event: 'not-off-air' });
    throw error;
  }
  await forgetKeys(context, title);
  await settleMaster(context, { id: title.id, master, fate });
  await changeTitle(context, title.id, (current) => completed(current, title, context.now()));
  tell({ event: 'signatures', until: signaturesUntil(context).toISOString() });
}

/** A title that is withdrawn already keeps its date; nobody restores it before this run has ended. */
async function markWithdrawn(context: TakeDownContext, { id, master }: WithdrawOptions): Promise<Title> {
  const now = context.now().toISOString();
  const runId = randomUUID();
  const title = await changeTitle(context, id, (current) => {
    const earlier = current.state === 'withdrawn' ? current.withdrawal : undefined;
    const wanted = master ?? earlier?.master ?? 'keep';
    return {
      ...current,
      state: 'withdrawn',
      withdrawal: { at: now, ...earlier, master: wanted, runId, completedAt: null },
    };
  });
  const at = title.withdrawal?.at ?? now;
  context.tell({ event: 'withdrawn', at, isNew: at === now });
  return title;
}

/** Null where another run was started since, which says it then, or somebody has restored the title. */
function completed(current: Title, { withdrawal: ours }: Title, now: Date): Title | null {
  const { state, withdrawal, encodingVersion: _, retiredVersions: __, ...rest } = current;
  if (state !== 'withdrawn' || withdrawal === undefined || withdrawal.runId !== ours?.runId) return null;
  return { ...rest, state, withdrawal: { ...withdrawal, completedAt: now.toISOString() } };
}

async function deleteFiles(context: TakeDownContext, { id }: Title): Promise<void> {
  const { s3, distributionId, signal, tell } = context;
  const folder = titleFolder(context, id);
  const before = () => requireWithdrawn(context, id);
  const deleted = await deleteEveryVersion(s3, { ...filesOf(context, id), before }, signal);
  tell({ event: 'deleted', folder, ...deleted });
  const path = invalidationPath(folder);
  const invalidation = await createInvalidation(context, { distributionId, path });
  tell({ event: 'invalidating', id: invalidation, path });
  await waitForInvalidation(context, { distributionId, id: invalidation });
  tell({ event: 'invalidated', id: invalidation });
}

/** Of every version: their files are gone, and a restoration makes another version. */
async function forgetKeys(context: TakeDownContext, title: Title): Promise<void> {
  for (const version of [1, ...(title.laterVersions ?? [])]) await forgetKey(context, title, version);
}

/**
 * A run that was overtaken by another one, which is done, must not delete what a restoration writes since.
 *
 * @throws TakeDownFailed `RESTORED_MEANWHILE`
 */
async function requireWithdrawn(context: TakeDownContext, id: string): Promise<void> {
  if ((await requireTitle(context, id)).state === 'withdrawn') return;
  throw new TakeDownFailed(
    'RESTORED_MEANWHILE',
    `somebody restores ${JSON.stringify(id)} since this command began: nothing more was deleted; run it again to withdraw the title again`,
  );
}

function filesOf(context: TakeDownContext, id: string): ObjectsPlace {
  return { bucket: context.outputs.hls_outputs_bucket_name, prefix: titleFolder(context, id) };
}

/** What is known of the title's master; a record that cannot be read must not keep the title on the air. */
type FoundMaster = TitlesMaster | { readonly broken: BrokenRecordError } | null;

async function findMaster({ records }: TakeDownContext, title: Title): Promise<FoundMaster> {
  try {
    return await masterOf(records, title);
  } catch (error) {
    if (error instanceof BrokenRecordError) return { broken: error };
    throw error;
  }
}

/** A title without its poster is better than one that stays on the air. */
async function tryToKeepPoster(context: TakeDownContext, title: Title, master: TitlesMaster): Promise<void> {
  try {
    await keepPoster(context, title, master);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AccessDenied')) throw error;
    context.tell({ event: 'poster-not-kept', why: error.name });
  }
}

/**
 * How long after the record says `withdrawn` a command that read it before may still begin a job: until its look at the claim
 * is too old, and some seconds for the request itself.
 */
const JOB_MAY_BEGIN_MS = SEARCH_HOLDS_MS + 10_000;

/** Whether a job was encoding the title again: what it wrote after the deletion is still there. */
async function outlastJob(context: TakeDownContext, title: Title, markedAt: Date): Promise<boolean> {
  const { records, mediaConvert, outputs, signal, now, wait, tell } = context;
  const { encodingVersion: version, id } = title;
  if (version === undefined) return false;
  const place = encodePlace(id, version);
  const read = async () => (await records.read(place.key, claimSchema))?.record;
  let claim = await read();
  const jobs = transcodeJobs({ mediaConvert, queues: jobQueues(context), signal, now });
  if (claim?.jobId === null) {
    const until = new Date(markedAt.getTime() + JOB_MAY_BEGIN_MS);
    tell({ event: 'waiting-for-no-job', version, until: until.toISOString() });
    await wait(Math.max(0, until.getTime() - now().getTime()));
    claim = await read();
  }
  if (claim === undefined) return false;
  const masterUri = `s3://${outputs.master_uploads_bucket_name}/${claim.inputs.masterKey}`;
  const jobId = claim.jobId ?? (await jobs.find(masterUri, jobMetadata(place, claim.attempt)));
  if (jobId === null) return false;
  tell({ event: 'waiting-for-job', jobId, version });
  await followJob({ jobs, wait, tell: () => undefined }, { id, jobId });
  return true;
}

async function probe({ sign, signal }: TakeDownContext, { playlistPath }: Title): Promise<number | null> {
  const address = await sign(playlistPath);
  return address === null ? null : requestStatus(address.url, signal);
}

/** @throws TakeDownFailed `STILL_SERVED` */
async function requireNotServed(
  { sign, signal, tell }: TakeDownContext,
  { playlistPath, id }: Title,
  before: number | null,
): Promise<void> {
  const address = await sign(playlistPath);
  if (address === null) return tell({ event: 'not-probed', why: 'NO_KEY' });
  const status = await requestStatus(address.url, signal);
  if (status === null) return tell({ event: 'not-probed', why: 'NO_ANSWER' });
  tell({ event: 'probed', status, before });
  if (status >= 400) return;
  throw new TakeDownFailed(
    'STILL_SERVED',
    `${playlistPath} is still answered with ${status}: somebody may be writing files of ${JSON.stringify(id)}, or the distribution has another origin; run the same command again`,
  );
}

interface MasterToSettle {
  readonly id: string;
  readonly master: FoundMaster;
  readonly fate: MasterFate;
}

/** @throws TakeDownFailed `MASTER_SHARED`, `MASTER_UNKNOWN` */
async function settleMaster(context: TakeDownContext, { id, master, fate }: MasterToSettle): Promise<void> {
  const { s3, outputs, signal, tell } = context;
  if (master === null) return tell({ event: 'master-missing', key: null });
  if ('broken' in master) {
    const { what } = master.broken;
    if (fate === 'keep') return tell({ event: 'master-unknown', what });
    throw masterUnknown(master.broken);
  }
  const { key } = master;
  const bucket = outputs.master_uploads_bucket_name;
  const { state } = await readinessOf(s3, { bucket, key }, signal);
  if (fate === 'keep') {
    return state === 'missing'
      ? tell({ event: 'master-missing', key })
      : tell({ event: 'master-kept', key, restore: restoreCommand(context, id) });
  }
  const sharedWith = await sharersOf(context.records, master, { id, fate }).catch((error: unknown) => {
    throw error instanceof BrokenRecordError ? masterUnknown(error) : error;
  });
  if (sharedWith.length > 0) {
    throw new TakeDownFailed(
      'MASTER_SHARED',
      `the title is off the air, and its master ${key} was kept, because other titles are made of it: ${sharedWith.join(', ')}; withdraw those with --master ${fate} too, then run the same command again, or run it with --master keep`,
    );
  }
  const own = (one: string) => one === key || one.startsWith(`${key}/`);
  const everything: ObjectsPlace = { bucket, prefix: key, includes: ({ Key }) => own(Key) };
  if (fate === 'delete') {
    const { versions } = await deleteEveryVersion(s3, everything, signal);
    return tell({ event: 'master-deleted', key, versions });
  }
  if (state === 'missing') return tell({ event: 'master-missing', key });
  await archiveMaster(context, { bucket, key });
}

function masterUnknown({ what }: BrokenRecordError): TakeDownFailed {
  return new TakeDownFailed(
    'MASTER_UNKNOWN',
    `the title is off the air, and its master was left alone, because ${what}: correct that record, then run the same command again`,
  );
}

/** Captions and poster are small: S3 would charge more for them in an archive. */
async function archiveMaster(
  { s3, config: { mastersArchiveClass }, signal, tell }: TakeDownContext,
  place: ObjectPlace,
): Promise<void> {
  const storageClass = await moveToClass(s3, place, { storageClass: mastersArchiveClass }, signal);
  const { bucket, key } = place;
  const isEarlier: ObjectsPlace['includes'] = ({ Key, isLatest }) => Key === key && !isLatest;
  await deleteEveryVersion(s3, { bucket, prefix: key, includes: isEarlier }, signal);
  tell({ event: 'master-archived', key, storageClass });
}

function titleFolder({ config: { pathPrefix } }: TakeDownContext, id: string): string {
  return versionFolder(pathPrefix, id, 1);
}

function signaturesUntil({ config, now }: TakeDownContext): Date {
  return new Date(now().getTime() + config.longestSignatureSeconds * 1000);
}
