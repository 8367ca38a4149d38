/** A title's record by its id. */
import { BrokenRecordError } from './broken-record.ts';
import { titleKey } from './places.ts';
import type { RecordStore, Stored } from './record-store.ts';
import { type Title, titleSchema } from './title.ts';

/**
 * Null where there is none.
 *
 * @throws BrokenRecordError, also for a record that has another title's id: files are found, and deleted, by the id
 */
export async function readTitle(
  records: Pick<RecordStore, 'read'>,
  id: string,
): Promise<Stored<Title> | null> {
  const stored = await records.read(titleKey(id), titleSchema);
  if (stored !== null) requireOwnName(titleKey(id), stored.record);
  return stored;
}

/** @throws BrokenRecordError */
export function requireOwnName(key: string, { id }: Pick<Title, 'id'>): void {
  if (key !== titleKey(id)) throw new BrokenRecordError(key, ['id: expected the name of the file']);
}
