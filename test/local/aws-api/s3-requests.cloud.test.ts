/** Requests of S3 whose spelling or subresource means one thing to a policy and another to moto. */
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetBucketRequestPaymentCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { signedFetch, type UnsignedRequest } from '../../support/signed-request.ts';
import { assumeRole } from './query-api.ts';
import { ACCOUNT_ID, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const BUCKET = 'storytime-denied';
const OWN = 'storytime-own';
const KEY = 'secret.txt';
const VALUE = 'what nobody reads';

let denied: string;
let versionId: string;
beforeAll(async () => {
  denied = (await assumeRole(cloud(), 'denied')).accessKeyId;
  const { s3 } = cloud();
  for (const Bucket of [BUCKET, OWN]) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const put = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: VALUE }));
  versionId = put.VersionId ?? '';
  await putPolicy([
    's3:ListBucket',
    's3:ListBucketVersions',
    's3:GetObject',
    's3:GetObjectVersion',
    's3:PutObject',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
  ]);
});

const putPolicy = (Action: string[], Resource = [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`]) =>
  cloud().s3.send(
    new PutBucketPolicyCommand({
      Bucket: BUCKET,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:role/denied` },
            Action,
            Resource,
          },
        ],
      }),
    }),
  );
const ask = async (
  method: string,
  path: string,
  more: Partial<UnsignedRequest> = {},
): Promise<{ status: number; text: string }> => {
  const request = { service: 's3', accessKeyId: denied, method, path, ...more };
  const answer = await signedFetch(cloud().cloud.environment, request);
  return { status: answer.status, text: await answer.text() };
};
/** Every version of every object, which shows any change. */
const versions = async () => {
  const { Versions, DeleteMarkers } = await cloud().s3.send(
    new ListObjectVersionsCommand({ Bucket: BUCKET }),
  );
  return [...(Versions ?? []), ...(DeleteMarkers ?? [])].map(({ Key, VersionId }) => `${Key} ${VersionId}`);
};
const onlyTheObject = async () => expect(await versions()).toEqual([`${KEY} ${versionId}`]);

describe('a path', () => {
  it.each([
    `/${BUCKET}%2Fsecret.txt`,
    `/${BUCKET}%2fsecret.txt`,
    `//${BUCKET}/secret.txt`,
    `/%2F${BUCKET}/secret.txt`,
    `/${BUCKET}%2F`,
    `//${BUCKET}`,
    `/${BUCKET.toUpperCase()}/secret.txt`,
    `/${BUCKET};x/secret.txt`,
    `/${BUCKET}%00/secret.txt`,
    `/%ff/secret.txt`,
    `/${BUCKET}/secret.txt%ff`,
  ])('that is spelled so that no bucket is called by it is refused: %s', async (path) => {
    const { status, text } = await ask('GET', path);

    expect(status).toBe(400);
    expect(text).toMatch(/<Code>Invalid(BucketName|URI)<\/Code>/);
  });

  it('is read alike by the policy and by moto in every other spelling', async () => {
    await cloud().s3.send(new PutObjectCommand({ Bucket: OWN, Key: "a b/+c;d?'%/ü", Body: 'x' }));

    expect(await ask('GET', `/${OWN}/a%20b/%2Bc%3Bd%3F'%25%2F%C3%BC`)).toEqual({ status: 200, text: 'x' });
    expect((await ask('GET', `/%73torytime-denied/secret.txt`)).status).toBe(403);
  });
});

describe('the source of a copy', () => {
  it.each([
    `${BUCKET}%2Fsecret.txt`,
    `%2F${BUCKET}/secret.txt`,
    `//${BUCKET}/secret.txt`,
    `//host/${BUCKET}/secret.txt`,
    `/${BUCKET}/secret.txt`,
    `${BUCKET}/secret.txt`,
    `http://host/${BUCKET}/secret.txt`,
    `${OWN}/../${BUCKET}/secret.txt`,
    `/${BUCKET}/secret.txt?versionId=VERSION`,
    `/${BUCKET}/secret.txt?versionId=x&versionId=VERSION`,
  ])('is judged however it is spelled: %s', async (source) => {
    const headers = { 'x-amz-copy-source': source.replace('VERSION', versionId) };
    const { status } = await ask('PUT', `/${OWN}/copied.txt`, { headers });

    expect([400, 403, 404]).toContain(status);
    expect((await ask('GET', `/${OWN}/copied.txt`)).text).not.toContain(VALUE);
  });

  it('is copied for a caller that may read it', async () => {
    for (const source of [`/${OWN}/a%20source`, `${OWN}/a%20source`]) {
      await ask('PUT', `/${OWN}/a%20source`, { body: 'mine' });
      const headers = { 'x-amz-copy-source': source };

      expect((await ask('PUT', `/${OWN}/copied.txt`, { headers })).status).toBe(200);
      expect((await ask('GET', `/${OWN}/copied.txt`)).text).toBe('mine');
    }
  });
});

describe('a subresource', () => {
  it.each([
    ['GET', 'secret.txt?torrent'],
    ['GET', 'secret.txt?retention'],
    ['GET', 'secret.txt?acl&tagging'],
    ['GET', '?metrics'],
    ['GET', '?analytics'],
    ['GET', '?intelligent-tiering'],
    ['GET', '?policyStatus'],
    ['GET', '?acl&versions'],
    ['GET', '?constructor'],
    ['HEAD', 'secret.txt?acl'],
    ['HEAD', '?acl'],
    ['PUT', 'new.txt?torrent'],
    ['PUT', 'new.txt?attributes'],
    ['PUT', '?requestPayment'],
    ['DELETE', 'secret.txt?torrent'],
    ['DELETE', 'secret.txt?acl'],
    ['DELETE', 'secret.txt?attributes'],
    ['DELETE', 'secret.txt?retention'],
    ['DELETE', 'secret.txt?legal-hold'],
    ['DELETE', '?acl'],
    ['DELETE', '?logging'],
    ['POST', 'secret.txt?select'],
    ['PATCH', 'secret.txt'],
  ])('that goes with no such method is passed on to nobody: %s %s', async (method, rest) => {
    const body = method === 'PUT' ? { body: 'x' } : {};
    const { status, text } = await ask(method, `/${BUCKET}/${rest}`, body);

    expect(status).toBe(501);
    expect(text).not.toContain(VALUE);
    await onlyTheObject();
  });

  it('that moto lacks is answered here: the owner of a bucket pays for it', async () => {
    const answer = await cloud().s3.send(new GetBucketRequestPaymentCommand({ Bucket: BUCKET }));

    expect(answer.Payer).toBe('BucketOwner');
  });

  it('is not read from a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await ask('DELETE', `/${BUCKET}/${KEY}`, { headers, body: `versionId=${versionId}` });

    expect(status).toBe(501);
    await onlyTheObject();
  });
});

describe('deleting many', () => {
  const roleClient = async () => {
    const credentials = await assumeRole(cloud(), 'denied');
    return new S3Client({ ...cloud().clientConfig(), credentials });
  };

  it('is decided key by key', async () => {
    await putPolicy(['s3:DeleteObject'], [`arn:aws:s3:::${BUCKET}/kept *`]);
    const { s3 } = cloud();
    const keys = ['kept $&<1>', 'gone', ' gone with space '];
    for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
    const Objects = keys.map((Key) => ({ Key }));
    const answer = await (await roleClient()).send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }),
    );

    expect(answer.Deleted?.map(({ Key }) => Key).sort()).toEqual([' gone with space ', 'gone']);
    expect(answer.Errors).toEqual([{ Key: 'kept $&<1>', Code: 'AccessDenied', Message: 'Access Denied' }]);
    await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'kept $&<1>' }));
  });

  it('is denied as a whole where every key is, versions by their own action', async () => {
    await putPolicy(['s3:DeleteObjectVersion'], [`arn:aws:s3:::${BUCKET}/*`]);
    const before = await versions();
    const Objects = [{ Key: KEY, VersionId: versionId }];
    const answer = await (await roleClient()).send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }),
    );

    expect(answer.Deleted ?? []).toEqual([]);
    expect(answer.Errors).toMatchObject([{ Key: KEY, VersionId: versionId, Code: 'AccessDenied' }]);
    expect(await versions()).toEqual(before);
  });
});

describe('whom a policy denies everything', () => {
  it('gets nothing and changes nothing, whatever the method, the path, the subresource and the headers', async () => {
    await putPolicy(['s3:*']);
    const before = await versions();
    const slash = fc.constantFrom('/', '//', '%2F', '%2f', '/./', '/../', ';/', '/%2F');
    const path = fc
      .tuple(
        fc.constantFrom('/', '//', '/%2F', '/./', `/${OWN}/../`, '/v20180820/../'),
        fc.constantFrom(BUCKET, BUCKET.toUpperCase(), `%73${BUCKET.slice(1)}`),
        fc.option(
          slash.map((between) => `${between}${KEY}`),
          { nil: '' },
        ),
      )
      .map((parts) => parts.join(''));
    const query = fc
      .uniqueArray(
        fc.constantFrom(
          ...[
            'acl',
            'attributes',
            'delete',
            'legal-hold',
            'list-type=2',
            'location',
            'metrics',
            'policyStatus',
          ],
          ...[
            'requestPayment',
            'restore',
            'retention',
            'select',
            'tagging',
            'torrent',
            'uploadId=x',
            'uploads',
          ],
          ...[
            'versions',
            'versionId=null',
            'x-id=x',
            'session',
            'analytics',
            'Action=GetObject',
            `key=${KEY}`,
          ],
        ),
        { maxLength: 2 },
      )
      .map((names) => (names.length === 0 ? '' : `?${names.join('&')}`));
    const body = fc.constantFrom(
      '',
      'x',
      `<Delete><Object><Key>${KEY}</Key></Object></Delete>`,
      `key=${KEY}`,
    );
    const contentType = fc.constantFrom('text/plain', 'application/xml', 'application/x-www-form-urlencoded');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
        path,
        query,
        body,
        contentType,
        async (method, where, search, sent, type) => {
          const { text } = await ask(method, `${where}${search}`, {
            headers: { 'content-type': type },
            ...(method !== 'GET' && method !== 'HEAD' && { body: sent }),
          });

          expect(text).not.toContain(VALUE);
          expect(text).not.toContain('<Contents>');
        },
      ),
      { numRuns: 250 },
    );
    await fc.assert(
      fc.asyncProperty(path, async (source) => {
        const headers = { 'x-amz-copy-source': source };
        await ask('PUT', `/${OWN}/copied.txt`, { headers });

        expect((await ask('GET', `/${OWN}/copied.txt`)).text).not.toContain(VALUE);
      }),
      { numRuns: 60 },
    );
    expect(await versions()).toEqual(before);
    const { Body } = await cloud().s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: KEY, VersionId: versionId }),
    );
    expect(await Body?.transformToString()).toBe(VALUE);
  }, 60_000);
});
