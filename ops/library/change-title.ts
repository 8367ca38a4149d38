/** One title's record: read, and changed without losing what somebody else changes at the same time. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { UsageError } from '../terraform/targets.ts';
import { titleKey } from './places.ts';
import { readTitle } from './read-title.ts';
import type { RecordStore } from './record-store.ts';
import { type Title, titleSchema } from './title.ts';

interface TitleContext {
  /** In the masters bucket. */
  readonly records: Pick<RecordStore, 'read' | 'replace'>;
  readonly config: Pick<EnvironmentConfig, 'environment'>;
}

/** @throws UsageError for an unknown id; BrokenRecordError */
export async function requireTitle(
  { records, config: { environment } }: TitleContext,
  id: string,
): Promise<Title> {
  const stored = await readTitle(records, id);
  if (stored !== null) return stored.record;
  throw new UsageError(
    `there is no title with the id ${JSON.stringify(id)}: npm run titles -- ${environment} lists them, and npm run titles -- adopt ${environment} makes records of titles that have none`,
  );
}

/**
 * Changes a title's record, if it still is what the change is for. What somebody else changes in it at the same time stays.
 *
 * @param change - called with the record as it is; null where there is nothing to change
 * @returns the record as it is afterwards
 */
export async function changeTitle(
  context: TitleContext,
  id: string,
  change: (title: Title) => Title | null,
): Promise<Title> {
  const { records } = context;
  for (;;) {
    const stored = await readTitle(records, id);
    if (stored === null) return requireTitle(context, id);
    const changed = change(stored.record);
    if (changed === null) return stored.record;
    // A record that nobody can read any more would leave its title as it is for good.
    titleSchema.parse(changed);
    if ((await records.replace(titleKey(id), changed, stored.etag)) !== 'conflict') return changed;
  }
}
