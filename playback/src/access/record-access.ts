/** The access log: who started which lesson, on what, from where and when. */

import type { AccessEntry, PlaybackStore } from '../store/store.ts';
import { truncateAddress } from './address.ts';

export interface RecordAccessOptions {
  readonly store: Pick<PlaybackStore, 'logAccess'>;
  /**
   * Days after which the entry is deleted; up to 3,650.
   * @default 90
   */
  readonly retentionDays?: number | undefined;
  /**
   * What is kept of the viewer's address: its network by `truncateAddress`, or all of it.
   * @default 'network'
   */
  readonly addresses?: 'network' | 'whole' | undefined;
}

const DAY = 86_400_000;
const LONGEST_USER_AGENT = 512;

/**
 * Logs a play start. It costs one write, and is listed by user and by lesson with `store.accesses`.
 *
 * @param access as the request says; a long user agent is cut to 512 characters, and an address that is none becomes `unknown`
 * @returns what was logged
 * @throws PlaybackError `ERR_STORE_VALUE`, `ERR_STORE_BUSY`, `ERR_STORE_CALL`
 */
export async function recordAccess(
  access: AccessEntry,
  { store, retentionDays = 90, addresses = 'network' }: RecordAccessOptions,
): Promise<AccessEntry> {
  const entry = {
    ...access,
    ipAddress: addresses === 'whole' ? access.ipAddress : truncateAddress(access.ipAddress),
    userAgent: cut(access.userAgent),
  };
  await store.logAccess(entry, { expiresAt: new Date(access.accessedAt.getTime() + retentionDays * DAY) });
  return entry;
}

/** Not within a character of two code units, which UTF-8 cannot hold. */
function cut(userAgent: string): string {
  return Buffer.from(userAgent.slice(0, LONGEST_USER_AGENT))
    .toString()
    .replace(/\uFFFD$/, '');
}
