/** Who makes a title of a master: the claim that is there already, or a new one with an id that nobody else has. */
import { type Claim, claimSchema, idHolderSchema } from '../../library/claim.ts';
import { claimKey, idKey } from '../../library/places.ts';
import { readTitle } from '../../library/read-title.ts';
import type { RecordStore } from '../../library/record-store.ts';
import { numberedId } from '../check/ids.ts';
import { PublishFailed } from './failed.ts';
import type { Work } from './work.ts';

export interface ClaimPorts {
  readonly records: RecordStore;
  /** Whether anything is in the folder of this id in the outputs bucket. */
  readonly isFolderUsed: (id: string) => Promise<boolean>;
  readonly now: () => Date;
}

/** A name that a thousand titles have already is a mistake. */
const MOST_SUFFIXES = 1000;

/**
 * Safe to interrupt after every step, and to run by several at once: all of them get the same claim.
 *
 * @throws PublishFailed `ID_TAKEN` for an id that was given and belongs to another title
 * @throws BrokenRecordError
 */
export async function settleClaim(ports: ClaimPorts, work: Work): Promise<Claim> {
  const { records, now } = ports;
  const key = claimKey(work.hashes);
  const found = await readClaim(records, key);
  if (found !== null) return found;
  const titleId = await reserveId(ports, work);
  // Somebody else with the same file was faster, and may have taken this very id for it.
  if (titleId === null) return (await readClaim(records, key)) ?? refuseTaken(work);
  const claim: Claim = {
    schemaVersion: 1,
    titleId,
    title: work.title,
    state: 'claimed',
    attempt: 1,
    jobId: null,
    failure: null,
    inputs: work.inputs,
    upload: null,
    createdAt: now().toISOString(),
  };
  if ((await records.create(key, claim)) !== 'conflict') return claim;
  return requireClaim(records, key);
}

/** The claim as it is now; nobody deletes one. */
export async function requireClaim(records: RecordStore, key: string): Promise<Claim> {
  const claim = await readClaim(records, key);
  if (claim === null) throw new Error(`${key} was deleted meanwhile; run the same command again`);
  return claim;
}

/**
 * Changes a claim, if it still is what the change is for.
 *
 * @param change - called with the claim as it is; null where there is nothing to change
 * @returns the claim as it is afterwards, also where somebody else changed it
 */
export async function changeClaim(
  records: RecordStore,
  key: string,
  change: (claim: Claim) => Claim | null,
): Promise<Claim> {
  for (;;) {
    const stored = await records.read(key, claimSchema);
    if (stored === null) return requireClaim(records, key);
    const changed = change(stored.record);
    if (changed === null) return stored.record;
    if ((await records.replace(key, changed, stored.etag)) !== 'conflict') return changed;
  }
}

async function readClaim(records: RecordStore, key: string): Promise<Claim | null> {
  return (await records.read(key, claimSchema))?.record ?? null;
}

function refuseTaken({ id }: Work): never {
  throw new PublishFailed(
    'ID_TAKEN',
    `the id ${JSON.stringify(id.value)} belongs to another title: choose another one with --id`,
  );
}

/** Null where none can be had. */
async function reserveId(ports: ClaimPorts, { hashes, id }: Work): Promise<string | null> {
  const claim = claimKey(hashes);
  const most = id.given ? 1 : MOST_SUFFIXES;
  for (let number = 1; number <= most; number += 1) {
    const candidate = numberedId(id.value, number);
    if (await holdId(ports, candidate, claim)) return candidate;
  }
  return null;
}

/** Whether the claim has the id now. */
async function holdId(ports: ClaimPorts, id: string, claim: string): Promise<boolean> {
  const { records, isFolderUsed } = ports;
  for (;;) {
    const holder = await records.read(idKey(id), idHolderSchema);
    if (holder !== null && holder.record.claim !== claim) {
      if (!(await isLeft(records, id, holder.record.claim))) return false;
    }
    if (await isUsed(records, id, isFolderUsed)) return false;
    if (holder?.record.claim === claim) return true;
    const mine = { schemaVersion: 1, claim };
    const written =
      holder === null
        ? await records.create(idKey(id), mine)
        : await records.replace(idKey(id), mine, holder.etag);
    if (written !== 'conflict') return true;
  }
}

/**
 * Whether a claim reserved the id and became a title under another one: of two callers with the same file one came first.
 * A claim that is not there yet may still take its id.
 */
async function isLeft(records: RecordStore, id: string, claim: string): Promise<boolean> {
  const of = await readClaim(records, claim);
  return of !== null && of.titleId !== id;
}

async function isUsed(
  records: RecordStore,
  id: string,
  isFolderUsed: (id: string) => Promise<boolean>,
): Promise<boolean> {
  return (await readTitle(records, id)) !== null || isFolderUsed(id);
}
