/** What each listing is, for its cursors. */

import type { ListingIdentity } from './cursor.ts';
import type { Listing, PlaybackStore } from './store.ts';

export function accessListing(
  of: Parameters<PlaybackStore['accesses']>[0],
  listing: Listing,
): ListingIdentity {
  const key = 'userId' in of ? ['user', of.userId] : ['lesson', of.lessonId];
  return ['accesses', ...key, ...range(listing)];
}

export function findingListing(
  { userId, activityType, resolved }: Parameters<PlaybackStore['findings']>[0],
  listing: Listing,
): ListingIdentity {
  return ['findings', userId, activityType, resolved, ...range(listing)];
}

export function progressListing(userId: string): ListingIdentity {
  return ['progress', userId];
}

function range({ from, to }: Listing): ListingIdentity {
  return [from?.getTime(), to?.getTime()];
}
