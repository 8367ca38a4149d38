import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { synthesize } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { transcode } from '../../local/transcoder/index.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { hasChanges, readOutputs, terraformIn } from './terraform.ts';

describe("dev's own JSON, unchanged, with its S3 backend and lock, against the local AWS API", () => {
  const config = parseEnvironment(dev);
  if (config.state.kind !== 's3') throw new Error('dev keeps its state in S3');
  const stateBucket = config.state.bucket;
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  let directory: string;
  let cloud: LocalCloud;
  let s3: S3Client;
  let stack: string;
  let environment: Record<string, string>;
  /** What Terraform printed, as a CI log would keep it. */
  const printed: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storytime-dev-'));
    const [accountId = ''] = config.allowedAccountIds;
    cloud = await startCloudWithProvider({ accountId, region: config.awsRegion, transcode });
    environment = { ...cloud.environment, TF_VAR_cloudfront_private_key: privateKey };
    s3 = new S3Client(clientConfig(cloud));
    await s3.send(new CreateBucketCommand({ Bucket: stateBucket }));
    const keys = readTrustedKeys(new URL('../../envs/keys/dev', import.meta.url).pathname);
    stack = synthesize({ config, keys, outdir: directory });
    printed.push(
      await terraformIn(stack, environment, 'init'),
      await terraformIn(stack, environment, 'plan', '-out=first.tfplan'),
      await terraformIn(stack, environment, 'apply', 'first.tfplan'),
    );
  }, 420_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('plans nothing a second time', async () => {
    expect(await hasChanges(stack, environment)).toBe(false);
  }, 120_000);

  it('keeps its state in the bucket under a key derived from the environment', async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: stateBucket }));

    expect(Contents.map(({ Key }) => Key)).toEqual(['storytime/dev/terraform.tfstate']);
  });

  it('puts the private key into Secrets Manager, with the id that switches together with it', async () => {
    const outputs = await readOutputs(stack, environment);
    const secret = await new SecretsManagerClient(clientConfig(cloud)).send(
      new GetSecretValueCommand({
        SecretId: String(outputs.cloudfront_private_key_secret_arn),
        VersionStage: 'AWSCURRENT',
      }),
    );

    expect(JSON.parse(secret.SecretString ?? '')).toEqual({
      keyPairId: outputs.cloudfront_public_key_id,
      privateKey,
      generation: '2026-11-a',
    });
  });

  it('leaves no trace of the private key in state, plan, log or synthesized files', async () => {
    const state = await s3.send(
      new GetObjectCommand({ Bucket: stateBucket, Key: 'storytime/dev/terraform.tfstate' }),
    );
    const canary = privateKey.split('\n')[1] ?? '';
    const plan = await terraformIn(stack, environment, 'show', '-json', 'first.tfplan');
    const texts = [(await state.Body?.transformToString()) ?? '', plan, ...printed];
    for (const name of await readdir(stack, { recursive: true })) {
      if (name.includes('.terraform/providers')) continue;
      texts.push(await readFile(join(stack, name), 'latin1').catch(() => ''));
    }

    expect(canary.length).toBe(64);
    for (const index of [0, 1, 3, 4]) expect(texts[index]).toContain('aws_cloudfront_distribution');
    expect(texts.filter((text) => text.includes(canary))).toEqual([]);
  });

  it('refuses to plan while a colleague holds the lock, and names the holder', async () => {
    const lock = { Bucket: stateBucket, Key: 'storytime/dev/terraform.tfstate.tflock' };
    const holder = {
      ID: '7b0f2b9e-0000-4000-8000-000000000000',
      Operation: 'OperationTypeApply',
      Who: 'ada@desk',
      Version: '1.11.4',
      Created: '2026-11-20T12:00:00Z',
      Path: `${stateBucket}/storytime/dev/terraform.tfstate`,
    };
    await s3.send(new PutObjectCommand({ ...lock, Body: JSON.stringify(holder) }));

    await expect(terraformIn(stack, environment, 'plan')).rejects.toThrow(/ada@desk/);
    await s3.send(new DeleteObjectCommand(lock));
  }, 120_000);

  it('is destroyed clean', async () => {
    await terraformIn(stack, environment, 'destroy', '-auto-approve');

    expect(await readOutputs(stack, environment)).toEqual({});
  }, 300_000);
});
