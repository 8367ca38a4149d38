/** Sort keys of what is listed by time: texts that sort as the instants do, and differ where the instants are the same. */

import { createHash, randomBytes } from 'node:crypto';
import type { AccessEntry, Finding, Listing } from './store.ts';

/** Of a new entry. */
export function accessSortKey({ accessedAt }: AccessEntry): string {
  return `${accessedAt.toISOString()}#${randomBytes(12).toString('base64url')}`;
}

/** Two users may have a finding of the same id at the same instant. */
export function findingSortKey({ timestamp, id, userId }: Finding): string {
  const user = createHash('sha256').update(userId).digest('base64url').slice(0, 16);
  return `${timestamp.toISOString()}#${id}#${user}`;
}

/** Keys are longer than their instant: what `from` begins is in the range, and what `to` begins is not. */
export function sortKeyRange({ from, to }: Listing): { readonly first: string; readonly last: string } {
  return { first: from?.toISOString() ?? '0', last: to?.toISOString() ?? '~' };
}
