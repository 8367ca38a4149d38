/** Part of the store suite: what a store refuses, whatever the database behind it would do. */

import type { PlaybackStore, StoredProgress } from '../store/store.ts';
import { at, rejectsWith, type SuiteContext } from './suite-context.ts';

const BAD_IDS: readonly unknown[] = [
  '',
  'x'.repeat(257),
  'é'.repeat(129),
  'a\u0000b',
  'line\nbreak',
  '\ud800',
  undefined,
  null,
  1,
  {},
];
const BAD_LIMITS: readonly unknown[] = [
  0,
  -1,
  1.5,
  101,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '2',
  undefined,
];
const BAD_INSTANTS: readonly unknown[] = [
  new Date(Number.NaN),
  new Date(-1),
  new Date(8.64e15),
  '2026-11-01',
  0,
];
const BAD_POSITIONS: readonly unknown[] = [
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1e-10,
  10_000_001,
  '1',
  null,
];

const OPTIONS = { limit: 2, at: at(0), countedSince: at(-75), expiresAt: at(90 * 86_400), before: at(0) };
const DEVICE = { id: 'device', name: 'name' };
const STREAM = { id: 'stream', deviceId: 'device', lessonId: 'lesson' };
const ENTRY = {
  userId: 'user',
  lessonId: 'l',
  deviceId: 'd',
  ipAddress: '::',
  userAgent: '',
  accessedAt: at(0),
};
const FINDING = {
  id: 'f',
  userId: 'user',
  lessonId: null,
  activityType: 'type',
  details: {},
  timestamp: at(0),
  resolved: false,
};
const KEY = {
  titleId: 'title',
  version: 1,
  wrappedKey: new Uint8Array(16),
  wrappedBy: 'master-key',
  createdAt: at(0),
};
const PROGRESS: StoredProgress = {
  watched_seconds: 0,
  last_position_seconds: 0,
  watch_count: 0,
  last_watched_at: at(0),
  completed_at: null,
  streamIds: [],
};

/** What JavaScript callers pass where the types say otherwise. */
type Call = (store: PlaybackStore, bad: never) => Promise<unknown>;

const REFUSALS: readonly { readonly what: string; readonly bad: readonly unknown[]; readonly call: Call }[] =
  [
    { what: 'the id of a user', bad: BAD_IDS, call: (store, bad) => store.devices(bad) },
    {
      what: 'the id of a registered device',
      bad: BAD_IDS,
      call: (store, id) => store.registerDevice('user', { id, name: '' }, OPTIONS),
    },
    {
      what: 'the name of a device',
      bad: ['x'.repeat(257), '\udc00', 1, undefined],
      call: (store, name) => store.registerDevice('user', { id: 'device', name }, OPTIONS),
    },
    {
      what: 'a limit of devices',
      bad: BAD_LIMITS,
      call: (store, limit) => store.registerDevice('user', DEVICE, { ...OPTIONS, limit }),
    },
    {
      what: 'the time of a registration',
      bad: BAD_INSTANTS,
      call: (store, bad) => store.registerDevice('user', DEVICE, { ...OPTIONS, at: bad }),
    },
    {
      what: 'the id of a released device',
      bad: BAD_IDS,
      call: (store, id) => store.releaseDevice('user', id),
    },
    {
      what: 'the instant to prune before',
      bad: BAD_INSTANTS,
      call: (store, before) => store.pruneDevices('user', { before }),
    },
    {
      what: 'the id of a stream',
      bad: BAD_IDS,
      call: (store, id) => store.beatStream('user', { ...STREAM, id }, OPTIONS),
    },
    {
      what: 'the lesson of a stream',
      bad: BAD_IDS,
      call: (store, lessonId) => store.beatStream('user', { ...STREAM, lessonId }, OPTIONS),
    },
    {
      what: 'a limit of streams',
      bad: BAD_LIMITS,
      call: (store, limit) => store.beatStream('user', STREAM, { ...OPTIONS, limit }),
    },
    {
      what: 'since when streams count',
      bad: BAD_INSTANTS,
      call: (store, countedSince) => store.beatStream('user', STREAM, { ...OPTIONS, countedSince }),
    },
    { what: 'the id of an ended stream', bad: BAD_IDS, call: (store, id) => store.endStream('user', id) },
    { what: 'the id of a lesson', bad: BAD_IDS, call: (store, id) => store.progress('user', id) },
    {
      what: 'a watched position',
      bad: BAD_POSITIONS,
      call: (store, bad) => store.updateProgress('user', 'l', () => ({ ...PROGRESS, watched_seconds: bad })),
    },
    {
      what: 'a last position',
      bad: BAD_POSITIONS,
      call: (store, bad) =>
        store.updateProgress('user', 'l', () => ({ ...PROGRESS, last_position_seconds: bad })),
    },
    {
      what: 'a count',
      bad: [-1, 0.5, Number.NaN, 2 ** 53],
      call: (store, bad) => store.updateProgress('user', 'l', () => ({ ...PROGRESS, watch_count: bad })),
    },
    {
      what: 'the ids of streams',
      bad: [undefined, ['a', ''], Array.from({ length: 101 }, (_, index) => `s-${index}`)],
      call: (store, bad) => store.updateProgress('user', 'l', () => ({ ...PROGRESS, streamIds: bad })),
    },
    {
      what: 'a user agent',
      bad: ['x'.repeat(1_025), '\ud800', undefined],
      call: (store, userAgent) => store.logAccess({ ...ENTRY, userAgent }, OPTIONS),
    },
    {
      what: 'an address',
      bad: ['1'.repeat(65), undefined],
      call: (store, ipAddress) => store.logAccess({ ...ENTRY, ipAddress }, OPTIONS),
    },
    {
      what: 'the time of an access',
      bad: BAD_INSTANTS,
      call: (store, accessedAt) => store.logAccess({ ...ENTRY, accessedAt }, OPTIONS),
    },
    {
      what: 'when an access expires',
      bad: BAD_INSTANTS,
      call: (store, expiresAt) => store.logAccess(ENTRY, { expiresAt }),
    },
    {
      what: 'the limit of a page',
      bad: [0, 1_001, 1.5, Number.NaN, '10'],
      call: (store, limit) => store.accesses({ userId: 'user' }, { limit }),
    },
    {
      what: 'the range of a listing',
      bad: BAD_INSTANTS,
      call: (store, from) => store.accesses({ lessonId: 'lesson' }, { from }),
    },
    {
      what: 'the id of a finding',
      bad: [...BAD_IDS, 'a b', 'a#b', 'x'.repeat(129)],
      call: (store, id) => store.addFinding({ ...FINDING, id }, OPTIONS),
    },
    {
      what: 'the details of a finding',
      bad: [undefined, null, [], 'text', { text: 'x'.repeat(4_096) }, { big: 1n }],
      call: (store, details) => store.addFinding({ ...FINDING, details }, OPTIONS),
    },
    {
      what: 'the type that is listed',
      bad: BAD_IDS.filter((id) => id !== undefined),
      call: (store, activityType) => store.findings({ activityType }),
    },
    {
      what: 'the version of a title',
      bad: [0, -1, 1.5, 1_000_000, '1'],
      call: (store, version) => store.contentKey('title', version),
    },
    {
      what: 'a wrapped key',
      bad: [new Uint8Array(), new Uint8Array(4_097), 'text', undefined],
      call: (store, wrappedKey) => store.putContentKey({ ...KEY, wrappedKey }),
    },
  ];

export function boundsTests({ it, store: open }: SuiteContext): void {
  for (const { what, bad, call } of REFUSALS) {
    it(`refuses ${what} out of bounds, with ERR_STORE_VALUE`, async () => {
      const store = await open();
      for (const value of bad) await rejectsWith('ERR_STORE_VALUE', call(store, value as never));
    });
  }
}
