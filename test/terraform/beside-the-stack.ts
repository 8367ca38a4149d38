/** The example root of docs/beside-the-stack.md, applied after an environment that a suite has applied. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateJobCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import {
  GetBucketNotificationConfigurationCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decide } from '../../aws/iam/evaluate.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { findPython } from '../../local/aws-api/python.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { callJsonApi } from '../local/aws-api/json-api.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { allows } from '../modules/policy-judge.ts';
import { parseQueuePolicy } from '../support/aws-services/sqs/queue-policy.ts';
import { hasChanges, readOutputs, terraformIn } from './terraform.ts';

const EXAMPLE = fileURLToPath(new URL('../../docs/beside-the-stack', import.meta.url));

interface AppliedEnvironment {
  readonly cloud: LocalCloud;
  readonly config: EnvironmentConfig;
  readonly directory: string;
  readonly stack: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly change: (values: Partial<EnvironmentConfig>) => Promise<void>;
  readonly terraform: (...args: string[]) => Promise<string>;
}

/** @param applied the environment, read inside of tests; it keeps its state in S3, has a KMS key, and keeps versions */
export function testsBesideTheStack(applied: () => AppliedEnvironment): void {
  let folder: string;
  let environment: Record<string, string>;
  let team: Record<string, string>;
  let s3: S3Client;
  let backend: Server;
  /** What the function told the backend. */
  const told: unknown[] = [];
  const ours = () => hasChanges(applied().stack, applied().cloud.environment);
  const theirs = () => hasChanges(folder, environment);
  const masters = () => ({ Bucket: applied().outputs.master_uploads_bucket_name });

  beforeAll(async () => {
    const { cloud, directory, config } = applied();
    s3 = new S3Client(clientConfig(cloud));
    backend = createServer(async (request, response) => {
      told.push(await json(request));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    folder = join(directory, 'beside-the-stack');
    mkdirSync(folder);
    cpSync(EXAMPLE, folder, { recursive: true });
    const python = (await findPython()) ?? 'python3';
    execFileSync(python, ['-m', 'zipfile', '-c', 'notify.zip', 'notify.mjs'], { cwd: folder });
    environment = {
      ...cloud.environment,
      TF_VAR_project: config.projectName,
      TF_VAR_environment: config.environment,
      TF_VAR_region: config.awsRegion,
      TF_VAR_backup_region: 'eu-west-1',
      TF_VAR_webhook_url: `http://127.0.0.1:${(backend.address() as AddressInfo).port}/jobs`,
      // The whole path: the provider's process has a folder of its own.
      TF_VAR_notify_package: join(folder, 'notify.zip'),
    };
    if (config.state.kind !== 's3') throw new Error('the example keeps its state in S3');
    const { bucket, region } = config.state;
    const stateIn = [`-backend-config=bucket=${bucket}`, `-backend-config=region=${region}`];
    await terraformIn(folder, environment, 'init', ...stateIn);
    await terraformIn(folder, environment, 'apply', '-auto-approve');
    team = (await readOutputs(folder, environment)) as Record<string, string>;
  }, 300_000);

  afterAll(() => {
    backend?.close();
  });

  it('is written as terraform fmt writes it', async () => {
    expect(await terraformIn(folder, environment, 'fmt', '-check')).toBe('');
  });

  it('plans nothing a second time, and neither does the environment', async () => {
    expect(await theirs()).toBe(false);
    expect(await ours()).toBe(false);
  }, 180_000);

  it('hears of an upload below the prefix, and of no other object', async () => {
    const key = `${applied().config.uploadKeyPrefix}beside/42.mp4`;
    await s3.send(new PutObjectCommand({ ...masters(), Key: 'elsewhere/42.mp4', Body: 'x' }));
    await s3.send(new PutObjectCommand({ ...masters(), Key: key, Body: 'x' }));
    const { output } = await sqs('ReceiveMessage', { MaxNumberOfMessages: 10 });
    const heard = (output.Messages ?? []).map(({ Body }: { Body: string }) => JSON.parse(Body));
    expect(heard.map(({ detail }: { detail: { object: { key: string } } }) => detail.object.key)).toEqual([
      key,
    ]);
  });

  it('lets its own rule alone send to its queue', async () => {
    const { output } = await sqs('GetQueueAttributes', { AttributeNames: ['All'] });
    const { Policy, QueueArn } = output.Attributes;
    const sentBy = (rule: string) =>
      decide(parseQueuePolicy(Policy), {
        principal: {
          kind: 'service',
          service: 'events.amazonaws.com',
          sourceArn: QueueArn.replace(':sqs:', ':events:').replace(/[^:]+$/, `rule/${rule}`),
          sourceAccount: String(applied().config.allowedAccountIds[0]),
        },
        action: 'sqs:SendMessage',
        resource: QueueArn,
      });
    expect([sentBy('video-ingest-maximum-uploaded'), sentBy('another')]).toEqual(['allow', 'none']);
  });

  it('tells the backend by its function that a job has ended', async () => {
    const { cloud, outputs } = applied();
    const { Job } = await new MediaConvertClient(clientConfig(cloud)).send(
      new CreateJobCommand({
        Role: outputs.mediaconvert_role_arn,
        Queue: outputs.mediaconvert_queue_arn,
        UserMetadata: { book_id: '42' },
        Settings: {
          Inputs: [{ FileInput: `s3://${outputs.master_uploads_bucket_name}/uploads/42.mp4` }],
          OutputGroups: [
            {
              OutputGroupSettings: {
                Type: 'HLS_GROUP_SETTINGS',
                HlsGroupSettings: {
                  Destination: `s3://${outputs.hls_outputs_bucket_name}/lessons/42/index`,
                  SegmentLength: 6,
                  MinSegmentLength: 0,
                },
              },
              Outputs: [{}],
            },
          ],
        },
      }),
    );
    await expect
      .poll(() => told, { timeout: 30_000 })
      .toEqual([{ jobId: Job?.Id, status: 'COMPLETE', userMetadata: { book_id: '42' } }]);
  }, 60_000);

  it('gives a worker the masters by IAM alone: the policies of bucket and key stay as they are', async () => {
    const { cloud, outputs, config } = applied();
    const { text } = await callQueryApi({ cloud }, 'iam', {
      Action: 'GetPolicyVersion',
      PolicyArn: String(team.worker_policy_arn),
      VersionId: 'v1',
    });
    const policy = [decodeURIComponent(text('Document') ?? '')];
    const viaS3 = { 'kms:ViaService': `s3.${config.awsRegion}.amazonaws.com` };
    const keyArn = String(outputs.encryption_key_arn);
    const object = `arn:aws:s3:::${outputs.master_uploads_bucket_name}/${config.uploadKeyPrefix}42.mp4`;
    expect(allows(policy, 's3:GetObject', object)).toBe(true);
    expect(allows(policy, 'kms:Decrypt', keyArn, viaS3)).toBe(true);
    expect(allows(policy, 'kms:Decrypt', keyArn)).toBe(false);

    const worker = new S3Client({ ...clientConfig(cloud), credentials: await roleSession() });
    const Key = `${config.uploadKeyPrefix}beside/42.mp4`;
    const { Body, ServerSideEncryption } = await worker.send(new GetObjectCommand({ ...masters(), Key }));
    expect([await Body?.transformToString(), ServerSideEncryption]).toEqual(['x', 'aws:kms']);
  });

  it('stays when the environment changes the same bucket, and neither root plans anything then', async () => {
    const settings = async () => {
      const { EventBridgeConfiguration } = await s3.send(
        new GetBucketNotificationConfigurationCommand(masters()),
      );
      const { ReplicationConfiguration } = await s3.send(new GetBucketReplicationCommand(masters()));
      return { EventBridgeConfiguration, ReplicationConfiguration };
    };
    const before = await settings();
    expect(before).toEqual({ EventBridgeConfiguration: {}, ReplicationConfiguration: expect.anything() });
    const { change, terraform } = applied();
    await change({ mastersNoncurrentExpiryDays: 60, uploadOrigins: ['https://other.storytime.example'] });
    expect(await ours()).toBe(true);
    await terraform('apply', '-auto-approve');

    expect(await settings()).toEqual(before);
    expect(await ours()).toBe(false);
    expect(await theirs()).toBe(false);
  }, 600_000);

  it('leaves the environment as it is when it is destroyed', async () => {
    await terraformIn(folder, environment, 'destroy', '-auto-approve');
    expect(await ours()).toBe(false);
  }, 300_000);

  /** Of a role that neither the bucket's policy nor the key's names. */
  async function roleSession() {
    const { cloud, config } = applied();
    const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    await callQueryApi({ cloud }, 'iam', {
      Action: 'CreateRole',
      RoleName: 'worker',
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    });
    const { text } = await callQueryApi({ cloud }, 'sts', {
      Action: 'AssumeRole',
      RoleArn: `arn:aws:iam::${config.allowedAccountIds[0]}:role/worker`,
      RoleSessionName: 'worker',
    });
    const [accessKeyId = '', secretAccessKey = '', sessionToken = ''] = [
      text('AccessKeyId'),
      text('SecretAccessKey'),
      text('SessionToken'),
    ];
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  function sqs(operation: string, input: object) {
    const { cloud } = applied();
    return callJsonApi({ cloud }, 'sqs', operation, { QueueUrl: team.uploads_queue_url, ...input });
  }
}
