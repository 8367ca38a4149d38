import { verify } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontClient, GetPublicKeyCommand } from '@aws-sdk/client-cloudfront';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { CreateJobCommand, CreateQueueCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { APPLE_H264_LADDER, createJobInput } from '@storytime/hls-jobs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDistributions } from '../../aws/account/list-distributions.ts';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../../aws/iam/service-principals.ts';
import { startEdge } from '../../edge/index.ts';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { zoneOf } from '../../envs/other-domains.ts';
import { synthesize } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import type { Transcode } from '../../local/transcoder/contract.ts';
import { behavioursElsewhere } from '../../ops/keys/behaviours-elsewhere.ts';
import { maximum, maximumKeys } from '../envs/maximum.ts';
import { callJsonApi } from '../local/aws-api/json-api.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { errorOf } from '../local/aws-api/start.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { signedFetch } from '../support/signed-request.ts';
import { testsBesideTheStack } from './beside-the-stack.ts';
import { hasChanges, readOutputs, terraformIn } from './terraform.ts';

/** Nothing is transcoded: this is about who hears of it. */
const transcode: Transcode = async () => ({
  status: 'COMPLETE',
  outputGroupDetails: [{ outputDetails: [] }],
});
const keys = maximumKeys();
/** What is applied over the first apply, and stands from then on. */
const APPLIED_CHANGE = { monthlyBudgetUsd: 600, originShieldRegion: 'eu-west-1' };
const PLAYBACK_ELSEWHERE = { keyUrl: 'https://keys.storytime.example/v1', accessLogDays: 365 };
/** As Terraform marks what it plans. */
const ACTIONS: Readonly<Record<string, string>> = {
  '+': 'create',
  '-': 'delete',
  '~': 'update',
  '-/+': 'delete,create',
  '+/-': 'create,delete',
};

describe('an environment with every option on, applied by Terraform with the real AWS provider', () => {
  const [accountId = ''] = maximum.allowedAccountIds;
  let directory: string;
  let cloud: LocalCloud;
  let config: EnvironmentConfig;
  let stack: string;
  let outputs: Record<string, string>;
  let s3: S3Client;

  const terraform = (...args: string[]) => terraformIn(stack, cloud.environment, ...args);

  /** Writes the environment's stack with other values into the folder that was applied. */
  async function change(values: Partial<EnvironmentConfig>): Promise<void> {
    const changed = synthesize({
      config: parseEnvironment({ ...config, ...values }),
      keys,
      outdir: join(directory, 'changed'),
    });
    await copyFile(join(changed, 'cdk.tf.json'), join(stack, 'cdk.tf.json'));
  }

  /** What a plan would do: `aws_budgets_budget.budget: update`, … */
  async function plannedActions(): Promise<string[]> {
    // What is there is read, and found as it should be, by the plan before.
    const said = await terraform('plan', '-refresh=false');
    const planned = said.matchAll(/^ {0,2}(\S+) resource "(\w+)" "(\w+)" {/gm);
    return [...planned].map(([, sign = '', type, name]) => `${type}.${name}: ${ACTIONS[sign] ?? sign}`);
  }

  /** A client's configuration as a session of the backend's own role. */
  async function asBackend() {
    const { text } = await callQueryApi({ cloud }, 'sts', {
      Action: 'AssumeRole',
      RoleArn: String(outputs.app_role_arn),
      RoleSessionName: 'backend',
    });
    const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [
      text('AccessKeyId'),
      text('SecretAccessKey'),
      text('SessionToken'),
    ];
    return { ...clientConfig(cloud), credentials: { accessKeyId, secretAccessKey, sessionToken } };
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storytime-maximum-'));
    cloud = await startCloudWithProvider({ accountId, region: maximum.awsRegion, transcode });
    s3 = new S3Client(clientConfig(cloud));
    if (maximum.state.kind !== 's3') throw new Error('the maximum environment keeps its state in S3');
    await s3.send(new CreateBucketCommand({ Bucket: maximum.state.bucket }));
    await createLockTable(cloud, String(maximum.state.lockTable));
    await new MediaConvertClient(clientConfig(cloud)).send(new CreateQueueCommand({ Name: 'spare' }));
    const otherDomainZones = await Promise.all(
      maximum.otherDomainZones.map(async ({ name }) => ({ name, id: await createHostedZone(cloud, name) })),
    );
    const hostedZoneId = otherDomainZones.find(({ name }) => name === 'storytime.example')?.id ?? null;
    config = parseEnvironment({ ...maximum, hostedZoneId, otherDomainZones });
    stack = synthesize({ config, keys, outdir: join(directory, 'out') });
    await terraform('init');
    await terraform('apply', '-auto-approve');
    outputs = (await readOutputs(stack, cloud.environment)) as Record<string, string>;
  }, 600_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('plans nothing a second time', async () => {
    expect(await hasChanges(stack, cloud.environment)).toBe(false);
  }, 180_000);

  it.each<[string, Partial<EnvironmentConfig>, string[]]>([
    [
      'rate limit',
      { webAcl: { kind: 'own', requestsPerFiveMinutes: 3000 } },
      ['aws_wafv2_web_acl.delivery_firewall: update'],
    ],
    [
      'domain in the first place',
      {
        domainName: 'media.fables.example',
        otherDomainNames: ['media.storytime.example', 'video.storytime.example'],
      },
      ['aws_ssm_parameter.app_config: update'],
    ],
    [
      'lifecycle of masters',
      { mastersGlacierAfterDays: 1, mastersArchiveClass: 'DEEP_ARCHIVE', mastersNoncurrentExpiryDays: 180 },
      ['aws_s3_bucket_lifecycle_configuration.masters: update'],
    ],
    [
      'address for alarms',
      { alarmEmail: 'new-oncall@storytime.example' },
      [
        'aws_budgets_budget.budget: update',
        'aws_sns_topic_subscription.alarms_regional: delete,create',
        'aws_sns_topic_subscription.alarms_us_east_1: delete,create',
      ],
    ],
  ])(
    'plans for another %s nothing but that',
    async (_, values, actions) => {
      await change(inItsZone(values, config));
      expect((await plannedActions()).sort()).toEqual(actions);
    },
    180_000,
  );

  it('takes a change that is applied, and then plans nothing', async () => {
    await change(APPLIED_CHANGE);
    await terraform('apply', '-auto-approve');
    expect(await hasChanges(stack, cloud.environment)).toBe(false);
  }, 300_000);

  describe('and a root of the team’s own beside it', () => {
    testsBesideTheStack(() => ({ cloud, config, directory, stack, outputs, change, terraform }));
  });

  it("lets CloudFront read what is encrypted with the environment's key, for its own distribution alone", async () => {
    const object = { Bucket: outputs.hls_outputs_bucket_name, Key: 'books/42/index.m3u8' };
    await s3.send(new PutObjectCommand({ ...object, Body: '#EXTM3U' }));
    const readFor = (distributionId: string | undefined) => {
      const credentials = {
        accessKeyId: CLOUDFRONT_SERVICE_ACCESS_KEY_ID,
        secretAccessKey: clientConfig(cloud).credentials.secretAccessKey,
      };
      const client = new S3Client({ ...clientConfig(cloud), credentials });
      client.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> };
          headers['x-amz-source-arn'] = `arn:aws:cloudfront::${accountId}:distribution/${distributionId}`;
          return next(args);
        },
        { step: 'build' },
      );
      return client.send(new GetObjectCommand(object));
    };

    const { Body, ServerSideEncryption, SSEKMSKeyId } = await readFor(outputs.cloudfront_distribution_id);
    expect(await Body?.transformToString()).toBe('#EXTM3U');
    expect([ServerSideEncryption, SSEKMSKeyId]).toEqual(['aws:kms', expect.stringMatching(/^arn:aws:kms:/)]);
    expect(await errorOf(readFor('E2EXAMPLE'))).toBe('403 AccessDenied');
  });

  it('takes no upload that names another encryption', async () => {
    const object = { Bucket: outputs.master_uploads_bucket_name, Key: 'uploads/42.mp4', Body: 'x' };
    const upload = s3.send(new PutObjectCommand({ ...object, ServerSideEncryption: 'AES256' }));
    expect(await errorOf(upload)).toBe('403 AccessDenied');
    expect((await s3.send(new PutObjectCommand(object))).ServerSideEncryption).toBe('aws:kms');
  });

  it('plays a thumbnail to anybody, and playlist and segment to nobody without a signature', async () => {
    // The root beside the stack has left a change of its own.
    await change(APPLIED_CHANGE);
    await terraform('apply', '-auto-approve');
    const Bucket = outputs.hls_outputs_bucket_name;
    const title = `${config.pathPrefix}/42`;
    const [picture, playlist, segment] = ['thumbnails/thumb.0000000.jpg', 'index.m3u8', 'index_360p.cmfv'];
    for (const name of [picture, playlist, segment]) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${title}/${name}`, Body: `body of ${name}` }));
    }
    const distributionId = String(outputs.cloudfront_distribution_id);
    const edge = await startEdge({ distributionId, environment: cloud.environment });
    const answer = async (name: string) => {
      await edge.refresh();
      const { status, ...rest } = await fetch(`${edge.url}/${title}/${name}`).then(async (got) => ({
        status: got.status,
        text: await got.text(),
      }));
      return [status, rest.text];
    };
    const denied = [403, expect.stringContaining('<Code>MissingKey</Code>')];
    try {
      expect(await answer(picture)).toEqual([200, `body of ${picture}`]);
      expect(await answer(playlist)).toEqual(denied);
      expect(await answer(segment)).toEqual(denied);
      const [delivery] = await listDistributions(new CloudFrontClient(clientConfig(cloud)));
      const group = String(outputs.cloudfront_key_group_id);
      expect(behavioursElsewhere(delivery?.behaviours ?? [], group, config)).toEqual([]);

      // The provider keeps what is there of a list that is left out: each way has to change the distribution.
      for (const publicThumbnails of [false, true]) {
        await change({ ...APPLIED_CHANGE, publicThumbnails });
        expect(await plannedActions()).toEqual(['aws_cloudfront_distribution.delivery: update']);
        await terraform('apply', '-auto-approve');
        expect(await hasChanges(stack, cloud.environment)).toBe(false);
        expect(await answer(picture)).toEqual(publicThumbnails ? [200, `body of ${picture}`] : denied);
        expect(await answer(playlist)).toEqual(denied);
      }
    } finally {
      await edge.close();
    }
  }, 400_000);

  it("gives the secret's value to the backend, and not to the role that applies", async () => {
    const SecretId = outputs.cloudfront_private_key_secret_name;
    const root = new SecretsManagerClient(clientConfig(cloud));
    await root.send(new PutSecretValueCommand({ SecretId, SecretString: '{"generation":"2026-11-a"}' }));
    const backend = new SecretsManagerClient(await asBackend());

    expect((await backend.send(new GetSecretValueCommand({ SecretId }))).SecretString).toContain('2026-11-a');
    expect(await errorOf(root.send(new GetSecretValueCommand({ SecretId })))).toBe(
      '400 AccessDeniedException',
    );
  });

  it('tells the topic of alarms, by its own key, who was refused the secret', async () => {
    const queue = await callJsonApi({ cloud }, 'sqs', 'CreateQueue', { QueueName: 'on-call' });
    await callQueryApi({ cloud }, 'sns', {
      Action: 'Subscribe',
      TopicArn: `arn:aws:sns:${config.awsRegion}:${accountId}:storytime-maximum-alarms`,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:${config.awsRegion}:${accountId}:on-call`,
    });
    const SecretId = outputs.cloudfront_private_key_secret_name;
    const root = new SecretsManagerClient(clientConfig(cloud));
    expect(await errorOf(root.send(new GetSecretValueCommand({ SecretId })))).toBe(
      '400 AccessDeniedException',
    );
    const { QueueUrl } = queue.output;
    const mail = async () => {
      const { output } = await callJsonApi({ cloud }, 'sqs', 'ReceiveMessage', { QueueUrl });
      return JSON.parse(output.Messages?.[0]?.Body ?? '{}').Message;
    };
    await expect
      .poll(mail, { timeout: 10_000 })
      .toMatch(`storytime-maximum: arn:aws:iam::${accountId}:root was refused the signing key`);
  }, 30_000);

  it('signs in KMS for the backend what the key in the key group verifies', async () => {
    const message = Buffer.from('{"Statement":[]}');
    const sign = new SignCommand({
      KeyId: outputs.cloudfront_signing_kms_key_arn,
      Message: message,
      MessageType: 'RAW',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    });
    const { Signature = new Uint8Array() } = await new KMSClient(await asBackend()).send(sign);
    const Id = outputs.cloudfront_public_key_id;
    const { PublicKey } = await new CloudFrontClient(clientConfig(cloud)).send(
      new GetPublicKeyCommand({ Id }),
    );

    expect(verify('sha256', message, PublicKey?.PublicKeyConfig?.EncodedKey ?? '', Signature)).toBe(true);
  });

  it('tells the queue of a job that is complete, by the policies that stand there', async () => {
    const input = createJobInput({
      bookId: '42',
      masterUri: `s3://${outputs.master_uploads_bucket_name}/uploads/42.mp4`,
      outputsBucket: String(outputs.hls_outputs_bucket_name),
      queueArn: String(outputs.mediaconvert_queue_arn),
      roleArn: String(outputs.mediaconvert_role_arn),
      jobTemplateName: String(outputs.mediaconvert_job_template_name),
      ladder: APPLE_H264_LADDER,
      segmentSeconds: 6,
      source: { width: 1920, height: 1080, hasAudio: true },
      packaging: 'cmaf',
    });
    const { Job } = await new MediaConvertClient(clientConfig(cloud)).send(new CreateJobCommand(input));
    const receive = async () => {
      const queue = { QueueUrl: outputs.mediaconvert_events_queue_url };
      const { output } = await callJsonApi({ cloud }, 'sqs', 'ReceiveMessage', queue);
      return JSON.parse(output.Messages?.[0]?.Body ?? 'null');
    };
    await expect
      .poll(receive, { timeout: 30_000 })
      .toMatchObject({ detail: { jobId: Job?.Id, status: 'COMPLETE', userMetadata: { book_id: '42' } } });
  }, 60_000);

  it.each<[string, Partial<EnvironmentConfig>, string[]]>([
    [
      'on the address of content keys',
      { playback: PLAYBACK_ELSEWHERE },
      ['aws_ssm_parameter.app_config: update'],
    ],
    [
      'on videos that are kept',
      { forceDestroy: false },
      [
        'aws_dynamodb_table.playback: update',
        'aws_s3_bucket.access_logs: update',
        'aws_s3_bucket.masters: update',
        'aws_s3_bucket.outputs: update',
      ],
    ],
    [
      'without playback',
      { playback: null },
      [
        'aws_dynamodb_table.playback: delete',
        'aws_iam_policy.app: update',
        'aws_iam_policy.library_admin: update',
        'aws_kms_alias.playback_key: delete',
        'aws_kms_key.playback_key: delete',
        'aws_kms_key_policy.playback_key: delete',
        'aws_ssm_parameter.app_config: update',
      ],
    ],
  ])(
    'plans nothing but playback where a change is about it: %s',
    async (_, values, actions) => {
      await change({ ...APPLIED_CHANGE, ...values });
      expect((await plannedActions()).sort()).toEqual(actions);
      await change(APPLIED_CHANGE);
    },
    180_000,
  );

  it('leaves nothing behind when destroyed', async () => {
    await terraform('destroy', '-auto-approve');
    expect((await terraform('state', 'list')).trim()).toBe('');
    const queues = { QueueNamePrefix: 'storytime-' };
    const { output } = await callJsonApi({ cloud }, 'sqs', 'ListQueues', queues);
    expect(output.QueueUrls ?? []).toEqual([]);
    const { output: tables } = await callJsonApi({ cloud }, 'dynamodb', 'ListTables', {});
    expect(tables.TableNames).toEqual([maximum.state.kind === 's3' ? maximum.state.lockTable : null]);
  }, 600_000);
});

/** A case that has another first domain has it in the zone that this run has made. */
function inItsZone(
  values: Partial<EnvironmentConfig>,
  { otherDomainZones }: EnvironmentConfig,
): Partial<EnvironmentConfig> {
  const { domainName } = values;
  if (domainName === undefined || domainName === null) return values;
  return { ...values, hostedZoneId: zoneOf(domainName, otherDomainZones)?.id ?? null };
}

async function createHostedZone(cloud: LocalCloud, name: string): Promise<string> {
  const answer = await signedFetch(cloud.environment, {
    service: 'route53',
    path: '/2013-04-01/hostedzone',
    body: `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}</Name><CallerReference>${name}</CallerReference></CreateHostedZoneRequest>`,
  });
  const id = /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(await answer.text())?.[1];
  if (id === undefined) throw new Error(`no hosted zone was made: ${answer.status}`);
  return id;
}

async function createLockTable(cloud: LocalCloud, TableName: string): Promise<void> {
  const key = { AttributeName: 'LockID' };
  const answer = await signedFetch(cloud.environment, {
    service: 'dynamodb',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.CreateTable',
    },
    body: JSON.stringify({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ ...key, AttributeType: 'S' }],
      KeySchema: [{ ...key, KeyType: 'HASH' }],
    }),
  });
  if (!answer.ok) throw new Error(`no lock table was made: ${answer.status}`);
}
