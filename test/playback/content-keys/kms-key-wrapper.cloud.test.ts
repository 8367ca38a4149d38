/** The real client against moto's KMS behind the local AWS API, which judges every use of a key by the key's policy. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { CreateAliasCommand, CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import type { PlaybackError } from '../../../playback/src/index.ts';
import { kmsKeyWrapper } from '../../../playback/src/kms/index.ts';

const ACCOUNT_ID = '111122223333';
const NOW = new Date('2026-12-01T12:00:00Z');
const TITLE = { titleId: '42', version: 1 };
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const failure = async (doing: Promise<unknown>): Promise<PlaybackError> =>
  doing.then(
    () => expect.unreachable('nothing was thrown'),
    (error) => error as PlaybackError,
  );

let cloud: LocalCloud;
let client: KMSClient;
let arn: string;

function clientFor(endpoint: string): KMSClient {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = cloud.environment;
  return new KMSClient({
    region: AWS_REGION,
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
  });
}

async function makeKey(): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? '';
}

beforeAll(async () => {
  cloud = await startLocalCloud({
    accountId: ACCOUNT_ID,
    region: 'eu-central-1',
    transcode: () => expect.unreachable('no job is created'),
  });
  client = clientFor(cloud.endpoint);
  arn = await makeKey();
});

afterAll(async () => {
  client?.destroy();
  await cloud?.close();
});

describe('kmsKeyWrapper', () => {
  it('opens what it made, also by an alias of the key, and names the key that wrapped', async () => {
    await client.send(new CreateAliasCommand({ AliasName: 'alias/content', TargetKeyId: arn }));
    const keys = kmsKeyWrapper({ keyId: 'alias/content', client, now: () => NOW });
    const { key, wrapped } = await keys.create(TITLE);
    expect(wrapped).toEqual({ ...TITLE, wrappedKey: expect.any(Uint8Array), wrappedBy: arn, createdAt: NOW });
    expect([key.length, key.buffer.byteLength]).toEqual([16, 16]);
    expect(hex(await keys.unwrap(wrapped))).toBe(hex(key));
    expect(hex(await kmsKeyWrapper({ keyId: arn, client }).unwrap(wrapped))).toBe(hex(key));
    expect(hex(wrapped.wrappedKey)).not.toContain(hex(key));
  });

  it('opens no key that was moved to another title or version', async () => {
    const keys = kmsKeyWrapper({ keyId: arn, client });
    const title = fc.constantFrom('1', '11', 'a', 'A', 'kurs é', '1",1');
    const titleVersion = fc.record({ titleId: title, version: fc.constantFrom(1, 2, 11, 111) });
    await fc.assert(
      fc.asyncProperty(titleVersion, titleVersion, async (from, to) => {
        fc.pre(from.titleId !== to.titleId || from.version !== to.version);
        const { wrapped } = await keys.create(from);
        const { code, cause } = await failure(keys.unwrap({ ...wrapped, ...to }));
        expect([code, (cause as Error).name]).toEqual([
          'ERR_CONTENT_KEY_UNWRAP',
          'InvalidCiphertextException',
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it('opens no key that was changed by a bit', async () => {
    const keys = kmsKeyWrapper({ keyId: arn, client });
    const { wrapped } = await keys.create(TITLE);
    const changed = Uint8Array.from(wrapped.wrappedKey);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect((await failure(keys.unwrap({ ...wrapped, wrappedKey: changed }))).code).toBe(
      'ERR_CONTENT_KEY_UNWRAP',
    );
  });

  it('refuses a key that a master key wrapped before it asks KMS', async () => {
    const keys = kmsKeyWrapper({ keyId: arn, client: clientFor('http://127.0.0.1:9') });
    const wrapped = { ...TITLE, wrappedKey: new Uint8Array(45), wrappedBy: 'master-key', createdAt: NOW };
    const { code, message } = await failure(keys.unwrap(wrapped));
    expect([code, message]).toEqual([
      'ERR_CONTENT_KEY_UNWRAP',
      'this content key cannot be opened: it was wrapped by "master-key", not by KMS',
    ]);
  });

  it("says that the caller may not use the key, where the key's policy denies it", async () => {
    const closed = await makeKey();
    const root = { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` };
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: root, Action: 'kms:Decrypt', Resource: '*' },
      ],
    });
    const keys = kmsKeyWrapper({ keyId: closed, client });
    await client.send(new PutKeyPolicyCommand({ KeyId: closed, PolicyName: 'default', Policy }));
    const { wrapped } = await keys.create(TITLE);
    const { code, message } = await failure(keys.unwrap(wrapped));
    expect([code, message]).toEqual([
      'ERR_KMS_CALL',
      `opening a content key with ${closed} failed: AccessDeniedException; check the id, the region and the grants`,
    ]);
  });

  it.each([
    ['an empty key id', { keyId: '' }],
    ['a client and a configuration', { keyId: 'alias/x', client: {}, config: {} }],
    ['no time', { keyId: 'alias/x', timeoutSeconds: 0 }],
    ['time that is no number', { keyId: 'alias/x', timeoutSeconds: Number.NaN }],
  ])('refuses %s', (_, options) => {
    expect(() => kmsKeyWrapper(options as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }));
  });
});

describe('with something else in the place of KMS', () => {
  const SECRET = Buffer.alloc(16, 0x5a);
  let server: Server;
  let answer: { readonly status: number; readonly body: unknown } | 'nothing';
  let asked: Record<string, unknown>;
  const there = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    server = createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      asked = JSON.parse(Buffer.concat(chunks).toString());
      if (answer === 'nothing') return;
      outgoing.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      outgoing.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  const unwrap = (timeoutSeconds?: number) =>
    kmsKeyWrapper({ keyId: arn, client: clientFor(there()), timeoutSeconds }).unwrap({
      ...TITLE,
      wrappedKey: Uint8Array.of(1, 2, 3),
      wrappedBy: 'arn:aws:kms:eu-central-1:444455556666:key/of-somebody-else',
      createdAt: NOW,
    });

  // moto decrypts by the key that made the ciphertext, whatever key is named; KMS refuses.
  it('asks for decryption by the configured key alone, whatever key the stored one names', async () => {
    answer = { status: 400, body: { __type: 'IncorrectKeyException', message: SECRET.toString('hex') } };
    const { code, message } = await failure(unwrap());
    expect(asked).toMatchObject({ KeyId: arn, EncryptionContext: { title: '42', version: '1' } });
    expect([code, message]).toEqual([
      'ERR_CONTENT_KEY_UNWRAP',
      `this content key cannot be opened: ${arn} did not wrap it ` +
        '(arn:aws:kms:eu-central-1:444455556666:key/of-somebody-else did), ' +
        'or it belongs to another title or version, or was changed since',
    ]);
  });

  it('repeats nothing of an answer that failed', async () => {
    const text = SECRET.toString('base64');
    answer = { status: 500, body: { __type: text, message: text, Plaintext: text } };
    const error = await failure(unwrap());
    expect(error.code).toBe('ERR_KMS_CALL');
    const printed = `${inspect(error, { showHidden: true, depth: 9 })} ${JSON.stringify(error)} ${error.stack}`;
    expect(printed).not.toContain(text);
    expect(printed).toContain('HTTP status 500');
  });

  it.each([
    ['a key of 32 bytes', { Plaintext: Buffer.alloc(32, 1).toString('base64'), KeyId: 'k' }, 32],
    ['an answer without a key', { KeyId: 'k' }, 0],
  ])('refuses %s', async (_, body, length) => {
    answer = { status: 200, body };
    const { code, message } = await failure(unwrap());
    expect([code, message]).toEqual([
      'ERR_KMS_CALL',
      `opening a content key with ${arn} gave ${length} bytes, expected 16`,
    ]);
  });

  it('gives a call up that is not answered in time', async () => {
    answer = 'nothing';
    const { code, message } = await failure(unwrap(0.2));
    expect(code).toBe('ERR_KMS_CALL');
    expect(message).toContain('AbortError');
  });
});
