/**
 * A real HTTP server in the place of AWS, whose every answer repeats the secret, and the real clients. What they make of
 * it must not be in the error, its cause, or what hooks are told.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSigner, type SignerError } from '../../signer/src/index.ts';
import { kmsKey } from '../../signer/src/kms/index.ts';
import { secretsManagerKey } from '../../signer/src/secrets-manager/index.ts';
import { withoutResponse } from '../../signer/src/service-failure.ts';
import { DOMAIN, ec, failureOf, KEY_PAIR_ID, rsa } from './fixtures.ts';

const REQUEST_ID = 'f1c2d3e4-0a1b-4c2d-8e3f-001122334455';
const SECRET = JSON.stringify({ keyPairId: 'K1', privateKey: rsa.privatePem, generation: '2026-11-a' });
/** Pieces of the key as they would show in a dump, whatever the line breaks have become. */
const PIECES = rsa.privatePem
  .split('\n')
  .slice(1, -2)
  .flatMap((line) => [line.slice(0, 12), line.slice(30, 42)])
  .filter((piece) => piece.length === 12);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const json = (value: unknown) => JSON.stringify(value);
const inEveryField = {
  message: SECRET,
  Message: SECRET,
  SecretString: SECRET,
  detail: { nested: [SECRET] },
  code: SECRET,
  name: SECRET,
  stack: SECRET,
  cause: SECRET,
};

const ANSWERS: readonly (readonly [string, Answer, string])[] = [
  [
    '400 with the secret in every field',
    { status: 400, body: json({ __type: 'InvalidRequestException', ...inEveryField, code: undefined }) },
    'InvalidRequestException',
  ],
  [
    '400 with the secret as the error’s type',
    { status: 400, body: json({ __type: SECRET, message: 'x' }) },
    'UnknownError',
  ],
  ['400 with the secret as the error’s code', { status: 400, body: json(inEveryField) }, 'UnknownError'],
  [
    '400 with a line of the key as the error’s type',
    { status: 400, body: json({ __type: rsa.privatePem.split('\n')[1], message: 'x' }) },
    'UnknownError',
  ],
  ['400 with the secret alone', { status: 400, body: SECRET }, ''],
  ['403 in HTML', { status: 403, body: `<html><body>${SECRET}</body></html>` }, ''],
  ['403 in plain text', { status: 403, body: rsa.privatePem }, ''],
  [
    '500 with the secret in every field',
    { status: 500, body: json({ __type: 'InternalServiceError', ...inEveryField, code: undefined }) },
    'InternalServiceError',
  ],
  ['502 in plain text', { status: 502, body: SECRET }, ''],
  ['503 in HTML', { status: 503, body: `<html>${SECRET}` }, ''],
  ['200 that is cut off', { status: 200, body: SECRET.slice(0, 200) }, ''],
  ['200 that begins inside the key', { status: 200, body: SECRET.slice(SECRET.indexOf('MII')) }, ''],
  [
    '400 with the secret in its headers',
    {
      status: 400,
      body: json({ message: SECRET }),
      headers: {
        'x-amzn-requestid': rsa.privatePem.replaceAll('\n', ''),
        'x-amzn-errortype': rsa.privatePem.replaceAll('\n', ' '),
      },
    },
    '',
  ],
];

let server: Server;
let answer: Answer;
const clientConfig = () => ({
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(answer.status, {
        'content-type': 'application/x-amz-json-1.1',
        'x-amzn-requestid': REQUEST_ID,
        ...answer.headers,
      });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));
afterEach(() => vi.restoreAllMocks());

/** All that a log, a debugger or an error tracker could show of a value. */
function shownOf(value: unknown): string {
  const options = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, maxStringLength: null };
  const parts = [inspect(value, options), String(JSON.stringify(value)), String(value)];
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(
      error.message,
      error.stack ?? '',
      String(JSON.stringify(error, Object.getOwnPropertyNames(error))),
    );
  }
  return parts.join('\n');
}

function expectNothingOfTheKey(value: unknown): void {
  const shown = shownOf(value);
  for (const piece of PIECES) expect(shown).not.toContain(piece);
  expect(shown).not.toContain('BEGIN');
  expect(shown).not.toContain('privateKey');
  expect(shown).not.toContain('$response');
}

describe.each(ANSWERS)('an answer of %s', (_, given, name) => {
  const hasRequestId = given.headers === undefined;

  it('is not in the error of Secrets Manager, and not in what onError is told', async () => {
    answer = given;
    const console = (['log', 'warn', 'error', 'info', 'debug'] as const).map((level) =>
      vi.spyOn(globalThis.console, level),
    );
    const told: unknown[] = [];
    const client = new SecretsManagerClient(clientConfig());
    const source = secretsManagerKey({
      secretId: 'storytime/x',
      client,
      onError: (event) => told.push(event),
      maxStaleSeconds: 300,
    });
    const { error } = await failureOf(() => source.get());
    const { code, cause } = error as SignerError & { cause: Record<string, unknown> };
    expect([told.length, code]).toEqual([1, 'ERR_SECRET_FETCH']);
    for (const value of [error, ...told]) expectNothingOfTheKey(value);
    for (const spy of console) for (const call of spy.mock.calls) expectNothingOfTheKey(call);

    expect(cause).toBeInstanceOf(Error);
    expect(
      Object.keys(cause).filter((key) => !['name', 'httpStatusCode', 'requestId'].includes(key)),
    ).toEqual([]);
    if (name !== '') expect(cause.name).toBe(name);
    if (given.status >= 400) expect(cause.httpStatusCode).toBe(given.status);
    if (given.status >= 400) expect(cause.requestId).toBe(hasRequestId ? REQUEST_ID : undefined);
    expect(error.message).toBe(`reading the secret storytime/x failed: ${cause.name}`);
    client.destroy();
  });

  it('is not in the error of KMS', async () => {
    answer = given;
    const client = new KMSClient(clientConfig());
    const source = kmsKey({ keyId: 'alias/x', keyPairId: KEY_PAIR_ID, client });
    const { error } = await failureOf(() => source.get());
    expect((error as SignerError).code).toBe('ERR_KMS_CALL');
    expectNothingOfTheKey(error);
    const cause = error.cause as Record<string, unknown>;
    expect(
      Object.keys(cause).filter((key) => !['name', 'httpStatusCode', 'requestId'].includes(key)),
    ).toEqual([]);
    if (given.status >= 400) expect(cause.httpStatusCode).toBe(given.status);
    client.destroy();
  });

  it('is not in the error of a signature that KMS was to make', async () => {
    const client = new KMSClient(clientConfig());
    const publicKey = ec.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    answer = { status: 200, body: json({ KeyId: 'x', KeyUsage: 'SIGN_VERIFY', PublicKey: publicKey }) };
    const key = kmsKey({ keyId: 'alias/x', keyPairId: KEY_PAIR_ID, client });
    await key.get();
    answer = given;
    const { error } = await failureOf(() => createSigner({ key, domain: DOMAIN }).signUrl('/a.mp4'));
    expect((error as SignerError).code).toBe('ERR_KMS_CALL');
    expectNothingOfTheKey(error);
    client.destroy();
  });
});

describe('a whole answer whose secret is no key', () => {
  it.each([
    ['a number', 12345678901],
    ['a list', [SECRET]],
    ['an object', { secret: SECRET }],
    ['JSON cut off', SECRET.slice(0, -10)],
    ['JSON with text behind it', `${SECRET}x`],
    ['a key cut off', json({ keyPairId: 'K1', privateKey: rsa.privatePem.slice(0, 900) })],
    [
      'a key with a character too many',
      json({ keyPairId: 'K1', privateKey: rsa.privatePem.replace('MII', 'MII!') }),
    ],
    [
      'a key that does not parse',
      json({ keyPairId: 'K1', privateKey: rsa.privatePem.replace('MII', 'MIJ') }),
    ],
    ['the key in the place of the id', json({ keyPairId: rsa.privatePem, privateKey: rsa.privatePem })],
  ])('is refused with a code and without its text: %s', async (_, SecretString) => {
    answer = { status: 200, body: json({ VersionId: '1', SecretString }) };
    const told: unknown[] = [];
    const client = new SecretsManagerClient(clientConfig());
    const source = secretsManagerKey({
      secretId: 'storytime/x',
      client,
      onError: (event) => told.push(event),
    });
    const { name, error } = await failureOf(() => source.get());
    expect(name).toBe('SignerError');
    for (const value of [error, ...told]) {
      const shown = shownOf(value);
      for (const piece of PIECES) expect(shown).not.toContain(piece);
    }
    client.destroy();
  });
});

describe('a key that is refused later on', () => {
  it('leaves nothing of the answer in ERR_KEY_STALE and its causes', async () => {
    let now = Date.now();
    answer = {
      status: 200,
      body: json({ VersionId: '1', SecretString: json({ keyPairId: 'K1', privateKey: ec.privatePem }) }),
    };
    const client = new SecretsManagerClient(clientConfig());
    const source = secretsManagerKey({
      secretId: 'storytime/x',
      client,
      now: () => new Date(now),
      maxStaleSeconds: 300,
    });
    await source.get();
    answer = {
      status: 500,
      body: json({ __type: 'InternalServiceError', ...inEveryField, code: undefined }),
    };
    now += 301_000;
    const { error } = await failureOf(() => source.get());
    expect((error as SignerError).code).toBe('ERR_KEY_STALE');
    expect(error.cause).toMatchObject({ code: 'ERR_SECRET_FETCH', cause: { name: 'InternalServiceError' } });
    expectNothingOfTheKey(error);
    client.destroy();
  });
});

describe('where no answer came', () => {
  it('says by which code of the system', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const client = new SecretsManagerClient({ ...clientConfig(), endpoint: `http://127.0.0.1:${port}` });
    const { message, error } = await failureOf(() =>
      secretsManagerKey({ secretId: 'storytime/x', client }).get(),
    );
    expect(message).toBe('reading the secret storytime/x failed: ECONNREFUSED');
    expect(error.cause).toMatchObject({ name: 'ECONNREFUSED', message: 'no usable answer' });
    client.destroy();
  });

  it.each([
    ['nothing', undefined],
    ['a text', SECRET],
    ['null', null],
    ['an error without a name', Object.assign(new Error(SECRET), { name: undefined })],
    ['fields that are not text', { name: 5, code: {}, $metadata: 'x' }],
    ['an invalid status', { name: 'X', $metadata: { httpStatusCode: SECRET, requestId: [SECRET] } }],
  ])('says only that what was thrown is unknown: %s', (_, thrown) => {
    const failure = withoutResponse(thrown);
    expect({ ...failure }).toEqual({ name: 'UnknownError' });
    expect(failure.message).toBe('no usable answer');
  });
});
