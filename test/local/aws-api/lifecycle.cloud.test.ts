import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { describe, expect, it } from 'vitest';
import { startLocalCloud } from '../../../local/aws-api/index.ts';
import { AWS_SERVICES } from '../../support/aws-services/index.ts';
import { isAlive } from '../../support/is-alive.ts';
import { signedFetch } from '../../support/signed-request.ts';
import { callJsonApi } from './json-api.ts';
import { assumeRole, callQueryApi } from './query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from './start.ts';

const STARTER = fileURLToPath(new URL('start-and-wait.ts', import.meta.url));

/** The moto that a process has started; null when it has none. */
async function motoOf(parent: number | undefined): Promise<number | null> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args=']);
  const line = stdout
    .split('\n')
    .find((each) => each.includes('moto_server.py') && each.trim().split(/\s+/)[1] === String(parent));
  return line === undefined ? null : Number.parseInt(line, 10);
}

/** A process of its own that runs the cloud; its environment has been printed when this resolves. */
async function startElsewhere(): Promise<{
  child: ChildProcess;
  moto: number;
  environment: Record<string, string>;
}> {
  const child = spawn(process.execPath, ['--import', 'tsx', STARTER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [printed] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const moto = await motoOf(child.pid);
  if (moto === null) throw new Error('moto has not started');
  return { child, moto, environment: JSON.parse(printed.toString()) as Record<string, string> };
}

describe('the local cloud', () => {
  it('ends moto and frees its port on close, however often that is called', async () => {
    const { child, moto, environment } = await startElsewhere();
    // A process group of its own: a terminal's Ctrl-C must not reach moto before `close` does.
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pgid=', '-p', String(moto)]);
    expect(Number(stdout)).toBe(moto);
    child.stdin?.end();
    await once(child, 'exit');
    // The starter closes twice and exits by itself: nothing keeps it alive.
    expect(child.exitCode).toBe(0);
    expect(isAlive(moto)).toBe(false);
    await expect(fetch(environment.AWS_ENDPOINT_URL ?? '')).rejects.toThrow('fetch failed');
  });

  it('takes moto with it when it is killed outright', async () => {
    const { child, moto } = await startElsewhere();
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isAlive(moto), { timeout: 5000 }).toBe(false);
  });

  it("answers 500 in the protocol's form when moto is gone, and lives on", async () => {
    const { child, moto, environment } = await startElsewhere();
    process.kill(moto, 'SIGKILL');
    await expect.poll(() => isAlive(moto)).toBe(false);
    for (let call = 0; call < 2; call++) {
      const answer = await signedFetch(environment, { service: 's3', method: 'GET', path: '/bucket/key' });
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain('<Error><Code>InternalFailure</Code>');
    }
    child.stdin?.end();
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });

  it('is refused on a port that is taken, and leaves no moto behind', async () => {
    const { port } = new URL(cloud().cloud.endpoint);
    const transcode = () => Promise.reject(new Error('no jobs here'));
    const start = startLocalCloud({ accountId: ACCOUNT_ID, region: REGION, transcode, port: Number(port) });
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

const cloud = useLocalCloud({ services: AWS_SERVICES });

describe('a service that is not handled here', () => {
  it('is answered by moto: Secrets Manager', async () => {
    const client = new SecretsManagerClient(cloud().clientConfig());
    const secret = 'storytime/test/cloudfront_private_key';
    await client.send(new CreateSecretCommand({ Name: secret, SecretString: '{"generation":"2026-11-a"}' }));
    const value = await client.send(
      new GetSecretValueCommand({ SecretId: secret, VersionStage: 'AWSCURRENT' }),
    );
    expect(value.SecretString).toBe('{"generation":"2026-11-a"}');
    expect(value.ARN).toContain(`:${ACCOUNT_ID}:secret:${secret}`);
    expect(cloud().log.join('\n')).not.toContain('2026-11-a');
  });
});

describe('a call that neither the gateway nor moto does', () => {
  it('is answered 501 with its name, in the JSON and in the query protocol', async () => {
    const json = await callJsonApi(cloud(), 'events', 'CreateWonder', {});
    expect([json.status, json.output.__type, json.output.message]).toEqual([
      501,
      'NotImplemented',
      'the local AWS API does not support events CreateWonder (local/aws-api/README.md)',
    ]);
    const query = await callQueryApi(cloud(), 'sts', { Action: 'AssumeWonder' });
    expect([query.status, query.text('Code'), query.text('Message')]).toEqual([
      501,
      'NotImplemented',
      'the local AWS API does not support sts AssumeWonder (local/aws-api/README.md)',
    ]);
    const streamed = await callQueryApi(cloud(), 'sns', { Action: 'PublishWonder' });
    expect([streamed.status, streamed.text('Code')]).toEqual([501, 'NotImplemented']);
  });
});

describe("a session of a role that moto's STS gave out", () => {
  it('presigns uploads as the account does', async () => {
    const Bucket = 'storytime-sessions-test';
    await cloud().s3.send(new CreateBucketCommand({ Bucket }));
    const credentials = await assumeRole(cloud(), 'storytime-uploader');
    const client = new S3Client({ ...cloud().clientConfig(), credentials });
    const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'uploads/1.mp4' });
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('file', new Blob(['x']));
    expect((await fetch(url, { method: 'POST', body })).status).toBe(204);
  });
});
