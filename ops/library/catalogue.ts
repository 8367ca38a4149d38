/** Every title of the library, by a reader that fetches only what has changed since it looked last. */
import pLimit from 'p-limit';
import { BrokenRecordError } from './broken-record.ts';
import { TITLES_PREFIX } from './places.ts';
import { requireOwnName } from './read-title.ts';
import type { ListedRecord, RecordStore } from './record-store.ts';
import { type Title, titleSchema } from './title.ts';

/** A title, or a record that cannot be read, which does not hide the others. */
export type CatalogueEntry =
  | { readonly key: string; readonly title: Title }
  | { readonly key: string; readonly broken: BrokenRecordError };

export interface Catalogue {
  /**
   * The titles as they are now, by key. One call lists 1,000 of them. Calls at the same time share one reading.
   *
   * @throws what S3 answers; the next call goes on with what was fetched before
   */
  read(): Promise<readonly CatalogueEntry[]>;
}

export interface CatalogueOptions {
  readonly records: Pick<RecordStore, 'read' | 'list'>;
  /** Records that are fetched at the same time. @default 16 */
  readonly mostAtOnce?: number;
}

interface Known {
  readonly etag: string;
  readonly entry: CatalogueEntry;
}

export function createCatalogue({ records, mostAtOnce = 16 }: CatalogueOptions): Catalogue {
  const known = new Map<string, Known>();
  let reading: Promise<readonly CatalogueEntry[]> | undefined;

  async function readNow(): Promise<readonly CatalogueEntry[]> {
    const listed = (await records.list(TITLES_PREFIX)).filter(({ key }) => key.endsWith('.json'));
    const keys = new Set(listed.map(({ key }) => key));
    for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    const changed = listed.filter(({ key, etag }) => known.get(key)?.etag !== etag);
    const limit = pLimit(mostAtOnce);
    const fetch = async (one: ListedRecord) => {
      const fetched = await fetchOne(one);
      // Deleted between the list and the fetch.
      if (fetched === null) known.delete(one.key);
      else known.set(one.key, fetched);
    };
    await Promise.all(changed.map((one) => limit(() => fetch(one)))).finally(() => limit.clearQueue());
    return listed.flatMap(({ key }) => known.get(key)?.entry ?? []);
  }

  async function fetchOne({ key, etag }: ListedRecord): Promise<Known | null> {
    try {
      const stored = await records.read(key, titleSchema);
      if (stored === null) return null;
      const { record: title } = stored;
      requireOwnName(key, title);
      return { etag: stored.etag, entry: { key, title } };
    } catch (error) {
      if (!(error instanceof BrokenRecordError)) throw error;
      return { etag, entry: { key, broken: error } };
    }
  }

  return {
    read: () => {
      reading ??= readNow().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}
