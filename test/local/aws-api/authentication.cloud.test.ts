/** Which requests are answered at all: those with this run's signature, from this machine, for a service that there is. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeSha256 } from '../../../edge/node-sha256.ts';
import { type Moto, startMoto } from '../../../local/aws-api/moto.ts';
import { RESERVED } from '../../../local/aws-api/services.ts';
import { AWS_SERVICES } from '../../support/aws-services/index.ts';
import { signRequest, type UnsignedRequest } from '../../support/signed-request.ts';
import { callJsonApi } from './json-api.ts';
import { ACCOUNT_ID, errorOf, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const BUCKET = 'storytime-authentication-test';
const PAGE = 'http://localhost:4400';
const environment = () => cloud().cloud.environment;
const endpoint = () => new URL(cloud().cloud.endpoint);

beforeAll(async () => {
  const { s3 } = cloud();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'kept', Body: 'kept' }));
  const CORSRules = [{ AllowedOrigins: [PAGE], AllowedMethods: ['POST'] }];
  await s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules } }));
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends what `fetch` would not: any Host, any target. */
async function send(
  port: string | number,
  options: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
  },
): Promise<Answer> {
  const outgoing = request({ host: '127.0.0.1', port, ...options });
  outgoing.end(options.body);
  const [incoming] = await once(outgoing, 'response');
  return { status: incoming.statusCode ?? 0, body: await text(incoming) };
}

/** As `send`, signed with the secret, and changed after that. */
async function sendSigned(unsigned: UnsignedRequest, changes: Readonly<Record<string, unknown>> = {}) {
  const { headers, ...signed } = await signRequest(environment(), unsigned);
  const changedHeaders = { ...headers, ...(changes.headers as Record<string, string>) };
  return send(endpoint().port, { ...signed, ...changes, headers: changedHeaders });
}

const createQueue = (QueueName: string): UnsignedRequest => ({
  service: 'sqs',
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.CreateQueue' },
  body: JSON.stringify({ QueueName }),
});

/** What the log has of calls that failed, and not of those that are not done here. */
function failures(): readonly string[] {
  return cloud().log.filter((line) => !line.includes(' does not support '));
}

/** Refused, or not done here at all; a 500 would be a failure. */
function expectRefused(status: number): void {
  expect(status).toBeGreaterThanOrEqual(400);
  if (status !== 501) expect(status).toBeLessThan(500);
}

async function queues(): Promise<readonly string[]> {
  const { output } = await callJsonApi(cloud(), 'sqs', 'ListQueues', {});
  return (output.QueueUrls ?? []).map((url: string) => url.split('/').at(-1));
}

async function expectNothingChanged(): Promise<void> {
  expect(await queues()).toEqual([]);
  const { Body } = await cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'kept' }));
  expect(await Body?.transformToString()).toBe('kept');
}

describe('the host that is asked for', () => {
  const askedFor = (host: string) =>
    sendSigned({ service: 's3', method: 'GET', path: '/' }, { headers: { host } });

  it.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('may be %s with its port', async (name) => {
    // Signed for another spelling: what answers is the check of the signature.
    const { status, body } = await askedFor(`${name}:${endpoint().port}`);

    expect([status, body]).toEqual(
      name === '127.0.0.1'
        ? [200, expect.any(String)]
        : [403, expect.stringContaining('SignatureDoesNotMatch')],
    );
  });

  it('is no other, whatever it is (DNS rebinding)', async () => {
    const { port } = endpoint();
    const loopback = fc.constantFrom('127.0.0.1', 'localhost', '[::1]');
    const otherPort = fc.integer({ min: 0, max: 65_535 }).filter((each) => String(each) !== port);
    const foreign = fc.oneof(
      fc.tuple(
        fc.oneof(fc.domain(), fc.ipV4(), fc.constantFrom('0.0.0.0', '127.0.0.2', '127.1')),
        fc.constant(port),
      ),
      fc.tuple(loopback, otherPort),
    );
    const hosts = fc.oneof(
      foreign.map(([name, each]) => `${name}:${each}`).filter((host) => host !== `127.0.0.1:${port}`),
      loopback,
      fc.tuple(fc.domain(), loopback).map(([name, host]) => `${name}.${host}:${port}`),
      fc.tuple(fc.domain(), loopback).map(([name, host]) => `${host}.${name}:${port}`),
      loopback.map((host) => `${host}.:${port}`),
      loopback.map((host) => `evil@${host}:${port}`),
    );
    await fc.assert(
      fc.asyncProperty(hosts, async (host) => {
        expect((await askedFor(host)).status).toBe(421);
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['two of them', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n', 421],
    ['none', 'GET / HTTP/1.0\r\n', 421],
    ['an empty one', 'GET / HTTP/1.1\r\nHost:\r\n', 421],
    ['one in the target as well', 'GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    [
      'one in the target of moto’s own',
      'POST http://a/moto-api/reset HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n',
      400,
    ],
  ])('is refused as %s', async (_, head, status) => {
    const { port } = endpoint();
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`${head.replaceAll('PORT', port)}Connection: close\r\n\r\n`);

    expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });
});

describe('a web page', () => {
  it.each([
    { origin: 'http://evil.example' },
    { origin: PAGE },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin' },
  ])('calls no service but S3, however it signs: %o', async (headers) => {
    expect(await sendSigned(createQueue('evil'), { headers })).toMatchObject({ status: 403 });
    await expectNothingChanged();
  });

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('gets no further in S3 than the CORS rules of the bucket: %o', async (headers) => {
    const put = { service: 's3', method: 'PUT', path: `/${BUCKET}/kept`, body: 'evil' };

    expect(await sendSigned(put, { headers })).toMatchObject({ status: 403 });
    expect(await sendSigned({ ...put, path: '/evil-bucket' }, { headers })).toMatchObject({ status: 403 });
    expect(await sendSigned({ service: 's3', method: 'GET' }, { headers })).toMatchObject({
      status: 403,
    });
    await expectNothingChanged();
  });

  it('that a rule names is held to the methods of the rule', async () => {
    const put = { service: 's3', method: 'PUT', path: `/${BUCKET}/kept`, body: 'evil' };

    expect(await sendSigned(put, { headers: { origin: PAGE } })).toMatchObject({
      status: 403,
      body: expect.stringContaining('AccessForbidden'),
    });
    await expectNothingChanged();
  });

  it.each([
    '/?Action=CreateQueue&QueueName=evil&X-Amz-Credential=x/20261129/us-east-1/sqs/aws4_request',
    `/${BUCKET}?delete&X-Amz-Credential=x/20261129/eu-central-1/ec2/aws4_request`,
    `/${BUCKET}?delete&X-Amz-Credential=x/20261129/eu-central-1/s3/aws4_request`,
    `/${BUCKET}?delete&X-Amz-Signature=0`,
    `/${BUCKET}?delete`,
    '/sqs_us-east-1/?Action=CreateQueue&QueueName=evil',
    '/v20180820/accesspoint/evil',
    '/moto-api/reset',
  ])('sends nothing without a signature: POST %s', async (path) => {
    const body = path.startsWith('/?')
      ? 'Action=CreateQueue&QueueName=evil'
      : '<Delete><Object><Key>kept</Key></Object></Delete>';
    const { status } = await send(endpoint().port, {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });

    expectRefused(status);
    await expectNothingChanged();
  });
});

describe('a signature', () => {
  it('is required by every service', async () => {
    const answer = await fetch(endpoint(), {
      method: 'POST',
      headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
      body: '{}',
    });
    expect(answer.status).toBe(403);
  });

  it.each([
    ['by the secret of this repository’s past', { secretAccessKey: 'local-cloud-secret-access-key' }],
    ['by none', { secretAccessKey: '' }],
    ['a quarter of an hour ago', { signedAt: new Date(Date.now() - 16 * 60_000) }],
    ['for later', { signedAt: new Date(Date.now() + 16 * 60_000) }],
  ])('made %s is refused', async (_, how) => {
    const s3 = { service: 's3', method: 'DELETE', path: `/${BUCKET}/kept` };

    expect((await sendSigned({ ...createQueue('evil'), ...how })).status).toBe(403);
    expect((await sendSigned({ ...s3, ...how })).status).toBe(403);
    await expectNothingChanged();
  });

  it.each([
    ['body', { body: JSON.stringify({ QueueName: 'other' }) }],
    ['path', { path: '/other' }],
    ['query', { path: '/?Action=DeleteQueue' }],
    ['method', { method: 'PUT' }],
    ['header', { headers: { 'x-amz-target': 'AmazonSQS.DeleteQueue' } }],
    ['added header', { headers: { 'x-amz-source-arn': 'arn:aws:s3:::x' } }],
    ['date', { headers: { 'x-amz-date': '20260101T000000Z' } }],
  ])('does not cover another %s', async (_, changes) => {
    expect((await sendSigned(createQueue('evil'), changes)).status).toBe(403);
    await expectNothingChanged();
  });

  it.each(['Basic eDp5', 'AWS x:y', 'AWS4-HMAC-SHA256', 'Bearer x'])('is no %s', async (authorization) => {
    const { status } = await send(endpoint().port, {
      headers: { host: endpoint().host, authorization },
    });
    expect(status).toBe(400);
  });

  it('is one, in the header or in the query', async () => {
    const get = { service: 's3', method: 'GET' };
    const query = 'X-Amz-Credential=x/20261129/us-east-1/s3/aws4_request';
    const { status } = await sendSigned({ ...get, path: `/${BUCKET}/kept?${query}` });

    expect(status).toBe(400);
  });

  it('in a query lets nobody add a header that says something to S3', async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
      environment();
    const signer = new SignatureV4({
      service: 's3',
      region: REGION,
      credentials: { accessKeyId, secretAccessKey },
      sha256: NodeSha256,
      uriEscapePath: false,
    });
    const { hostname, host, port } = endpoint();
    const { query = {} } = await signer.presign({
      method: 'PUT',
      protocol: 'http:',
      hostname,
      path: `/${BUCKET}/copy`,
      headers: { host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    });
    const path = `/${BUCKET}/copy?${new URLSearchParams(query as Record<string, string>)}`;
    const put = (headers: Record<string, string>) =>
      send(port, { method: 'PUT', path, headers: { host, ...headers } });

    expect((await put({ 'x-amz-copy-source': `${BUCKET}/kept` })).status).toBe(403);
    expect((await put({ 'content-type': 'text/plain' })).status).toBe(200);
  });

  it.each([
    ['small', 4],
    ['of many pieces', 3 * 1024 * 1024],
    ['empty', 0],
  ])('covers a body that S3 streams: a %s one that is another is not stored', async (_, bytes) => {
    const Key = `streamed-${bytes}`;
    const put = { service: 's3', method: 'PUT', path: `/${BUCKET}/${Key}`, body: Buffer.alloc(bytes, 'a') };
    const other = bytes === 0 ? Buffer.from('b') : Buffer.alloc(bytes, 'b');
    const changes = { body: other, headers: { 'content-length': String(other.length) } };

    expect(await sendSigned(put, changes)).toMatchObject({
      status: 400,
      body: expect.stringContaining('XAmzContentSHA256Mismatch'),
    });
    expect(await errorOf(cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key })))).toBe(
      '404 NoSuchKey',
    );
    expect((await sendSigned(put)).status).toBe(200);
    const { ContentLength } = await cloud().s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    expect(ContentLength).toBe(bytes);
  });

  it('covers the policy that a bucket is given', async () => {
    const put = { service: 's3', method: 'PUT', path: `/${BUCKET}?policy`, body: '{}' };
    expect(await sendSigned(put, { body: '[]' })).toMatchObject({
      status: 400,
      body: expect.stringContaining('XAmzContentSHA256Mismatch'),
    });
  });

  it('is made with a secret of the run, which IAM gives out as well', async () => {
    const { AWS_SECRET_ACCESS_KEY: secret } = environment();
    expect(secret).toMatch(/^[\w-]{40}$/);
    expect(secret).not.toBe('local-cloud-secret-access-key');
  });
});

describe('the name of a service', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'moto_api',
    'S3',
    's3-x',
    's3express',
    'eventbridge',
    'SecretsManager',
    'dynamodb',
  ])('is answered 4xx when there is no %s, and never by another', async (service) => {
    for (const path of ['/', `/${BUCKET}/kept`]) {
      const { status } = await sendSigned({ service, method: 'DELETE', path });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    await expectNothingChanged();
  });

  it('is answered 4xx whatever it is, signed or not', async () => {
    const names = fc.oneof(
      fc.stringMatching(/^[a-z0-9.-]{1,20}$/).map((name) => `zz${name}`),
      fc.stringMatching(/^s3-[a-z0-9-]{1,12}$/),
      fc.stringMatching(/^[ -~]{1,30}$/),
      fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)),
    );
    await fc.assert(
      fc.asyncProperty(names, fc.boolean(), async (service, isSigned) => {
        const { status } = await sendSigned(
          { service, method: 'GET', path: '/' },
          isSigned
            ? {}
            : {
                headers: {
                  authorization: `AWS4-HMAC-SHA256 Credential=A/20260101/r/${service}/aws4_request`,
                },
              },
        );
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
    expect(failures()).toEqual([]);
  });

  it.each([
    '/moto-api/reset',
    '/moto%2Dapi/reset',
    '//moto-api/reset',
    '/moto-api/data.json',
    '/latest/meta-data/x',
  ])("opens moto's own paths under none: %s", async (path) => {
    for (const service of ['s3', 'ec2', 'sts']) {
      for (const method of ['POST', 'GET']) {
        const { status, body } = await sendSigned({ service, method, path });
        expectRefused(status);
        expect(body).not.toContain('"status": "ok"');
      }
    }
    await cloud().s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
  });
});

describe('XML that is refused', () => {
  const entities = Array.from({ length: 12 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`);
  it.each([
    ['an element __proto__', '<__proto__><a>1</a></__proto__>'],
    ['an element constructor', '<KeyGroupConfig><constructor>1</constructor></KeyGroupConfig>'],
    [
      'entities of entities',
      `<!DOCTYPE x [<!ENTITY e0 "x">${entities.join('')}]><KeyGroupConfig>&e12;</KeyGroupConfig>`,
    ],
    [
      'an entity of a file',
      '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><KeyGroupConfig><Name>&f;</Name></KeyGroupConfig>',
    ],
    ['no end', '<KeyGroupConfig>'],
    ['nothing', ''],
    ['no XML', '\0\u0001'],
  ])('is answered 4xx: %s', async (_, body) => {
    for (const path of ['/2020-05-31/key-group', '/2020-05-31/distribution', '/2020-05-31/public-key']) {
      const { status } = await sendSigned({ service: 'cloudfront', path, body });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    const logging = { service: 's3', method: 'PUT', path: `/${BUCKET}?logging`, body };
    expect((await sendSigned(logging)).status).toBeLessThan(500);
    expect(failures()).toEqual([]);
  });
});

describe("moto's own port", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto({ accountId: ACCOUNT_ID, region: REGION, reserved: RESERVED });
  });
  afterAll(() => moto.close());

  const authorization = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=A/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const ask = (headers: Record<string, string>, path = '/') =>
    send(moto.port, { method: 'GET', path, headers: { host: `127.0.0.1:${moto.port}`, ...headers } });

  it.each([
    {},
    { 'x-local-cloud-key': '' },
    { 'x-local-cloud-key': 'é' },
    { 'x-local-cloud-key': 'x'.repeat(43) },
  ])('answers nobody without the key of the run: %o', async (headers) => {
    for (const path of [
      '/',
      '/moto-api/reset',
      '/moto-api/',
      '/latest/meta-data/iam/security-credentials/',
    ]) {
      expect(await ask({ ...headers, authorization: authorization('s3') }, path)).toEqual({
        status: 403,
        body: '',
      });
    }
  });

  it('answers with it, but for its control API and for a service under another name', async () => {
    const headers = { 'x-local-cloud-key': moto.key };

    expect((await ask({ ...headers, authorization: authorization('s3') })).status).toBe(200);
    expect((await ask({ ...headers, authorization: authorization('s3-x') })).status).toBe(400);
    expect((await ask({ ...headers, authorization: authorization('s3') }, '/moto-api/')).status).toBe(400);
  });

  it('keeps its key out of arguments and environments', async () => {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args=']);
    expect(stdout).not.toContain(moto.key);
    const pid = stdout
      .split('\n')
      .filter((line) => line.includes('moto_server.py'))
      .map((line) => Number.parseInt(line, 10));
    expect(pid).not.toEqual([]);
    if (process.platform !== 'linux') return;
    const environments = await Promise.all(
      pid.map((each) => readFile(`/proc/${each}/environ`, 'utf8').catch(() => '')),
    );
    expect(environments.join('\n')).toContain('MOTO_ACCOUNT_ID');
    expect(environments.join('\n')).not.toContain(moto.key);
  });
});
