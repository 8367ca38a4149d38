/** One key for a title's version, for ever: another one would leave its segments undecodable. */

import { PlaybackError } from '../errors.ts';
import type { WrappedContentKey } from './store.ts';

/** A repeated request of a client carries the same key again. */
export function isSameKey(one: WrappedContentKey, other: WrappedContentKey): boolean {
  return (
    one.wrappedBy === other.wrappedBy &&
    one.createdAt.getTime() === other.createdAt.getTime() &&
    Buffer.compare(one.wrappedKey, other.wrappedKey) === 0
  );
}

export function contentKeyExists({ version }: WrappedContentKey): PlaybackError {
  return new PlaybackError(
    'ERR_CONTENT_KEY_EXISTS',
    `version ${version} of this title has a content key already; encode a new version instead`,
  );
}
