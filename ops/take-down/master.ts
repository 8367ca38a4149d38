/** The master of a title, and which other titles are made of it. */
import { type Claim, claimSchema, idHolderSchema } from '../library/claim.ts';
import { claimsOf, idKey, sha256OfClaim, titleKey } from '../library/places.ts';
import type { RecordStore } from '../library/record-store.ts';
import { type Title, titleSchema } from '../library/title.ts';

export interface TitlesMaster {
  /** In the masters bucket. */
  readonly key: string;
  /** Of the title's claim; null for a title that was adopted. */
  readonly inputs: Claim['inputs'] | null;
  /** Ids of other titles that still need the same object. */
  readonly sharedWith: readonly string[];
}

/** Null where nothing tells which object is the title's master. */
export async function masterOf(
  records: Pick<RecordStore, 'read' | 'list'>,
  title: Title,
): Promise<TitlesMaster | null> {
  if (title.masterKey !== undefined) return { key: title.masterKey, inputs: null, sharedWith: [] };
  const holder = await records.read(idKey(title.id), idHolderSchema);
  if (holder === null) return null;
  const claim = await records.read(holder.record.claim, claimSchema);
  if (claim === null || claim.record.titleId !== title.id) return null;
  const { inputs } = claim.record;
  return {
    key: inputs.masterKey,
    inputs,
    sharedWith: await sharers(records, { own: holder.record.claim, id: title.id }),
  };
}

/** The same bytes with other settings are another claim, and another title. */
async function sharers(
  records: Pick<RecordStore, 'read' | 'list'>,
  { own, id }: { readonly own: string; readonly id: string },
): Promise<string[]> {
  const sha256 = sha256OfClaim(own);
  if (sha256 === null) return [];
  const others = (await records.list(claimsOf(sha256))).filter(({ key }) => key !== own);
  const found: string[] = [];
  for (const { key } of others) {
    const claim = (await records.read(key, claimSchema))?.record;
    if (claim === undefined || claim.titleId === id) continue;
    if (await needsMaster(records, claim.titleId)) found.push(claim.titleId);
  }
  return found.sort();
}

/** A title that is not there yet needs it, and so does one that was withdrawn with its master kept. */
async function needsMaster(records: Pick<RecordStore, 'read'>, id: string): Promise<boolean> {
  const title = (await records.read(titleKey(id), titleSchema))?.record;
  return title?.state !== 'withdrawn' || (title.withdrawal?.master ?? 'keep') === 'keep';
}
