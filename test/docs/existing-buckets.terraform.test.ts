/** docs/existing-buckets.md: two buckets with other settings and objects in them, imported by the commands of the page. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { dev, prod } from '../envs/examples.ts';
import { addressesOf, newKeys, synthesized } from '../envs/synthesized.ts';
import { compiled } from '../support/compiled.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { startCommand } from '../terraform/running-command.ts';
import { hasChanges, readOutputs, sharedPlugins, terraformIn } from '../terraform/terraform.ts';
// For the compiler alone: it stands for npm in the shell.
import type {} from './npm-on-existing.ts';
import { stepsOf } from './runbook-steps.ts';

interface Change {
  readonly address: string;
  readonly change: { readonly actions: readonly string[] };
}

const page = await readFile('docs/existing-buckets.md', 'utf8');
const [importMasters = '', importOutputs = '', planAndApply = '', ...more] = stepsOf(page).map(
  ({ commands }) => commands,
);
const [, named = ''] = /```ts\n(bucketNames: .*),\n```/.exec(page) ?? [];
const { bucketNames } = new Function(`return {${named}}`)() as Pick<EnvironmentConfig, 'bucketNames'>;
const buckets = [bucketNames?.masters ?? '', bucketNames?.outputs ?? ''] as const;
const [MASTERS, OUTPUTS] = buckets;
const imported = [...`${importMasters}${importOutputs}`.matchAll(/import (\S+)/g)].map(
  ([, address = '']) => address,
);

const { state } = dev;
if (state.kind !== 's3') throw new Error('dev keeps its state in S3');
const existing: EnvironmentConfig = parseEnvironment({
  ...dev,
  environment: 'existing',
  state: { ...state, bucket: 'fables-terraform-state' },
  deployment: null,
  bucketNames,
  forceDestroy: false,
  preventDestroy: true,
  accessLogRetentionDays: 30,
  jobEvents: 'none',
  signingSecretValue: 'keys',
  cloudfrontPrivateKeySecretName: 'storytime/existing/cloudfront_private_key',
});

it('has the address of every setting of both buckets on its page', () => {
  const ofVideos = addressesOf(synthesized({ ...prod, bucketNames }, newKeys('2026-11-a'))).filter(
    (address) => /^aws_s3_bucket\w*\.(?:masters|outputs)$/.test(address),
  );
  expect(imported.toSorted()).toEqual(ofVideos);
  expect(more).toEqual([]);
});

describe('two buckets that exist', () => {
  let directory: string;
  let cloud: LocalCloud;
  let s3: S3Client;
  let stack: string;
  /** Keys, versions and bytes of everything that was in the buckets before. */
  let before: readonly string[];

  const terraform = (...args: string[]) => terraformIn(stack, cloud.environment, ...args);

  /** A block of the page in a shell; Terraform's question is answered with yes. */
  async function follow(block: string): Promise<string> {
    const npm = `npm() { ${process.execPath} ${await compiled('test/docs/npm-on-existing.ts')} "$@"; }`;
    const run = startCommand('bash', ['-ec', `${npm}\n${block}`], {
      ...cloud.environment,
      ...sharedPlugins(),
      ENVIRONMENT_OF_TEST: JSON.stringify(existing),
      KEYS_DIRECTORY: join(directory, 'keys'),
      CDKTF_OUTDIR: join(directory, 'out'),
      TF_CLI_ARGS: '-no-color',
    });
    run.type('yes\n');
    const { exitCode, stdout, stderr } = await run.ended;
    expect([exitCode, exitCode === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
    return stdout;
  }

  async function plannedChanges(): Promise<readonly Change[]> {
    await terraform('plan', '-out=looked-at.plan');
    const shown = JSON.parse(await terraform('show', '-json', 'looked-at.plan')) as {
      resource_changes: Change[];
    };
    return shown.resource_changes;
  }

  /** `<bucket>/<key> <version> <bytes in hex>`, of every version. */
  async function everything(): Promise<string[]> {
    const found = await Promise.all(
      buckets.map(async (Bucket) => {
        const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
        return Promise.all(
          Versions.map(async ({ Key, VersionId }) => {
            const versioned = VersionId === 'null' ? {} : { VersionId };
            const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...versioned }));
            const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []).toString('hex');
            return `${Bucket}/${Key} ${VersionId} ${bytes}`;
          }),
        );
      }),
    );
    return found.flat().toSorted();
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storytime-existing-'));
    await mkdir(join(directory, 'keys'));
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(join(directory, 'keys/2026-11-a.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(join(directory, 'keys/active'), '2026-11-a\n');
    cloud = await startCloudWithProvider({
      accountId: existing.allowedAccountIds[0] ?? '',
      region: existing.awsRegion,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    s3 = new S3Client(clientConfig(cloud));
    stack = join(directory, 'out/stacks/existing');
    await s3.send(new CreateBucketCommand({ Bucket: 'fables-terraform-state' }));
    await makeLogBucket(s3);
    for (const Bucket of buckets) await makeBucket(s3, Bucket);
    before = await everything();
  }, 300_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('are in the state after the commands of the page, and as they were in the account', async () => {
    expect(before).toHaveLength(7);
    await follow(importMasters);
    await follow(importOutputs);
    const known = (await terraform('state', 'list')).trim().split('\n');
    expect(known.toSorted()).toEqual(imported.toSorted());
    expect(await policySids(s3, MASTERS)).toEqual(['Partner']);
  }, 600_000);

  it('are changed in place by the plan, which destroys and replaces nothing', async () => {
    const changes = await plannedChanges();
    const actions = (address: string) =>
      changes.filter((one) => one.address === address).flatMap(({ change }) => change.actions);
    const kinds = new Set(changes.map(({ change }) => change.actions.join(', ')));
    expect([...kinds].filter((kind) => !['create', 'update', 'no-op', 'read'].includes(kind))).toEqual([]);
    expect(
      changes.filter(
        ({ address, change }) => imported.includes(address) && change.actions.includes('create'),
      ),
    ).toEqual([]);
    // What these buckets have otherwise.
    const settings = [
      '',
      '_policy',
      '_public_access_block',
      '_ownership_controls',
      '_lifecycle_configuration',
      '_logging',
    ];
    for (const which of ['masters', 'outputs']) {
      for (const setting of settings) {
        const address = `aws_s3_bucket${setting}.${which}`;
        expect([address, actions(address)]).toEqual([address, ['update']]);
      }
    }
    expect(actions('aws_s3_bucket_cors_configuration.masters')).toEqual(['update']);
    expect(actions('aws_s3_bucket_versioning.masters')).toEqual(['no-op']);
  }, 300_000);

  it('are the environment’s after the apply, with every object as it was, byte for byte', async () => {
    await follow(planAndApply);
    expect(await everything()).toEqual(before);
    expect(await hasChanges(stack, cloud.environment)).toBe(false);
    expect(await readOutputs(stack, cloud.environment)).toMatchObject({
      master_uploads_bucket_name: MASTERS,
      hls_outputs_bucket_name: OUTPUTS,
    });
    expect(await policySids(s3, MASTERS)).toEqual(['DenyPlainHttp']);
    expect(await policySids(s3, OUTPUTS)).toEqual(['DenyPlainHttp', 'AllowCloudFrontRead']);
    for (const Bucket of buckets) {
      const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      expect(Rules?.map(({ ID }) => ID)).toEqual(['age']);
    }
    const origins = async (Bucket: string) =>
      (await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules?.flatMap(
        ({ AllowedOrigins }) => AllowedOrigins,
      );
    expect(await origins(MASTERS)).toEqual(existing.uploadOrigins);
    // Of outputs they are not managed, as the page says.
    expect(await origins(OUTPUTS)).toEqual(['https://cms.fables.example']);
  }, 600_000);
});

async function policySids(s3: S3Client, Bucket: string): Promise<string[]> {
  const { Policy = '{}' } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid);
}

async function makeLogBucket(s3: S3Client): Promise<void> {
  const Bucket = 'fables-logs';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Statement = {
    Sid: 'Logs',
    Effect: 'Allow',
    Principal: { Service: 'logging.s3.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

/** Every setting differs from ours, and the bucket has objects. One object was overwritten. */
async function makeBucket(s3: S3Client, Bucket: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }));
  const Status = 'Enabled' as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  for (const Key of ['uploads/one.mov', 'books/42/index.m3u8', 'books/42/index.m3u8']) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(512) }));
  }
  if (Bucket === MASTERS)
    await s3.send(new PutObjectCommand({ Bucket, Key: 'old/ünï code.mp4', Body: randomBytes(64) }));
  await s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
    }),
  );
  await s3.send(
    new PutPublicAccessBlockCommand({
      Bucket,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: false },
    }),
  );
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
    }),
  );
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [
          { ID: 'tidy', Status, Filter: { Prefix: 'tmp/' }, Expiration: { Days: 3 } },
          {
            ID: 'cold',
            Status,
            Filter: { Prefix: 'old/' },
            Transitions: [{ Days: 365, StorageClass: 'GLACIER' }],
          },
        ],
      },
    }),
  );
  await s3.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://cms.fables.example'] }],
      },
    }),
  );
  await s3.send(
    new PutBucketLoggingCommand({
      Bucket,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'fables-logs', TargetPrefix: `${Bucket}/` } },
    }),
  );
  await s3.send(
    new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: 'team', Value: 'cms' }] } }),
  );
  const Statement = {
    Sid: 'Partner',
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::999988887777:root' },
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}
