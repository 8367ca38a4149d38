/** Bodies that are not what their request says, in every form in which a client says it. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NodeSha256 } from '../../../edge/node-sha256.ts';
import { startWire, type Wire, type WireOptions } from '../../support/aws-wire.ts';
import { signedFetch, signRequest } from '../../support/signed-request.ts';
import { beginUpload, crcOf, FULL } from './multipart.ts';
import { errorOf, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const Bucket = 'storytime-checksums';
beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket }));
  await cloud().s3.send(
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: ['https://app.example'],
            AllowedMethods: ['PUT'],
            AllowedHeaders: ['x-amz-checksum-crc32'],
            ExposeHeaders: ['ETag', 'x-amz-checksum-crc32'],
          },
        ],
      },
    }),
  );
});
const put = (Key: string, more: Partial<ConstructorParameters<typeof PutObjectCommand>[0]>) =>
  cloud().s3.send(new PutObjectCommand({ Bucket, Key, Body: 'sent', ...more }));
const read = async (Key: string) =>
  (await cloud().s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');
const md5 = (text: string) => createHash('md5').update(text).digest('base64');

describe('an object', () => {
  it.each([
    ['a CRC32 of something else', { ChecksumCRC32: crcOf('other') }, '400 BadDigest'],
    ['a SHA-256 of something else', { ChecksumSHA256: sha256('other') }, '400 BadDigest'],
    ['an MD5 of something else', { ContentMD5: md5('other') }, '400 BadDigest'],
    ['an MD5 that is none', { ContentMD5: 'x' }, '400 InvalidDigest'],
    ['a CRC32 that is none', { ChecksumCRC32: 'AAAA' }, '400 InvalidRequest'],
    ['two checksums', { ChecksumCRC32: crcOf('sent'), ChecksumSHA256: sha256('sent') }, '400 InvalidRequest'],
    ['an algorithm that nobody here computes', { ChecksumXXHASH3: 'AAAAAAAAAAA=' }, '501 NotImplemented'],
  ])('with %s is refused, and what was there stays', async (_, declared, error) => {
    await put('object', { Body: 'kept' });
    expect(await errorOf(put('object', declared))).toBe(error);
    expect(await read('object')).toBe('kept');
  });

  it.each([
    [{ ChecksumCRC32: crcOf('sent') }],
    [{ ChecksumSHA256: sha256('sent') }],
    [{ ContentMD5: md5('sent'), ChecksumCRC32: crcOf('sent') }],
    [{ ChecksumCRC32: crcOf(''), Body: '' }],
    [
      {
        ChecksumCRC32: crcOf('sent'),
        Body: Readable.from([Buffer.from('se'), Buffer.from('nt')]),
        ContentLength: 4,
      },
    ],
  ])('tells its checksum, and FULL_OBJECT as its type: %#', async (declared) => {
    await put('told', declared);
    const {
      ContentMD5: _,
      Body: __,
      ContentLength: ___,
      ...told
    } = { ...declared } as Record<string, unknown>;
    const stored = { Bucket, Key: 'told' };
    const expected = { ...told, ChecksumType: 'FULL_OBJECT' };

    expect(
      await cloud().s3.send(new HeadObjectCommand({ ...stored, ChecksumMode: 'ENABLED' })),
    ).toMatchObject(expected);
    expect(await cloud().s3.send(new GetObjectCommand({ ...stored, ChecksumMode: 'ENABLED' }))).toMatchObject(
      expected,
    );
    const attributes = new GetObjectAttributesCommand({ ...stored, ObjectAttributes: ['Checksum'] });
    expect((await cloud().s3.send(attributes)).Checksum).toMatchObject(expected);
  });

  it('needs a size that is known before it comes', async () => {
    const { method, path, headers } = await signRequest(cloud().cloud.environment, {
      service: 's3',
      method: 'PUT',
      path: `/${Bucket}/unknown`,
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(cloud().cloud.endpoint + path, { method, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.once('error', reject);
      sent.write('sent');
      sent.end();
    });
    expect(status).toBe(411);
  });
});

describe('a stream, whose checksum comes after it', () => {
  const stream = () => Readable.from([Buffer.from('str'), Buffer.from('eam')]);

  it('is stored without what it was wrapped in', async () => {
    await put('stream', { Body: stream(), ContentLength: 6, ContentEncoding: 'gzip', Metadata: { a: 'b' } });
    const { Body, ...told } = await cloud().s3.send(
      new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }),
    );

    expect(await Body?.transformToString()).toBe('stream');
    expect(told).toMatchObject({
      ChecksumCRC32: crcOf('stream'),
      ContentLength: 6,
      ContentEncoding: 'gzip',
      Metadata: { a: 'b' },
    });
  });

  it('is a part like any other', async () => {
    const { send, list } = await beginUpload(cloud().s3, Bucket, 'stream-parts');
    const sent = await send(1, stream() as never, { ContentLength: 6 });

    expect(sent.ChecksumCRC32).toBe(crcOf('stream'));
    expect((await list()).Parts).toMatchObject([{ Size: 6, ChecksumCRC32: crcOf('stream') }]);
  });

  const chunked = async (body: string, headers: Record<string, string> = {}) => {
    const answer = await signedFetch(cloud().cloud.environment, {
      service: 's3',
      method: 'PUT',
      path: `/${Bucket}/chunked`,
      body,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '4',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        ...headers,
      },
    });
    return `${answer.status} ${/<Code>(\w+)/.exec(await answer.text())?.[1] ?? ''}`.trim();
  };
  const ending = (checksum: string) => `0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`;
  it.each([
    ['a checksum of something else', `4\r\nsent\r\n${ending(crcOf('other'))}`, {}, '400 BadDigest'],
    ['no checksum, though one was announced', '4\r\nsent\r\n0\r\n\r\n', {}, '400 BadDigest'],
    ['no end', '4\r\nsent\r\n', {}, '400 IncompleteBody'],
    ['another size', `3\r\nsen\r\n${ending(crcOf('sen'))}`, {}, '400 IncompleteBody'],
    ['what is no chunk', 'sent', {}, '400 IncompleteBody'],
    [
      'no size',
      `4\r\nsent\r\n${ending(crcOf('sent'))}`,
      { 'x-amz-decoded-content-length': '' },
      '411 MissingContentLength',
    ],
    [
      'a trailer of another kind',
      `4\r\nsent\r\n${ending(crcOf('sent'))}`,
      { 'x-amz-trailer': 'x-other' },
      '400 InvalidRequest',
    ],
  ])('is refused with %s', async (_, body, headers, error) => {
    await put('chunked', { Body: 'kept' });
    expect(await chunked(body, headers)).toBe(error);
    expect(await read('chunked')).toBe('kept');
  });

  it('may sign each chunk', async () => {
    const signature = `;chunk-signature=${'0'.repeat(64)}`;
    const body = `4${signature}\r\nsent\r\n0${signature}\r\n\r\n`;
    const { method, path, headers } = await signRequest(cloud().cloud.environment, {
      service: 's3',
      method: 'PUT',
      path: `/${Bucket}/chunked`,
      body,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '4',
      },
    });
    const { host: _, ...sent } = headers;
    const answer = await fetch(cloud().cloud.endpoint + path, { method, headers: sent, body });
    expect(answer.status).toBe(200);
    expect(await read('chunked')).toBe('sent');
  });
});

describe('a part that the wire corrupts', () => {
  let wire: Wire | undefined;
  afterEach(() => wire?.close());
  const clientOver = async (options: Omit<WireOptions, 'target'>) => {
    wire = await startWire({ target: cloud().cloud.endpoint, ...options });
    return new S3Client({ ...cloud().clientConfig(), requestHandler: { httpAgent: wire.agent } });
  };
  const part = Buffer.alloc(300_000, 'part');
  const isFirst: NonNullable<WireOptions['corrupt']> = ({ partNumber, sent }) =>
    partNumber === 1 && sent === 1 && 200_000;

  it.each([
    ['with a hash of the body in its signature', () => ({ Body: part })],
    [
      'with a checksum alone',
      () => ({
        Body: Readable.from([part]) as never,
        ContentLength: part.length,
        ChecksumCRC32: crcOf(part),
      }),
    ],
    [
      'with a checksum after it',
      () => ({ Body: Readable.from([part]) as never, ContentLength: part.length }),
    ],
  ])('is refused and not stored: %s', async (_, content) => {
    const client = await clientOver({ corrupt: isFirst });
    const { send, list } = await beginUpload(client, Bucket, 'corrupt');
    const refusal = await errorOf(send(1, part, content()));
    expect(['400 BadDigest', '400 XAmzContentSHA256Mismatch']).toContain(refusal);
    expect((await list()).Parts).toBeUndefined();

    await send(1, part, content());
    expect((await list()).Parts).toMatchObject([{ Size: part.length, ChecksumCRC32: crcOf(part) }]);
  });

  it('is not stored either when the connection breaks within it', async () => {
    const client = await clientOver({
      cut: ({ partNumber, sent }) => partNumber === 1 && sent === 1 && { afterBytes: 200_000 },
    });
    const { send, list } = await beginUpload(client, Bucket, 'cut');
    await send(1, part);

    expect(wire?.requests.map(({ bytes, status }) => [bytes, status])).toEqual([
      [0, 200],
      [200_000, undefined],
      [300_000, 200],
    ]);
    expect((await list()).Parts).toMatchObject([{ Size: part.length }]);
  });
});

describe('a presigned part', () => {
  const presign = async (
    path: string,
    query: Record<string, string>,
    headers: Record<string, string> = {},
  ) => {
    const { host, hostname, protocol } = new URL(cloud().cloud.endpoint);
    const { credentials } = cloud().clientConfig();
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials,
      sha256: NodeSha256,
      uriEscapePath: false,
    });
    const signed = await signer.presign(
      {
        method: 'PUT',
        protocol,
        hostname,
        path,
        query,
        headers: { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
      },
      { expiresIn: 60, unhoistableHeaders: new Set(Object.keys(headers)) },
    );
    return `${cloud().cloud.endpoint}${path}?${new URLSearchParams(signed.query as Record<string, string>)}`;
  };
  const origin = { origin: 'https://app.example' };

  it.each([
    ['in its query', true],
    ['in a header', false],
  ])('has its checksum %s, and a page may read what S3 answers', async (_, isQuery) => {
    const { upload, list } = await beginUpload(cloud().s3, Bucket, 'presigned', FULL);
    const query = { partNumber: '1', uploadId: upload.UploadId ?? '' };
    const checksum = { 'x-amz-checksum-crc32': crcOf('sent') };
    const address = isQuery
      ? await presign(`/${Bucket}/presigned`, { ...query, ...checksum })
      : await presign(`/${Bucket}/presigned`, query, checksum);
    const headers = isQuery ? origin : { ...origin, ...checksum };

    const wrong = await fetch(address, { method: 'PUT', headers, body: 'other' });
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('<Code>BadDigest</Code>'),
    ]);
    expect((await list()).Parts).toBeUndefined();

    const right = await fetch(address, { method: 'PUT', headers, body: 'sent' });
    expect(right.status).toBe(200);
    expect(right.headers.get('access-control-expose-headers')).toBe('ETag, x-amz-checksum-crc32');
    expect(right.headers.get('x-amz-checksum-crc32')).toBe(crcOf('sent'));
    expect((await list()).Parts).toMatchObject([
      { ETag: right.headers.get('etag'), ChecksumCRC32: crcOf('sent') },
    ]);
  });
});

it('a small body is checked as well: a list of objects to delete, a policy', async () => {
  for (const path of [`/${Bucket}?delete=`, `/${Bucket}?policy=`]) {
    const answer = await signedFetch(cloud().cloud.environment, {
      service: 's3',
      method: path.endsWith('delete=') ? 'POST' : 'PUT',
      path,
      headers: { 'content-type': 'application/xml', 'x-amz-checksum-crc32': crcOf('other') },
      body: '<Delete><Object><Key>object</Key></Object></Delete>',
    });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('<Code>BadDigest</Code>'),
    ]);
  }
});
