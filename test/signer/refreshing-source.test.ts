import { describe, expect, it } from 'vitest';
import { staticKey } from '../../signer/src/index.ts';
import { createRefreshingSource } from '../../signer/src/secrets-manager/refreshing-source.ts';
import { ec, failureOf, KEY_PAIR_ID } from './fixtures.ts';

const key = await staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem }).get();

/** A store that can be told to fail, a clock that is moved by hand, and the seconds at which it was asked. */
function makeStore() {
  const store = { seconds: 0, failing: false, askedAt: [] as number[] };
  const source = createRefreshingSource({
    load: async () => {
      store.askedAt.push(store.seconds);
      if (store.failing) throw new Error(`down at ${store.seconds}`);
      return { versionId: 'v1', key };
    },
    maxAgeSeconds: 300,
    maxStaleSeconds: 600,
    now: () => new Date(store.seconds * 1000),
  });
  /** One call per second, each refresh settled before the next. */
  const callUntil = async (end: number) => {
    for (; store.seconds < end; store.seconds++) {
      await source.get();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { store, source, callUntil };
}

describe('a refreshing source', () => {
  it('asks a failing store in pauses that double up to a minute', async () => {
    const { store, callUntil } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(600);
    expect(store.askedAt).toEqual([0, 300, 301, 303, 307, 315, 331, 363, 423, 483, 543]);
  });

  it('starts with short pauses again after a success', async () => {
    const { store, callUntil } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(340);
    store.failing = false;
    await callUntil(650);
    store.failing = true;
    await callUntil(668);
    expect(store.askedAt.slice(-3)).toEqual([663, 664, 666]);
  });

  it('fails with the last error once the key is too old, without asking during a pause', async () => {
    const { store, source, callUntil } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(599);
    const asked = store.askedAt.length;
    store.seconds = 600;
    expect((await failureOf(() => source.get())).message).toBe('down at 543');
    expect(store.askedAt).toHaveLength(asked);
    store.seconds = 603;
    expect((await failureOf(() => source.get())).message).toBe('down at 603');
  });
});
