/** Part of the store suite: concurrent streams. */

import assert from 'node:assert/strict';
import type { PlaybackStore, Stream } from '../store/store.ts';
import { at, forEachUser, newId, numbers, type SuiteContext } from './suite-context.ts';

export function streamTests({ it, store: open, races }: SuiteContext): void {
  const counted = (seconds: number, limit = 2) => ({
    limit,
    at: at(seconds),
    countedSince: at(seconds - 75),
  });
  const stream = (id: string, deviceId = 'tv', lessonId = `lesson of ${id}`): Stream => ({
    id,
    deviceId,
    lessonId,
  });

  async function userWith(store: PlaybackStore, devices: readonly string[], userId = newId('user')) {
    for (const id of devices) await store.registerDevice(userId, { id, name: id }, { limit: 100, at: at(0) });
    return userId;
  }

  it('admits streams up to the limit, and refuses the next one with those that count', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv', 'phone']);
    assert.deepEqual(await store.beatStream(userId, stream('one'), counted(0)), { admitted: true });
    assert.deepEqual(await store.beatStream(userId, stream('two', 'phone'), counted(1)), { admitted: true });
    assert.deepEqual(await store.beatStream(userId, stream('three'), counted(2)), {
      admitted: false,
      reason: 'too-many-streams',
      streams: [
        { ...stream('two', 'phone'), lastBeatAt: at(1) },
        { ...stream('one'), lastBeatAt: at(0) },
      ],
    });
  });

  it('refuses a stream of a device that is not registered, and begins nothing', async () => {
    const store = await open();
    const userId = newId('user');
    assert.deepEqual(await store.beatStream(userId, stream('one'), counted(0)), {
      admitted: false,
      reason: 'unknown-device',
      streams: [],
    });
    assert.deepEqual(await store.devices(userId), []);
  });

  it('refuses the next heartbeat of a device that was released, and has room for another one', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv', 'phone']);
    await store.beatStream(userId, stream('one'), counted(0, 1));
    assert.equal(await store.releaseDevice(userId, 'tv'), true);
    const refused = await store.beatStream(userId, stream('one'), counted(1, 1));
    assert.deepEqual(refused, { admitted: false, reason: 'unknown-device', streams: [] });
    const other = await store.beatStream(userId, stream('two', 'phone'), counted(2, 1));
    assert.deepEqual(other, { admitted: true });
  });

  it('does not count the streams of an earlier registration of the same device', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    await store.beatStream(userId, stream('one'), counted(0, 1));
    await store.releaseDevice(userId, 'tv');
    await userWith(store, ['tv'], userId);
    assert.deepEqual(await store.beatStream(userId, stream('two'), counted(1, 1)), { admitted: true });
  });

  it('ends the streams of a pruned device', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv', 'phone']);
    await store.beatStream(userId, stream('one'), counted(0, 1));
    await store.registerDevice(userId, { id: 'phone', name: 'phone' }, { limit: 2, at: at(5) });
    assert.equal(await store.pruneDevices(userId, { before: at(5) }), 1);
    assert.deepEqual(await store.beatStream(userId, stream('two', 'phone'), counted(6, 1)), {
      admitted: true,
    });
  });

  it('keeps a stream that counts, also above a limit that was lowered', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    for (const id of ['one', 'two']) await store.beatStream(userId, stream(id), counted(0));
    assert.deepEqual(await store.beatStream(userId, stream('one'), counted(30, 1)), { admitted: true });
    assert.deepEqual(await store.beatStream(userId, stream('two'), counted(30, 1)), { admitted: true });
    assert.equal((await store.beatStream(userId, stream('three'), counted(30, 1))).admitted, false);
  });

  it('counts a stream to the millisecond of its last counted heartbeat, and no longer', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    await store.beatStream(userId, stream('one'), counted(0, 1));
    await store.beatStream(userId, stream('one'), counted(30, 1));
    assert.equal((await store.beatStream(userId, stream('two'), counted(105, 1))).admitted, false);
    assert.equal((await store.beatStream(userId, stream('two'), counted(105.001, 1))).admitted, true);
    // The first one was admitted once, and has to be admitted again.
    assert.equal((await store.beatStream(userId, stream('one'), counted(106, 1))).admitted, false);
  });

  it('does not let a heartbeat that comes late shorten how long its stream counts', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    await store.beatStream(userId, stream('one'), counted(60, 1));
    assert.deepEqual(await store.beatStream(userId, stream('one'), counted(30, 1)), { admitted: true });
    const refused = await store.beatStream(userId, stream('two'), counted(61, 1));
    const streams = [{ ...stream('one'), lastBeatAt: at(60) }];
    assert.deepEqual(refused, { admitted: false, reason: 'too-many-streams', streams });
  });

  it('counts nothing before the heartbeat itself where only later ones are counted', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    const later = { limit: 1, at: at(0), countedSince: at(10) };
    for (const id of ['one', 'two', 'two']) {
      assert.deepEqual(await store.beatStream(userId, stream(id), later), { admitted: true });
    }
  });

  it('lets a new play start take the place of the earlier one on the same device and lesson', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv', 'phone']);
    for (const [index, id] of ['one', 'two', 'three'].entries()) {
      const admission = await store.beatStream(userId, stream(id, 'tv', 'lesson'), counted(index, 1));
      assert.deepEqual(admission, { admitted: true });
    }
    const refused = await store.beatStream(userId, stream('four', 'phone', 'lesson'), counted(4, 1));
    const streams = [{ ...stream('three', 'tv', 'lesson'), lastBeatAt: at(2) }];
    assert.deepEqual(refused, { admitted: false, reason: 'too-many-streams', streams });
  });

  it('has room after a stream has ended, and ends what is not there without an error', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    await store.beatStream(userId, stream('one'), counted(0, 1));
    await store.endStream(userId, 'one');
    await store.endStream(userId, 'one');
    await store.endStream(newId('user'), 'one');
    assert.deepEqual(await store.beatStream(userId, stream('two'), counted(1, 1)), { admitted: true });
  });

  it('notes the device of a heartbeat as used', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv', 'phone']);
    await store.beatStream(userId, stream('one'), counted(5));
    await store.beatStream(userId, stream('one'), counted(35));
    const used = (await store.devices(userId)).map(({ id, lastUsed }) => [id, lastUsed]);
    assert.deepEqual(used, [
      ['tv', at(35)],
      ['phone', at(0)],
    ]);
  });

  it('admits exactly as many streams as the limit allows in a race', async () => {
    const store = await open();
    await forEachUser(races, async (userId) => {
      await userWith(store, ['tv', 'phone', 'notebook'], userId);
      const admissions = await Promise.all(
        numbers(races.parallel).map((index) =>
          store.beatStream(
            userId,
            stream(`s-${index}`, ['tv', 'phone', 'notebook'][index % 3]),
            counted(index / 100),
          ),
        ),
      );
      assert.equal(admissions.filter(({ admitted }) => admitted).length, 2);
    });
  });

  it('admits exactly the limit again in a race after the first streams stopped counting', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    for (const id of ['old-1', 'old-2']) await store.beatStream(userId, stream(id), counted(0));
    const admissions = await Promise.all(
      numbers(races.parallel).map((index) => store.beatStream(userId, stream(`s-${index}`), counted(100))),
    );
    assert.equal(admissions.filter(({ admitted }) => admitted).length, 2);
  });

  it('admits every heartbeat of the streams that count in a race, and no other stream', async () => {
    const store = await open();
    const userId = await userWith(store, ['tv']);
    for (const id of ['one', 'two']) await store.beatStream(userId, stream(id), counted(0));
    const admissions = await Promise.all(
      numbers(races.parallel).map(async (index) => {
        const id = ['one', 'two', `other-${index}`][index % 3] ?? '';
        const { admitted } = await store.beatStream(userId, stream(id), counted(1));
        return admitted === !id.startsWith('other');
      }),
    );
    assert.ok(admissions.every(Boolean));
  });

  it('admits no heartbeat after a release that runs at the same time as heartbeats', async () => {
    const store = await open();
    await forEachUser(races, async (userId) => {
      await userWith(store, ['tv', 'phone'], userId);
      await Promise.all([
        store.releaseDevice(userId, 'tv'),
        ...numbers(5).map((index) => store.beatStream(userId, stream(`s-${index}`), counted(0, 10))),
      ]);
      assert.equal((await store.beatStream(userId, stream('s-0'), counted(1, 10))).admitted, false);
      const all = await store.beatStream(userId, stream('other', 'phone'), counted(1, 1));
      assert.deepEqual(all, { admitted: true });
    });
  });
}
