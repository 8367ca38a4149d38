/** A title under another name: the record alone changes. */
import { changeTitle } from '../library/change-title.ts';
import type { RecordStore } from '../library/record-store.ts';
import { titleProblem } from '../library/title.ts';
import { UsageError } from '../terraform/targets.ts';

export interface Renaming {
  readonly environment: string;
  readonly id: string;
  readonly title: string;
}

/** @throws UsageError for a missing id or title, and for a title that cannot be shown on a line */
export function readRenaming({
  environment,
  id,
  title,
}: {
  readonly environment: string;
  readonly id: string | undefined;
  readonly title: string | undefined;
}): Renaming {
  if (id === undefined || title === undefined) {
    const missing = id === undefined ? 'id' : 'title';
    throw new UsageError(`no ${missing} given: npm run titles -- rename ${environment} <id> <title>`);
  }
  const problem = titleProblem(title);
  if (problem !== null) throw new UsageError(`title: ${problem}`);
  return { environment, id, title: title.trim() };
}

/**
 * What somebody else changes in the record at the same time stays.
 *
 * @throws UsageError for an unknown id; BrokenRecordError
 */
export async function renameTitle(
  records: Pick<RecordStore, 'read' | 'replace'>,
  { environment, id, title }: Renaming,
): Promise<{ before: string; after: string }> {
  let before = title;
  const after = await changeTitle({ records, config: { environment } }, id, (current) => {
    before = current.title;
    return { ...current, title };
  });
  return { before, after: after.title };
}
