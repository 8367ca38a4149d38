/** What an organization brings along: a role to sign in with, a KMS key, and a boundary for every role. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../../aws/iam/service-principals.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { synthesize } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { transcode } from '../../local/transcoder/index.ts';
import { keyPolicy } from '../../ops/key-policy/key-policy.ts';
import { dev } from '../envs/examples.ts';
import { callJsonApi } from '../local/aws-api/json-api.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { errorOf } from '../local/aws-api/start.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { hasChanges, readOutputs, terraformIn } from './terraform.ts';

const [ACCOUNT = ''] = dev.allowedAccountIds;
const DEPLOYER = `arn:aws:iam::${ACCOUNT}:role/deploy/storytime`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/org/workloads`;

describe('an environment in an account with rules of its own, applied by Terraform with the real AWS provider', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const keys = { active: '2026-12-a', generations: { '2026-12-a': publicKey }, inKms: {} };
  let directory: string;
  let cloud: LocalCloud;
  let environment: Record<string, string>;
  let config: EnvironmentConfig;
  let stack: string;
  let keyId: string;
  let outputs: Record<string, unknown>;

  const kms = (operation: string, input: object) => callJsonApi({ cloud }, 'kms', operation, input);
  /** What the key's owner keeps to themselves, and what the command prints besides. */
  const putKeyPolicy = async (document: string) => {
    const owner = {
      Sid: 'Owner',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy', 'kms:DescribeKey'],
      Resource: '*',
    };
    const { Version, Statement } = JSON.parse(document);
    const Policy = JSON.stringify({ Version, Statement: [owner, ...Statement] });
    expect((await kms('PutKeyPolicy', { KeyId: keyId, PolicyName: 'default', Policy })).status).toBe(200);
  };
  /** As CloudFront asks for an object, for the distribution that was applied. */
  const readAsCloudFront = (Key: string) => {
    const { secretAccessKey } = clientConfig(cloud).credentials;
    const credentials = { accessKeyId: CLOUDFRONT_SERVICE_ACCESS_KEY_ID, secretAccessKey };
    const client = new S3Client({ ...clientConfig(cloud), credentials });
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers['x-amz-source-arn'] =
          `arn:aws:cloudfront::${ACCOUNT}:distribution/${outputs.cloudfront_distribution_id}`;
        return next(args);
      },
      { step: 'build' },
    );
    return client.send(new GetObjectCommand({ Bucket: String(outputs.hls_outputs_bucket_name), Key }));
  };

  beforeAll(async () => {
    if (dev.state.kind !== 's3') throw new Error('dev keeps its state in S3');
    directory = await mkdtemp(join(tmpdir(), 'storytime-your-account-'));
    cloud = await startCloudWithProvider({ accountId: ACCOUNT, region: dev.awsRegion, transcode });
    environment = { ...cloud.environment, TF_VAR_cloudfront_private_key: privateKey };
    const { output } = await kms('CreateKey', { Description: 'of the security team' });
    keyId = output.KeyMetadata.KeyId;
    const trust = { Effect: 'Allow', Principal: { AWS: '999988887777' }, Action: 'sts:AssumeRole' };
    await callQueryApi({ cloud }, 'iam', {
      Action: 'CreateRole',
      RoleName: 'storytime',
      Path: '/deploy/',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    });
    // Nobody but the role gets at the state, so that only a backend that assumes it works.
    const Bucket = dev.state.bucket;
    const s3 = new S3Client(clientConfig(cloud));
    await s3.send(new CreateBucketCommand({ Bucket }));
    const onlyDeployer = {
      Sid: 'OnlyDeployer',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      Condition: { StringNotEquals: { 'aws:PrincipalArn': DEPLOYER } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [onlyDeployer] });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));

    config = parseEnvironment({
      ...dev,
      deployment: null,
      permissionsBoundaryArn: BOUNDARY,
      assumeRoleArn: DEPLOYER,
      encryption: 'kms',
      encryptionKeyArn: output.KeyMetadata.Arn,
      backendPrincipal: { kind: 'ecs' },
      // Of the secret's value everybody else is denied, and Terraform asks for it whenever it refreshes.
      secretOperators: [DEPLOYER],
    });
    await putKeyPolicy((await keyPolicy(config, async () => ({}))).document);
    stack = synthesize({ config, keys, outdir: directory });
    await terraformIn(stack, environment, 'init');
    await terraformIn(stack, environment, 'apply', '-auto-approve');
    outputs = await readOutputs(stack, environment);
  }, 600_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('plans nothing a second time', async () => {
    expect(await hasChanges(stack, environment)).toBe(false);
  }, 180_000);

  it('makes no key for buckets and secret, and puts them under the given one', async () => {
    const addresses = await terraformIn(stack, environment, 'state', 'list');
    expect(addresses).not.toMatch(/^aws_kms_/m);

    for (const bucket of [outputs.master_uploads_bucket_name, outputs.hls_outputs_bucket_name]) {
      const { ServerSideEncryptionConfiguration: encryption } = await new S3Client(clientConfig(cloud)).send(
        new GetBucketEncryptionCommand({ Bucket: String(bucket) }),
      );
      expect(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault).toEqual({
        SSEAlgorithm: 'aws:kms',
        KMSMasterKeyID: config.encryptionKeyArn,
      });
    }
    const { KmsKeyId } = await new SecretsManagerClient(clientConfig(cloud)).send(
      new DescribeSecretCommand({ SecretId: String(outputs.cloudfront_private_key_secret_arn) }),
    );
    expect(KmsKeyId).toBe(config.encryptionKeyArn);
  }, 60_000);

  it('is readable for CloudFront once the key has the policy that the command prints', async () => {
    const Key = 'books/42/index.m3u8';
    await new S3Client(clientConfig(cloud)).send(
      new PutObjectCommand({ Bucket: String(outputs.hls_outputs_bucket_name), Key, Body: '#EXTM3U' }),
    );
    expect(await errorOf(readAsCloudFront(Key))).toBe('403 AccessDenied');

    const { document, missing } = await keyPolicy(config, async () => outputs);
    expect(missing).toBe(null);
    await putKeyPolicy(document);
    expect(await (await readAsCloudFront(Key)).Body?.transformToString()).toBe('#EXTM3U');
  });

  it('has the boundary on every role that it made', async () => {
    for (const RoleName of ['storytime-dev-app', 'storytime-dev-mediaconvert']) {
      const { text } = await callQueryApi({ cloud }, 'iam', { Action: 'GetRole', RoleName });
      expect(text('PermissionsBoundaryArn')).toBe(BOUNDARY);
    }
  });

  it('takes another boundary in place, and then plans nothing', async () => {
    const other = { ...config, permissionsBoundaryArn: `${BOUNDARY}-2` };
    synthesize({ config: other, keys, outdir: directory });
    expect(await terraformIn(stack, environment, 'apply', '-auto-approve')).toMatch(
      /0 added, 2 changed, 0 destroyed/,
    );
    expect(await hasChanges(stack, environment)).toBe(false);
    synthesize({ config, keys, outdir: directory });
    await terraformIn(stack, environment, 'apply', '-auto-approve');
  }, 240_000);

  it('reaches its state by the role alone', async () => {
    const outdir = join(directory, 'without-role');
    const without = synthesize({ config: { ...config, assumeRoleArn: null }, keys, outdir });
    await expect(terraformIn(without, environment, 'init')).rejects.toThrow(/AccessDenied|Forbidden|403/);
  }, 120_000);

  it('leaves the key as it is when it is destroyed', async () => {
    await terraformIn(stack, environment, 'destroy', '-auto-approve');
    expect(await readOutputs(stack, environment)).toEqual({});
    expect((await kms('DescribeKey', { KeyId: keyId })).output.KeyMetadata.KeyState).toBe('Enabled');
  }, 300_000);
});
