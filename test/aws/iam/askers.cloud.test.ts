/** One table, and everybody who asks about a bucket's policy: the judge, the local AWS API over HTTP, the edge, the doctor, the guardrails. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Distribution } from '../../../aws/cloudfront/distribution.ts';
import { cloudFrontRequest, readAccess } from '../../../aws/iam/cloudfront-read.ts';
import { readPolicy } from '../../../aws/iam/document.ts';
import { judge } from '../../../aws/iam/evaluate.ts';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../../../aws/iam/service-principals.ts';
import { bucketAccess } from '../../../edge/bucket-access.ts';
import { inspected } from '../../envs/guardrails/mutated.ts';
import { errorOf, useLocalCloud } from '../../local/aws-api/start.ts';
import { AWS_SERVICES } from '../../support/aws-services/index.ts';
import { ACCOUNT, BUCKET, OURS, policyOf, VECTORS } from './vectors.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const KEY = 'books/42/index.m3u8';
const READ = { action: 's3:GetObject', resource: `arn:aws:s3:::${BUCKET}/${KEY}`, distributionArn: OURS };

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await cloud().s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: '#EXTM3U' }));
});

describe.each(VECTORS)('$what', ({ statements, decision }) => {
  const text = policyOf(statements);

  it(`is "${decision}" to the judge`, () => {
    const request = { ...cloudFrontRequest(READ), otherKeys: 'unknown' } as const;
    expect(judge([readPolicy(text)], request).decision).toBe(decision);
  });

  it('opens the object at the local AWS API only if it is allowed, and is refused there if it cannot be told', async () => {
    const put = cloud().s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: text }));
    if (decision === 'unknown') {
      expect(await errorOf(put)).toBe('501 NotImplemented');
      return;
    }
    await put;
    const read = asCloudFront().send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
    if (decision === 'allow') expect(await (await read).Body?.transformToString()).toBe('#EXTM3U');
    else expect(await errorOf(read)).toBe('403 AccessDenied');
  });

  it('opens the object at an edge that serves a folder only if it is allowed', () => {
    const distribution = { arn: OURS, accountId: ACCOUNT } as Distribution;
    const access = () => bucketAccess(text, { bucket: BUCKET, distribution }).mayRead(KEY);
    if (decision === 'unknown') expect(access).toThrow();
    else expect(access()).toBe(decision === 'allow');
  });

  it('is a yes of the doctor only if it is allowed', () => {
    const { verdict } = readAccess(text, READ);
    const expected = {
      allow: ['allowed'],
      deny: ['denied'],
      none: ['nobody', 'elsewhere'],
      unknown: ['unread'],
    };
    expect(expected[decision]).toContain(verdict);
  });

  it('is let through by the guardrails only if it is allowed', () => {
    const { violations } = inspected('prod', (json) => {
      json.resource.aws_s3_bucket_policy.outputs.policy = inTheStack(json, text);
    });
    const found = violations
      .map(({ rule }) => rule.id)
      .filter((id) => ['cf-origin-readable', 's3-cloudfront-exact', 'iam-readable'].includes(id));
    if (decision !== 'allow') expect(found).not.toEqual([]);
    // They want more than an Allow: exact sources, and one action. What is denied is the judge's alone.
    else if (statements.length > 1) expect(found).toEqual([]);
  });
});

/** The vector's names become references to what the stack makes. */
function inTheStack(json: { resource: Record<string, object> }, text: string): string {
  const [distribution] = Object.keys(json.resource.aws_cloudfront_distribution ?? {});
  return text
    .replaceAll(OURS, `\${aws_cloudfront_distribution.${distribution}.arn}`)
    .replaceAll(`arn:aws:s3:::${BUCKET}`, `\${aws_s3_bucket.outputs.arn}`);
}

function asCloudFront(): S3Client {
  const client = new S3Client(cloud().clientConfig(CLOUDFRONT_SERVICE_ACCESS_KEY_ID));
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-source-arn'] = OURS;
      headers['x-amz-source-account'] = ACCOUNT;
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}
