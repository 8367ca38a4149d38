/** Signing without a promise, for call sites that have none. */

import { sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner, envKey, type KeySource, type SigningKey, staticKey } from '../../signer/src/index.ts';
import { createRefreshingValue } from '../../signer/src/secrets-manager/refreshing-source.ts';
import { DOMAIN, ec, failureOf, judge, KEY_PAIR_ID, type KeyPair, NOW, rsa, signerWith } from './fixtures.ts';

const signer = signerWith(rsa);
const source = ({ privatePem }: KeyPair, keyPairId = KEY_PAIR_ID) =>
  staticKey({ keyPairId, privateKey: privatePem });
const over = (key: KeySource) => createSigner({ key, domain: DOMAIN, now: () => NOW });

/** What both kinds of call may be asked for, good and bad. */
const resource = fc.constantFrom(
  '/a.mp4',
  '/books/42/index.m3u8',
  '/books/42/*',
  '/*',
  '/a/../b',
  'a',
  '/a?b=c',
  '/é',
);
const options = fc.record(
  {
    expiresIn: fc.constantFrom(60, '4h', '8d', 0, '1x'),
    expiresAt: fc.constantFrom(new Date(NOW.getTime() + 60_000), new Date(0)),
    startsAt: fc.constantFrom(NOW, new Date(Number.NaN)),
    ipAddress: fc.constantFrom('203.0.113.7', '::1'),
    policy: fc.constantFrom('custom', 'canned'),
    allowWholeHost: fc.boolean(),
  },
  { requiredKeys: [] },
);
const urlOptions = fc.record(
  { scope: fc.constantFrom('file', 'directory', '/books/*', '/b/*') },
  { requiredKeys: [] },
);
const cookieOptions = fc.record(
  { sameSite: fc.constantFrom('None', 'none'), path: fc.constantFrom('/', '/b'), maxAge: fc.boolean() },
  { requiredKeys: [] },
);

/** What a call gave or threw. The name of the call is in some messages. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    return { name, code, message: message.replace('Sync', '') };
  }
}

describe('a synchronous call', () => {
  it('gives and refuses for URLs what the call with a promise does', async () => {
    await fc.assert(
      fc.asyncProperty(resource, options, urlOptions, async (path, conditions, extra) => {
        const asked = { ...conditions, ...extra } as never;
        expect(await outcomeOf(() => signer.signUrlSync(path, asked))).toEqual(
          await outcomeOf(() => signer.signUrl(path, asked)),
        );
      }),
    );
  });

  it('gives and refuses for cookies what the call with a promise does', async () => {
    await fc.assert(
      fc.asyncProperty(resource, options, cookieOptions, async (path, conditions, extra) => {
        const asked = { ...conditions, ...extra } as never;
        expect(await outcomeOf(() => signer.signCookiesSync(path, asked))).toEqual(
          await outcomeOf(() => signer.signCookies(path, asked)),
        );
      }),
    );
  });

  it('signs with the key of the environment', () => {
    const key = envKey({
      env: { CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID, CLOUDFRONT_PRIVATE_KEY: ec.privatePem },
    });
    expect(judge(ec, { url: over(key).signUrlSync('/a.mp4').url }).allowed).toBe(true);
  });

  it('signs with a key of one’s own that signs at once', () => {
    const own: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA256',
      sign: (bytes) => sign('SHA256', bytes, rsa.privateKey),
    };
    const key = { get: () => Promise.resolve(own), current: () => own };
    expect(judge(rsa, { url: over(key).signUrlSync('/a.mp4').url }).allowed).toBe(true);
  });

  it('shares signatures with the others where `reuse` keeps them', async () => {
    const reusing = signerWith(ec, { reuse: '5m' });
    const { url } = reusing.signUrlSync('/a.mp4');
    expect((await reusing.signUrl('/a.mp4')).url).toBe(url);
    expect(reusing.signUrlSync('/a.mp4').url).toBe(url);
  });

  it('signs by itself what a list is signing on the thread pool', async () => {
    const reusing = signerWith(rsa, { reuse: '5m' });
    const list = reusing.signUrls(['/a.mp4']);
    // The list's signature is on its way after its key has come.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    const { url } = reusing.signUrlSync('/a.mp4');
    expect(await list).toMatchObject([{ url }]);
  });
});

describe('a synchronous call is refused with ERR_KEY_ASYNC', () => {
  const both = ({ signUrlSync, signCookiesSync }: ReturnType<typeof over>) => [
    () => signUrlSync('/a.mp4'),
    () => signCookiesSync('/a.mp4'),
  ];

  it('by a source that gives keys by promise alone, and says which call to use', async () => {
    for (const call of both(over({ get: source(rsa).get }))) {
      const failure = await failureOf(call);
      expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_KEY_ASYNC' });
      expect(failure.message).toContain('the call that returns a promise');
    }
  });

  it('by a source that has no key yet, and says what to await first', async () => {
    for (const call of both(over({ get: source(rsa).get, current: () => undefined }))) {
      const failure = await failureOf(call);
      expect(failure.code).toBe('ERR_KEY_ASYNC');
      expect(failure.message).toContain('"get()"');
    }
  });

  it('by a key that signs by promise, whose failure troubles nobody', async () => {
    const remote: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA256',
      sign: () => Promise.reject(new Error('no network')),
    };
    const key = { get: () => Promise.resolve(remote), current: () => remote };
    for (const call of both(over(key))) expect((await failureOf(call)).code).toBe('ERR_KEY_ASYNC');
    // An unhandled rejection would fail this file.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('by a source whose current() gives a promise, whose failure troubles nobody', async () => {
    const key = { get: source(rsa).get, current: () => Promise.reject(new Error('no network')) } as never;
    for (const call of both(over(key))) expect((await failureOf(call)).code).toBe('ERR_KEY_ASYNC');
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('by a key that signs by promise, which is asked once', async () => {
    let calls = 0;
    const remote: SigningKey = {
      keyPairId: KEY_PAIR_ID,
      algorithm: 'RSA-SHA256',
      sign: async () => Buffer.from(`signature ${++calls}`),
    };
    const signer = over({ get: () => Promise.resolve(remote), current: () => remote });
    for (let call = 0; call < 5; call++) {
      expect((await failureOf(() => signer.signUrlSync('/a.mp4'))).code).toBe('ERR_KEY_ASYNC');
    }
    expect(calls).toBe(1);
    expect((await signer.signUrl('/a.mp4')).url).toContain('Policy=');
  });

  it('only after the resource and the options were checked', async () => {
    const withoutKey = over({ get: source(rsa).get });
    expect((await failureOf(() => withoutKey.signUrlSync('/a/*'))).code).toBe('ERR_RESOURCE_WILDCARD');
  });
});

describe('a key that renews itself', () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  async function makeSource() {
    const state = { seconds: 0, failing: false, version: 1, looks: 0 };
    const keys = await Promise.all([source(ec, 'K1').get(), source(ec, 'K2').get()]);
    const key = createRefreshingValue({
      load: async () => {
        state.looks++;
        if (state.failing) throw new Error('down');
        return { versionId: `v${state.version}`, value: keys[state.version - 1] as SigningKey };
      },
      describe: ({ value, versionId }) => ({ keyPairId: value.keyPairId, versionId }),
      maxAgeSeconds: 300,
      maxStaleSeconds: 600,
      now: () => new Date(state.seconds * 1000),
      random: () => 0,
      onRefresh: () => {},
      onError: () => {},
      onRotate: () => {},
    });
    return { state, key, signer: over(key) };
  }
  const idOf = (url: string) => new URL(url).searchParams.get('Key-Pair-Id');

  it('signs synchronously after its first fetch, and starts none itself', async () => {
    const { key, signer, state } = await makeSource();
    expect((await failureOf(() => signer.signUrlSync('/a.mp4'))).code).toBe('ERR_KEY_ASYNC');
    expect(state.looks).toBe(0);
    await key.get();
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
    expect(state.looks).toBe(1);
  });

  it('looks in the background when it is due, once, and has the new key after that', async () => {
    const { key, signer, state } = await makeSource();
    await key.get();
    state.version = 2;
    state.seconds = 300;
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
    await settle();
    expect(state.looks).toBe(2);
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K2');
  });

  it('is not used after an idle time of `maxStaleSeconds`, and the look that this starts gives one', async () => {
    const { key, signer, state } = await makeSource();
    await key.get();
    state.seconds = 600;
    expect((await failureOf(() => signer.signUrlSync('/a.mp4'))).code).toBe('ERR_KEY_ASYNC');
    await settle();
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
  });

  it('is used while looking fails, and no longer than `maxStaleSeconds`', async () => {
    const { key, signer, state } = await makeSource();
    await key.get();
    state.failing = true;
    state.seconds = 599;
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
    await settle();
    state.seconds = 600;
    expect(await failureOf(() => signer.signUrlSync('/a.mp4'))).toMatchObject({ code: 'ERR_KEY_STALE' });
    await settle();
    state.failing = false;
    state.seconds = 700;
    // This one starts the look that ends it.
    expect((await failureOf(() => signer.signUrlSync('/a.mp4'))).code).toBe('ERR_KEY_STALE');
    await settle();
    expect(idOf(signer.signUrlSync('/a.mp4').url)).toBe('K1');
  });
});
