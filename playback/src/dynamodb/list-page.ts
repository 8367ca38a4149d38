/** A page of the items of one partition, in the order of their sort keys. */

import { decodeCursor, type ListingIdentity } from '../store/cursor.ts';
import { DEFAULT_PAGE_LIMIT, type Keyed, pageOf } from '../store/page.ts';
import type { Page } from '../store/store.ts';
import { type Item, readText, text } from './attributes.ts';
import type { Condition, TableCall } from './table-call.ts';

export interface ItemListing<Entry> {
  /** @default - the table itself, which is read consistently */
  readonly index?: 'gsi1' | undefined;
  /** The whole partition key. */
  readonly partition: string;
  /** What the sort key of every listed item begins with; the rest is a cursor's position. */
  readonly prefix: string;
  /** Both without the prefix. */
  readonly range: { readonly first: string; readonly last: string };
  readonly order: 'ascending' | 'descending';
  /** @default - every item */
  readonly filter?: Required<Condition> | undefined;
  readonly listing: ListingIdentity;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  /** @param key the sort key without the prefix */
  read(item: Item, key: string): Entry;
}

/** Of items that a filter may hide, so that few requests find enough. */
const LEAST_FILTERED_ITEMS = 200;

/**
 * The partition and the prefix come from the listing, never from the cursor, and the cursor's position only narrows the range:
 * no cursor reaches other items.
 */
export async function listPage<Entry>(call: TableCall, options: ItemListing<Entry>): Promise<Page<Entry>> {
  const { index, partition, prefix, order, filter, listing, limit = DEFAULT_PAGE_LIMIT, read } = options;
  const position = decodeCursor(listing, options.cursor);
  const { first, last } = narrowed(options.range, order, position);
  // DynamoDB refuses such a range, and nothing is in it.
  if (compare(first, last) > 0) return { entries: [] };
  const sortName = index === undefined ? 'sk' : 'gsi1sk';
  // One more says whether there is a next page, and one is where the last page ended.
  const wanted = limit + 2;
  const items = call.query({
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
    KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :first AND :last',
    ...(filter && { FilterExpression: filter.expression }),
    ExpressionAttributeNames: {
      '#partition': index === undefined ? 'pk' : 'gsi1pk',
      '#sort': sortName,
      ...filter?.names,
    },
    ExpressionAttributeValues: {
      ':partition': text(partition),
      ':first': text(prefix + first),
      ':last': text(prefix + last),
      ...filter?.values,
    },
    ScanIndexForward: order === 'ascending',
    Limit: filter === undefined ? wanted : Math.max(wanted, LEAST_FILTERED_ITEMS),
  });
  const left: Keyed<Entry>[] = [];
  for await (const item of items) {
    const key = readText(item, sortName).slice(prefix.length);
    if (key !== position) left.push({ key, entry: read(item, key) });
    if (left.length > limit) break;
  }
  return pageOf(left, { listing, limit });
}

function narrowed(
  { first, last }: ItemListing<unknown>['range'],
  order: ItemListing<unknown>['order'],
  position: string | undefined,
): ItemListing<unknown>['range'] {
  if (position === undefined) return { first, last };
  if (order === 'ascending') return { first: compare(position, first) > 0 ? position : first, last };
  return { first, last: compare(position, last) < 0 ? position : last };
}

/** As DynamoDB does: by the bytes of UTF-8. */
function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
