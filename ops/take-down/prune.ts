/** Files of earlier versions, deleted once no viewer can be playing them. */
import { BrokenRecordError } from '../library/broken-record.ts';
import { createCatalogue } from '../library/catalogue.ts';
import { changeTitle } from '../library/change-title.ts';
import { titleKey, versionFolder, versionOfKey } from '../library/places.ts';
import type { Title } from '../library/title.ts';
import type { TakeDownContext } from './context.ts';
import { deleteVersion } from './encode-version.ts';
import { foreignFiles } from './own-files.ts';

interface PrunedVersion {
  readonly id: string;
  readonly version: number;
  /** How many files were deleted, in all their versions. */
  readonly deleted: number;
}

/** What viewers may still be playing. */
interface LaterVersion {
  readonly id: string;
  readonly version: number;
  readonly deleteAfter: string;
}

export interface Pruning {
  readonly pruned: readonly PrunedVersion[];
  readonly later: readonly LaterVersion[];
  /** Records that say nothing certain; nothing of their titles was deleted. */
  readonly broken: readonly BrokenRecordError[];
}

/** Deletes what is due, of every title. */
export async function prune(context: TakeDownContext): Promise<Pruning> {
  const pruned: PrunedVersion[] = [];
  const later: LaterVersion[] = [];
  const broken: BrokenRecordError[] = [];
  for (const entry of await createCatalogue(context).read()) {
    const problem = 'broken' in entry ? entry.broken : problemOf(context, entry.title);
    if (problem !== null) broken.push(problem);
    if ('broken' in entry || problem !== null) continue;
    const { id } = entry.title;
    for (const [version, deleteAfter] of retiredVersions(entry.title)) {
      if (new Date(deleteAfter) > context.now()) later.push({ id, version, deleteAfter });
      else pruned.push({ id, version, deleted: await pruneVersion(context, entry.title, version) });
    }
  }
  return { pruned, later, broken };
}

/** With the latest time of each: a record that was changed by hand may have two. */
function retiredVersions({ retiredVersions: retired = [] }: Title): ReadonlyMap<number, string> {
  const byTime = [...retired].sort((a, b) => Date.parse(a.deleteAfter) - Date.parse(b.deleteAfter));
  return new Map(byTime.map(({ version, deleteAfter }) => [version, deleteAfter]));
}

/** Why nothing of the title may be deleted. */
function problemOf(context: TakeDownContext, title: Title): BrokenRecordError | null {
  const { id, retiredVersions: retired = [], laterVersions = [], encodingVersion } = title;
  if (retired.length === 0) return null;
  const folder = versionFolder(context.config.pathPrefix, id, 1);
  const played = [title.playlistPath, title.posterPath, title.storyboardPath].flatMap((path) =>
    path === null ? [] : [versionOfKey(folder, path, laterVersions)],
  );
  const inUse = retired.find(({ version }) => [title.version, encodingVersion, ...played].includes(version));
  return (
    foreignFiles(context, title) ??
    (inUse === undefined
      ? null
      : new BrokenRecordError(titleKey(id), [
          `retiredVersions: expected earlier versions, got ${inUse.version}, which is in use`,
        ]))
  );
}

/** The files first: a record that still names the version is done again. */
async function pruneVersion(context: TakeDownContext, title: Title, version: number): Promise<number> {
  const deleted = await deleteVersion(context, title, version);
  await changeTitle(context, title.id, (current) => {
    const { retiredVersions: retired = [], ...rest } = current;
    const left = retired.filter((one) => one.version !== version);
    return left.length === 0 ? rest : { ...rest, retiredVersions: left };
  });
  return deleted;
}
