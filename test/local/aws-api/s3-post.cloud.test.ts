import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPost } from '@aws-sdk/s3-presigned-post';
import { beforeAll, describe, expect, it } from 'vitest';
import { crcOf } from './multipart.ts';
import { ACCOUNT_ID, errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const BUCKET = 'storytime-master-uploads-test';
const MAX_BYTES = 1_000_000;

/** A form as the backend signs it: size range, key prefix and content type from the configuration. */
function presign(
  changes: { expires?: number; client?: S3Client; key?: string } = {},
): Promise<PresignedPost> {
  return createPresignedPost(changes.client ?? cloud().s3, {
    Bucket: BUCKET,
    Key: changes.key ?? 'uploads/42.mp4',
    Expires: changes.expires ?? 60,
    Fields: { 'Content-Type': 'video/mp4' },
    Conditions: [
      ['content-length-range', 10, MAX_BYTES],
      ['starts-with', '$key', 'uploads/'],
      ['eq', '$Content-Type', 'video/mp4'],
    ],
  });
}

async function submit(
  post: PresignedPost,
  file: Uint8Array<ArrayBuffer> | string,
  change: Record<string, string | null> = {},
) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...post.fields, ...change })) {
    if (value !== null) form.append(name, value);
  }
  form.append('file', new Blob([file]), 'film.mp4');
  const answer = await fetch(post.url, { method: 'POST', body: form });
  const body = await answer.text();
  const element = (name: string) =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1]?.replaceAll('&#34;', '"');
  return {
    status: answer.status,
    headers: answer.headers,
    code: element('Code'),
    message: element('Message'),
    element,
  };
}

/** A form by hand, broken off in the file. */
function formBytes(post: PresignedPost, file: string): string {
  const fields = Object.entries(post.fields).map(
    ([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  return `${fields.join('')}--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n${file}`;
}

const isStored = async (Key = 'uploads/42.mp4') =>
  (await errorOf(cloud().s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))).catch(() => 'stored')) ===
  'stored';

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
});

describe('a presigned form', () => {
  it.each([
    ['something behind it', (signature: string) => `${signature}zz`],
    ['upper case', (signature: string) => signature.toUpperCase()],
  ])('is refused for a signature with %s', async (_, change) => {
    const post = await presign({ key: 'uploads/spelled.mp4' });
    const changed = { 'X-Amz-Signature': change(post.fields['X-Amz-Signature'] ?? '') };

    expect((await submit(post, 'x'.repeat(20), changed)).code).toBe('SignatureDoesNotMatch');
    expect(await isStored('uploads/spelled.mp4')).toBe(false);
  });

  it('stores the file and answers 204 with ETag and Location', async () => {
    const file = randomBytes(300_000);
    const { status, headers } = await submit(
      await presign({ key: 'uploads/first.mp4' }),
      new Uint8Array(file),
    );
    expect(status).toBe(204);
    expect(headers.get('location')).toBe(`${cloud().cloud.endpoint}/${BUCKET}/uploads/first.mp4`);
    const stored = await cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'uploads/first.mp4' }));
    expect(headers.get('etag')).toBe(stored.ETag);
    expect(stored.ContentType).toBe('video/mp4');
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? []).equals(file)).toBe(true);
  });

  it('is checked by the checksum that it has', async () => {
    const Key = 'uploads/checked.mp4';
    const file = 'x'.repeat(100_000);
    const post = (checksum: string) =>
      createPresignedPost(cloud().s3, { Bucket: BUCKET, Key, Fields: { 'x-amz-checksum-crc32': checksum } });

    expect((await submit(await post(crcOf('other')), file)).code).toBe('BadDigest');
    expect((await submit(await post('x'), file)).code).toBe('InvalidRequest');
    expect(await isStored(Key)).toBe(false);
    expect((await submit(await post(crcOf(file)), file)).status).toBe(204);
    const stored = new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' });
    expect(await cloud().s3.send(stored)).toMatchObject({
      ChecksumCRC32: crcOf(file),
      ChecksumType: 'FULL_OBJECT',
    });
  });

  it('answers 201 with the place of the object when asked to', async () => {
    const post = await createPresignedPost(cloud().s3, {
      Bucket: BUCKET,
      Key: ['uploads/$', '{filename}'].join(''),
      Fields: { success_action_status: '201' },
    });
    const { status, element } = await submit(post, 'twelve bytes');
    expect(status).toBe(201);
    expect(element('Key')).toBe('uploads/film.mp4');
  });

  it('is refused once it has expired', async () => {
    const post = await presign({ expires: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await submit(post, 'twelve bytes')).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      message: 'Invalid according to Policy: Policy expired.',
    });
  });

  it.each([
    ['another key prefix', { key: 'masters/42.mp4' }, '["starts-with","$key","uploads/"]'],
    ['another content type', { 'Content-Type': 'text/html' }, '["eq","$Content-Type","video/mp4"]'],
    ['a missing content type', { 'Content-Type': null }, '["eq","$Content-Type","video/mp4"]'],
  ])('is refused with %s', async (_, change, condition) => {
    expect(await submit(await presign(), 'twelve bytes', change)).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      message: expect.stringContaining(`Invalid according to Policy: Policy Condition failed: ${condition}`),
    });
    expect(await isStored()).toBe(false);
  });

  it('is refused with a field that the policy does not mention', async () => {
    expect(await submit(await presign(), 'twelve bytes', { 'x-amz-meta-owner': 'mallory' })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
      message: 'Invalid according to Policy: Extra input fields: x-amz-meta-owner',
    });
  });

  it('is refused at another bucket than the one it was made for', async () => {
    await cloud().s3.send(new CreateBucketCommand({ Bucket: 'storytime-other' }));
    const post = await presign();
    const elsewhere = { ...post, url: post.url.replace(BUCKET, 'storytime-other') };
    expect(await submit(elsewhere, 'twelve bytes')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('is refused over the size range, and nothing is stored', async () => {
    const tooLarge = await submit(await presign(), new Uint8Array(MAX_BYTES + 1));
    expect(tooLarge).toMatchObject({ status: 400, code: 'EntityTooLarge' });
    expect(tooLarge.element('MaxSizeAllowed')).toBe(String(MAX_BYTES));
    expect(await isStored()).toBe(false);
  });

  it('is refused far over the size range while it still sends, and the answer arrives', async () => {
    expect(await submit(await presign(), new Uint8Array(60 * MAX_BYTES))).toMatchObject({
      status: 400,
      code: 'EntityTooLarge',
    });
    expect(await isStored()).toBe(false);
  });

  it('is refused under the size range, and nothing is stored', async () => {
    expect(await submit(await presign(), 'nine byte')).toMatchObject({ status: 400, code: 'EntityTooSmall' });
    expect(await isStored()).toBe(false);
  });

  it('is taken at both ends of the size range', async () => {
    expect(await submit(await presign({ key: 'uploads/min.mp4' }), 'ten bytes.')).toMatchObject({
      status: 204,
    });
    const largest = await submit(await presign({ key: 'uploads/max.mp4' }), new Uint8Array(MAX_BYTES));
    expect(largest).toMatchObject({ status: 204 });
  });

  it('is refused when its policy was changed after signing', async () => {
    const post = await presign();
    const policy = JSON.parse(Buffer.from(post.fields.Policy ?? '', 'base64').toString()) as {
      conditions: unknown[];
    };
    policy.conditions = policy.conditions.map((condition) =>
      Array.isArray(condition) && condition[0] === 'content-length-range'
        ? [condition[0], 0, 1e12]
        : condition,
    );
    const Policy = Buffer.from(JSON.stringify(policy)).toString('base64');
    expect(await submit(post, 'twelve bytes', { Policy })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  it('is refused when signed with another secret key', async () => {
    const { credentials, ...config } = cloud().clientConfig();
    const client = new S3Client({ ...config, credentials: { ...credentials, secretAccessKey: 'guessed' } });
    expect(await submit(await presign({ client }), 'twelve bytes')).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  it('is refused without a policy', async () => {
    const refused = await submit(await presign(), 'twelve bytes', { Policy: null });
    expect(refused).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  it('is refused without a file, and when it breaks off', async () => {
    const post = await presign();
    const send = (body: string) =>
      fetch(post.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
      });
    const withoutFile = await send(
      '--b\r\ncontent-disposition: form-data; name="key"\r\n\r\nuploads/42.mp4\r\n--b--\r\n',
    );
    expect(await withoutFile.text()).toContain('POST requires exactly one file upload per request.');
    const cutOff = await send(formBytes(post, 'twelve bytes of a'));
    expect(cutOff.status).toBe(400);
    expect(await cutOff.text()).toContain('<Code>MalformedPOSTRequest</Code>');
    expect(await isStored()).toBe(false);
  });

  it('stores nothing when the browser goes away half-way', async () => {
    const post = await presign();
    const body = formBytes(post, 'half of a film');
    const upload = request(post.url, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.length + 1000 },
    });
    upload.on('error', () => {});
    await new Promise((resolve) => upload.write(body, resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    upload.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await isStored()).toBe(false);
    expect(cloud().log).toEqual([]);
  });

  it('is refused by an explicit Deny of the bucket policy', async () => {
    const Bucket = 'storytime-write-protected';
    await cloud().s3.send(new CreateBucketCommand({ Bucket }));
    const Statement = [
      {
        Effect: 'Deny',
        Principal: { AWS: ACCOUNT_ID },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      },
    ];
    await cloud().s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement }) }));
    const post = await createPresignedPost(cloud().s3, { Bucket, Key: 'uploads/42.mp4' });
    expect(await submit(post, 'twelve bytes')).toMatchObject({ status: 403, code: 'AccessDenied' });
  });
});
