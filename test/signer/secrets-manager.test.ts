/** The real client, over HTTP, against moto; faults are injected on the wire in between. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeySource } from '../../signer/src/index.ts';
import { secretsManagerKey } from '../../signer/src/secrets-manager/index.ts';
import { ec, failureOf, makeEc, NOW, rsa } from './fixtures.ts';

/** `beheaded`: the answer begins inside the private key, which is what a JSON parser then quotes. */
type Fault = 'none' | 'unavailable' | 'reset' | 'truncated' | 'beheaded' | 'stall';

let moto: ChildProcess;
let motoPort = 0;
let wire: Server;
let fault: Fault = 'none';
let fetches = 0;
let lastBody = '';
let admin: SecretsManagerClient;

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const configFor = (port: number): SecretsManagerClientConfig => ({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${port}`,
  credentials,
  maxAttempts: 1,
});
const config = () => configFor((wire.address() as AddressInfo).port);

beforeAll(async () => {
  motoPort = await freePort();
  moto = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(motoPort)], {
    stdio: 'ignore',
  });
  wire = createServer((incoming, answer) => {
    fetches++;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => forward(incoming.headers, Buffer.concat(chunks), answer));
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  admin = new SecretsManagerClient(configFor(motoPort));
  await untilAnswering(`http://127.0.0.1:${motoPort}/moto-api/`);
});

afterAll(async () => {
  admin?.destroy();
  wire?.closeAllConnections();
  wire?.close();
  if (moto?.exitCode === null) {
    const ended = new Promise((resolve) => moto.once('exit', resolve));
    moto.kill();
    await ended;
  }
});

beforeEach(() => {
  fault = 'none';
  fetches = 0;
});

function forward(headers: NodeJS.Dict<string | string[]>, body: Buffer, answer: ServerResponse): void {
  if (fault === 'stall') return;
  if (fault === 'reset') {
    answer.socket?.resetAndDestroy();
    return;
  }
  if (fault === 'unavailable') {
    answer.writeHead(503).end();
    return;
  }
  const onward = request(
    { host: '127.0.0.1', port: motoPort, method: 'POST', path: '/', headers },
    (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        const sent = damage(Buffer.concat(chunks));
        lastBody = sent.toString();
        answer.writeHead(reply.statusCode ?? 500, { 'content-type': 'application/x-amz-json-1.1' }).end(sent);
      });
    },
  );
  onward.on('error', () => answer.destroy());
  onward.end(body);
}

function damage(whole: Buffer): Buffer {
  if (fault === 'truncated') return whole.subarray(0, whole.length / 2);
  return fault === 'beheaded' ? whole.subarray(whole.indexOf('MII')) : whole;
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilAnswering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (moto.exitCode !== null) throw new Error(`moto ended with ${moto.exitCode}`);
    const reachable = await fetch(url).then(
      () => true,
      () => false,
    );
    if (reachable) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('moto did not answer within 30 seconds');
}

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

  it('a client together with a configuration', async () => {
    const options = { secretId: 'x', client: admin, config: config() } as never;
    expect((await failureOf(() => secretsManagerKey(options))).code).toBe('ERR_ARGUMENT_CONFLICT');
  });
});

describe('secretsManagerKey keeps', () => {
  it('one fetch for a thousand first callers, and one key', async () => {
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), config: config() });
    const keys = await Promise.all(Array.from({ length: 1_000 }, () => source.get()));
    expect(fetches).toBe(1);
    expect(new Set(keys).size).toBe(1);
  });

  it('the key without looking while it is fresh', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, maxAgeSeconds: 300 });
    await source.get();
    clock.advance(299);
    await source.get();
    expect(fetches).toBe(1);
  });

  it('the same parsed key while the version is the same', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now });
    const first = await source.get();
    clock.advance(301);
    expect(await source.get()).toBe(first);
    await expect.poll(() => fetches).toBe(2);
    expect(await source.get()).toBe(first);
  });

  it('answering at once and swaps a new version in behind the answer', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now });
    await source.get();
    await rotate(secretId, asJson('K2', rsa.privatePem));
    clock.advance(301);
    expect((await source.get()).keyPairId).toBe('K1');
    await untilKeyIs(source, 'K2');
    expect((await source.get()).algorithm).toBe('RSA-SHA1');
  });

  it('the working key when a new version is malformed, and takes the repaired one', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now });
    await source.get();
    await rotate(secretId, asJson('K2', 'no key'));
    clock.advance(301);
    expect((await source.get()).keyPairId).toBe('K1');
    await expect.poll(() => fetches).toBe(2);
    expect((await source.get()).keyPairId).toBe('K1');
    await rotate(secretId, asJson('K3'));
    clock.advance(120);
    await untilKeyIs(source, 'K3');
  });

  it.each(['unavailable', 'reset', 'truncated', 'stall'] as const)(
    'serving through an outage of ten minutes (%s), then recovers',
    async (kind) => {
      const clock = makeClock();
      const secretId = await makeSecret(asJson('K1'));
      const source = secretsManagerKey({ secretId, config: config(), now: clock.now, timeoutSeconds: 1 });
      await source.get();
      await rotate(secretId, asJson('K2'));
      clock.advance(301);
      fault = kind;
      for (let second = 0; second < 600; second++) {
        clock.advance(1);
        expect((await source.get()).keyPairId).toBe('K1');
        await new Promise((resolve) => setImmediate(resolve));
      }
      await expect.poll(() => fetches).toBeGreaterThan(1);
      fault = 'none';
      wire.closeAllConnections();
      await expect
        .poll(
          async () => {
            clock.advance(61);
            return (await source.get()).keyPairId;
          },
          { timeout: 5_000 },
        )
        .toBe('K2');
    },
  );

  it('no key longer than maxStaleSeconds, and then says why', async () => {
    const clock = makeClock();
    const secretId = await makeSecret(asJson('K1'));
    const source = secretsManagerKey({ secretId, config: config(), now: clock.now, maxStaleSeconds: 3_600 });
    await source.get();
    fault = 'unavailable';
    clock.advance(3_599);
    expect((await source.get()).keyPairId).toBe('K1');
    clock.advance(1);
    expect((await failureOf(() => source.get())).code).toBe('ERR_SECRET_FETCH');
    fault = 'none';
    clock.advance(61);
    expect((await source.get()).keyPairId).toBe('K1');
  });

  it('nothing of a failed first fetch: the next caller tries anew', async () => {
    const source = secretsManagerKey({ secretId: await makeSecret(asJson('K1')), config: config() });
    fault = 'unavailable';
    expect((await failureOf(() => source.get())).code).toBe('ERR_SECRET_FETCH');
    fault = 'none';
    expect((await source.get()).keyPairId).toBe('K1');
  });

  it.each(['truncated', 'beheaded'] as const)(
    'the secret out of the error when the answer is %s',
    async (kind) => {
      const secretId = await makeSecret(asJson('K1', rsa.privatePem));
      const source = secretsManagerKey({ secretId, config: config() });
      fault = kind;
      const { error, code } = await failureOf(() => source.get());
      expect(code).toBe('ERR_SECRET_FETCH');
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(shown).not.toContain(lastBody.slice(0, 8));
      for (const line of rsa.privatePem.split('\n').slice(0, -2))
        expect(shown).not.toContain(line.slice(8, 16));
    },
  );
});
