/** Files of earlier versions, deleted once no viewer can be playing them. */
import { createCatalogue } from '../library/catalogue.ts';
import { changeTitle } from '../library/change-title.ts';
import type { Title } from '../library/title.ts';
import type { TakeDownContext } from './context.ts';
import { deleteVersion } from './encode-version.ts';

export interface Pruned {
  readonly id: string;
  readonly version: number;
  /** How many files were deleted, in all their versions. */
  readonly deleted: number;
}

/** Deletes what is due, of every title; what is not due yet is in `later`. */
export async function prune(
  context: TakeDownContext,
): Promise<{ readonly pruned: readonly Pruned[]; readonly later: number }> {
  const entries = await createCatalogue(context).read();
  const titles = entries.flatMap((entry) => ('title' in entry ? [entry.title] : []));
  const pruned: Pruned[] = [];
  let later = 0;
  for (const title of titles) {
    for (const { version, deleteAfter } of title.retiredVersions ?? []) {
      if (new Date(deleteAfter) > context.now() || version === title.version) later += 1;
      else pruned.push(await pruneVersion(context, title, version));
    }
  }
  return { pruned, later };
}

/** The files first: a record that still names the version is done again. */
async function pruneVersion(context: TakeDownContext, title: Title, version: number): Promise<Pruned> {
  const { id } = title;
  const deleted = await deleteVersion(context, title, version);
  await changeTitle(context, id, (current) => {
    const { retiredVersions = [], ...rest } = current;
    const left = retiredVersions.filter((one) => one.version !== version);
    return left.length === 0 ? rest : { ...rest, retiredVersions: left };
  });
  return { id, version, deleted };
}
