/** Part of the store suite: findings. */

import assert from 'node:assert/strict';
import type { Finding } from '../store/store.ts';
import { at, collect, eventually, newId, numbers, rejectsWith, type SuiteContext } from './suite-context.ts';

export function findingTests(context: SuiteContext): void {
  const { it, store: open, races } = context;
  const expiresAt = at(90 * 86_400);
  const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
    id,
    userId: 'user',
    lessonId: null,
    activityType: 'many_networks',
    details: { networks: ['203.0.113.0/24'], count: 5, nested: { ünïcödé: null, small: 0.1 } },
    timestamp: at(0),
    resolved: false,
    ...more,
  });

  it('keeps a finding once, exactly as it was first', async () => {
    const store = await open();
    const userId = newId('user');
    const first = finding('f-1', { userId, lessonId: 'lesson' });
    assert.equal(await store.addFinding(first, { expiresAt }), true);
    const again = finding('f-1', { userId, details: {}, timestamp: at(5) });
    assert.equal(await store.addFinding(again, { expiresAt }), false);
    assert.deepEqual(await store.findings({ userId }), { entries: [first] });
  });

  it('keeps the findings of two users apart that have the same id', async () => {
    const store = await open();
    for (const userId of [newId('user'), newId('user')]) {
      assert.equal(await store.addFinding(finding('same', { userId }), { expiresAt }), true);
      assert.deepEqual(await store.findings({ userId }), { entries: [finding('same', { userId })] });
    }
  });

  it('is new to exactly one of many who find the same at once', async () => {
    const store = await open();
    const userId = newId('user');
    const added = await Promise.all(
      numbers(races.parallel).map(() => store.addFinding(finding('f-1', { userId }), { expiresAt })),
    );
    assert.equal(added.filter(Boolean).length, 1);
  });

  it('lists by user, type and whether it is resolved, the newest first', async () => {
    const store = await open();
    const userId = newId('user');
    const [type, otherType] = [newId('type'), newId('type')];
    const findings = [
      finding('f-d', { userId, activityType: type, timestamp: at(1) }),
      finding('f-a', { userId, activityType: otherType, timestamp: at(4) }),
      finding('f-c', { userId, activityType: type, timestamp: at(2) }),
      finding('f-b', { userId: newId('user'), activityType: type, timestamp: at(3) }),
    ];
    for (const one of findings) await store.addFinding(one, { expiresAt });
    assert.equal(await store.resolveFinding(userId, 'f-c'), true);
    const ids = async (of: Parameters<typeof store.findings>[0], range = {}) =>
      (await store.findings(of, range)).entries.map(({ id, resolved }) => (resolved ? `${id} resolved` : id));
    assert.deepEqual(await ids({ userId }), ['f-a', 'f-c resolved', 'f-d']);
    assert.deepEqual(await ids({ userId, resolved: false }), ['f-a', 'f-d']);
    assert.deepEqual(await ids({ userId, activityType: type, resolved: true }), ['f-c resolved']);
    assert.deepEqual(await ids({ userId }, { from: at(2), to: at(4) }), ['f-c resolved']);
    await eventually(context, async () => {
      assert.deepEqual(await ids({ activityType: type }), ['f-b', 'f-c resolved', 'f-d']);
      assert.deepEqual(await ids({ activityType: type, resolved: false }), ['f-b', 'f-d']);
      assert.deepEqual(await ids({ activityType: type }, { from: at(3) }), ['f-b']);
    });
  });

  it('lists page by page, each finding once', async () => {
    const store = await open();
    const userId = newId('user');
    const activityType = newId('type');
    for (const index of numbers(7)) {
      const one = finding(`f-${index}`, { userId, activityType, timestamp: at(Math.floor(index / 3)) });
      await store.addFinding(one, { expiresAt });
    }
    for (const of of [{ userId }, { activityType }, { activityType, resolved: false }]) {
      await eventually(context, async () => {
        const { entries, sizes } = await collect((cursor) => store.findings(of, { limit: 3, cursor }));
        assert.deepEqual(
          entries.map(({ id }) => id).sort(),
          numbers(7).map((index) => `f-${index}`),
        );
        assert.deepEqual(sizes, [3, 3, 1]);
      });
    }
  });

  it('resolves a finding of this user only, and as often as it is asked', async () => {
    const store = await open();
    const userId = newId('user');
    await store.addFinding(finding('f-1', { userId }), { expiresAt });
    assert.equal(await store.resolveFinding(newId('user'), 'f-1'), false);
    assert.equal(await store.resolveFinding(userId, 'f-2'), false);
    assert.equal(await store.resolveFinding(userId, 'f-1'), true);
    assert.equal(await store.resolveFinding(userId, 'f-1'), true);
    assert.equal(await store.addFinding(finding('f-1', { userId }), { expiresAt }), false);
    assert.deepEqual(await store.findings({ userId }), {
      entries: [finding('f-1', { userId, resolved: true })],
    });
  });

  it('forgets a finding that has expired: it is not listed, not resolved, and new again', async () => {
    const store = await open();
    const userId = newId('user');
    assert.equal(await store.addFinding(finding('f-1', { userId }), { expiresAt: at(-10) }), true);
    assert.deepEqual(await store.findings({ userId }), { entries: [] });
    assert.equal(await store.resolveFinding(userId, 'f-1'), false);
    assert.equal(await store.addFinding(finding('f-1', { userId }), { expiresAt }), true);
    assert.equal((await store.findings({ userId })).entries.length, 1);
  });

  it('refuses the cursor of another listing of findings', async () => {
    const store = await open();
    const userId = newId('user');
    for (const id of ['f-1', 'f-2']) await store.addFinding(finding(id, { userId }), { expiresAt });
    const { next } = await store.findings({ userId }, { limit: 1 });
    await rejectsWith('ERR_STORE_CURSOR', store.findings({}, { cursor: next }));
    await rejectsWith('ERR_STORE_CURSOR', store.findings({ userId: newId('user') }, { cursor: next }));
    await rejectsWith('ERR_STORE_CURSOR', store.findings({ userId, resolved: false }, { cursor: next }));
  });
}
