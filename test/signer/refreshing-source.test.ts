import { describe, expect, it } from 'vitest';
import { SignerError } from '../../signer/src/errors.ts';
import { createSigner, staticKey } from '../../signer/src/index.ts';
import type { RefreshHooks } from '../../signer/src/secrets-manager/hooks.ts';
import { createRefreshingValue } from '../../signer/src/secrets-manager/refreshing-source.ts';
import { DOMAIN, ec, failureOf, KEY_PAIR_ID } from './fixtures.ts';

const key = await staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem }).get();
const nextKey = await staticKey({ keyPairId: 'KNEXT', privateKey: ec.privatePem }).get();

interface StoreOptions extends RefreshHooks {
  readonly random?: () => number;
}

/** A store that can be told to fail, a clock that is moved by hand, and the seconds at which it was asked. */
function makeStore({ random = () => 0, ...hooks }: StoreOptions = {}) {
  const first = { versionId: 'v1', value: key };
  const store = { seconds: 0, failing: false, askedAt: [] as number[], version: first };
  const source = createRefreshingValue({
    load: async () => {
      store.askedAt.push(store.seconds);
      if (store.failing) throw new SignerError('ERR_SECRET_FETCH', `down at ${store.seconds}`);
      return store.version;
    },
    describe: ({ value, versionId }) => ({ keyPairId: value.keyPairId, versionId }),
    maxAgeSeconds: 300,
    maxStaleSeconds: 600,
    now: () => new Date(store.seconds * 1000),
    random,
    ...hooks,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** One call per second, each refresh settled before the next. */
  const callUntil = async (end: number) => {
    for (; store.seconds < end; store.seconds++) {
      await source.get();
      await settle();
    }
  };
  return { store, source, callUntil, settle };
}

describe('a refreshing source', () => {
  it('asks a failing store in pauses that double up to a minute', async () => {
    const { store, callUntil } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(600);
    expect(store.askedAt).toEqual([0, 300, 301, 303, 307, 315, 331, 363, 423, 483, 543]);
  });

  it('takes up to half of each pause off at random', async () => {
    const { store, callUntil } = makeStore({ random: () => 1 });
    await callUntil(240);
    store.failing = true;
    await callUntil(256);
    expect(store.askedAt).toEqual([0, 240, 241, 242, 244, 248]);
  });

  it('shortens the age by up to a fifth at random, again each time', async () => {
    const numbers = [0.5, 1, 0];
    const { store, callUntil } = makeStore({ random: () => numbers.shift() ?? 0 });
    await callUntil(1_200);
    expect(store.askedAt).toEqual([0, 270, 510, 810, 1_110]);
  });

  it('makes the first use after an idle night wait for the look, but nobody in an outage', async () => {
    const { store, source, callUntil, settle } = makeStore();
    await callUntil(1);
    store.version = { versionId: 'v2', value: nextKey };
    store.seconds = 550;
    expect(await source.get()).toBe(nextKey);

    store.failing = true;
    store.seconds = 900;
    await source.get();
    await settle();
    store.failing = false;
    store.version = { versionId: 'v3', value: key };
    store.seconds = 910;
    expect(await source.get()).toBe(nextKey);
    await settle();
    expect(await source.get()).toBe(key);
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

  it('fails once the key is too old, with the last error as cause, without asking during a pause', async () => {
    const { store, source, callUntil } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(599);
    const asked = store.askedAt.length;
    store.seconds = 600;
    const failure = await failureOf(() => source.get());
    expect(failure.code).toBe('ERR_KEY_STALE');
    expect(failure.message).toContain('600 seconds');
    expect(failure.error.cause).toMatchObject({ code: 'ERR_SECRET_FETCH', message: 'down at 543' });
    expect(store.askedAt).toHaveLength(asked);
    store.seconds = 603;
    expect((await failureOf(() => source.get())).error.cause).toMatchObject({ message: 'down at 603' });
  });

  it('without a key tries again at once, then in pauses of up to five seconds', async () => {
    const { store, source } = makeStore();
    store.failing = true;
    for (; store.seconds < 30; store.seconds++) {
      expect((await failureOf(() => source.get())).code).toBe('ERR_SECRET_FETCH');
    }
    expect(store.askedAt).toEqual([0, 1, 3, 7, 12, 17, 22, 27]);
  });

  it('is not silenced by a clock that was set back', async () => {
    const { store, source, callUntil, settle } = makeStore();
    await callUntil(300);
    store.failing = true;
    await callUntil(400);
    store.failing = false;
    store.seconds = -4_000;
    const asked = store.askedAt.length;
    expect(await source.get()).toBe(key);
    await settle();
    expect(store.askedAt).toHaveLength(asked + 1);
  });
});

describe('refreshNow', () => {
  it('looks at once, and shares a look with all who ask meanwhile', async () => {
    const { store, source } = makeStore();
    await source.get();
    store.seconds = 10;
    store.version = { versionId: 'v2', value: nextKey };
    const keys = await Promise.all(Array.from({ length: 100 }, () => source.refreshNow()));
    expect(new Set(keys)).toEqual(new Set([nextKey]));
    expect(store.askedAt).toEqual([0, 10]);
  });

  it('within a second of a look gives its outcome, and lets the first use after that second look', async () => {
    const { store, source, settle } = makeStore();
    await source.get();
    store.seconds = 10;
    await source.refreshNow();
    store.version = { versionId: 'v2', value: nextKey };
    store.seconds = 10.5;
    expect(await source.refreshNow()).toBe(key);
    expect(store.askedAt).toEqual([0, 10]);
    store.seconds = 11;
    await source.get();
    await settle();
    expect(await source.get()).toBe(nextKey);
    expect(store.askedAt).toEqual([0, 10, 11]);
  });

  it('fails with the reason, whatever pause is under way, and leaves the key in use', async () => {
    const { store, source } = makeStore();
    await source.get();
    store.failing = true;
    store.seconds = 10;
    expect((await failureOf(() => source.refreshNow())).message).toBe('down at 10');
    expect((await failureOf(() => source.refreshNow())).message).toBe('down at 10');
    store.seconds = 11;
    expect((await failureOf(() => source.refreshNow())).message).toBe('down at 11');
    expect(await source.get()).toBe(key);
    expect(store.askedAt).toEqual([0, 10, 11]);
  });

  it('stops waiting when the caller’s signal fires, and continues for the others', async () => {
    const { source } = makeStore();
    const patience = new AbortController();
    const waiting = failureOf(() => source.refreshNow({ signal: patience.signal }));
    const other = source.refreshNow();
    patience.abort(new Error('gave up'));
    expect((await waiting).message).toBe('gave up');
    expect(await other).toBe(key);
  });
});

describe('hooks', () => {
  it('hear of every look, every failure and every rotation, in this order', async () => {
    const heard: unknown[] = [];
    const { store, source } = makeStore({
      onRefresh: (event) => heard.push(['refresh', event]),
      onError: ({ error, ...event }) => heard.push(['error', error.code, event]),
      onRotate: (event) => heard.push(['rotate', event]),
    });
    await source.get();
    store.seconds = 300;
    await source.refreshNow();
    store.seconds = 310;
    store.failing = true;
    await failureOf(() => source.refreshNow());
    store.failing = false;
    store.version = { versionId: 'v2', value: nextKey };
    store.seconds = 320;
    await source.refreshNow();
    const [v1, v2] = [
      { keyPairId: KEY_PAIR_ID, versionId: 'v1' },
      { keyPairId: 'KNEXT', versionId: 'v2' },
    ];
    expect(heard).toEqual([
      ['refresh', { ...v1, changed: true }],
      ['refresh', { ...v1, changed: false }],
      ['error', 'ERR_SECRET_FETCH', { staleSeconds: 10, retryAt: new Date(311_000) }],
      ['refresh', { ...v2, changed: true }],
      ['rotate', { from: v1, to: v2 }],
    ]);
  });

  it.each([
    [
      'throw',
      () => {
        throw new Error('hook');
      },
    ],
    ['reject', async () => Promise.reject(new Error('hook'))],
  ])('that %s break nothing', async (_, hook) => {
    const { store, source } = makeStore({ onRefresh: hook, onError: hook, onRotate: hook });
    const now = () => new Date(store.seconds * 1000);
    const signer = createSigner({ key: source, domain: DOMAIN, now });
    await signer.signUrl('/a.mp4');
    store.seconds = 10;
    store.version = { versionId: 'v2', value: nextKey };
    await source.refreshNow();
    store.seconds = 20;
    store.failing = true;
    expect((await failureOf(() => source.refreshNow())).message).toBe('down at 20');
    expect((await signer.signUrl('/a.mp4')).url).toContain('&Key-Pair-Id=KNEXT');
  });
});
