/** Whether the suite finds what is wrong with a store: each of these stores is exact but for one thing. */

import * as nodeTest from 'node:test';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../playback/src/memory/memory-store.ts';
import type { PlaybackStore } from '../../../playback/src/store/store.ts';
import { type StoreSuiteOptions, storeSuite } from '../../../playback/src/testing/index.ts';

/** Names of the tests that fail for a store, as a test framework would run them. */
async function failuresFor(store: PlaybackStore): Promise<readonly string[]> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  let group = '';
  storeSuite({
    describe(name, body) {
      group = name;
      body();
    },
    it: (name, body) => tests.push({ name: `${group}: ${name}`, body }),
    store: () => store,
    races: { users: 2, parallel: 10 },
    lagSeconds: 0,
  });
  expect(tests.length).toBeGreaterThan(50);
  const failures: string[] = [];
  for (const { name, body } of tests) await body().catch(() => failures.push(name));
  return failures;
}

const exact = memoryStore();
const admitted = new Map<string, number>();
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What stores get wrong: mostly, that they look first and write afterwards. */
const WRONG: readonly {
  readonly what: string;
  readonly wrong: Partial<PlaybackStore>;
  readonly found: string;
}[] = [
  {
    what: 'counts devices before it adds one',
    wrong: {
      async registerDevice(userId, device, options) {
        const devices = await exact.devices(userId);
        await soon();
        const isKnown = devices.some(({ id }) => id === device.id);
        if (!isKnown && devices.length >= options.limit) return { registered: false, devices };
        return exact.registerDevice(userId, device, { ...options, limit: 100 });
      },
    },
    found: 'devices: registers exactly as many devices as the limit allows in a race',
  },
  {
    what: 'admits the heartbeat of a released device',
    wrong: {
      async beatStream(...beat) {
        const admission = await exact.beatStream(...beat);
        const isUnknown = !admission.admitted && admission.reason === 'unknown-device';
        return isUnknown ? { admitted: true } : admission;
      },
    },
    found: 'streams: refuses the next heartbeat of a device that was released, and has room for another one',
  },
  {
    what: 'counts streams before it admits one',
    wrong: {
      async beatStream(userId, stream, options) {
        const count = admitted.get(userId) ?? 0;
        await soon();
        if (count >= options.limit) return exact.beatStream(userId, stream, options);
        admitted.set(userId, count + 1);
        return exact.beatStream(userId, stream, { ...options, limit: 100 });
      },
    },
    found: 'streams: admits exactly as many streams as the limit allows in a race',
  },
  {
    what: 'reads progress before it writes it',
    wrong: {
      async updateProgress(userId, lessonId, change) {
        const current = await exact.progress(userId, lessonId);
        await soon();
        return exact.updateProgress(userId, lessonId, () => change(current));
      },
    },
    found: 'progress: loses no update of many writers at once',
  },
  {
    what: 'lists what has expired',
    wrong: memoryStore({ now: () => new Date(0) }),
    found: 'accesses: does not list an access that has expired',
  },
  {
    what: 'includes the instant at which a range ends',
    wrong: {
      accesses: (of, { to, ...listing } = {}) =>
        exact.accesses(of, { ...listing, ...(to && { to: new Date(to.getTime() + 1) }) }),
    },
    found: 'accesses: lists from an instant on and before another one',
  },
  {
    what: 'takes any cursor for the first page',
    wrong: {
      accesses: (of, listing = {}) =>
        exact.accesses(of, listing).catch(() => exact.accesses(of, { ...listing, cursor: undefined })),
    },
    found: 'accesses: refuses a cursor of another listing, a damaged and a forged one',
  },
  {
    what: 'says of every finding that it is new',
    wrong: { addFinding: (...added) => exact.addFinding(...added).then(() => true) },
    found: 'findings: is new to exactly one of many who find the same at once',
  },
  {
    what: 'replaces content keys',
    wrong: {
      async putContentKey(key) {
        await exact.deleteContentKey(key.titleId, key.version);
        await exact.putContentKey(key);
      },
    },
    found: 'content keys: refuses another key for the same version, and takes the same key again',
  },
  {
    what: 'takes ids of any length',
    wrong: { devices: (userId) => exact.devices(String(userId).slice(0, 10) || 'nobody').catch(() => []) },
    found: 'bounds: refuses the id of a user out of bounds, with ERR_STORE_VALUE',
  },
];

describe('storeSuite', () => {
  it('passes a store that is exact', async () => {
    expect(await failuresFor(exact)).toEqual([]);
  });

  it.each(WRONG)('fails a store that $what', async ({ wrong, found }) => {
    expect(await failuresFor({ ...exact, ...wrong })).toContain(found);
  });

  it('takes the functions of node:test as they are', () => {
    const framework: Pick<StoreSuiteOptions, 'describe' | 'it'> = nodeTest;
    expect(framework.it).toBe(nodeTest.it);
  });
});
