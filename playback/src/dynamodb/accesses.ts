/** The access log: one item for each entry, in its user's partition and in the index in its lesson's. */

import { accessListing } from '../store/listings.ts';
import { accessSortKey, sortKeyRange } from '../store/sort-keys.ts';
import type { AccessEntry, PlaybackStore } from '../store/store.ts';
import { expiry, type Item, instant, readInstant, readText, text } from './attributes.ts';
import { listPage } from './list-page.ts';
import { type Table, TableCall } from './table-call.ts';
import { unexpired } from './unexpired.ts';

const PREFIX = 'access#';

export function accessMethods(table: Table): Pick<PlaybackStore, 'logAccess' | 'accesses'> {
  return {
    async logAccess(entry, { expiresAt }) {
      const sk = `${PREFIX}${accessSortKey(entry)}`;
      await new TableCall(table, 'logging an access').put(
        { pk: userPartition(entry.userId), sk },
        {
          gsi1pk: text(lessonPartition(entry.lessonId)),
          gsi1sk: text(sk),
          expires_at: expiry(expiresAt),
          ...writeEntry(entry),
        },
      );
    },

    async accesses(of, page = {}) {
      const isOfUser = 'userId' in of;
      return listPage(new TableCall(table, 'listing accesses'), {
        ...page,
        index: isOfUser ? undefined : 'gsi1',
        partition: isOfUser ? userPartition(of.userId) : lessonPartition(of.lessonId),
        prefix: PREFIX,
        range: sortKeyRange(page),
        order: 'descending',
        filter: unexpired(table.now()),
        listing: accessListing(of, page),
        read: readEntry,
      });
    },
  };
}

function userPartition(userId: string): string {
  return `user#${userId}`;
}

function lessonPartition(lessonId: string): string {
  return `lesson#${lessonId}`;
}

function writeEntry(entry: AccessEntry): Item {
  return {
    userId: text(entry.userId),
    lessonId: text(entry.lessonId),
    deviceId: text(entry.deviceId),
    ipAddress: text(entry.ipAddress),
    userAgent: text(entry.userAgent),
    accessedAt: instant(entry.accessedAt),
  };
}

function readEntry(item: Item): AccessEntry {
  return {
    userId: readText(item, 'userId'),
    lessonId: readText(item, 'lessonId'),
    deviceId: readText(item, 'deviceId'),
    ipAddress: readText(item, 'ipAddress'),
    userAgent: readText(item, 'userAgent'),
    accessedAt: readInstant(item, 'accessedAt'),
  };
}
