import { describe, it } from 'vitest';
import { memoryStore } from '../../../playback/src/memory/memory-store.ts';
import { storeSuite } from '../../../playback/src/testing/index.ts';

const store = memoryStore();

describe('memoryStore', () => {
  storeSuite({ describe, it, store: () => store, races: { users: 50, parallel: 200 }, lagSeconds: 0 });
});
