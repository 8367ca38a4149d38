import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFrontClient,
  GetDistributionCommand,
  GetKeyGroupCommand,
  ListDistributionsCommand,
} from '@aws-sdk/client-cloudfront';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListQueuesCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../envs/config.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { local } from '../../envs/local.ts';
import { synthesize } from '../../envs/synth.ts';
import { type LocalCloud, startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { createLocalSigningKey } from '../../local/session/signing-key.ts';
import { transcode } from '../../local/transcoder/index.ts';
import { callJsonApi } from '../local/aws-api/json-api.ts';
import { hasChanges, readOutputs, terraformIn } from './terraform.ts';

describe('the local environment, applied by Terraform with the real AWS provider', () => {
  let directory: string;
  let cloud: LocalCloud;
  let stack: string;
  let outputs: Record<string, unknown>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storytime-local-'));
    const config = parseEnvironment(local);
    const [accountId = ''] = config.allowedAccountIds;
    cloud = await startLocalCloud({ accountId, region: config.awsRegion, transcode });
    await createLocalSigningKey(join(directory, 'keys'), new Date());
    stack = synthesize({
      config,
      keys: readTrustedKeys(join(directory, 'keys')),
      outdir: join(directory, 'out'),
    });
    await terraformIn(stack, cloud.environment, 'init');
    await terraformIn(stack, cloud.environment, 'apply', '-auto-approve');
    outputs = await readOutputs(stack, cloud.environment);
  }, 300_000);

  afterAll(async () => {
    await cloud?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('plans nothing a second time', async () => {
    expect(await hasChanges(stack, cloud.environment)).toBe(false);
  }, 120_000);

  it('gives back every output by its contracted name', () => {
    expect(Object.keys(outputs).sort()).toEqual([
      'app_policy_arn',
      'cloudfront_distribution_id',
      'cloudfront_domain_name',
      'cloudfront_key_group_id',
      'cloudfront_private_key_secret_arn',
      'cloudfront_private_key_secret_name',
      'cloudfront_public_key_id',
      'cloudfront_public_key_ids',
      'hls_outputs_bucket_name',
      'master_uploads_bucket_name',
      'mediaconvert_job_template_name',
      'mediaconvert_queue_arn',
      'mediaconvert_role_arn',
      'playback_key_arn',
      'playback_table_name',
    ]);
  });

  it('trusts the active key through the key group that every behaviour names', async () => {
    const cloudFront = new CloudFrontClient(clientConfig(cloud));
    const group = await cloudFront.send(
      new GetKeyGroupCommand({ Id: String(outputs.cloudfront_key_group_id) }),
    );
    const { Distribution: distribution } = await cloudFront.send(
      new GetDistributionCommand({ Id: String(outputs.cloudfront_distribution_id) }),
    );
    const behaviours = [
      distribution?.DistributionConfig?.DefaultCacheBehavior,
      ...(distribution?.DistributionConfig?.CacheBehaviors?.Items ?? []),
    ];

    expect(group.KeyGroup?.KeyGroupConfig?.Items).toEqual([outputs.cloudfront_public_key_id]);
    expect(behaviours.length).toBeGreaterThanOrEqual(3);
    for (const behaviour of behaviours) {
      expect(behaviour?.TrustedKeyGroups?.Items).toEqual([outputs.cloudfront_key_group_id]);
    }
  });

  it('keeps a content key that its key has wrapped, in a table that is as the module says', async () => {
    const TableName = String(outputs.playback_table_name);
    const kms = new KMSClient(clientConfig(cloud));
    const EncryptionContext = { title: '42', version: '1' };
    const KeyId = String(outputs.playback_key_arn);
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 16, EncryptionContext }));
    const wrapped = Buffer.from(made.CiphertextBlob ?? []).toString('base64');
    const dynamoDb = (operation: string, input: object) =>
      callJsonApi({ cloud }, 'dynamodb', operation, { TableName, ...input });
    const Key = { pk: { S: 'title#42' }, sk: { S: 'key#0001' } };
    await dynamoDb('PutItem', {
      Item: { ...Key, wrapped: { B: wrapped }, gsi1pk: { S: 'x' }, gsi1sk: { S: 'y' } },
    });
    const { output: kept } = await dynamoDb('GetItem', { Key });
    const CiphertextBlob = Buffer.from(kept.Item.wrapped.B, 'base64');
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Plaintext).toEqual(made.Plaintext);

    const { output: listed } = await dynamoDb('Query', {
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :x',
      ExpressionAttributeValues: { ':x': { S: 'x' } },
    });
    expect(listed.Items).toEqual([kept.Item]);
    const { output: life } = await dynamoDb('DescribeTimeToLive', {});
    expect(life.TimeToLiveDescription).toMatchObject({
      AttributeName: 'expires_at',
      TimeToLiveStatus: 'ENABLED',
    });
    const { output: backups } = await dynamoDb('DescribeContinuousBackups', {});
    expect(
      backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus,
    ).toBe('ENABLED');
    const { output: described } = await dynamoDb('DescribeTable', {});
    expect(described.Table.SSEDescription).toMatchObject({ SSEType: 'KMS', KMSMasterKeyArn: KeyId });
  });

  it('leaves nothing behind when destroyed', async () => {
    await terraformIn(stack, cloud.environment, 'destroy', '-auto-approve');

    const buckets = await new S3Client(clientConfig(cloud)).send(new ListBucketsCommand());
    const distributions = await new CloudFrontClient(clientConfig(cloud)).send(
      new ListDistributionsCommand(),
    );
    const queues = await new MediaConvertClient(clientConfig(cloud)).send(new ListQueuesCommand());
    const { output: tables } = await callJsonApi({ cloud }, 'dynamodb', 'ListTables', {});
    expect(tables.TableNames).toEqual([]);
    expect(buckets.Buckets ?? []).toEqual([]);
    expect(distributions.DistributionList?.Items ?? []).toEqual([]);
    expect(queues.Queues?.map(({ Name }) => Name)).toEqual(['Default']);
  }, 180_000);
});
