/** Part of the store suite: progress. */

import assert from 'node:assert/strict';
import { mergeProgress } from '../progress/merge-progress.ts';
import type { StoredProgress } from '../store/store.ts';
import { at, collect, newId, numbers, ODD_IDS, rejectsWith, type SuiteContext } from './suite-context.ts';

export function progressTests({ it, store: open, races }: SuiteContext): void {
  const progress = (more: Partial<StoredProgress> = {}): StoredProgress => ({
    watched_seconds: 61.037,
    last_position_seconds: 0.1 + 0.2,
    watch_count: 3,
    last_watched_at: at(1.001),
    completed_at: null,
    streamIds: ['stream-1', '__proto__', 'ünïcödé'],
    ...more,
  });

  it('has no progress at first, and then exactly what was kept', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    assert.equal(await store.progress(userId, lessonId), undefined);
    for (const kept of [
      progress(),
      progress({ completed_at: at(7.654), watched_seconds: 10_000_000, last_position_seconds: 0 }),
      progress({ streamIds: [], watch_count: 0, last_position_seconds: 1e-9 }),
    ]) {
      assert.deepEqual(await store.updateProgress(userId, lessonId, () => kept), kept);
      assert.deepEqual(await store.progress(userId, lessonId), kept);
    }
    assert.equal(await store.progress(newId('user'), lessonId), undefined);
  });

  it('gives a change what is there, and keeps that where the change returns it', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    await store.updateProgress(userId, lessonId, (current) => {
      assert.equal(current, undefined);
      return progress();
    });
    const same = await store.updateProgress(userId, lessonId, (current) => {
      assert.deepEqual(current, progress());
      return current ?? progress();
    });
    assert.deepEqual(same, progress());
  });

  it('passes on what a change throws, and keeps what was there', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    await store.updateProgress(userId, lessonId, () => progress());
    const thrown = new RangeError('of the change');
    const failing = store.updateProgress(userId, lessonId, () => {
      throw thrown;
    });
    await assert.rejects(failing, (error) => error === thrown);
    assert.deepEqual(await store.progress(userId, lessonId), progress());
  });

  it('loses no update of many writers at once', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    const writers = Math.min(races.parallel, 50);
    await Promise.all(
      numbers(writers).map((index) =>
        store.updateProgress(userId, lessonId, (current) =>
          progress({ streamIds: [...(current?.streamIds ?? []), `s-${index}`] }),
        ),
      ),
    );
    const kept = await store.progress(userId, lessonId);
    assert.deepEqual(
      [...(kept?.streamIds ?? [])].sort(),
      numbers(writers)
        .map((index) => `s-${index}`)
        .sort(),
    );
  });

  it('gives the same progress for heartbeats that come at once as for one after the other', async () => {
    const store = await open();
    const [userId, lessonId] = [newId('user'), newId('lesson')];
    const beats = numbers(20).map((index) => ({
      streamId: `s-${index % 4}`,
      currentTimeSeconds: (index * 37) % 101,
      at: at((index * 7) % 20),
      durationSeconds: 100,
    }));
    await Promise.all(
      beats.map((beat) => store.updateProgress(userId, lessonId, (current) => mergeProgress(current, beat))),
    );
    const { streamIds: _, ...expected } =
      beats.reduce<StoredProgress | undefined>(mergeProgress, undefined) ?? progress();
    const { streamIds, ...kept } = (await store.progress(userId, lessonId)) ?? progress();
    assert.deepEqual(kept, expected);
    assert.deepEqual([...streamIds].sort(), ['s-0', 's-1', 's-2', 's-3']);
  });

  it('lists every lesson that a user has begun once, page by page, without stream ids', async () => {
    const store = await open();
    const userId = newId('user');
    for (const lessonId of ODD_IDS) await store.updateProgress(userId, lessonId, () => progress());
    await store.updateProgress(newId('user'), 'lesson of another user', () => progress());
    const { entries, sizes } = await collect((cursor) => store.allProgress(userId, { limit: 5, cursor }));
    assert.deepEqual(entries.map(({ lessonId }) => lessonId).sort(), [...ODD_IDS].sort());
    assert.deepEqual(sizes, [5, 5, 3]);
    const { streamIds: _, ...shown } = progress();
    for (const { lessonId, ...entry } of entries) assert.deepEqual(entry, shown, lessonId);
    assert.deepEqual(await store.allProgress(newId('user')), { entries: [] });
  });

  it('refuses the cursor of another user’s progress', async () => {
    const store = await open();
    const userId = newId('user');
    for (const lessonId of ['a', 'b']) await store.updateProgress(userId, lessonId, () => progress());
    const { next } = await store.allProgress(userId, { limit: 1 });
    await rejectsWith('ERR_STORE_CURSOR', store.allProgress(newId('user'), { cursor: next }));
  });
}
