/** The tests that every store passes, for a store of your own. */

import type { PlaybackStore } from '../store/store.ts';
import { accessTests } from './access-tests.ts';
import { boundsTests } from './bounds-tests.ts';
import { contentKeyTests } from './content-key-tests.ts';
import { deviceTests } from './device-tests.ts';
import { findingTests } from './finding-tests.ts';
import { progressTests } from './progress-tests.ts';
import { streamTests } from './stream-tests.ts';
import type { RaceSize, SuiteContext } from './suite-context.ts';

export interface StoreSuiteOptions {
  /** Of Vitest, Jest, Mocha or `node:test`. */
  readonly describe: SuiteContext['describe'];
  /** Of the same framework. */
  readonly it: SuiteContext['it'];
  /**
   * The store; called in each test. It may be the same one each time, and need not be empty: every test makes ids of its own.
   * Its clock must be the system's.
   */
  readonly store: () => PlaybackStore | Promise<PlaybackStore>;
  /**
   * How many callers race. A database needs enough connections, or a client that waits for one.
   * @default { users: 3, parallel: 50 }
   */
  readonly races?: RaceSize | undefined;
  /**
   * Seconds for which lists by lesson or of all users may lag behind.
   * @default 5
   */
  readonly lagSeconds?: number | undefined;
}

/**
 * Declares the tests of the contract `PlaybackStore`, races included: a store that passes keeps the device limit however many
 * processes ask at once. They need `node:assert` only. With `checkedStore` around a store of your own, its bounds are kept too.
 *
 * @example
 * import { describe, it } from 'node:test';
 * import { checkedStore } from '@storytime/playback';
 * import { storeSuite } from '@storytime/playback/testing';
 *
 * storeSuite({ describe, it, store: () => checkedStore(prismaStore(prisma)) });
 */
export function storeSuite(options: StoreSuiteOptions): void {
  const { describe, it, store, races = { users: 3, parallel: 50 }, lagSeconds = 5 } = options;
  const context: SuiteContext = { describe, it, store, races, lagSeconds };
  describe('devices', () => deviceTests(context));
  describe('streams', () => streamTests(context));
  describe('progress', () => progressTests(context));
  describe('accesses', () => accessTests(context));
  describe('findings', () => findingTests(context));
  describe('content keys', () => contentKeyTests(context));
  describe('bounds', () => boundsTests(context));
}
