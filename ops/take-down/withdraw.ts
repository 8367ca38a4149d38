/**
 * A title off the air: its record first, so that no site lists it, then its files in every version, then what caches hold.
 * Every step can be done again, so whatever stopped an earlier run, the same command goes on.
 */

import { randomUUID } from 'node:crypto';
import { changeTitle, requireTitle } from '../library/change-title.ts';
import { claimSchema } from '../library/claim.ts';
import { encodePlace, versionFolder } from '../library/places.ts';
import type { Title } from '../library/title.ts';
import { followJob } from '../upload/publish/follow-job.ts';
import { transcodeJobs } from '../upload/publish/jobs.ts';
import { jobQueues } from '../upload/publish/publish-title.ts';
import { moveToClass, type ObjectPlace, readinessOf } from './archive.ts';
import type { TakeDownContext } from './context.ts';
import { TakeDownFailed } from './failed.ts';
import { createInvalidation, invalidationPath, waitForInvalidation } from './invalidate.ts';
import { masterOf, type TitlesMaster } from './master.ts';
import { countVersions, deleteEveryVersion, type ObjectsPlace, type Tally } from './object-versions.ts';
import { keepPoster } from './poster.ts';
import { requestStatus } from './probe.ts';

/** What becomes of the master. */
export const MASTER_FATES = ['keep', 'archive', 'delete'] as const;
export type MasterFate = (typeof MASTER_FATES)[number];

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
  /** When the last signature ends that can have been made by now. */
  readonly signaturesUntil: Date;
}

/** Changes nothing. @throws UsageError for an unknown id */
export async function planWithdrawal(context: TakeDownContext, id: string): Promise<WithdrawalPlan> {
  const { s3, signal, records } = context;
  const title = await requireTitle(context, id);
  const folder = titleFolder(context, id);
  return {
    title,
    folder,
    outputs: await countVersions(s3, filesOf(context, id), signal),
    path: invalidationPath(folder),
    master: await masterOf(records, title),
    signaturesUntil: signaturesUntil(context),
  };
}

/** @throws UsageError for an unknown id; TakeDownFailed; BrokenRecordError; what AWS answers */
export async function withdraw(context: TakeDownContext, options: WithdrawOptions): Promise<void> {
  const { records, tell } = context;
  const before = await requireTitle(context, options.id);
  const playedBefore = before.state === 'live' ? await probe(context, before) : null;
  const title = await markWithdrawn(context, options);
  const master = await masterOf(records, title);
  const fate = title.withdrawal?.master ?? 'keep';
  if (master !== null && fate !== 'delete') await keepPoster(context, title, master);

  await deleteFiles(context, title);
  if (await outlastJob(context, title)) await deleteFiles(context, title);
  await requireNotServed(context, title, playedBefore);
  await settleMaster(context, master, fate);
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

/** Whether a job was encoding the title again: what it wrote after the deletion is still there. */
async function outlastJob(context: TakeDownContext, title: Title): Promise<boolean> {
  const { records, mediaConvert, signal, now, wait, tell } = context;
  const { encodingVersion: version, id } = title;
  if (version === undefined) return false;
  const claim = (await records.read(encodePlace(id, version).key, claimSchema))?.record;
  if (claim === undefined || claim.jobId === null) return false;
  const { jobId } = claim;
  const jobs = transcodeJobs({ mediaConvert, queues: jobQueues(context), signal, now });
  tell({ event: 'waiting-for-job', jobId, version });
  await followJob({ jobs, wait, tell: () => undefined }, { id, jobId });
  return true;
}

async function probe({ sign, signal }: TakeDownContext, { playlistPath }: Title): Promise<number | null> {
  const url = await sign(playlistPath);
  return url === null ? null : requestStatus(url, signal);
}

/** @throws TakeDownFailed `STILL_SERVED` */
async function requireNotServed(
  { sign, signal, tell }: TakeDownContext,
  { playlistPath, id }: Title,
  before: number | null,
): Promise<void> {
  const url = await sign(playlistPath);
  if (url === null) return tell({ event: 'not-probed', why: 'NO_KEY' });
  const status = await requestStatus(url, signal);
  if (status === null) return tell({ event: 'not-probed', why: 'NO_ANSWER' });
  tell({ event: 'probed', status, before });
  if (status >= 400) return;
  throw new TakeDownFailed(
    'STILL_SERVED',
    `${playlistPath} is still answered with ${status}: somebody may be writing files of ${JSON.stringify(id)}, or the distribution has another origin; run the same command again`,
  );
}

/** @throws TakeDownFailed `MASTER_SHARED` */
async function settleMaster(
  context: TakeDownContext,
  master: TitlesMaster | null,
  fate: MasterFate,
): Promise<void> {
  const { s3, outputs, signal, tell } = context;
  if (master === null) return tell({ event: 'master-missing', key: null });
  const { key, sharedWith } = master;
  const bucket = outputs.master_uploads_bucket_name;
  if (fate === 'keep') {
    const { state } = await readinessOf(s3, { bucket, key }, signal);
    return tell({ event: state === 'missing' ? 'master-missing' : 'master-kept', key });
  }
  if (sharedWith.length > 0) {
    throw new TakeDownFailed(
      'MASTER_SHARED',
      `the title is off the air, and its master ${key} was kept, because other titles are made of it: ${sharedWith.join(', ')}`,
    );
  }
  const own = (one: string) => one === key || one.startsWith(`${key}/`);
  const everything: ObjectsPlace = { bucket, prefix: key, includes: ({ Key }) => own(Key) };
  if (fate === 'delete') {
    const { versions } = await deleteEveryVersion(s3, everything, signal);
    return tell({ event: 'master-deleted', key, versions });
  }
  await archiveMaster(context, { bucket, key });
}

/** Captions and poster are small: S3 would charge more for them in an archive. */
async function archiveMaster(
  { s3, config: { mastersArchiveClass: storageClass }, signal, tell }: TakeDownContext,
  place: ObjectPlace,
): Promise<void> {
  await moveToClass(s3, place, { storageClass }, signal);
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
