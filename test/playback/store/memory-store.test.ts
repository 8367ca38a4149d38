import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../playback/src/memory/memory-store.ts';
import { storeSuite } from '../../../playback/src/testing/index.ts';

const store = memoryStore();

describe('memoryStore', () => {
  storeSuite({ describe, it, store: () => store, races: { users: 50, parallel: 200 }, lagSeconds: 0 });
});

describe('what memoryStore keeps', () => {
  it('is not shared with callers: changing a value that was given or returned changes nothing', async () => {
    const own = memoryStore();
    const at = new Date('2026-11-01T18:00:00Z');
    const kept = new Date(at);
    const registered = await own.registerDevice('user', { id: 'd', name: 'n' }, { limit: 1, at });
    at.setTime(0);
    if (registered.registered) registered.device.lastUsed.setTime(0);
    const [device] = await own.devices('user');
    device?.createdAt.setTime(0);
    expect(await own.devices('user')).toEqual([{ id: 'd', name: 'n', createdAt: kept, lastUsed: kept }]);
  });

  it('is without what has expired, however much is logged', async () => {
    let now = new Date('2026-11-01T18:00:00Z');
    const own = memoryStore({ now: () => now });
    const log = async (lessonId: string) => {
      const entry = { userId: 'u', lessonId, deviceId: 'd', ipAddress: '', userAgent: '', accessedAt: now };
      await own.logAccess(entry, { expiresAt: new Date(now.getTime() + 1_000) });
    };
    for (let index = 0; index < 1_500; index++) await log('old');
    now = new Date(now.getTime() + 1_000);
    for (let index = 0; index < 1_500; index++) await log('new');
    expect((await own.accesses({ userId: 'u' }, { limit: 1_000 })).entries).toHaveLength(1_000);
    expect(await own.accesses({ lessonId: 'old' })).toEqual({ entries: [] });
  });
});
