/** Part of the store suite: devices. */

import assert from 'node:assert/strict';
import { at, forEachUser, newId, numbers, ODD_IDS, type SuiteContext } from './suite-context.ts';

export function deviceTests(context: SuiteContext): void {
  const { it, store: open, races } = context;
  const options = (seconds: number, limit = 2) => ({ limit, at: at(seconds) });
  const device = (id: string) => ({ id, name: `Browser of ${id}`.slice(0, 100) });

  it('registers devices up to the limit, and refuses the next one with the list to release from', async () => {
    const store = await open();
    const userId = newId('user');
    assert.deepEqual(await store.devices(userId), []);
    for (const [index, id] of ['first', 'second'].entries()) {
      assert.deepEqual(await store.registerDevice(userId, device(id), options(index)), {
        registered: true,
        isNew: true,
        device: { ...device(id), createdAt: at(index), lastUsed: at(index) },
      });
    }
    const kept = await store.devices(userId);
    assert.deepEqual(
      kept.map(({ id }) => id),
      ['second', 'first'],
    );
    assert.deepEqual(await store.registerDevice(userId, device('third'), options(2)), {
      registered: false,
      devices: kept,
    });
    assert.deepEqual(await store.devices(userId), kept);
  });

  it('knows a device again at the limit: it keeps its name and first day, and was used now', async () => {
    const store = await open();
    const userId = newId('user');
    await store.registerDevice(userId, device('first'), options(0));
    await store.registerDevice(userId, device('second'), options(1));
    const again = await store.registerDevice(userId, { id: 'first', name: 'Another name' }, options(2));
    const expected = { ...device('first'), createdAt: at(0), lastUsed: at(2) };
    assert.deepEqual(again, { registered: true, isNew: false, device: expected });
    const [first, second, ...others] = await store.devices(userId);
    assert.deepEqual([first, second?.id, others], [expected, 'second', []]);
  });

  it('knows a device again above a limit that was lowered, and refuses a new one', async () => {
    const store = await open();
    const userId = newId('user');
    for (const id of ['first', 'second']) await store.registerDevice(userId, device(id), options(0));
    assert.equal((await store.registerDevice(userId, device('first'), options(1, 1))).registered, true);
    assert.equal((await store.registerDevice(userId, device('third'), options(1, 1))).registered, false);
  });

  it('registers exactly as many devices as the limit allows in a race', async () => {
    const store = await open();
    await forEachUser(races, async (userId) => {
      const outcomes = await Promise.all(
        numbers(races.parallel).map((index) =>
          store.registerDevice(userId, device(`d-${index}`), options(index)),
        ),
      );
      const winners = outcomes.flatMap((outcome) => (outcome.registered ? [outcome.device] : []));
      assert.equal(winners.length, 2);
      const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).sort();
      assert.deepEqual(ids(await store.devices(userId)), ids(winners));
    });
  });

  it('registers a device once that registers many times at once', async () => {
    const store = await open();
    const userId = newId('user');
    const outcomes = await Promise.all(
      numbers(races.parallel).map((index) => store.registerDevice(userId, device('same'), options(index))),
    );
    assert.ok(outcomes.every(({ registered }) => registered));
    assert.equal(outcomes.filter((outcome) => outcome.registered && outcome.isNew).length, 1);
    assert.equal((await store.devices(userId)).length, 1);
  });

  it('releases a device once, also in a race, and has room for another one then', async () => {
    const store = await open();
    const userId = newId('user');
    for (const id of ['first', 'second']) await store.registerDevice(userId, device(id), options(0));
    assert.equal(await store.releaseDevice(userId, 'unknown'), false);
    const released = await Promise.all(
      numbers(races.parallel).map(() => store.releaseDevice(userId, 'first')),
    );
    assert.equal(released.filter(Boolean).length, 1);
    assert.equal((await store.registerDevice(userId, device('third'), options(1))).registered, true);
    assert.equal(await store.releaseDevice(newId('user'), 'first'), false);
  });

  it('never has more devices than the limit while some are released and others registered', async () => {
    const store = await open();
    const userId = newId('user');
    await Promise.all(
      numbers(races.parallel).map(async (index) => {
        const { registered } = await store.registerDevice(userId, device(`d-${index}`), options(index));
        assert.ok((await store.devices(userId)).length <= 2);
        if (registered) assert.equal(await store.releaseDevice(userId, `d-${index}`), true);
      }),
    );
    assert.deepEqual(await store.devices(userId), []);
  });

  it('prunes the devices last used before an instant, each once in a race', async () => {
    const store = await open();
    const userId = newId('user');
    for (const index of numbers(6))
      await store.registerDevice(userId, device(`d-${index}`), options(index, 6));
    await store.registerDevice(userId, device('d-0'), options(10, 6));
    const counts = await Promise.all(
      numbers(races.parallel).map(() => store.pruneDevices(userId, { before: at(4) })),
    );
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      3,
    );
    const left = await store.devices(userId);
    assert.deepEqual(
      left.map(({ id }) => id),
      ['d-0', 'd-5', 'd-4'],
    );
    assert.equal(await store.pruneDevices(newId('user'), { before: at(4) }), 0);
  });

  it('never prunes a device that is used in the same moment', async () => {
    const store = await open();
    await forEachUser(races, async (userId) => {
      await store.registerDevice(userId, device('old'), options(0));
      await store.registerDevice(userId, device('used'), options(0));
      const [pruned] = await Promise.all([
        store.pruneDevices(userId, { before: at(5) }),
        ...numbers(5).map(() => store.registerDevice(userId, device('used'), options(6))),
      ]);
      const left = await store.devices(userId);
      // A device that was pruned first has registered anew.
      assert.deepEqual(
        left.map(({ id, lastUsed }) => [id, lastUsed]),
        [['used', at(6)]],
      );
      assert.equal(pruned, left[0]?.createdAt.getTime() === at(0).getTime() ? 1 : 2);
    });
  });

  it('keeps devices with any id, of users with any id', async () => {
    const store = await open();
    await Promise.all(
      ODD_IDS.map(async (odd) => {
        const userId = `${newId('u').slice(0, 20)}${odd}`.slice(0, 100);
        for (const id of ODD_IDS) await store.registerDevice(userId, device(id), options(0, 100));
        const kept = await store.devices(userId);
        assert.deepEqual(kept.map(({ id }) => id).sort(), [...ODD_IDS].sort());
        assert.equal(await store.releaseDevice(userId, odd), true);
        assert.equal((await store.devices(userId)).length, ODD_IDS.length - 1);
      }),
    );
  });
}
