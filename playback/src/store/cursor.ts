/**
 * Cursors: the sort key of a page's last entry, with a digest of it and of what was listed. They are not secret and not signed,
 * and need not be: what a forged one holds is compared with sort keys of the listing that its caller may read anyway.
 */

import { createHash } from 'node:crypto';
import { PlaybackError } from '../errors.ts';

/** What is listed, and between which instants, but not how much at once: a caller may continue with another limit. */
export type ListingIdentity = readonly (string | number | boolean | undefined)[];

const DIGEST_CHARACTERS = 16;
const CURSOR = /^[\w-]{16}([\w-]+)$/;

export function encodeCursor(listing: ListingIdentity, position: string): string {
  return digestOf([...listing, position]) + Buffer.from(position).toString('base64url');
}

/**
 * @returns the position, in the form of a sort key; undefined without a cursor
 * @throws PlaybackError `ERR_STORE_CURSOR` for the cursor of another listing, or for something else
 */
export function decodeCursor(listing: ListingIdentity, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [, encoded = ''] = CURSOR.exec(cursor) ?? [];
  const position = Buffer.from(encoded, 'base64url').toString();
  if (encodeCursor(listing, position) !== cursor) {
    throw new PlaybackError(
      'ERR_STORE_CURSOR',
      '"cursor" belongs to another listing or is damaged; pass "next" of a page of this listing, or begin without a cursor',
    );
  }
  return position;
}

function digestOf(parts: ListingIdentity): string {
  const digest = createHash('sha256').update(JSON.stringify(parts.map((part) => part ?? null)));
  return digest.digest('base64url').slice(0, DIGEST_CHARACTERS);
}
