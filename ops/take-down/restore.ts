/** A withdrawn title on the air again: its master is encoded anew, as the title's next version. */

import { changeTitle } from '../library/change-title.ts';
import type { Title } from '../library/title.ts';
import { UsageError } from '../terraform/targets.ts';
import { addressFields } from '../upload/signed-address.ts';
import { hoursToRestore, readinessOf, startRestore } from './archive.ts';
import { restoreCommand, type TakeDownContext } from './context.ts';
import { encodeVersion } from './encode-version.ts';
import { TakeDownFailed } from './failed.ts';
import { masterOf, type TitlesMaster } from './master.ts';
import { requireOwnTitle } from './own-files.ts';

/** By S3’s names. */
export const TIERS = ['Standard', 'Bulk', 'Expedited'] as const;
type Tier = (typeof TIERS)[number];

export interface RestoreOptions {
  readonly id: string;
  /** How fast an archived master is wanted; the faster, the dearer. */
  readonly tier: Tier;
}

/**
 * Null while S3 restores an archived master: the same call goes on later. A title that is live already stays as it is.
 *
 * @throws UsageError for an unknown id, and for a title whose withdrawal is not complete; TakeDownFailed; what AWS answers
 */
export async function restore(context: TakeDownContext, { id, tier }: RestoreOptions): Promise<Title | null> {
  const { environment } = context.config;
  const found = await requireOwnTitle(context, id);
  if (found.state === 'live') return tellLive(context, found, { isNew: false });
  requireComplete(found, environment);
  const master = await masterOf(context.records, found);
  const ready = await requireMaster(context, found, master);
  const title = await changeTitle(context, id, (current) => {
    if (current.state !== 'withdrawn') return null;
    requireComplete(current, environment);
    return { ...current, state: 'restoring' };
  });
  if (!(await isReadable(context, ready, tier))) return null;
  return title.state === 'live' ? tellLive(context, title, { isNew: false }) : publish(context, title, ready);
}

/** A live title's next version: what viewers play stays until their signatures have ended. */
export async function encodeAgain(context: TakeDownContext, options: RestoreOptions): Promise<Title | null> {
  const found = await requireOwnTitle(context, options.id);
  if (found.state !== 'live') {
    throw new UsageError(
      `${JSON.stringify(options.id)} is not live: ${restoreCommand(context, options.id)} puts it back on the air`,
    );
  }
  const master = await requireMaster(context, found, await masterOf(context.records, found));
  return (await isReadable(context, master, options.tier)) ? publish(context, found, master) : null;
}

async function publish(context: TakeDownContext, title: Title, master: TitlesMaster): Promise<Title> {
  return tellLive(context, await encodeVersion(context, title, master), { isNew: true });
}

async function tellLive(
  { tell, sign }: TakeDownContext,
  live: Title,
  { isNew }: { readonly isNew: boolean },
): Promise<Title> {
  const { version, playlistPath, retiredVersions = [] } = live;
  tell({ event: 'live', version, playlistPath, isNew, ...addressFields(await sign(playlistPath)) });
  for (const one of retiredVersions) {
    tell({ event: 'retired', version: one.version, deleteAfter: one.deleteAfter });
  }
  return live;
}

function requireComplete({ id, state, withdrawal }: Title, environment: string): void {
  if (state !== 'withdrawn' || withdrawal?.completedAt !== null) return;
  throw new UsageError(
    `the withdrawal of ${JSON.stringify(id)} is not complete: run npm run withdraw -- ${environment} ${id} to its end first`,
  );
}

/** @throws TakeDownFailed `MASTER_MISSING` */
async function requireMaster(
  { s3, outputs, signal, config: { environment } }: TakeDownContext,
  { id }: Title,
  master: TitlesMaster | null,
): Promise<TitlesMaster> {
  const bucket = outputs.master_uploads_bucket_name;
  if (master !== null) {
    const { state } = await readinessOf(s3, { bucket, key: master.key }, signal);
    if (state !== 'missing') return master;
  }
  throw new TakeDownFailed(
    'MASTER_MISSING',
    master === null
      ? `no record says which object is the master of ${JSON.stringify(id)}: upload it as a new title with npm run upload -- ${environment}`
      : `the master ${master.key} is not in ${bucket}: put the same file there (aws s3 cp <file> s3://${bucket}/${master.key}), then run the same command again`,
  );
}

/** Asks S3 to restore what is archived. */
async function isReadable(
  { s3, outputs, signal, now, tell }: TakeDownContext,
  { key }: TitlesMaster,
  tier: Tier,
): Promise<boolean> {
  const place = { bucket: outputs.master_uploads_bucket_name, key };
  const found = await readinessOf(s3, place, signal);
  if (!('storageClass' in found)) return true;
  const { storageClass } = found;
  if (found.state === 'restoring') {
    tell({ event: 'restoring', key, storageClass, readyBy: null });
    return false;
  }
  await startRestore(s3, place, tier, signal);
  const readyBy = new Date(now().getTime() + hoursToRestore(storageClass, tier) * 3_600_000).toISOString();
  tell({ event: 'restoring', key, storageClass, readyBy });
  return false;
}
