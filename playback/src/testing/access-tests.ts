/** Part of the store suite: the access log. */

import assert from 'node:assert/strict';
import type { AccessEntry, PlaybackStore } from '../store/store.ts';
import {
  at,
  collect,
  eventually,
  newId,
  numbers,
  ODD_IDS,
  rejectsWith,
  type SuiteContext,
} from './suite-context.ts';

export function accessTests(context: SuiteContext): void {
  const { it, store: open } = context;
  const expiresAt = at(90 * 86_400);
  const entry = (seconds: number, more: Partial<AccessEntry> = {}): AccessEntry => ({
    userId: 'user',
    lessonId: 'lesson',
    deviceId: 'device',
    ipAddress: '203.0.113.0',
    userAgent: 'Mozilla/5.0 (“quotes”, ünïcödé)',
    accessedAt: at(seconds),
    ...more,
  });

  async function log(store: PlaybackStore, entries: readonly AccessEntry[]): Promise<void> {
    for (const one of entries) await store.logAccess(one, { expiresAt });
  }

  it('lists the accesses of a user, the newest first, whatever order they were logged in', async () => {
    const store = await open();
    const userId = newId('user');
    const entries = [3, 1, 2.001, 2, 0].map((seconds) => entry(seconds, { userId }));
    await log(store, [...entries, entry(1, { userId: newId('user') })]);
    const sorted = [3, 2.001, 2, 1, 0].map((seconds) => entry(seconds, { userId }));
    assert.deepEqual(await store.accesses({ userId }), { entries: sorted });
  });

  it('lists the accesses of a lesson, of every user', async () => {
    const store = await open();
    const lessonId = newId('lesson');
    const entries = numbers(4).map((index) => entry(-index, { lessonId, userId: newId('user') }));
    await log(store, [...entries, entry(0, { lessonId: newId('lesson'), userId: newId('user') })]);
    await eventually(context, async () => {
      assert.deepEqual(await store.accesses({ lessonId }), { entries });
    });
  });

  it('lists from an instant on and before another one', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    await log(
      store,
      numbers(6).map((seconds) => entry(seconds, { userId, lessonId })),
    );
    const range = { from: at(1), to: at(4) };
    const expected = { entries: [3, 2, 1].map((seconds) => entry(seconds, { userId, lessonId })) };
    assert.deepEqual(await store.accesses({ userId }, range), expected);
    await eventually(context, async () => {
      assert.deepEqual(await store.accesses({ lessonId }, range), expected);
    });
    assert.deepEqual(await store.accesses({ userId }, { from: at(6) }), { entries: [] });
    assert.deepEqual(await store.accesses({ userId }, { from: at(4), to: at(1) }), { entries: [] });
  });

  it('lists page by page, each entry once, also those of the same millisecond', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    const entries = numbers(12).map((index) =>
      entry(Math.floor(index / 4), { userId, lessonId, deviceId: `d-${index}` }),
    );
    await log(store, entries);
    const expected = entries.map(({ deviceId }) => deviceId).sort();
    for (const of of [{ userId }, { lessonId }]) {
      await eventually(context, async () => {
        const found = await collect((cursor) => store.accesses(of, { limit: 5, cursor }));
        assert.deepEqual(found.entries.map(({ deviceId }) => deviceId).sort(), expected);
        assert.deepEqual(found.sizes, [5, 5, 2]);
      });
    }
    const whole = await collect((cursor) => store.accesses({ userId }, { limit: 4, cursor }));
    assert.deepEqual(whole.sizes, [4, 4, 4]);
  });

  it('neither repeats nor hides an entry when another one comes between two pages', async () => {
    const store = await open();
    const userId = newId('user');
    const entries = [5, 4, 3, 2].map((seconds) => entry(seconds, { userId }));
    await log(store, entries);
    const { entries: first, next } = await store.accesses({ userId }, { limit: 2 });
    await log(store, [entry(9, { userId })]);
    const { entries: second } = await store.accesses({ userId }, { limit: 3, cursor: next });
    assert.deepEqual([...first, ...second], entries);
  });

  it('does not list an access that has expired', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    await store.logAccess(entry(-20, { userId, lessonId }), { expiresAt: at(-10) });
    await store.logAccess(entry(-30, { userId, lessonId }), { expiresAt });
    const expected = { entries: [entry(-30, { userId, lessonId })] };
    assert.deepEqual(await store.accesses({ userId }, { limit: 1 }), expected);
    await eventually(context, async () => assert.deepEqual(await store.accesses({ lessonId }), expected));
  });

  it('keeps accesses of any user and lesson', async () => {
    const store = await open();
    const suffix = newId('').slice(-12);
    for (const odd of ODD_IDS) {
      const id = `${odd.slice(0, 200)}${suffix}`;
      const kept = entry(0, { userId: id, lessonId: id, deviceId: odd });
      await log(store, [kept]);
      assert.deepEqual(await store.accesses({ userId: id }), { entries: [kept] });
    }
  });

  it('refuses a cursor of another listing, a damaged and a forged one', async () => {
    const store = await open();
    const [userId, otherId, lessonId] = [newId('user'), newId('user'), newId('lesson')];
    await log(
      store,
      [1, 2, 3].map((seconds) => entry(seconds, { userId, lessonId })),
    );
    const { next = '' } = await store.accesses({ userId }, { limit: 1 });
    assert.notEqual(next, '');
    const refused = [
      () => store.accesses({ userId: otherId }, { cursor: next }),
      () => store.accesses({ lessonId }, { cursor: next }),
      () => store.accesses({ userId }, { cursor: next, from: at(0) }),
      () => store.accesses({ userId }, { cursor: next.slice(0, -1) }),
      () => store.accesses({ userId }, { cursor: `${next}A` }),
      () => store.accesses({ userId }, { cursor: `A${next}` }),
      () => store.accesses({ userId }, { cursor: '' }),
      () => store.accesses({ userId }, { cursor: 'x'.repeat(5_000) }),
      () =>
        store.accesses(
          { userId },
          { cursor: Buffer.from('{"pk":"user#1","sk":"devices"}').toString('base64url') },
        ),
    ];
    for (const ask of refused) await rejectsWith('ERR_STORE_CURSOR', ask());
  });

  it('lists no entry of anybody else for a cursor whose position was changed', async () => {
    const store = await open();
    const [userId, otherId] = [newId('user'), newId('user')];
    await log(store, [entry(1, { userId }), entry(2, { userId }), entry(1, { userId: otherId })]);
    const { next = '' } = await store.accesses({ userId }, { limit: 1 });
    for (const position of ['', '~~~', 'access#', `user#${otherId}`, 'progress#', '\u0000', '￿']) {
      // Whatever separates the parts of a cursor: its first 16 to 22 characters stay.
      for (const length of [16, 17, 22]) {
        const cursor = next.slice(0, length) + Buffer.from(position).toString('base64url');
        const page = await store.accesses({ userId }, { cursor }).catch(({ code }) => {
          assert.equal(code, 'ERR_STORE_CURSOR');
          return { entries: [] as AccessEntry[] };
        });
        assert.ok(page.entries.every((found) => found.userId === userId));
      }
    }
  });
}
