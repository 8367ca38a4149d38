/** Conditions as small records depend on them: what another request has changed while one was under way, and what has not changed. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../support/signed-request.ts';
import { beginUpload } from './multipart.ts';
import { errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const Bucket = 'storytime-records';
const put = (Key: string, Body: string, more: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
  cloud().s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string) =>
  (await cloud().s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket }));
});

describe('a write while another request is under way', () => {
  /** A request whose body has come but for its last byte. */
  async function hold(method: string, path: string, body: string, headers: Record<string, string>) {
    const signed = await signRequest(cloud().cloud.environment, {
      service: 's3',
      method,
      path,
      body,
      headers,
    });
    const held: ClientRequest = request(cloud().cloud.endpoint + path, {
      method,
      headers: { ...signed.headers, 'content-length': Buffer.byteLength(body), expect: '100-continue' },
    });
    held.flushHeaders();
    // The local AWS API has the head of the request by now.
    await once(held, 'continue');
    held.write(body.slice(0, -1));
    return async () => {
      held.end(body.slice(-1));
      const [answer] = (await once(held, 'response')) as [IncomingMessage];
      return `${answer.statusCode} ${/<Code>(\w+)/.exec(await text(answer))?.[1] ?? ''}`.trim();
    };
  }
  const remove = (Key: string) => cloud().s3.send(new DeleteObjectCommand({ Bucket, Key }));
  const removeMany = (Key: string) =>
    cloud().s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));

  it.each([
    ['If-None-Match', { 'if-none-match': '*' }, remove],
    ['If-None-Match, of many', { 'if-none-match': '*' }, removeMany],
    ['If-Match', { 'if-match': '"x"' }, remove],
  ])('is a conflict with a delete that succeeds meanwhile: %s', async (_, condition, removal) => {
    await put('conflict', 'old');
    const finish = await hold('PUT', `/${Bucket}/conflict`, 'new', condition);
    await removal('conflict');

    expect(await finish()).toBe('409 ConditionalRequestConflict');
    expect(await errorOf(read('conflict'))).toBe('404 NoSuchKey');
  });

  it('is none without a condition, and none of another key', async () => {
    await put('plain', 'old');
    await put('other', 'old');
    const plain = await hold('PUT', `/${Bucket}/plain`, 'new', {});
    const conditional = await hold('PUT', `/${Bucket}/unrelated`, 'new', { 'if-none-match': '*' });
    await remove('plain');
    await remove('other');

    expect(await plain()).toBe('200');
    expect(await conditional()).toBe('200');
  });

  it('finds what another has written meanwhile', async () => {
    const finish = await hold('PUT', `/${Bucket}/created`, 'second', { 'if-none-match': '*' });
    await put('created', 'first', { IfNoneMatch: '*' });

    expect(await finish()).toBe('412 PreconditionFailed');
    expect(await read('created')).toBe('first');
  });

  it('is a conflict for an upload that is completed, too, which can then only be begun anew', async () => {
    await put('completed', 'old');
    const { send, upload, list } = await beginUpload(cloud().s3, Bucket, 'completed', {});
    const { ETag } = await send(1, 'new');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part></CompleteMultipartUpload>`;
    const path = `/${Bucket}/completed?uploadId=${upload.UploadId}`;
    const finish = await hold('POST', path, body, {
      'if-none-match': '*',
      'content-type': 'application/xml',
    });
    await remove('completed');

    expect(await finish()).toBe('409 ConditionalRequestConflict');
    expect(await errorOf(read('completed'))).toBe('404 NoSuchKey');
    expect((await list()).Parts).toHaveLength(1);
  });
});

describe('a condition', () => {
  it('of many records at once lets one writer through each time', async () => {
    const { ETag: first = '' } = await put('counter', '0', { IfNoneMatch: '*' });
    let etag = first;
    for (const round of [1, 2, 3]) {
      const IfMatch = etag;
      const writers = Array.from({ length: 8 }, (_, writer) =>
        put('counter', `${round}.${writer}`, { IfMatch }),
      );
      const outcomes = await Promise.allSettled(writers);
      const written = outcomes.flatMap((each) =>
        each.status === 'fulfilled' ? [each.value.ETag ?? ''] : [],
      );
      expect(written).toHaveLength(1);
      etag = written[0] ?? '';
    }
  });

  it('that no object may be there is spelled with an asterisk alone', async () => {
    expect(await errorOf(put('spelled', 'x', { IfNoneMatch: '"x"' }))).toBe('501 NotImplemented');
    expect(await errorOf(read('spelled'))).toBe('404 NoSuchKey');
  });

  it('of a copy is about what the copy replaces', async () => {
    const { ETag: source = '' } = await put('source', 'copied');
    const { ETag: old = '' } = await put('copy', 'old');
    const copy = (condition: { IfMatch?: string; IfNoneMatch?: string }) =>
      cloud().s3.send(
        new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/source`, ...condition }),
      );

    expect(await errorOf(copy({ IfNoneMatch: '*' }))).toBe('412 PreconditionFailed');
    expect(await errorOf(copy({ IfMatch: source }))).toBe('412 PreconditionFailed');
    expect(await read('copy')).toBe('old');
    await copy({ IfMatch: old });
    expect(await read('copy')).toBe('copied');
  });

  it('of a read gives nothing where nothing has changed', async () => {
    const { ETag = '' } = await put('unchanged', 'x');
    const place = { Bucket, Key: 'unchanged' };

    expect(await errorOf(cloud().s3.send(new GetObjectCommand({ ...place, IfNoneMatch: ETag })))).toMatch(
      /^304 /,
    );
    expect(await errorOf(cloud().s3.send(new HeadObjectCommand({ ...place, IfNoneMatch: ETag })))).toMatch(
      /^304 /,
    );
    expect(await errorOf(cloud().s3.send(new GetObjectCommand({ ...place, IfMatch: '"x"' })))).toMatch(
      /^412 /,
    );
    await put('unchanged', 'y');
    const changed = await cloud().s3.send(new GetObjectCommand({ ...place, IfNoneMatch: ETag }));
    expect(await changed.Body?.transformToString()).toBe('y');
  });
});

it('lists a thousand objects at most, with their ETags, and the rest after them', async () => {
  const listed = { Bucket: 'storytime-listing', Prefix: 'titles/' };
  await cloud().s3.send(new CreateBucketCommand({ Bucket: listed.Bucket }));
  const keys = Array.from({ length: 1001 }, (_, index) => `titles/${String(index).padStart(4, '0')}.json`);
  const etags = new Map<string, string | undefined>();
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (const Key of keys.filter((__, index) => index % 8 === writer)) {
      const { ETag } = await cloud().s3.send(new PutObjectCommand({ Bucket: listed.Bucket, Key, Body: Key }));
      etags.set(Key, ETag);
    }
  });
  await Promise.all(writers);

  for (const MaxKeys of [undefined, 5000]) {
    const first = await cloud().s3.send(new ListObjectsV2Command({ ...listed, MaxKeys }));
    expect([first.Contents?.length, first.KeyCount, first.IsTruncated]).toEqual([1000, 1000, true]);
    const ContinuationToken = first.NextContinuationToken;
    const rest = await cloud().s3.send(new ListObjectsV2Command({ ...listed, MaxKeys, ContinuationToken }));
    const found = [...(first.Contents ?? []), ...(rest.Contents ?? [])];
    expect(found.map(({ Key, ETag }) => [Key, ETag])).toEqual(keys.map((key) => [key, etags.get(key)]));
    expect(rest.IsTruncated).toBe(false);
  }
  const versions = await cloud().s3.send(new ListObjectVersionsCommand({ ...listed, MaxKeys: 5000 }));
  expect([versions.Versions?.length, versions.IsTruncated]).toEqual([1000, true]);
});
