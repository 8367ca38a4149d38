/** Findings: one item for each, by its id in its user's partition, and by time in the index's partition of all findings. */

import { decodeCursor } from '../store/cursor.ts';
import { findingListing } from '../store/listings.ts';
import { byKeyDescending, type Keyed, pageOf } from '../store/page.ts';
import { findingSortKey, sortKeyRange } from '../store/sort-keys.ts';
import type { Finding, Listing, Page, PlaybackStore } from '../store/store.ts';
import { expiry, type Item, instant, readInstant, readText, text } from './attributes.ts';
import { listPage } from './list-page.ts';
import { type Condition, type Table, TableCall } from './table-call.ts';
import { unexpired } from './unexpired.ts';

type Wanted = Parameters<PlaybackStore['findings']>[0];

const PREFIX = 'finding#';
const EVERY_USER = 'findings';

export function findingMethods(
  table: Table,
): Pick<PlaybackStore, 'addFinding' | 'findings' | 'resolveFinding'> {
  return {
    async addFinding(finding, { expiresAt }) {
      const { expression, names, values } = unexpired(table.now());
      const added = await new TableCall(table, 'adding a finding').put(
        keyOf(finding.userId, finding.id),
        {
          gsi1pk: text(EVERY_USER),
          gsi1sk: text(`${PREFIX}${findingSortKey(finding)}`),
          expires_at: expiry(expiresAt),
          ...writeFinding(finding),
        },
        { expression: `attribute_not_exists(pk) OR NOT ${expression}`, names, values },
      );
      return added.isMet;
    },

    async findings(of, page = {}) {
      const { userId } = of;
      if (userId !== undefined) return findingsOfUser(table, { ...of, userId }, page);
      return listPage(new TableCall(table, 'listing findings'), {
        ...page,
        index: 'gsi1',
        partition: EVERY_USER,
        prefix: PREFIX,
        range: sortKeyRange(page),
        order: 'descending',
        filter: wantedOf(of, table.now()),
        listing: findingListing(of, page),
        read: readFinding,
      });
    },

    async resolveFinding(userId, findingId) {
      const there = unexpired(table.now());
      const resolved = await new TableCall(table, 'resolving a finding').update(keyOf(userId, findingId), {
        change: 'SET #resolved = :resolved',
        expression: there.expression,
        names: { ...there.names, '#resolved': 'resolved' },
        values: { ...there.values, ':resolved': { BOOL: true } },
      });
      return resolved.isMet;
    },
  };
}

/** Items are kept by id, so that a finding is kept once: one user's are few enough to be read whole and sorted here. */
async function findingsOfUser(
  table: Table,
  of: Wanted & { readonly userId: string },
  page: Listing,
): Promise<Page<Finding>> {
  const listing = findingListing(of, page);
  const before = decodeCursor(listing, page.cursor);
  const { first, last } = sortKeyRange(page);
  const filter = wantedOf(of, table.now());
  const items = new TableCall(table, 'listing the findings of a user').query({
    ConsistentRead: true,
    KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :prefix)',
    FilterExpression: filter.expression,
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', ...filter.names },
    ExpressionAttributeValues: {
      ':pk': text(`user#${of.userId}`),
      ':prefix': text(PREFIX),
      ...filter.values,
    },
  });
  const left: Keyed<Finding>[] = [];
  for await (const item of items) {
    const entry = readFinding(item);
    const key = findingSortKey(entry);
    const isBefore = before === undefined || key < before;
    if (isBefore && key >= first && key <= last) left.push({ key, entry });
  }
  return pageOf(left.sort(byKeyDescending), { listing, limit: page.limit });
}

function wantedOf({ activityType, resolved }: Wanted, now: Date): Required<Condition> {
  const { expression, names, values } = unexpired(now);
  const isTyped = activityType !== undefined;
  const isResolved = resolved !== undefined;
  return {
    expression: [
      expression,
      ...(isTyped ? ['#activityType = :activityType'] : []),
      ...(isResolved ? ['#resolved = :resolved'] : []),
    ].join(' AND '),
    names: {
      ...names,
      ...(isTyped && { '#activityType': 'activityType' }),
      ...(isResolved && { '#resolved': 'resolved' }),
    },
    values: {
      ...values,
      ...(isTyped && { ':activityType': text(activityType) }),
      ...(isResolved && { ':resolved': { BOOL: resolved } }),
    },
  };
}

function keyOf(userId: string, findingId: string) {
  return { pk: `user#${userId}`, sk: `${PREFIX}${findingId}` };
}

function writeFinding(finding: Finding): Item {
  return {
    id: text(finding.id),
    userId: text(finding.userId),
    ...(finding.lessonId !== null && { lessonId: text(finding.lessonId) }),
    activityType: text(finding.activityType),
    details: text(JSON.stringify(finding.details)),
    timestamp: instant(finding.timestamp),
    resolved: { BOOL: finding.resolved },
  };
}

function readFinding(item: Item): Finding {
  return {
    id: readText(item, 'id'),
    userId: readText(item, 'userId'),
    lessonId: item.lessonId === undefined ? null : readText(item, 'lessonId'),
    activityType: readText(item, 'activityType'),
    details: JSON.parse(readText(item, 'details')),
    timestamp: readInstant(item, 'timestamp'),
    resolved: item.resolved?.BOOL === true,
  };
}
