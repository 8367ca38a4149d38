/** Storage classes, archived objects and their restore, by the SDK's client. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type RestoreRequest,
  S3Client,
  type StorageClass,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../../../local/aws-api/python.ts';
import { signedFetch } from '../../support/signed-request.ts';
import { errorOf, type TestCloud, useLocalCloud } from './start.ts';

const quick = useLocalCloud();
const slow = useLocalCloud({ restoreSeconds: 3600 });
const Bucket = 'storytime-master-uploads-test';
const [BODY, ARCHIVED] = ['a master', ['GLACIER', 'DEEP_ARCHIVE'] as const];

beforeAll(async () => {
  for (const { s3 } of [quick(), slow()]) await s3.send(new CreateBucketCommand({ Bucket }));
});

let serial = 0;

/** An object of its own, in the class named. */
async function put({ s3 }: Pick<TestCloud, 's3'>, StorageClass?: StorageClass): Promise<string> {
  serial += 1;
  const Key = `masters/${serial}.mp4`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: BODY, ...(StorageClass && { StorageClass }) }));
  return Key;
}

const head = (s3: S3Client, Key: string) => s3.send(new HeadObjectCommand({ Bucket, Key }));
const read = async (s3: S3Client, Key: string, VersionId?: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
const restore = (s3: S3Client, Key: string, RestoreRequest: RestoreRequest = { Days: 1 }) =>
  s3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }));
const restored = (s3: S3Client, Key: string) =>
  expect
    .poll(async () => (await head(s3, Key)).Restore)
    .toMatch(/^ongoing-request="false", expiry-date="[^"]+"$/);

describe('the storage class of an object', () => {
  it.each(['STANDARD', undefined] as const)('%s is told by lists and not by HEAD', async (StorageClass) => {
    const { s3 } = quick();
    const Key = await put(quick(), StorageClass);
    expect((await head(s3, Key)).StorageClass).toBeUndefined();
    expect(await listedClasses(s3, Key)).toEqual(['STANDARD', 'STANDARD', 'STANDARD']);
  });

  it.each(['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR', 'STANDARD_IA', 'INTELLIGENT_TIERING'] as const)(
    '%s is told by HEAD, lists and attributes',
    async (StorageClass) => {
      const { s3 } = quick();
      const Key = await put(quick(), StorageClass);
      expect(await head(s3, Key)).toMatchObject({ StorageClass, ContentLength: BODY.length });
      expect(await listedClasses(s3, Key)).toEqual([StorageClass, StorageClass, StorageClass]);
      const attributes = new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['StorageClass'] });
      expect((await s3.send(attributes)).StorageClass).toBe(StorageClass);
    },
  );

  it('is that of a multipart upload, from its creation on', async () => {
    const { s3 } = quick();
    const Key = 'masters/in-parts.mp4';
    const created = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, StorageClass: 'DEEP_ARCHIVE' }),
    );
    const at = { Bucket, Key, UploadId: created.UploadId ?? '' };
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
    expect(Uploads?.[0]?.StorageClass).toBe('DEEP_ARCHIVE');
    const { ETag } = await s3.send(new UploadPartCommand({ ...at, PartNumber: 1, Body: BODY }));
    const Parts = [{ PartNumber: 1, ETag }];
    await s3.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }));
    expect((await head(s3, Key)).StorageClass).toBe('DEEP_ARCHIVE');
    expect(await errorOf(read(s3, Key))).toBe('403 InvalidObjectState');
  });

  it('is that of a presigned address and of a presigned form', async () => {
    const { s3, clientConfig } = quick();
    const byAddress = 'masters/by-address.mp4';
    // The SDK would sign a checksum of no body.
    const signing = new S3Client({ ...clientConfig(), requestChecksumCalculation: 'WHEN_REQUIRED' });
    const address = await getSignedUrl(
      signing,
      new PutObjectCommand({ Bucket, Key: byAddress, StorageClass: 'GLACIER' }),
      { expiresIn: 60 },
    );
    expect((await fetch(address, { method: 'PUT', body: BODY })).status).toBe(200);
    const byForm = 'masters/by-form.mp4';
    const { url, fields } = await createPresignedPost(s3, {
      Bucket,
      Key: byForm,
      Fields: { 'x-amz-storage-class': 'GLACIER' },
      Conditions: [{ 'x-amz-storage-class': 'GLACIER' }],
      Expires: 60,
    });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([BODY]));
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204);
    expect([(await head(s3, byAddress)).StorageClass, (await head(s3, byForm)).StorageClass]).toEqual([
      'GLACIER',
      'GLACIER',
    ]);
  });

  it('has to be one that there is, for a put, a copy and a multipart upload: nothing is stored', async () => {
    const { s3 } = quick();
    const from = await put(quick());
    const wrong = { Bucket, Key: 'masters/wrong.mp4', StorageClass: 'GLACIAL' as StorageClass };
    const CopySource = `${Bucket}/${from}`;
    expect(await errorOf(s3.send(new PutObjectCommand({ ...wrong, Body: BODY })))).toBe(
      '400 InvalidStorageClass',
    );
    expect(await errorOf(s3.send(new CopyObjectCommand({ ...wrong, CopySource })))).toBe(
      '400 InvalidStorageClass',
    );
    expect(await errorOf(s3.send(new CreateMultipartUploadCommand(wrong)))).toBe('400 InvalidStorageClass');
    expect(await errorOf(head(s3, wrong.Key))).toBe('404 NotFound');
  });

  it('is changed by a copy onto itself, which keeps content, metadata and ETag', async () => {
    const { s3 } = quick();
    const Key = 'masters/archived-later.mp4';
    await s3.send(
      new PutObjectCommand({ Bucket, Key, Body: BODY, ContentType: 'video/mp4', Metadata: { title: '42' } }),
    );
    const before = await head(s3, Key);
    const CopySource = `${Bucket}/${Key}`;
    await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, StorageClass: 'GLACIER_IR' }));
    expect([(await head(s3, Key)).StorageClass, await read(s3, Key)]).toEqual(['GLACIER_IR', BODY]);
    await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, StorageClass: 'DEEP_ARCHIVE' }));
    expect(await head(s3, Key)).toMatchObject({
      StorageClass: 'DEEP_ARCHIVE',
      ContentType: 'video/mp4',
      Metadata: { title: '42' },
      ETag: before.ETag,
    });
    expect(await errorOf(read(s3, Key))).toBe('403 InvalidObjectState');
  });

  it('is STANDARD for a copy that names none, whatever the source has', async () => {
    const { s3 } = quick();
    const from = await put(quick(), 'STANDARD_IA');
    const Key = `${from}-copy`;
    await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
    expect((await head(s3, Key)).StorageClass).toBeUndefined();
  });

  it('GLACIER_IR is read at once, and has nothing to restore', async () => {
    const { s3 } = quick();
    const Key = await put(quick(), 'GLACIER_IR');
    expect(await read(s3, Key)).toBe(BODY);
    expect(await errorOf(restore(s3, Key))).toBe('403 InvalidObjectState');
  });
});

describe.each(ARCHIVED)('an object in %s', (StorageClass) => {
  it('cannot be read or copied, while HEAD tells of it and of no restore', async () => {
    const { s3 } = slow();
    const Key = await put(slow(), StorageClass);
    const CopySource = `${Bucket}/${Key}`;
    expect(await errorOf(read(s3, Key))).toBe('403 InvalidObjectState');
    expect(await errorOf(s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource })))).toBe(
      '403 ObjectNotInActiveTierError',
    );
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'copy' }));
    const part = { Bucket, Key: 'copy', UploadId, PartNumber: 1, CopySource };
    expect(await errorOf(s3.send(new UploadPartCopyCommand(part)))).toBe('403 ObjectNotInActiveTierError');
    const { Restore, StorageClass: told } = await head(s3, Key);
    expect([told, Restore]).toEqual([StorageClass, undefined]);
  });

  it('is being restored after 202, which a second request does not change: 409', async () => {
    const { s3 } = slow();
    const Key = await put(slow(), StorageClass);
    expect((await restore(s3, Key)).$metadata.httpStatusCode).toBe(202);
    expect((await head(s3, Key)).Restore).toBe('ongoing-request="true"');
    expect(await errorOf(read(s3, Key))).toBe('403 InvalidObjectState');
    expect(await errorOf(restore(s3, Key))).toBe('409 RestoreAlreadyInProgress');
  });

  it('is read and copied when it is restored, and keeps its class: 200 for another request', async () => {
    const { s3 } = quick();
    const Key = await put(quick(), StorageClass);
    await restore(s3, Key, { Days: 2, GlacierJobParameters: { Tier: 'Bulk' } });
    await restored(s3, Key);
    expect(await read(s3, Key)).toBe(BODY);
    const first = await head(s3, Key);
    expect(first.StorageClass).toBe(StorageClass);
    const again = await restore(s3, Key, { Days: 10 });
    expect(again.$metadata.httpStatusCode).toBe(200);
    const [before, after] = [first.Restore, (await head(s3, Key)).Restore].map(expiryIn);
    // Whole days, up to the midnight after them.
    expect([(after?.getTime() ?? 0) % 86_400_000, (before?.getTime() ?? 0) % 86_400_000]).toEqual([0, 0]);
    expect(after?.getTime()).toBeGreaterThan(before?.getTime() ?? Number.POSITIVE_INFINITY);

    await s3.send(
      new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}`, StorageClass: 'STANDARD' }),
    );
    const { Restore, StorageClass: told } = await head(s3, Key);
    expect([told, Restore, await read(s3, Key)]).toEqual([undefined, undefined, BODY]);
  });

  it('is archived again when it is written again', async () => {
    const { s3 } = quick();
    const Key = await put(quick(), StorageClass);
    await restore(s3, Key);
    await restored(s3, Key);
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'another', StorageClass }));
    expect([(await head(s3, Key)).Restore, await errorOf(read(s3, Key))]).toEqual([
      undefined,
      '403 InvalidObjectState',
    ]);
  });
});

describe('RestoreObject', () => {
  it('restores the version that it names, and no other', async () => {
    const { s3 } = quick();
    const versioned = 'storytime-versioned-masters-test';
    const Key = 'masters/1.mp4';
    await s3.send(new CreateBucketCommand({ Bucket: versioned }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await s3.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
    const write = (Body: string) =>
      s3.send(new PutObjectCommand({ Bucket: versioned, Key, Body, StorageClass: 'GLACIER' }));
    const [first, second] = [await write('first'), await write('second')];
    const at = { Bucket: versioned, Key, VersionId: first.VersionId };
    await s3.send(new RestoreObjectCommand({ ...at, RestoreRequest: { Days: 1 } }));
    await expect
      .poll(async () => (await s3.send(new HeadObjectCommand(at))).Restore)
      .toMatch(/^ongoing-request="false"/);
    const newest = { ...at, VersionId: second.VersionId };
    expect((await s3.send(new HeadObjectCommand(newest))).Restore).toBeUndefined();
    expect(await errorOf(s3.send(new GetObjectCommand(newest)))).toBe('403 InvalidObjectState');
    expect(await (await s3.send(new GetObjectCommand(at))).Body?.transformToString()).toBe('first');
    const missing = { ...at, VersionId: '00000000-0000-4000-8000-000000000000' };
    const RestoreRequest = { Days: 1 };
    expect(await errorOf(s3.send(new RestoreObjectCommand({ ...missing, RestoreRequest })))).toBe(
      '404 NoSuchVersion',
    );
  });

  it('refuses what S3 refuses, and restores nothing', async () => {
    const { s3 } = slow();
    const [glacier, deep, standard] = [
      await put(slow(), 'GLACIER'),
      await put(slow(), 'DEEP_ARCHIVE'),
      await put(slow()),
    ];
    expect(await errorOf(restore(s3, standard))).toBe('403 InvalidObjectState');
    expect(await errorOf(restore(s3, 'masters/missing.mp4'))).toBe('404 NoSuchKey');
    expect(await errorOf(restore(s3, glacier, {}))).toBe('400 MalformedXML');
    expect(await errorOf(restore(s3, glacier, { Days: 0 }))).toBe('400 InvalidArgument');
    const tier = (Tier: string) => ({ Days: 1, GlacierJobParameters: { Tier: Tier as 'Bulk' } });
    expect(await errorOf(restore(s3, glacier, tier('Quick')))).toBe('400 MalformedXML');
    expect(await errorOf(restore(s3, deep, tier('Expedited')))).toBe('400 InvalidArgument');
    expect(await errorOf(restore(s3, glacier, { Type: 'SELECT', Days: 1 }))).toBe('501 NotImplemented');
    expect([(await head(s3, glacier)).Restore, (await head(s3, deep)).Restore]).toEqual([
      undefined,
      undefined,
    ]);
    expect((await restore(s3, glacier, tier('Expedited'))).$metadata.httpStatusCode).toBe(202);
  });

  it('answers as in the API reference', async () => {
    const Key = await put(slow(), 'GLACIER');
    const path = `/${Bucket}/${Key}`;
    const call = async (method: string, target: string, body = '') => {
      const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
      const request = { service: 's3', method, path: target, body, headers };
      const answer = await signedFetch(slow().cloud.environment, request);
      const text = await answer.text();
      return [answer.status, text.replace(/<\?xml[^>]*>\s*|<(RequestId|HostId)>[^<]*<\/\1>/g, '')];
    };
    const body =
      '<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Days>1</Days><GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters></RestoreRequest>';
    expect(await call('GET', path)).toEqual([
      403,
      "<Error><Code>InvalidObjectState</Code><Message>The operation is not valid for the object's storage class</Message><StorageClass>GLACIER</StorageClass></Error>",
    ]);
    expect(await call('POST', `${path}?restore`, body)).toEqual([202, '']);
    expect(await call('POST', `${path}?restore`, body)).toEqual([
      409,
      '<Error><Code>RestoreAlreadyInProgress</Code><Message>Object restore is already in progress</Message></Error>',
    ]);
    const plain = await put(slow());
    expect(await call('POST', `/${Bucket}/${plain}?restore`, body)).toEqual([
      403,
      "<Error><Code>InvalidObjectState</Code><Message>Restore is not allowed for the object's current storage class</Message><StorageClass>STANDARD</StorageClass></Error>",
    ]);
  });

  it.each([
    ['2012-10-15T10:30:00', '3', '2012-10-19T00:00:00'],
    ['2026-12-31T23:59:59', '1', '2027-01-02T00:00:00'],
    ['2028-02-28T00:00:01', '1', '2028-03-01T00:00:00'],
  ])('at %s for %s days lasts until %s', async (at, days, until) => {
    const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
    const python = (await findPython()) ?? '';
    const script = [path('expiry_of.py'), path('../../../local/aws-api'), at, days];
    const { stdout } = await promisify(execFile)(python, script);
    expect(stdout.trim()).toBe(until);
  });
});

async function listedClasses(s3: S3Client, Key: string): Promise<(string | undefined)[]> {
  const of = { Bucket, Prefix: Key };
  const [one, two, versions] = await Promise.all([
    s3.send(new ListObjectsCommand(of)),
    s3.send(new ListObjectsV2Command(of)),
    s3.send(new ListObjectVersionsCommand(of)),
  ]);
  return [one.Contents, two.Contents, versions.Versions].map((found) => found?.[0]?.StorageClass);
}

function expiryIn(restoreHeader: string | undefined): Date {
  return new Date(/expiry-date="([^"]+)"/.exec(restoreHeader ?? '')?.[1] ?? Number.NaN);
}
