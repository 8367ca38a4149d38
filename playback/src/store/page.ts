/** A page out of what is left of a listing. */

import { encodeCursor, type ListingIdentity } from './cursor.ts';
import type { Page } from './store.ts';

export const DEFAULT_PAGE_LIMIT = 100;

/** An entry with the sort key that a cursor names. */
export interface Keyed<Entry> {
  readonly key: string;
  readonly entry: Entry;
}

/**
 * @param left in the listing's order, without what was on earlier pages; one more than `limit` is enough
 * @returns the first `limit` entries, with `next` where there are more
 */
export function pageOf<Entry>(
  left: readonly Keyed<Entry>[],
  {
    listing,
    limit = DEFAULT_PAGE_LIMIT,
  }: { readonly listing: ListingIdentity; readonly limit?: number | undefined },
): Page<Entry> {
  const shown = left.slice(0, limit);
  const last = shown.at(-1);
  return {
    entries: shown.map(({ entry }) => entry),
    ...(last !== undefined && left.length > limit && { next: encodeCursor(listing, last.key) }),
  };
}

/** The newest first. */
export function byKeyDescending(one: Keyed<unknown>, other: Keyed<unknown>): number {
  return one.key < other.key ? 1 : -1;
}
