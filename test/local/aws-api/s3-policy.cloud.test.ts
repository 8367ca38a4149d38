import { createHash, createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketLoggingCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketLoggingCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../../../aws/iam/service-principals.ts';
import { ACCOUNT_ID, errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const BUCKET = 'storytime-hls-outputs-test';
const KEY = 'books/42/index.m3u8';
const DISTRIBUTION_ARN = `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/E2EXAMPLE`;

const tlsOnly = {
  Sid: 'DenyInsecureTransport',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const distributionReads = {
  Effect: 'Allow',
  Principal: { Service: 'cloudfront.amazonaws.com' },
  Action: 's3:GetObject',
  Resource: `arn:aws:s3:::${BUCKET}/*`,
  Condition: { StringEquals: { 'AWS:SourceArn': DISTRIBUTION_ARN } },
};

/** Reads as CloudFront does, for the distribution of the given ARN. */
function asCloudFront(sourceArn: string | null): S3Client {
  const client = new S3Client(cloud().clientConfig(CLOUDFRONT_SERVICE_ACCESS_KEY_ID));
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if (sourceArn !== null) headers['x-amz-source-arn'] = sourceArn;
      headers['x-amz-source-account'] = ACCOUNT_ID;
      return next(args);
    },
    { step: 'build' },
  );
  return client;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

class Sha256 {
  readonly #hash;
  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(chunk: Bytes): void {
    this.#hash.update(bytesOf(chunk));
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function bytesOf(source: Bytes): Uint8Array {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** An address that uploads, with headers that were hoisted into its query. */
async function presignedPut(key: string, query: Record<string, string>): Promise<string> {
  const { endpoint, region, credentials } = cloud().clientConfig();
  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const { host, hostname, port } = new URL(endpoint);
  const unsigned = {
    method: 'PUT',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: `/${BUCKET}/${key}`,
    headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    query,
  };
  const signed = await signer.presign(unsigned, { expiresIn: 60 });
  return `${endpoint}${signed.path}?${new URLSearchParams(signed.query as Record<string, string>)}`;
}

const readAs = (client: S3Client, Key = KEY) => client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
const putPolicy = (...Statement: object[]) =>
  cloud().s3.send(
    new PutBucketPolicyCommand({
      Bucket: BUCKET,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await cloud().s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: '#EXTM3U' }));
});

describe('CloudFront reading the output bucket', () => {
  it('is denied without a policy', async () => {
    await cloud().s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    expect(await errorOf(readAs(asCloudFront(DISTRIBUTION_ARN)))).toBe('403 AccessDenied');
  });

  it('is allowed for the distribution of the exact ARN', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const { Body } = await readAs(asCloudFront(DISTRIBUTION_ARN));
    expect(await Body?.transformToString()).toBe('#EXTM3U');
  });

  it.each([
    ['another distribution', `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/E2EXAMPLF`],
    ['another account', 'arn:aws:cloudfront::210987654321:distribution/E2EXAMPLE'],
    ['a longer id', `${DISTRIBUTION_ARN}X`],
    ['no source ARN', null],
  ])('is denied for %s', async (_, sourceArn) => {
    await putPolicy(tlsOnly, distributionReads);
    expect(await errorOf(readAs(asCloudFront(sourceArn)))).toBe('403 AccessDenied');
  });

  it('is denied when the source ARN is sent but not signed', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const unsigned = asCloudFront(null);
    unsigned.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['x-amz-source-arn'] = DISTRIBUTION_ARN;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    expect(await errorOf(readAs(unsigned))).toBe('403 AccessDenied');
  });

  it('is told 403 of a missing object, and 404 once it may list the bucket', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const client = asCloudFront(DISTRIBUTION_ARN);
    expect(await errorOf(readAs(client, 'books/42/missing.ts'))).toBe('403 AccessDenied');
    const Resource = `arn:aws:s3:::${BUCKET}`;
    await putPolicy(tlsOnly, distributionReads, { ...distributionReads, Action: 's3:ListBucket', Resource });
    expect(await errorOf(readAs(client, 'books/42/missing.ts'))).toBe('404 NoSuchKey');
  });

  it('may do nothing but what is allowed: no write, no list', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const client = asCloudFront(DISTRIBUTION_ARN);
    const write = client.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: 'x' }));
    expect(await errorOf(write)).toBe('403 AccessDenied');
    expect(await errorOf(client.send(new ListObjectsV2Command({ Bucket: BUCKET })))).toBe('403 AccessDenied');
  });

  it('is denied by an explicit Deny over an Allow', async () => {
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:Get*',
      Resource: `arn:aws:s3:::${BUCKET}/books/*`,
    };
    await putPolicy(distributionReads, deny);
    expect(await errorOf(readAs(asCloudFront(DISTRIBUTION_ARN)))).toBe('403 AccessDenied');
  });

  it('is allowed by ArnLike with a wildcard in the id, not in the account', async () => {
    const like = (arn: string) => ({
      ...distributionReads,
      Condition: { ArnLike: { 'aws:SourceArn': arn } },
    });
    await putPolicy(like(`arn:aws:cloudfront::${ACCOUNT_ID}:distribution/*`));
    const { $metadata } = await readAs(asCloudFront(DISTRIBUTION_ARN));
    expect($metadata.httpStatusCode).toBe(200);
    await putPolicy(like('arn:aws:cloudfront::2*:distribution/*'));
    expect(await errorOf(readAs(asCloudFront(DISTRIBUTION_ARN)))).toBe('403 AccessDenied');
  });
});

describe('the account itself', () => {
  it('reads and writes under a TLS-only policy', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const { $metadata } = await cloud().s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: KEY }));
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('is denied by a Deny that names it', async () => {
    await putPolicy({
      Effect: 'Deny',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${BUCKET}/*`,
    });
    expect(await errorOf(readAs(cloud().s3))).toBe('403 AccessDenied');
  });
});

describe('an upload to a bucket with a key of its own', () => {
  const KEY_ARN = `arn:aws:kms:us-east-1:${ACCOUNT_ID}:key/0d2b2d9d-7f3f-4a3b-9c53-3c0f5f3f1c11`;
  const header = (name: string) => `s3:x-amz-server-side-encryption${name}`;
  const deny = (Condition: object) => ({
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${BUCKET}/*`,
    Condition,
  });
  // What modules/s3_bucket writes.
  const denials = [
    deny({ StringNotEquals: { [header('')]: 'aws:kms' }, Null: { [header('')]: 'false' } }),
    deny({ StringNotEquals: { [header('-aws-kms-key-id')]: KEY_ARN }, Null: { [header('')]: 'false' } }),
    deny({ Null: { [header('-customer-algorithm')]: 'false' } }),
  ];
  const put = (input: object) =>
    cloud().s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'uploads/1.mp4', Body: 'x', ...input }));
  const customerKey = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: Buffer.alloc(32).toString('base64'),
    SSECustomerKeyMD5: 'cLxFIRT+wfshOIUUgh8v1Q==',
  };

  it.each([
    ['names no encryption', {}],
    ['names that very key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN }],
  ])('is taken when it %s', async (_, input) => {
    await putPolicy(tlsOnly, ...denials);
    expect((await put(input)).$metadata.httpStatusCode).toBe(200);
  });

  it.each([
    ['another algorithm', { ServerSideEncryption: 'AES256' }],
    ['another key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY_ARN.replace('0d2b', '0d2c') }],
    ['the algorithm alone, which would take the aws/s3 key', { ServerSideEncryption: 'aws:kms' }],
    ['a key of the customer', customerKey],
  ])('is denied when it names %s', async (_, input) => {
    await putPolicy(tlsOnly, ...denials);
    expect(await errorOf(put(input))).toBe('403 AccessDenied');
  });

  it('is judged by the fields of a presigned form as well', async () => {
    await putPolicy(tlsOnly, ...denials);
    const form = await createPresignedPost(cloud().s3, {
      Bucket: BUCKET,
      Key: 'uploads/1.mp4',
      Fields: { 'x-amz-server-side-encryption': 'AES256' },
    });
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append('file', new Blob(['x']));
    expect((await fetch(form.url, { method: 'POST', body })).status).toBe(403);
  });

  it('is judged by the query of a presigned address as well', async () => {
    await putPolicy(tlsOnly, ...denials);
    const putFrom = async (query: Record<string, string>) =>
      (await fetch(await presignedPut('uploads/1.mp4', query), { method: 'PUT', body: 'x' })).status;
    expect(await putFrom({})).toBe(200);
    expect(await putFrom({ 'x-amz-server-side-encryption': 'AES256' })).toBe(403);
  });
});

describe("a bucket's access logging", () => {
  const LOGS = 'storytime-logs-test';
  const logsArn = `arn:aws:s3:::${LOGS}`;
  const logTo = (TargetBucket: string) =>
    cloud().s3.send(
      new PutBucketLoggingCommand({
        Bucket: BUCKET,
        BucketLoggingStatus: { LoggingEnabled: { TargetBucket, TargetPrefix: 's3/outputs/' } },
      }),
    );
  const allowLogsOf = (sourceArn: string) =>
    cloud().s3.send(
      new PutBucketPolicyCommand({
        Bucket: LOGS,
        Policy: JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'logging.s3.amazonaws.com' },
              Action: 's3:PutObject',
              Resource: `${logsArn}/s3/*`,
              Condition: {
                ArnEquals: { 'aws:SourceArn': sourceArn },
                StringEquals: { 'aws:SourceAccount': ACCOUNT_ID },
              },
            },
          ],
        }),
      }),
    );

  it('is refused while the target does not exist or does not allow the logs of this bucket', async () => {
    expect(await errorOf(logTo(LOGS))).toBe('400 InvalidTargetBucketForLogging');
    await cloud().s3.send(new CreateBucketCommand({ Bucket: LOGS }));
    expect(await errorOf(logTo(LOGS))).toBe('400 InvalidTargetBucketForLogging');
    await allowLogsOf('arn:aws:s3:::another-bucket');
    expect(await errorOf(logTo(LOGS))).toBe('400 InvalidTargetBucketForLogging');
  });

  it('is answered as it was put, until it is turned off', async () => {
    await cloud()
      .s3.send(new CreateBucketCommand({ Bucket: LOGS }))
      .catch(() => {});
    await allowLogsOf(`arn:aws:s3:::${BUCKET}`);
    await logTo(LOGS);
    const read = () => cloud().s3.send(new GetBucketLoggingCommand({ Bucket: BUCKET }));
    expect((await read()).LoggingEnabled).toEqual({ TargetBucket: LOGS, TargetPrefix: 's3/outputs/' });
    await cloud().s3.send(new PutBucketLoggingCommand({ Bucket: BUCKET, BucketLoggingStatus: {} }));
    expect((await read()).LoggingEnabled).toBeUndefined();
  });
});

describe('anybody else', () => {
  it('is denied without a signature', async () => {
    await putPolicy(tlsOnly, distributionReads);
    const answer = await fetch(`${cloud().cloud.endpoint}/${BUCKET}/${KEY}`);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
  });
});

describe('a bucket policy', () => {
  it('is answered as it was put, and is gone after it was deleted', async () => {
    await putPolicy(tlsOnly);
    const { Policy } = await cloud().s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET }));
    expect(JSON.parse(Policy ?? '')).toEqual({ Version: '2012-10-17', Statement: [tlsOnly] });
    await cloud().s3.send(new DeleteBucketPolicyCommand({ Bucket: BUCKET }));
    expect(await errorOf(cloud().s3.send(new GetBucketPolicyCommand({ Bucket: BUCKET })))).toBe(
      '404 NoSuchBucketPolicy',
    );
  });

  it('goes with its bucket', async () => {
    const Bucket = 'storytime-short-lived';
    const { s3 } = cloud();
    const Policy = JSON.stringify({ Statement: [{ ...tlsOnly, Resource: `arn:aws:s3:::${Bucket}/*` }] });
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await errorOf(s3.send(new GetBucketPolicyCommand({ Bucket })))).toBe('404 NoSuchBucket');
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await errorOf(s3.send(new GetBucketPolicyCommand({ Bucket })))).toBe('404 NoSuchBucketPolicy');
  });

  it.each([
    ['400 MalformedPolicy', 'a resource of another bucket', { Resource: 'arn:aws:s3:::elsewhere/*' }],
    ['400 MalformedPolicy', 'an action of another service', { Action: 'iam:PassRole' }],
    ['400 MalformedPolicy', 'a misspelled element', { Ressource: '*' }],
    ['400 MalformedPolicy', 'a misspelled service', { Principal: { Service: 'cloudfront' } }],
    [
      '501 NotImplemented',
      'a condition key that is not evaluated',
      { Condition: { StringEquals: { 'aws:UserAgent': 'x' } } },
    ],
    [
      '400 MalformedPolicy',
      'a truth that is neither true nor false',
      { Condition: { Null: { 's3:x-amz-acl': 'no' } } },
    ],
    [
      '501 NotImplemented',
      'an operator that is not evaluated',
      { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    ],
    ['501 NotImplemented', 'NotPrincipal', { NotPrincipal: '*' }],
  ])('is refused with %s for %s', async (expected, _, fault) => {
    expect(await errorOf(putPolicy({ ...distributionReads, ...fault }))).toBe(expected);
  });
});
