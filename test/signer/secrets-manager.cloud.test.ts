/** The real client, over HTTP, against moto; faults are injected on the wire in between. */

/** The real client, over HTTP, against moto; faults are injected on the wire in between. */

import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSigner, type KeySource } from '../../signer/src/index.ts';
import { secretsManagerKey } from '../../signer/src/secrets-manager/index.ts';
import { type Fault, type FaultyWire, startFaultyWire } from './faulty-wire.ts';
import { DOMAIN, ec, failureOf, judge, makeEc, NOW, rsa } from './fixtures.ts';
import { configFor, type Moto, startMoto } from './moto.ts';

let moto: Moto;
let wire: FaultyWire;
let admin: SecretsManagerClient;

/** Of a client that goes over the wire; pauses and ages are not varied. */
const config = () => configFor(wire.port);
const random = () => 0;

beforeAll(async () => {
  moto = await startMoto();
  wire = await startFaultyWire(moto.port);
  admin = new SecretsManagerClient(moto.config);
});

afterAll(async () => {
  admin?.destroy();
  await wire?.stop();
  await moto?.stop();
});

beforeEach(() => wire.set('none'));

let secretNumber = 0;
async function makeSecret(value: string | Uint8Array): Promise<string> {
  const Name = `storytime/test-${++secretNumber}/cloudfront_private_key`;
  const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
  await admin.send(new CreateSecretCommand({ Name, ...content }));
  return Name;
}

const rotate = (secretId: string, value: string, stage = 'AWSCURRENT') =>
  admin.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: value, VersionStages: [stage] }));

const asJson = (keyPairId: string, privateKey = ec.privatePem) =>
  JSON.stringify({ keyPairId, privateKey, generation: '2026-11-a' });

/** A clock that stands still until it is moved. */
function makeClock() {
  let milliseconds = NOW.getTime();
  return {
    now: () => new Date(milliseconds),
    advance: (seconds: number) => {
      milliseconds += seconds * 1000;
    },
  };
}

/** A refresh in the background has nobody to wait for it; ask until its result shows. */
async function untilKeyIs(source: KeySource, keyPairId: string): Promise<void> {
  await expect.poll(async () => (await source.get()).keyPairId, { timeout: 5_000 }).toBe(keyPairId);
}

describe('secretsManagerKey reads', () => {
  it('id and key from JSON', async () => {
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), config: config() });
    expect(await source.get()).toMatchObject({ keyPairId: 'K1', algorithm: 'ECDSA-SHA1' });
  });

  it('a bare PEM with a configured id', async () => {
    const secretId = await makeSecret(rsa.privatePem);
    const source = secretsManagerKey({
      secretId,
      keyPairId: 'K1',
      hashAlgorithm: 'SHA256',
      config: config(),
    });
    expect(await source.get()).toMatchObject({ keyPairId: 'K1', algorithm: 'RSA-SHA256' });
  });

  it('a binary secret', async () => {
    const secretId = await makeSecret(Buffer.from(asJson('K1')));
    expect((await secretsManagerKey({ secretId, config: config() }).get()).keyPairId).toBe('K1');
  });

  it('the id inside the secret before the configured one, so that both switch together', async () => {
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, keyPairId: 'K0', config: config() });
    expect((await source.get()).keyPairId).toBe('K1');
  });

  it('AWSCURRENT and not a version still being rotated in', async () => {
    const secretId = await makeSecret(asJson('K1'));
    await rotate(secretId, asJson('K2'), 'AWSPENDING');
    expect((await secretsManagerKey({ secretId, config: config() }).get()).keyPairId).toBe('K1');
  });

  it('through a client that it is given', async () => {
    const client = new SecretsManagerClient(config());
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), client });
    expect((await source.get()).keyPairId).toBe('K1');
    client.destroy();
  });
});

describe('secretsManagerKey refuses', () => {
  it.each([
    ['a bare PEM without an id', ec.privatePem, 'ERR_SECRET_FORMAT', 'holds no key pair id'],
    ['JSON without an id', JSON.stringify({ privateKey: ec.privatePem }), 'ERR_SECRET_FORMAT', '"keyPairId"'],
    ['JSON without a key', JSON.stringify({ keyPairId: 'K1' }), 'ERR_SECRET_FORMAT', '"privateKey"'],
    ['broken JSON', asJson('K1').slice(0, -5), 'ERR_SECRET_FORMAT', 'not valid JSON'],
    [
      'a key CloudFront does not take',
      asJson('K1', makeEc('P-384').privatePem),
      'ERR_KEY_UNSUPPORTED',
      'secp384r1',
    ],
  ])('%s', async (_, value, code, words) => {
    const secretId = await makeSecret(value);
    const failure = await failureOf(() => secretsManagerKey({ secretId, config: config() }).get());
    expect(failure).toMatchObject({ name: 'SignerError', code });
    expect(failure.message).toContain(words);
    expect(failure.message).toContain(secretId);
    expect(inspect(failure.error, { depth: 9, showHidden: true })).not.toContain(ec.privatePem.slice(30, 60));
  });

  it('a secret that is not there, with the service’s error as cause', async () => {
    const source = secretsManagerKey({ secretId: 'storytime/none', config: config() });
    const failure = await failureOf(() => source.get());
    expect(failure).toMatchObject({ code: 'ERR_SECRET_FETCH' });
    expect(failure.message).toContain('ResourceNotFoundException');
    expect(failure.error.cause).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each([
    ['an invalid secret id', { secretId: 1 }, 'ERR_ARGUMENT_TYPE'],
    ['a misspelt option', { secretId: 'x', maxAge: 1 }, 'ERR_ARGUMENT_UNKNOWN'],
    ['an invalid hook', { secretId: 'x', onRotate: 'log' }, 'ERR_ARGUMENT_TYPE'],
    ['an invalid signal', { secretId: 'x', signal: {} }, 'ERR_ARGUMENT_TYPE'],
    [
      'a signal that only inherits from one',
      { secretId: 'x', signal: Object.create(AbortSignal.prototype) },
      'ERR_ARGUMENT_TYPE',
    ],
    ['an unknown hash', { secretId: 'x', hashAlgorithm: 'MD5' }, 'ERR_ARGUMENT_TYPE'],
    [
      'a key thrown away before it is renewed',
      { secretId: 'x', maxStaleSeconds: 60 },
      'ERR_ARGUMENT_CONFLICT',
    ],
  ])('%s', async (_, options, code) => {
    const failure = await failureOf(() => secretsManagerKey(options as never));
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe(code);
  });

  it('an invalid signal, of refreshNow', async () => {
    const source = secretsManagerKey({ secretId: 'x', config: config() });
    for (const signal of [{}, Object.create(AbortSignal.prototype), 'x']) {
      expect(await failureOf(() => source.refreshNow({ signal }))).toMatchObject({
        code: 'ERR_ARGUMENT_TYPE',
      });
    }
  });

  it.each([
    ['that only inherits from Date', Object.create(Date.prototype)],
    ['that is invalid', new Date(Number.NaN)],
    ['that is a number', 5],
  ])('a clock that gives a time %s', async (_, at) => {
    const source = secretsManagerKey({ secretId: 'x', config: config(), now: () => at });
    for (const call of [() => source.get(), () => source.refreshNow()]) {
      expect(await failureOf(call)).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
    }
  });

  it('a client together with a configuration', async () => {
    const options = { secretId: 'x', client: admin, config: config() } as never;
    expect((await failureOf(() => secretsManagerKey(options))).code).toBe('ERR_ARGUMENT_CONFLICT');
  });
});

const OUTAGES: readonly Fault[] = [
  'refused',
  'reset',
  'reset mid-body',
  'unavailable',
  'throttled',
  'stall',
  'truncated',
  'garbage',
];

describe.each(OUTAGES)('an outage of ten minutes (%s)', (fault) => {
  it('fails none of 10,000 concurrent signatures, and ends with the new key', async () => {
    const clock = makeClock();
    const errors: string[] = [];
    const rotations: unknown[] = [];
    const secretId = await makeSecret(asJson('K1'));
    const key = secretsManagerKey({
      secretId,
      config: config(),
      // Only a stall lasts as long as it is let; 2,000 signatures may take longer than a second on a busy machine.
      ...(fault === 'stall' && { timeoutSeconds: 1 }),
      now: clock.now,
      random,
      onError: ({ error }) => errors.push(error.code),
      onRotate: ({ from, to }) => rotations.push([from.keyPairId, to.keyPairId]),
    });
    const signer = createSigner({ key, domain: DOMAIN, now: clock.now });
    await signer.signUrl('/first.mp4');
    await rotate(secretId, asJson('K2'));
    await wire.set(fault);
    clock.advance(300);

    // Five waves, two minutes apart; in each the source looks again, and nobody waits for it.
    const signatures: Promise<{ readonly url: string }>[] = [];
    for (let wave = 0; wave < 5; wave++) {
      for (let number = 0; number < 2_000; number++)
        signatures.push(signer.signUrl(`/${wave}/${number}.mp4`));
      await expect.poll(() => errors.length, { timeout: 30_000, interval: 5 }).toBe(wave + 1);
      clock.advance(120);
    }
    const urls = await Promise.all(signatures);
    expect(urls).toHaveLength(10_000);
    expect(urls.filter(({ url }) => !url.endsWith('&Key-Pair-Id=K1'))).toEqual([]);
    const trustedKeys = new Map([['K1', ec.publicKey]]);
    for (const { url } of urls.filter((_, index) => index % 500 === 0)) {
      expect(judge(ec, { url, now: clock.now(), trustedKeys }).allowed).toBe(true);
    }
    expect(new Set(errors)).toEqual(
      new Set([fault === 'garbage' ? 'ERR_SECRET_FORMAT' : 'ERR_SECRET_FETCH']),
    );

    await wire.set('none');
    await expect
      .poll(
        () => {
          clock.advance(61);
          return key.get().then(({ keyPairId }) => keyPairId);
        },
        { timeout: 5_000 },
      )
      .toBe('K2');
    expect(rotations).toEqual([['K1', 'K2']]);
  });

  it('fails the first callers with a code within the timeout, by one fetch, and nothing of the secret', async () => {
    const secretId = await makeSecret(asJson('K1'));
    await wire.set(fault);
    const source = secretsManagerKey({ secretId, config: config(), timeoutSeconds: 1 });
    const failures = await Promise.all(
      Array.from({ length: 1_000 }, () => failureOf(() => source.get()).then(({ error }) => error)),
    );
    expect(new Set(failures).size).toBe(1);
    expect(failures[0]).toMatchObject({
      name: 'SignerError',
      code: fault === 'garbage' ? 'ERR_SECRET_FORMAT' : 'ERR_SECRET_FETCH',
    });
    expect(wire.requests).toBe(fault === 'refused' ? 0 : 1);
    const shown = inspect(failures[0], { depth: Number.POSITIVE_INFINITY, showHidden: true });
    for (const line of ec.privatePem.split('\n').slice(1, -2)) expect(shown).not.toContain(line.slice(0, 16));
  });
});

describe('secretsManagerKey keeps', () => {
  it('one fetch for a thousand first callers, and one key', async () => {
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), config: config() });
    const keys = await Promise.all(Array.from({ length: 1_000 }, () => source.get()));
    expect(wire.requests).toBe(1);
    expect(new Set(keys).size).toBe(1);
  });

  it('the key without looking while it is fresh', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({
      secretId,
      config: config(),
      now: clock.now,
      random,
      maxAgeSeconds: 300,
    });
    await source.get();
    clock.advance(299);
    await source.get();
    expect(wire.requests).toBe(1);
  });

  it('the same parsed key while the version is the same', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, random });
    const first = await source.get();
    clock.advance(301);
    expect(await source.get()).toBe(first);
    await expect.poll(() => wire.requests).toBe(2);
    expect(await source.get()).toBe(first);
  });

  it('answering at once and swaps a new version in behind the answer', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, random: () => 1 });
    await source.get();
    await rotate(secretId, asJson('K2', rsa.privatePem));
    clock.advance(299);
    expect((await source.get()).keyPairId).toBe('K1');
    await untilKeyIs(source, 'K2');
    expect((await source.get()).algorithm).toBe('RSA-SHA1');
  });

  it('nothing to itself after an idle night: the first use waits for the key that was rotated in', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, random });
    await source.get();
    await rotate(secretId, asJson('K2', rsa.privatePem));
    clock.advance(23 * 3600);
    expect((await source.get()).keyPairId).toBe('K2');
  });

  it('the working key when a new version is malformed, and takes the repaired one', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, random });
    await source.get();
    await rotate(secretId, asJson('K2', 'no key'));
    clock.advance(301);
    expect((await source.get()).keyPairId).toBe('K1');
    await expect.poll(() => wire.requests).toBe(2);
    expect((await source.get()).keyPairId).toBe('K1');
    await rotate(secretId, asJson('K3'));
    clock.advance(120);
    await untilKeyIs(source, 'K3');
  });

  it('a malformed version parsed once, however often it looks', async () => {
    const clock = makeClock();
    const failures: Error[] = [];
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({
      secretId,
      config: config(),
      now: clock.now,
      random,
      onError: ({ error }) => failures.push(error),
    });
    await source.get();
    await rotate(secretId, asJson('K2', 'no key'));
    for (let look = 1; look <= 3; look++) {
      clock.advance(301);
      await source.get();
      await expect.poll(() => failures.length).toBe(look);
    }
    // The very error of the first parse.
    expect(new Set(failures).size).toBe(1);
  });

  it('looking on refreshNow, without waiting for the age', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, random });
    await source.get();
    await rotate(secretId, asJson('K2'));
    clock.advance(2);
    expect((await source.refreshNow()).keyPairId).toBe('K2');
    expect((await source.get()).keyPairId).toBe('K2');
  });

  it('its key, and checks no longer, once its signal has fired', async () => {
    const clock = makeClock();
    const shutdown = new AbortController();
    const secretId = await makeSecret(asJson('K1'));
    const options = { secretId, config: config(), now: clock.now, random, signal: shutdown.signal };
    const source = secretsManagerKey(options);
    await source.get();
    clock.advance(301);
    await wire.set('stall');
    const looking = failureOf(() => source.refreshNow());
    await expect.poll(() => wire.requests).toBe(1);
    shutdown.abort();
    expect(await looking).toMatchObject({
      code: 'ERR_SECRET_FETCH',
      error: { cause: { name: 'AbortError' } },
    });
    clock.advance(61);
    expect((await source.get()).keyPairId).toBe('K1');
    expect((await failureOf(() => source.refreshNow())).code).toBe('ERR_SECRET_FETCH');
    expect(wire.requests).toBe(1);
  });

  it('every property and message free of the key', async () => {
    const clock = makeClock();
    const seen: unknown[] = [];
    const secretId = await makeSecret(asJson('K1', rsa.privatePem));
    const source = secretsManagerKey({
      secretId,
      config: config(),
      now: clock.now,
      random,
      onRefresh: (event) => seen.push(event),
      onError: (event) => seen.push(event),
      onRotate: (event) => seen.push(event),
    });
    await source.get();
    await rotate(secretId, asJson('K2', ec.privatePem));
    clock.advance(2);
    await source.refreshNow();
    await rotate(secretId, asJson('K3', `${rsa.privatePem.slice(0, 400)}-`));
    clock.advance(2);
    await failureOf(() => source.refreshNow());
    expect(seen).toHaveLength(4);
    const signer = createSigner({ key: source, domain: DOMAIN });
    const values = [...seen, source, signer, await source.get()];
    const shown = values
      .flatMap((value) => [
        inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
        String(JSON.stringify(value)),
      ])
      .join();
    for (const line of `${rsa.privatePem}${ec.privatePem}`.split('\n')) {
      if (line.length > 20 && !line.startsWith('-----')) expect(shown).not.toContain(line.slice(4, 20));
    }
    expect(shown).not.toContain('-----BEGIN');
  });

  it('no key longer than maxStaleSeconds, and then says why', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({
      secretId,
      config: config(),
      now: clock.now,
      random,
      maxStaleSeconds: 3_600,
    });
    await source.get();
    await wire.set('unavailable');
    clock.advance(3_599);
    expect((await source.get()).keyPairId).toBe('K1');
    clock.advance(1);
    const { code, message, error } = await failureOf(() => source.get());
    expect(code).toBe('ERR_KEY_STALE');
    expect(message).toContain('3600 seconds ("maxStaleSeconds")');
    expect(error.cause).toMatchObject({ code: 'ERR_SECRET_FETCH' });
    await wire.set('none');
    clock.advance(61);
    expect((await source.get()).keyPairId).toBe('K1');
  });

  it('nothing of a failed first fetch: the next caller tries again', async () => {
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), config: config() });
    await wire.set('unavailable');
    expect((await failureOf(() => source.get())).code).toBe('ERR_SECRET_FETCH');
    await wire.set('none');
    expect((await source.get()).keyPairId).toBe('K1');
  });

  it.each(['truncated', 'beheaded'] as const)(
    'the secret out of the error when the answer is %s',
    async (kind) => {
      const secretId = await makeSecret(asJson('K1', rsa.privatePem));
      const source = secretsManagerKey({ secretId, config: config() });
      await wire.set(kind);
      const { error, code } = await failureOf(() => source.get());
      expect(code).toBe('ERR_SECRET_FETCH');
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(shown).not.toContain(wire.lastBody.slice(0, 8));
      for (const line of rsa.privatePem.split('\n').slice(0, -2))
        expect(shown).not.toContain(line.slice(8, 16));
    },
  );
});
