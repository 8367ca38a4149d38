import { CreateBucketCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../../local/aws-api/start.ts';
import { AWS_SERVICES } from './index.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const logs = async (operation: string, input: object) => callJsonApi(cloud(), 'logs', operation, input);
const BUCKET = 'storytime-logs-test';
const SOURCE_ARN = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:delivery-source:access-logs`;
const SUFFIX = '{DistributionId}/{yyyy}/{MM}/{dd}';

/** What modules/s3_bucket writes. */
const allowDelivery = (overrides: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service: 'delivery.logs.amazonaws.com' },
  Action: 's3:PutObject',
  Resource: `arn:aws:s3:::${BUCKET}/cloudfront/*`,
  Condition: {
    StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': ACCOUNT_ID },
    ArnLike: { 'aws:SourceArn': [SOURCE_ARN] },
  },
  ...overrides,
});
const putPolicy = (statement: object) =>
  cloud().s3.send(
    new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: JSON.stringify({ Statement: [statement] }) }),
  );
const putDestination = async (name: string, folder: string) => {
  const destinationResourceArn = `arn:aws:s3:::${BUCKET}${folder}`;
  const { output } = await logs('PutDeliveryDestination', {
    name,
    outputFormat: 'json',
    deliveryDestinationConfiguration: { destinationResourceArn },
  });
  return output.deliveryDestination.arn as string;
};
const deliver = (deliveryDestinationArn: string) =>
  logs('CreateDelivery', {
    deliverySourceName: 'access-logs',
    deliveryDestinationArn,
    recordFields: ['date', 'time'],
    s3DeliveryConfiguration: { suffixPath: SUFFIX, enableHiveCompatiblePath: false },
  });
const deliveryOf = async (id: string) => (await logs('GetDelivery', { id })).output.delivery;

let inFolder: string;
beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const resourceArn = `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/E2EXAMPLE`;
  await logs('PutDeliverySource', { name: 'access-logs', logType: 'ACCESS_LOGS', resourceArn });
  inFolder = await putDestination('in-folder', '/cloudfront');
});

describe('a delivery of access logs to a bucket', () => {
  it.each([
    ['of another account', { Condition: { StringEquals: { 'aws:SourceAccount': '210987654321' } } }],
    ['of another source', { Condition: { ArnLike: { 'aws:SourceArn': `${SOURCE_ARN}-2` } } }],
    ['into another folder', { Resource: `arn:aws:s3:::${BUCKET}/s3/*` }],
  ])('is refused while the bucket allows only what comes %s', async (_, fault) => {
    await putPolicy(allowDelivery(fault));
    const { status, output } = await deliver(inFolder);
    expect([status, output.__type]).toEqual([400, 'AccessDeniedException']);
  });

  it('is kept as it was made and updated, until it is deleted', async () => {
    await putPolicy(allowDelivery());
    const { id } = (await deliver(inFolder)).output.delivery;
    expect(await deliveryOf(id)).toMatchObject({
      recordFields: ['date', 'time'],
      s3DeliveryConfiguration: { suffixPath: SUFFIX, enableHiveCompatiblePath: false },
    });
    await logs('UpdateDeliveryConfiguration', { id, recordFields: ['date'] });
    expect((await deliveryOf(id)).recordFields).toEqual(['date']);
    const { deliveries } = (await logs('DescribeDeliveries', {})).output;
    expect(deliveries).toEqual([expect.objectContaining({ id, recordFields: ['date'] })]);
    await logs('DeleteDelivery', { id });
    expect((await logs('UpdateDeliveryConfiguration', { id, recordFields: ['date'] })).status).toBe(400);
  });

  it("gets AWS's own folders in front where the destination names none", async () => {
    await putPolicy(allowDelivery({ Resource: `arn:aws:s3:::${BUCKET}/AWSLogs/${ACCOUNT_ID}/*` }));
    const { id } = (await deliver(await putDestination('bare', ''))).output.delivery;
    expect((await deliveryOf(id)).s3DeliveryConfiguration.suffixPath).toBe(
      `AWSLogs/{account-id}/CloudFront/${SUFFIX}`,
    );
    await logs('DeleteDelivery', { id });
  });
});
