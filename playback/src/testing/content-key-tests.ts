/** Part of the store suite: content keys. */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { WrappedContentKey } from '../store/store.ts';
import { at, newId, numbers, rejectsWith, type SuiteContext } from './suite-context.ts';

export function contentKeyTests({ it, store: open, races }: SuiteContext): void {
  const key = (titleId: string, version = 1): WrappedContentKey => ({
    titleId,
    version,
    wrappedKey: Uint8Array.from(randomBytes(168)),
    wrappedBy: 'arn:aws:kms:eu-central-1:111122223333:key/0f7e0c0e-5c5e-4d5a-9b0f-3d8d1f2b7a11',
    createdAt: at(0.123),
  });

  it('has no key at first, and then exactly the one that was kept', async () => {
    const store = await open();
    const titleId = newId('title');
    assert.equal(await store.contentKey(titleId, 1), undefined);
    const [first, tenth] = [key(titleId), key(titleId, 10)];
    await store.putContentKey(first);
    await store.putContentKey(tenth);
    assert.deepEqual(await store.contentKey(titleId, 1), first);
    assert.deepEqual(await store.contentKey(titleId, 10), tenth);
    assert.equal(await store.contentKey(titleId, 2), undefined);
    assert.equal(await store.contentKey(newId('title'), 1), undefined);
  });

  it('refuses another key for the same version, and takes the same key again', async () => {
    const store = await open();
    const kept = key(newId('title'));
    await store.putContentKey(kept);
    await store.putContentKey({ ...kept });
    await rejectsWith('ERR_CONTENT_KEY_EXISTS', store.putContentKey(key(kept.titleId)));
    await rejectsWith('ERR_CONTENT_KEY_EXISTS', store.putContentKey({ ...kept, wrappedBy: 'master-key' }));
    assert.deepEqual(await store.contentKey(kept.titleId, 1), kept);
  });

  it('keeps exactly one of many keys that come at once', async () => {
    const store = await open();
    const titleId = newId('title');
    const keys = numbers(races.parallel).map(() => key(titleId));
    const outcomes = await Promise.allSettled(keys.map((one) => store.putContentKey(one)));
    const winners = keys.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    assert.equal(winners.length, 1);
    assert.deepEqual(await store.contentKey(titleId, 1), winners[0]);
  });

  it('deletes a key once, and no other version', async () => {
    const store = await open();
    const titleId = newId('title');
    for (const version of [1, 2]) await store.putContentKey(key(titleId, version));
    assert.equal(await store.deleteContentKey(titleId, 1), true);
    assert.equal(await store.deleteContentKey(titleId, 1), false);
    assert.equal(await store.contentKey(titleId, 1), undefined);
    assert.notEqual(await store.contentKey(titleId, 2), undefined);
  });
}
