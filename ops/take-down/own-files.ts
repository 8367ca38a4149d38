/** A title whose record names files of its own folder alone: what is deleted and what is probed is the same then. */
import { BrokenRecordError } from '../library/broken-record.ts';
import { requireTitle } from '../library/change-title.ts';
import { titleKey, versionFolder } from '../library/places.ts';
import type { Title } from '../library/title.ts';
import type { TakeDownContext } from './context.ts';

/** @throws UsageError for an unknown id; BrokenRecordError */
export async function requireOwnTitle(
  context: Pick<TakeDownContext, 'records' | 'config'>,
  id: string,
): Promise<Title> {
  const title = await requireTitle(context, id);
  const broken = foreignFiles(context, title);
  if (broken !== null) throw broken;
  return title;
}

/** Null where every file is in the title's folder. */
export function foreignFiles(
  { config: { pathPrefix } }: Pick<TakeDownContext, 'config'>,
  title: Title,
): BrokenRecordError | null {
  const folder = versionFolder(pathPrefix, title.id, 1);
  const fields = (['playlistPath', 'posterPath', 'storyboardPath'] as const).filter((field) => {
    const path = title[field];
    return path !== null && !path.startsWith(folder);
  });
  if (fields.length === 0) return null;
  return new BrokenRecordError(
    titleKey(title.id),
    fields.map((field) => `${field}: expected a path below ${folder}`),
    'correct it, or give pathPrefix of the environment the value with which the title was made',
  );
}
