/** A store in the memory of one process. */

import { checkedStore } from '../store/checked-store.ts';
import { contentKeyExists, isSameKey } from '../store/content-key.ts';
import { decodeCursor } from '../store/cursor.ts';
import { accessListing, findingListing, progressListing } from '../store/listings.ts';
import { byKeyDescending, pageOf } from '../store/page.ts';
import { accessSortKey, findingSortKey, sortKeyRange } from '../store/sort-keys.ts';
import type {
  AccessEntry,
  Finding,
  PlaybackStore,
  StoredProgress,
  WrappedContentKey,
} from '../store/store.ts';
import {
  beat,
  type Change,
  end,
  lastUsedFirst,
  NO_DEVICES,
  register,
  release,
  type UserDevices,
} from '../store/user-devices.ts';
import { Timeline } from './timeline.ts';

export interface MemoryStoreOptions {
  /**
   * The clock that decides which accesses and findings have expired.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

interface KeptFinding {
  readonly finding: Finding;
  readonly expiresAt: Date;
}

/**
 * A store for tests and for a backend of one process: every method is exact and atomic, and all is gone when the process ends.
 * Two processes would count devices and streams separately, so give several of them one table or database.
 *
 * @example
 * const store = memoryStore();
 * await store.registerDevice('user-1', { id: deviceId, name: 'Chrome on Windows' }, { limit: 2, at: new Date() });
 */
export function memoryStore({ now = () => new Date() }: MemoryStoreOptions = {}): PlaybackStore {
  const users = new Map<string, UserDevices>();
  const progressOf = new Map<string, Map<string, StoredProgress>>();
  const accessesOfUser = new Map<string, Timeline<AccessEntry>>();
  const accessesOfLesson = new Map<string, Timeline<AccessEntry>>();
  const findingsOf = new Map<string, Map<string, KeptFinding>>();
  const contentKeys = new Map<string, Map<number, WrappedContentKey>>();

  /** Nothing is awaited between reading and keeping, which is what makes it atomic. */
  function change<Outcome>(userId: string, make: (current: UserDevices) => Change<Outcome>): Outcome {
    const current = users.get(userId) ?? NO_DEVICES;
    const { next, outcome } = make(current);
    if (next !== current) users.set(userId, next);
    return copy(outcome);
  }

  function findingThere(userId: string, id: string): KeptFinding | undefined {
    const kept = findingsOf.get(userId)?.get(id);
    return kept !== undefined && kept.expiresAt > now() ? kept : undefined;
  }

  return checkedStore({
    async registerDevice(userId, device, options) {
      return change(userId, (current) => register(current, device, copy(options)));
    },
    async devices(userId) {
      return copy(lastUsedFirst(users.get(userId) ?? NO_DEVICES));
    },
    async releaseDevice(userId, deviceId) {
      return change(userId, (current) => release(current, ({ id }) => id === deviceId)) > 0;
    },
    async pruneDevices(userId, { before }) {
      return change(userId, (current) => release(current, ({ lastUsed }) => lastUsed < before));
    },
    async beatStream(userId, stream, options) {
      return change(userId, (current) => beat(current, stream, copy(options)));
    },
    async endStream(userId, streamId) {
      change(userId, (current) => end(current, streamId));
    },

    async progress(userId, lessonId) {
      return copy(progressOf.get(userId)?.get(lessonId));
    },
    async allProgress(userId, { limit, cursor } = {}) {
      const listing = progressListing(userId);
      const after = decodeCursor(listing, cursor);
      const left = [...(progressOf.get(userId) ?? [])]
        .filter(([lessonId]) => after === undefined || lessonId > after)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([lessonId, { streamIds: _, ...progress }]) => ({
          key: lessonId,
          entry: copy({ lessonId, ...progress }),
        }));
      return pageOf(left, { listing, limit });
    },
    async updateProgress(userId, lessonId, changeProgress) {
      const current = copy(progressOf.get(userId)?.get(lessonId));
      const next = changeProgress(current);
      if (next !== current) kept(progressOf, userId, newMap).set(lessonId, copy(next));
      return copy(next);
    },

    async logAccess(entry, options) {
      const added = { key: accessSortKey(entry), entry: copy(entry), expiresAt: copy(options.expiresAt) };
      kept(accessesOfUser, entry.userId, newTimeline).add(added, now());
      kept(accessesOfLesson, entry.lessonId, newTimeline).add(added, now());
    },
    async accesses(of, range = {}) {
      const listing = accessListing(of, range);
      const before = decodeCursor(listing, range.cursor);
      const timeline = 'userId' in of ? accessesOfUser.get(of.userId) : accessesOfLesson.get(of.lessonId);
      return copy(pageOf(timeline?.list(range, before, now()) ?? [], { listing, limit: range.limit }));
    },

    async addFinding(finding, { expiresAt }) {
      if (findingThere(finding.userId, finding.id) !== undefined) return false;
      const details = JSON.parse(JSON.stringify(finding.details));
      const added = copy({ finding: { ...finding, details }, expiresAt });
      kept(findingsOf, finding.userId, newMap).set(finding.id, added);
      return true;
    },
    async findings(of, range = {}) {
      const listing = findingListing(of, range);
      const before = decodeCursor(listing, range.cursor);
      const { first, last } = sortKeyRange(range);
      const userIds = of.userId === undefined ? [...findingsOf.keys()] : [of.userId];
      const left = userIds
        .flatMap((userId) => [...(findingsOf.get(userId)?.values() ?? [])])
        .filter(({ expiresAt }) => expiresAt > now())
        .map(({ finding }) => ({ key: findingSortKey(finding), entry: finding }))
        .filter(({ entry }) => of.activityType === undefined || entry.activityType === of.activityType)
        .filter(({ entry }) => of.resolved === undefined || entry.resolved === of.resolved)
        .filter(({ key }) => key >= first && key <= last && (before === undefined || key < before))
        .sort(byKeyDescending);
      return copy(pageOf(left, { listing, limit: range.limit }));
    },
    async resolveFinding(userId, findingId) {
      const there = findingThere(userId, findingId);
      if (there === undefined) return false;
      const resolved = { ...there, finding: { ...there.finding, resolved: true } };
      findingsOf.get(userId)?.set(findingId, resolved);
      return true;
    },

    async putContentKey(key) {
      const there = contentKeys.get(key.titleId)?.get(key.version);
      if (there === undefined) {
        const wrappedKey = Uint8Array.from(key.wrappedKey);
        kept(contentKeys, key.titleId, newMap).set(key.version, copy({ ...key, wrappedKey }));
      } else if (!isSameKey(there, key)) {
        throw contentKeyExists(key);
      }
    },
    async contentKey(titleId, version) {
      return copy(contentKeys.get(titleId)?.get(version));
    },
    async deleteContentKey(titleId, version) {
      return contentKeys.get(titleId)?.delete(version) ?? false;
    },
  });
}

/** Instants can be changed in place, so nothing that is kept is shared with a caller. */
function copy<Value>(value: Value): Value {
  return structuredClone(value);
}

/** What `map` has by `key`, from now on in any case. */
function kept<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const there = map.get(key) ?? make();
  map.set(key, there);
  return there;
}

function newMap<Key, Value>(): Map<Key, Value> {
  return new Map();
}

function newTimeline(): Timeline<AccessEntry> {
  return new Timeline();
}
