/** The master of a title, and which other titles are made of it. */
import { BrokenRecordError } from '../library/broken-record.ts';
import { type Claim, claimSchema, idHolderSchema } from '../library/claim.ts';
import { captionsPrefix, claimsOf, idKey, sha256OfClaim, titleKey } from '../library/places.ts';
import { readTitle } from '../library/read-title.ts';
import type { RecordStore } from '../library/record-store.ts';
import type { Title } from '../library/title.ts';

/** What becomes of the master. */
export const MASTER_FATES = ['keep', 'archive', 'delete'] as const;
export type MasterFate = (typeof MASTER_FATES)[number];

export interface TitlesMaster {
  /** In the masters bucket. */
  readonly key: string;
  /** Of the title's claim; null for a title that was adopted. */
  readonly inputs: Claim['inputs'] | null;
  /** Key of that claim. */
  readonly claim: string | null;
}

/**
 * Null where nothing tells which object is the title's master.
 *
 * @throws BrokenRecordError, also for a record that names an object which cannot be this title's master: it may be archived
 * and deleted
 */
export async function masterOf(
  records: Pick<RecordStore, 'read'>,
  title: Pick<Title, 'id' | 'masterKey'>,
): Promise<TitlesMaster | null> {
  const { id, masterKey } = title;
  if (masterKey !== undefined) {
    if (!masterKey.endsWith(`/${id}/master`))
      throw foreign(titleKey(id), `masterKey: expected …/${id}/master`);
    return { key: masterKey, inputs: null, claim: null };
  }
  const holder = await records.read(idKey(id), idHolderSchema);
  if (holder === null) return null;
  const { claim } = holder.record;
  const found = await records.read(claim, claimSchema);
  if (found === null || found.record.titleId !== id) return null;
  const { inputs } = found.record;
  const own = `/sha256/${sha256OfClaim(claim)}`;
  if (!inputs.masterKey.endsWith(own)) throw foreign(claim, `inputs.masterKey: expected …${own}`);
  const captions = captionsPrefix(inputs.masterKey);
  if (inputs.captions.some(({ key }) => !key.startsWith(captions))) {
    throw foreign(claim, `inputs.captions: expected keys below ${captions}`);
  }
  return { key: inputs.masterKey, inputs, claim };
}

/**
 * Ids of other titles that still need the same object as it is: the same bytes with other settings are another claim, and
 * another title.
 */
export async function sharersOf(
  records: Pick<RecordStore, 'read' | 'list'>,
  { claim: own }: TitlesMaster,
  { id, fate }: { readonly id: string; readonly fate: MasterFate },
): Promise<string[]> {
  const sha256 = own === null ? null : sha256OfClaim(own);
  if (sha256 === null || fate === 'keep') return [];
  const others = (await records.list(claimsOf(sha256))).filter(({ key }) => key !== own);
  const found: string[] = [];
  for (const { key } of others) {
    const claim = (await records.read(key, claimSchema))?.record;
    if (claim === undefined || claim.titleId === id) continue;
    if (await needsMaster(records, { id: claim.titleId, fate })) found.push(claim.titleId);
  }
  return found.sort();
}

/** A title that is not there yet needs it, and so does one that was withdrawn so that it can be restored. */
async function needsMaster(
  records: Pick<RecordStore, 'read'>,
  { id, fate }: { readonly id: string; readonly fate: MasterFate },
): Promise<boolean> {
  const title = (await readTitle(records, id))?.record;
  const wanted = title?.state === 'withdrawn' ? (title.withdrawal?.master ?? 'keep') : 'keep';
  return MASTER_FATES.indexOf(wanted) < MASTER_FATES.indexOf(fate);
}

function foreign(key: string, problem: string): BrokenRecordError {
  return new BrokenRecordError(key, [problem]);
}
