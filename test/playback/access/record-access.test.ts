import { describe, expect, it } from 'vitest';
import { recordAccess } from '../../../playback/src/access/record-access.ts';
import { memoryStore } from '../../../playback/src/memory/memory-store.ts';

const NOW = new Date('2026-11-01T18:00:00Z');
const DAY = 86_400_000;
const access = {
  userId: 'user',
  lessonId: 'lesson',
  deviceId: 'device',
  ipAddress: '203.0.113.77',
  userAgent: 'Mozilla/5.0',
  accessedAt: NOW,
};

/** A store whose clock can be moved. */
function storeWithClock() {
  let now = NOW;
  return {
    store: memoryStore({ now: () => now }),
    moveTo: (later: Date) => {
      now = later;
    },
  };
}

describe('recordAccess', () => {
  it('logs the network of the viewer, and lists it by user and by lesson', async () => {
    const { store } = storeWithClock();
    const logged = await recordAccess(access, { store });
    expect(logged).toEqual({ ...access, ipAddress: '203.0.113.0' });
    expect(await store.accesses({ userId: 'user' })).toEqual({ entries: [logged] });
    expect(await store.accesses({ lessonId: 'lesson' })).toEqual({ entries: [logged] });
  });

  it('logs the whole address where that is asked for', async () => {
    const { store } = storeWithClock();
    expect(await recordAccess(access, { store, addresses: 'whole' })).toEqual(access);
  });

  it.each([
    { retentionDays: undefined, days: 90 },
    { retentionDays: 7, days: 7 },
  ])('keeps an access for $days days with retentionDays $retentionDays', async ({ retentionDays, days }) => {
    const { store, moveTo } = storeWithClock();
    await recordAccess(access, { store, retentionDays });
    moveTo(new Date(NOW.getTime() + days * DAY - 1));
    expect((await store.accesses({ userId: 'user' })).entries).toHaveLength(1);
    moveTo(new Date(NOW.getTime() + days * DAY));
    expect((await store.accesses({ userId: 'user' })).entries).toHaveLength(0);
  });

  it.each([
    { sent: 'x'.repeat(10_000), kept: 'x'.repeat(512) },
    { sent: `${'x'.repeat(511)}😀`, kept: 'x'.repeat(511) },
    { sent: '', kept: '' },
  ])('keeps $kept.length characters of a user agent of $sent.length', async ({ sent, kept }) => {
    const { store } = storeWithClock();
    expect((await recordAccess({ ...access, userAgent: sent }, { store })).userAgent).toBe(kept);
  });

  it('logs unknown for an address that is none, rather than what a header claims', async () => {
    const { store } = storeWithClock();
    expect((await recordAccess({ ...access, ipAddress: '<script>' }, { store })).ipAddress).toBe('unknown');
  });
});
