import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../../local/aws-api/python.ts';
import { REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const BUCKET = 'storytime-browser-test';
const PAGE = 'http://localhost:4400';

beforeAll(async () => {
  const { s3 } = cloud();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a b/film.mp4', Body: 'film' }));
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: BUCKET,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: [PAGE, 'https://*.storytime.example'],
            AllowedMethods: ['POST', 'PUT'],
            AllowedHeaders: ['content-*', 'x-amz-meta-title'],
            ExposeHeaders: ['ETag'],
            MaxAgeSeconds: 300,
          },
        ],
      },
    }),
  );
});

describe('a preflight', () => {
  const preflight = (origin: string, method = 'POST', headers = '', bucket = BUCKET) =>
    fetch(`${cloud().cloud.endpoint}/${bucket}/uploads/42.mp4`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers === '' ? {} : { 'access-control-request-headers': headers }),
      },
    });

  it('answers a listed origin with the rule that the bucket has', async () => {
    const answer = await preflight(PAGE, 'PUT', 'Content-Type, x-amz-meta-title');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST, PUT');
    expect(answer.headers.get('access-control-allow-headers')).toBe('content-type, x-amz-meta-title');
    expect(answer.headers.get('access-control-max-age')).toBe('300');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  it('answers an origin that a wildcard covers', async () => {
    expect((await preflight('https://app.storytime.example')).status).toBe(200);
  });

  it.each([
    ['another origin', 'http://localhost:4401', 'POST', ''],
    ['the same origin over https', 'https://localhost:4400', 'POST', ''],
    ['a longer origin', `${PAGE}.evil.example`, 'POST', ''],
    ['another method', PAGE, 'DELETE', ''],
    ['another header', PAGE, 'POST', 'x-amz-acl'],
  ])('is refused for %s', async (_, origin, method, headers) => {
    const answer = await preflight(origin, method, headers);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await answer.text()).toContain('<Code>AccessForbidden</Code>');
  });

  it('is refused where the bucket has no CORS configuration', async () => {
    await cloud().s3.send(new CreateBucketCommand({ Bucket: 'storytime-no-cors' }));
    const answer = await preflight(PAGE, 'POST', '', 'storytime-no-cors');
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('CORS is not enabled for this bucket.');
  });
});

describe('an answer to a page', () => {
  it('may be read by a listed origin, an error included, and by no other', async () => {
    const post = async (origin: string) => {
      const body = new FormData();
      body.append('key', 'uploads/42.mp4');
      body.append('file', new Blob(['film']));
      const answer = await fetch(`${cloud().cloud.endpoint}/${BUCKET}`, {
        method: 'POST',
        body,
        headers: { origin },
      });
      expect(answer.status).toBe(403);
      return answer.headers;
    };
    const listed = await post(PAGE);
    expect(listed.get('access-control-allow-origin')).toBe(PAGE);
    expect(listed.get('access-control-expose-headers')).toBe('ETag');
    expect((await post('http://localhost:4401')).get('access-control-allow-origin')).toBeNull();
  });
});

describe('a presigned address, made by botocore', () => {
  let addresses: Record<'read' | 'write' | 'brief' | 'forged', string>;
  const codeOf = async (answer: Response) =>
    `${answer.status} ${/<Code>(.*)<\/Code>/.exec(await answer.text())?.[1]}`;

  beforeAll(async () => {
    const { endpoint, environment } = cloud().cloud;
    const script = [
      'import boto3, json, sys',
      'from botocore.config import Config',
      'endpoint, region, bucket, key = sys.argv[1:]',
      'def presign(method, expires, **credentials):',
      "    config = Config(signature_version='s3v4')",
      "    client = boto3.client('s3', endpoint_url=endpoint, region_name=region, config=config, **credentials)",
      "    return client.generate_presigned_url(method, Params={'Bucket': bucket, 'Key': key}, ExpiresIn=expires)",
      "guessed = {'aws_access_key_id': 'LOCALCLOUDACCOUNT000', 'aws_secret_access_key': 'guessed'}",
      "print(json.dumps({'read': presign('get_object', 60), 'write': presign('put_object', 60),",
      "  'brief': presign('get_object', 1), 'forged': presign('get_object', 60, **guessed)}))",
    ].join('\n');
    const args = ['-c', script, endpoint, REGION, BUCKET, 'a b/film.mp4'];
    const { stdout } = await promisify(execFile)((await findPython()) ?? '', args, {
      env: { ...process.env, ...environment },
    });
    addresses = JSON.parse(stdout) as typeof addresses;
  });

  it('reads the object and writes it', async () => {
    expect(await (await fetch(addresses.read)).text()).toBe('film');
    expect((await fetch(addresses.write, { method: 'PUT', body: 'film two' })).status).toBe(200);
    const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a b/film.mp4' }));
    expect(await Body?.transformToString()).toBe('film two');
  });

  it('is refused for another key, another method and another secret', async () => {
    const otherKey = addresses.read.replace('film.mp4', 'other.mp4');
    expect(await codeOf(await fetch(otherKey))).toBe('403 SignatureDoesNotMatch');
    expect(await codeOf(await fetch(addresses.read, { method: 'PUT', body: 'x' }))).toBe(
      '403 SignatureDoesNotMatch',
    );
    expect(await codeOf(await fetch(addresses.forged))).toBe('403 SignatureDoesNotMatch');
  });

  it('is refused once it has expired, and when its life was lengthened', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await codeOf(await fetch(addresses.brief))).toBe('403 AccessDenied');
    const longer = addresses.brief.replace('X-Amz-Expires=1&', 'X-Amz-Expires=3600&');
    expect(longer).not.toBe(addresses.brief);
    expect(await codeOf(await fetch(longer))).toBe('403 SignatureDoesNotMatch');
  });
});
