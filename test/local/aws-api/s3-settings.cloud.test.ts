import {
  CreateBucketCommand,
  DeleteBucketReplicationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketReplicationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  type ReplicationRule,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, it } from 'vitest';
import { AWS_SERVICES } from '../../support/aws-services/index.ts';
import { callJsonApi } from './json-api.ts';
import { ACCOUNT_ID, errorOf, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const Bucket = 'notifying';
const QueueArn = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:uploads`;
const queue = { QueueArn, Events: ['s3:ObjectCreated:*' as const] };

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  await callJsonApi(cloud(), 'sqs', 'CreateQueue', { QueueName: 'uploads' });
});

async function afterPut(NotificationConfiguration: NotificationConfiguration) {
  const { s3 } = cloud();
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  const { $metadata: _, ...answer } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return answer;
}

it('tells that notifications go to EventBridge, alone or beside a queue, until they do not', async () => {
  expect((await afterPut({ EventBridgeConfiguration: {} })).EventBridgeConfiguration).toEqual({});

  const both = await afterPut({ EventBridgeConfiguration: {}, QueueConfigurations: [queue] });
  expect(both.EventBridgeConfiguration).toEqual({});
  expect(both.QueueConfigurations).toMatchObject([queue]);

  const one = await afterPut({ QueueConfigurations: [queue] });
  expect(one.EventBridgeConfiguration).toBeUndefined();
  expect(one.QueueConfigurations).toMatchObject([queue]);

  expect((await afterPut({})).EventBridgeConfiguration).toBeUndefined();
});

it('tells every part of a replication as it was put, and nothing once it is deleted', async () => {
  const { s3 } = cloud();
  await s3.send(new CreateBucketCommand({ Bucket: 'copies' }));
  for (const bucket of [Bucket, 'copies']) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  }
  const rule: ReplicationRule = {
    ID: 'backup',
    Priority: 1,
    Status: 'Enabled',
    Filter: { Prefix: 'uploads/' },
    DeleteMarkerReplication: { Status: 'Enabled' },
    SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
    Destination: {
      Bucket: 'arn:aws:s3:::copies',
      EncryptionConfiguration: { ReplicaKmsKeyID: `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/1` },
    },
  };
  const put = {
    Role: `arn:aws:iam::${ACCOUNT_ID}:role/replication`,
    Rules: [rule, { ...rule, ID: 'other' }],
  };
  await s3.send(new PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: put }));
  const told = await s3.send(new GetBucketReplicationCommand({ Bucket }));
  expect(told.ReplicationConfiguration).toEqual(put);

  await s3.send(new DeleteBucketReplicationCommand({ Bucket }));
  expect(await errorOf(s3.send(new GetBucketReplicationCommand({ Bucket })))).toBe(
    '404 ReplicationConfigurationNotFoundError',
  );
});
