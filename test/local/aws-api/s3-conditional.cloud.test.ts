/** Writes and deletes on a condition, as S3 answers them: the locks of the key commands and of Terraform stand on these. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../../local/aws-api/python.ts';
import { ACCOUNT_ID, errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const WRONG = '"00000000000000000000000000000000"';

/** Adds a bucket and speaks of one key in it. */
async function keyIn(Bucket: string, client: S3Client, isVersioned = false) {
  await client.send(new CreateBucketCommand({ Bucket }));
  if (isVersioned) {
    await client.send(
      new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
  }
  const at = { Bucket, Key: 'storytime/dev/terraform.tfstate.rotation' };
  return {
    at,
    put: async (Body: string, condition: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
      (await client.send(new PutObjectCommand({ ...at, Body, ...condition }))).ETag ?? '',
    remove: (IfMatch: string) => client.send(new DeleteObjectCommand({ ...at, IfMatch })),
    read: async () => (await client.send(new GetObjectCommand(at))).Body?.transformToString(),
  };
}

describe.each([
  ['a plain bucket', false],
  ['a versioned bucket', true],
])('a conditional delete in %s', (_, isVersioned) => {
  let key: Awaited<ReturnType<typeof keyIn>>;
  beforeAll(async () => {
    key = await keyIn(`storytime-conditional-${isVersioned}`, cloud().s3, isVersioned);
  });

  it('leaves what another has written meanwhile, and says 412', async () => {
    const old = await key.put('mine');
    await key.put('another’s');

    expect(await errorOf(key.remove(old))).toBe('412 PreconditionFailed');
    expect(await errorOf(key.remove(WRONG))).toBe('412 PreconditionFailed');
    expect(await key.read()).toBe('another’s');
  });

  it('removes what is still the same, with its ETag in quotes or without', async () => {
    const tag = await key.put('mine');
    expect((await key.remove(tag)).$metadata.httpStatusCode).toBe(204);
    expect(await errorOf(key.read())).toBe('404 NoSuchKey');

    const again = await key.put('mine');
    await key.remove(again.replaceAll('"', ''));
    expect(await errorOf(key.read())).toBe('404 NoSuchKey');
  });

  it('says 404 of what is not there, whatever was there before', async () => {
    const tag = await key.put('mine');
    await key.remove(tag);

    for (const condition of [tag, WRONG, '*'])
      expect(await errorOf(key.remove(condition))).toBe('404 NoSuchKey');
  });

  it('takes an asterisk for any object', async () => {
    await key.put('mine');

    expect((await key.remove('*')).$metadata.httpStatusCode).toBe(204);
    expect(await errorOf(key.read())).toBe('404 NoSuchKey');
  });

  it('is not done for many at once, and deletes none of them', async () => {
    await key.put('mine');
    const { Bucket, Key } = key.at;
    const several = new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, ETag: WRONG }] } });

    expect(await errorOf(cloud().s3.send(several))).toBe('400 NotImplemented');
    expect(await key.read()).toBe('mine');
  });

  if (isVersioned) {
    it('hides the current version under a marker and destroys none', async () => {
      const tag = await key.put('kept');
      await key.remove(tag);

      const { Versions = [] } = await cloud().s3.send(
        new ListObjectVersionsCommand({ Bucket: key.at.Bucket }),
      );
      expect(Versions.map(({ ETag }) => ETag)).toContain(tag);
    });
  }
});

it('a condition on an ETag needs the permission to read, for a write and for a delete', async () => {
  const key = await keyIn('storytime-conditional-denied', cloud().s3);
  const tag = await key.put('mine');
  await cloud().s3.send(
    new PutBucketPolicyCommand({
      Bucket: key.at.Bucket,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Deny',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${key.at.Bucket}/*`,
        },
      }),
    }),
  );

  expect(await errorOf(key.put('guessed', { IfMatch: tag }))).toBe('403 AccessDenied');
  expect(await errorOf(key.remove(tag))).toBe('403 AccessDenied');
  expect((await key.remove('*')).$metadata.httpStatusCode).toBe(204);
});

describe('of requests that arrive together', () => {
  const script = (path: string) => fileURLToPath(new URL(path, import.meta.url));

  /** moto alone, with time between its comparison and what follows. */
  async function withSlowMoto(run: (client: S3Client) => Promise<void>): Promise<void> {
    const child = spawn(
      (await findPython()) ?? '',
      [script('slow_comparisons.py'), script('../../../local/aws-api/moto_server.py')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const exited = once(child, 'exit');
    const key = randomUUID();
    child.stdin.write(`${JSON.stringify({ key, reserved: [], restoreSeconds: 0 })}\n`);
    const client = await new Promise<S3Client>((resolve, reject) => {
      child.once('exit', () => reject(new Error('moto has not started')));
      createInterface(child.stdout).once('line', (port) =>
        resolve(
          new S3Client({
            endpoint: `http://127.0.0.1:${port}`,
            region: 'us-east-1',
            forcePathStyle: true,
            credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
            maxAttempts: 1,
          }),
        ),
      );
    });
    client.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-local-cloud-key'] = key;
        return next(args);
      },
      { step: 'build', name: 'localCloudKey' },
    );
    try {
      await run(client);
    } finally {
      client.destroy();
      child.stdin.end();
      await exited;
    }
  }
  const succeeded = async (calls: Promise<unknown>[]) =>
    (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled').length;

  it('one is let through by a condition, and the other finds what that one has written', async () => {
    await withSlowMoto(async (client) => {
      const key = await keyIn('together', client);

      expect(await succeeded([key.put('a', { IfNoneMatch: '*' }), key.put('b', { IfNoneMatch: '*' })])).toBe(
        1,
      );

      const first = await key.put('c');
      expect(await succeeded([key.put('d', { IfMatch: first }), key.put('e', { IfMatch: first })])).toBe(1);

      const second = await key.put('f');
      expect(
        await succeeded([key.remove(second), key.remove(second), key.put('g', { IfMatch: second })]),
      ).toBe(1);
    });
  });
});
