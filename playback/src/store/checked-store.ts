/** The bounds of every argument, checked once, in front of any store. */

import { PlaybackError } from '../errors.ts';
import {
  assertBytes,
  assertCount,
  assertFindingId,
  assertId,
  assertInstant,
  assertLimit,
  assertPageLimit,
  assertPosition,
  assertStreamIds,
  assertText,
  assertVersion,
  detailsText,
  refused,
} from './bounds.ts';
import type { Listing, PlaybackStore, StoredProgress } from './store.ts';

const LONGEST_NAME = 256;
const LONGEST_ADDRESS = 64;
const LONGEST_USER_AGENT = 1_024;
const LONGEST_WRAPPED_BY = 2_048;
const LONGEST_CURSOR = 2_048;

/**
 * A store that refuses what the store behind it need not look at any more:
 *
 * | value | bounds |
 * |---|---|
 * | ids of users, lessons, titles, devices, streams; activity types | 1 to 256 bytes of UTF-8, no control characters |
 * | ids of findings | 1 to 128 letters, digits, `-` and `_` |
 * | name of a device, address, user agent, `wrappedBy` | up to 256, 64, 1,024 and 2,048 bytes |
 * | `details` of a finding | an object of up to 4,096 bytes as JSON |
 * | wrapped key; version | 1 to 4,096 bytes; 1 to 999,999 |
 * | limit of devices or streams; of a page | 1 to 100; 1 to 1,000 |
 * | instants | 1970 to 9999 |
 * | positions; `streamIds` | 0 to 10,000,000 seconds; up to 100 ids |
 *
 * `memoryStore` and `dynamodbStore` are checked already. Put it around a store of your own.
 *
 * @returns a store whose methods throw PlaybackError `ERR_STORE_VALUE` before they ask `store`
 */
export function checkedStore(store: PlaybackStore): PlaybackStore {
  return Object.freeze<PlaybackStore>({
    async registerDevice(userId, device, options) {
      assertId('userId', userId);
      assertId('device.id', device.id);
      assertText('device.name', device.name, LONGEST_NAME);
      assertLimit('limit', options.limit);
      assertInstant('at', options.at);
      return store.registerDevice(userId, device, options);
    },
    async devices(userId) {
      assertId('userId', userId);
      return store.devices(userId);
    },
    async releaseDevice(userId, deviceId) {
      assertId('userId', userId);
      assertId('deviceId', deviceId);
      return store.releaseDevice(userId, deviceId);
    },
    async pruneDevices(userId, options) {
      assertId('userId', userId);
      assertInstant('before', options.before);
      return store.pruneDevices(userId, options);
    },
    async beatStream(userId, stream, options) {
      assertId('userId', userId);
      assertId('stream.id', stream.id);
      assertId('stream.deviceId', stream.deviceId);
      assertId('stream.lessonId', stream.lessonId);
      assertLimit('limit', options.limit);
      assertInstant('at', options.at);
      assertInstant('countedSince', options.countedSince);
      return store.beatStream(userId, stream, options);
    },
    async endStream(userId, streamId) {
      assertId('userId', userId);
      assertId('streamId', streamId);
      return store.endStream(userId, streamId);
    },
    async progress(userId, lessonId) {
      assertId('userId', userId);
      assertId('lessonId', lessonId);
      return store.progress(userId, lessonId);
    },
    async allProgress(userId, listing) {
      assertId('userId', userId);
      assertListing(listing);
      return store.allProgress(userId, listing);
    },
    async updateProgress(userId, lessonId, change) {
      assertId('userId', userId);
      assertId('lessonId', lessonId);
      return store.updateProgress(userId, lessonId, (current) => {
        const next = change(current);
        if (next !== current) assertProgress(next);
        return next;
      });
    },
    async logAccess(entry, options) {
      assertId('userId', entry.userId);
      assertId('lessonId', entry.lessonId);
      assertId('deviceId', entry.deviceId);
      assertText('ipAddress', entry.ipAddress, LONGEST_ADDRESS);
      assertText('userAgent', entry.userAgent, LONGEST_USER_AGENT);
      assertInstant('accessedAt', entry.accessedAt);
      assertInstant('expiresAt', options.expiresAt);
      return store.logAccess(entry, options);
    },
    async accesses(of, listing) {
      if ('userId' in of) assertId('userId', of.userId);
      else assertId('lessonId', of.lessonId);
      assertListing(listing);
      return store.accesses(of, listing);
    },
    async addFinding(finding, options) {
      assertFindingId('id', finding.id);
      assertId('userId', finding.userId);
      if (finding.lessonId !== null) assertId('lessonId', finding.lessonId);
      assertId('activityType', finding.activityType);
      detailsText('details', finding.details);
      assertInstant('timestamp', finding.timestamp);
      if (typeof finding.resolved !== 'boolean') throw refused('resolved', 'must be true or false');
      assertInstant('expiresAt', options.expiresAt);
      return store.addFinding(finding, options);
    },
    async findings(of, listing) {
      if (of.userId !== undefined) assertId('userId', of.userId);
      if (of.activityType !== undefined) assertId('activityType', of.activityType);
      if (of.resolved !== undefined && typeof of.resolved !== 'boolean') {
        throw refused('resolved', 'must be true or false');
      }
      assertListing(listing);
      return store.findings(of, listing);
    },
    async resolveFinding(userId, findingId) {
      assertId('userId', userId);
      assertFindingId('findingId', findingId);
      return store.resolveFinding(userId, findingId);
    },
    async putContentKey(key) {
      assertId('titleId', key.titleId);
      assertVersion('version', key.version);
      assertBytes('wrappedKey', key.wrappedKey);
      assertText('wrappedBy', key.wrappedBy, LONGEST_WRAPPED_BY);
      assertInstant('createdAt', key.createdAt);
      return store.putContentKey(key);
    },
    async contentKey(titleId, version) {
      assertId('titleId', titleId);
      assertVersion('version', version);
      return store.contentKey(titleId, version);
    },
    async deleteContentKey(titleId, version) {
      assertId('titleId', titleId);
      assertVersion('version', version);
      return store.deleteContentKey(titleId, version);
    },
  });
}

function assertProgress(progress: StoredProgress): void {
  assertPosition('watched_seconds', progress.watched_seconds);
  assertPosition('last_position_seconds', progress.last_position_seconds);
  assertCount('watch_count', progress.watch_count);
  assertInstant('last_watched_at', progress.last_watched_at);
  if (progress.completed_at !== null) assertInstant('completed_at', progress.completed_at);
  assertStreamIds('streamIds', progress.streamIds);
}

function assertListing({ from, to, limit, cursor }: Listing = {}): void {
  if (from !== undefined) assertInstant('from', from);
  if (to !== undefined) assertInstant('to', to);
  if (limit !== undefined) assertPageLimit('limit', limit);
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR)) {
    throw new PlaybackError('ERR_STORE_CURSOR', '"cursor" must be "next" of a page; begin without a cursor');
  }
}
