/** The edge over the real local AWS API: what an SDK creates there is what viewers get. */
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import {
  CreateCachePolicyCommand,
  CreateDistributionCommand,
  CreateInvalidationCommand,
  CreateKeyGroupCommand,
  CreateOriginAccessControlCommand,
  CreatePublicKeyCommand,
  CreateResponseHeadersPolicyCommand,
  type DistributionConfig,
  GetDistributionConfigCommand,
  GetKeyGroupCommand,
  UpdateDistributionCommand,
  UpdateKeyGroupCommand,
  waitUntilInvalidationCompleted,
} from '@aws-sdk/client-cloudfront';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Edge, type EdgeLogEntry, startEdge } from '../../edge/index.ts';
import { useLocalCloud } from '../local/aws-api/start.ts';
import { cookieHeader } from '../support/cookie-header.ts';
import { passOn, readBody } from '../support/pass-on.ts';
import { makeKey, NOW, PLAYER_ORIGIN, signerFor } from './fixture.ts';

const BUCKET = 'storytime-hls-outputs-test';
const PLAYLIST = '/books/42/index.m3u8';
const SEGMENT = '/books/42/index_360p_00001.ts';
const SEGMENT_BODY = Buffer.from(Array.from({ length: 2000 }, (_, index) => index % 251));

const local = useLocalCloud();
let distribution: { id: string; arn: string; domainName: string };
let keyGroupId: string;
const keys = { first: makeKey(''), second: makeKey('') };
let firstKeyId: string;
let secondKeyId: string;

let edge: Edge;
let log: EdgeLogEntry[];
let warnings: string[];
let clock: Date;
/** Of the time that invalidations are read by. */
const elapsedMs = () => clock.getTime();

beforeAll(async () => {
  await local().s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await put(PLAYLIST, '#EXTM3U\n', 'application/vnd.apple.mpegurl');
  await put(SEGMENT, SEGMENT_BODY, 'video/MP2T');
  await put('/books/43/index.m3u8', 'another book', 'application/vnd.apple.mpegurl');
  firstKeyId = await createKey('first', keys.first.publicPem);
  secondKeyId = await createKey('second', keys.second.publicPem);
  distribution = await createDistribution();
  await allow(distribution.arn);
});

beforeEach(async () => {
  log = [];
  warnings = [];
  clock = NOW;
  edge = await startEdge({
    distributionId: distribution.id,
    environment: local().cloud.environment,
    onRequest: (entry) => log.push(entry),
    onWarning: (message) => warnings.push(message),
    now: () => clock,
  });
});

afterEach(async () => {
  await edge?.close();
});

describe('the edge over the local AWS API', () => {
  it('plays a playlist with cookies and says so in the log, without the query', async () => {
    const answer = await get(`${PLAYLIST}?secret=1`, { cookie: await cookies() });
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([
      200,
      '#EXTM3U\n',
      'application/vnd.apple.mpegurl',
    ]);
    expect(log).toMatchObject([
      { at: NOW, method: 'GET', path: PLAYLIST, status: 200, verdict: 'allowed', cache: 'Miss' },
    ]);
  });

  it('plays with a signed URL', async () => {
    const { url } = await signer().signUrl(PLAYLIST);
    expect((await get(url.slice(url.indexOf(PLAYLIST)))).status).toBe(200);
  });

  it('answers 403 MissingKey without cookies and logs the reason', async () => {
    const answer = await get(PLAYLIST);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('<Code>MissingKey</Code>')]);
    expect(log).toMatchObject([{ verdict: 'unsigned', errorCode: 'MissingKey', cache: 'Error' }]);
  });

  it('answers a range with 206 and exactly those bytes, from S3 and from the cache', async () => {
    const cookie = await cookies();
    const fromOrigin = await get(SEGMENT, { cookie, range: 'bytes=100-199' });
    await get(SEGMENT, { cookie });
    const fromCache = await get(SEGMENT, { cookie, range: 'bytes=100-199' });
    expect(log.map(({ cache }) => cache)).toEqual(['Miss', 'Miss', 'Hit']);
    for (const answer of [fromOrigin, fromCache]) {
      expect([answer.status, answer.headers['content-range']]).toEqual([206, 'bytes 100-199/2000']);
      expect(answer.body.equals(SEGMENT_BODY.subarray(100, 200))).toBe(true);
    }
  });

  it('answers 416 to a range beyond the end', async () => {
    expect((await get(SEGMENT, { cookie: await cookies(), range: 'bytes=5000-' })).status).toBe(416);
  });

  it('answers HEAD with the size and no body', async () => {
    const answer = await get(SEGMENT, { cookie: await cookies() }, { method: 'HEAD' });
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '2000', 0]);
  });

  it('answers 304 to the ETag it gave', async () => {
    const cookie = await cookies();
    const { headers } = await get(SEGMENT, { cookie });
    expect((await get(SEGMENT, { cookie, 'if-none-match': headers.etag })).status).toBe(304);
  });

  it('sends CORS with credentials to the exact origin only', async () => {
    const cookie = await cookies();
    const ours = await get(PLAYLIST, { cookie, origin: PLAYER_ORIGIN });
    const theirs = await get(PLAYLIST, { cookie, origin: 'http://localhost:4401' });
    expect(ours.headers).toMatchObject({
      'access-control-allow-origin': PLAYER_ORIGIN,
      'access-control-allow-credentials': 'true',
    });
    expect(theirs.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it("passes S3's 403 for a missing object through: the service principal may not list", async () => {
    const answer = await get('/books/42/missing.ts', { cookie: await cookies() });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<Code>AccessDenied</Code>');
    expect(answer.text).toContain('RequestId');
    expect(log[0]).toMatchObject({ verdict: 'allowed', cache: 'Error' });
  });

  it.each([
    '/books/42/../43/index.m3u8',
    '/books/42/%2e%2e/43/index.m3u8',
    '/books/42/%2e%2e%2f43/index.m3u8',
    '/books/42//index.m3u8',
    '//books/42/index.m3u8',
    '/books/42/%252e%252e/43/index.m3u8',
    '/books/42/..%5c43/index.m3u8',
  ])('answers 403 to %s, whose cookies are for book 42', async (path) => {
    const answer = await get(path, { cookie: await cookies() });
    expect([answer.status, answer.text]).toEqual([403, expect.not.stringMatching('another book|EXTM3U')]);
  });

  it('answers 400 to a path that is not UTF-8, and to a target that is not a path', async () => {
    expect((await get('/books/42/%ff', { cookie: await cookies() })).status).toBe(400);
    expect((await get('http://other.example/books/42/a')).status).toBe(400);
  });

  it('redirects from the plain listener to the main one, for a loopback viewer', async () => {
    const answer = await get(`${PLAYLIST}?a=1`, { host: 'localhost:80' }, { base: edge.httpUrl });
    expect([answer.status, answer.headers.location]).toEqual([
      301,
      `http://localhost:${new URL(edge.url).port}${PLAYLIST}?a=1`,
    ]);
  });

  it("redirects to https under the distribution's own name", async () => {
    const answer = await get(PLAYLIST, { host: distribution.domainName }, { base: edge.httpUrl });
    expect(answer.headers.location).toBe(`https://${distribution.domainName}${PLAYLIST}`);
  });

  it('answers 403 to a host that is not the distribution', async () => {
    const answer = await get(PLAYLIST, { cookie: await cookies(), host: 'evil.example' });
    expect([answer.status, log[0]?.verdict]).toEqual([403, 'unknown-host']);
  });
});

describe('a change in the AWS API', () => {
  it('counts at once after a refresh: a key dropped from the group opens nothing any more', async () => {
    const cookie = await cookies();
    const withSecond = await cookies(secondKeyId);
    expect((await get(PLAYLIST, { cookie })).status).toBe(200);
    await setKeys([secondKeyId]);
    try {
      await edge.refresh();
      const denied = await get(PLAYLIST, { cookie });
      expect([denied.status, log.at(-1)?.verdict]).toEqual([403, 'unknown-key']);
      expect((await get(PLAYLIST, { cookie: withSecond })).status).toBe(200);
    } finally {
      await setKeys([firstKeyId, secondKeyId]);
    }
  });

  it('counts by itself a second later', async () => {
    const cookie = await cookies();
    await setKeys([secondKeyId]);
    try {
      expect((await get(PLAYLIST, { cookie })).status).toBe(200);
      clock = new Date(NOW.getTime() + 1000);
      expect((await get(PLAYLIST, { cookie })).status).toBe(403);
    } finally {
      await setKeys([firstKeyId, secondKeyId]);
    }
  });

  it('opens a behaviour that lost its key group', async () => {
    expect((await get(PLAYLIST)).status).toBe(403);
    const restore = await updateDistribution((config) => ({
      ...config,
      CacheBehaviors: {
        Quantity: 1,
        Items: (config.CacheBehaviors?.Items ?? []).map((behaviour) => ({
          ...behaviour,
          TrustedKeyGroups: { Enabled: false, Quantity: 0 },
        })),
      },
    }));
    try {
      await edge.refresh();
      expect((await get(PLAYLIST)).status).toBe(200);
      expect((await get('/elsewhere')).status).toBe(403);
    } finally {
      await restore();
    }
  });

  it("shows as S3's 403 when the bucket policy names another distribution", async () => {
    await allow(`${distribution.arn}X`);
    try {
      const answer = await get(SEGMENT, { cookie: await cookies() });
      expect([answer.status, log[0]?.verdict]).toEqual([403, 'allowed']);
      expect(answer.text).toContain('<Code>AccessDenied</Code>');
      expect(answer.text).toContain('RequestId');
    } finally {
      await allow(distribution.arn);
    }
  });
});

describe('the edge as a program', () => {
  it('says in one line which port is taken', async () => {
    const port = Number(new URL(edge.url).port);
    const second = startEdge({
      distributionId: distribution.id,
      environment: local().cloud.environment,
      port,
    });
    await expect(second).rejects.toThrow(
      `port ${port} is already in use, so the edge cannot listen on it: end the program that uses it, or choose another port`,
    );
  });

  it('frees the first port when the second one is taken', async () => {
    const { port } = new URL(edge.url);
    const free = await freePort();
    const options = { distributionId: distribution.id, environment: local().cloud.environment };
    await expect(startEdge({ ...options, port: free, httpPort: Number(port) })).rejects.toMatchObject({
      cause: { code: 'EADDRINUSE' },
    });
    const third = await startEdge({ ...options, port: free });
    await third.close();
  });

  it('does not start for a distribution that is not there', async () => {
    const missing = startEdge({ distributionId: 'E0NOTTHERE', environment: local().cloud.environment });
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchDistribution' });
  });

  it('does not start for an origin that is not S3, which it does not support', async () => {
    const restore = await updateDistribution((config) => ({
      ...config,
      Origins: {
        Quantity: 1,
        Items: (config.Origins?.Items ?? []).map(({ Id }) => ({
          Id,
          DomainName: 'origin.example.com',
          CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' as const },
        })),
      },
    }));
    try {
      await expect(
        startEdge({ distributionId: distribution.id, environment: local().cloud.environment }),
      ).rejects.toThrow(
        'origin "hls": expected an S3 bucket (<bucket>.s3.<region>.amazonaws.com), got origin.example.com',
      );
    } finally {
      await restore();
    }
  });

  it('ends open connections when it closes, and may be closed twice', async () => {
    const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await edge.close();
    await ended;
    await edge.close();
  });

  it('judges by what it knew, keeps its cache to itself and warns once while the AWS API is gone, and says when it is back', async () => {
    const link = await openLink();
    const remote = await startEdge({
      distributionId: distribution.id,
      environment: { ...local().cloud.environment, AWS_ENDPOINT_URL: link.url },
      onWarning: (message) => warnings.push(message),
      now: () => clock,
      elapsedMs,
    });
    try {
      const cookie = await cookies();
      const ask = async (path: string, headers = { cookie }) =>
        (await get(path, headers, { base: remote.url })).status;
      expect(await ask(PLAYLIST)).toBe(200);
      link.cut();
      clock = new Date(NOW.getTime() + 2000);
      // What is cached may have been invalidated meanwhile, so the origin is asked, which is gone as well.
      expect([await ask(PLAYLIST), await ask(PLAYLIST, { cookie: '' }), await ask(SEGMENT)]).toEqual([
        502, 403, 502,
      ]);
      clock = new Date(NOW.getTime() + 4000);
      expect(await ask(PLAYLIST)).toBe(502);
      expect(warnings).toEqual([
        expect.stringContaining('cannot read the distribution; using the version that was read last'),
        expect.stringContaining('cannot read the invalidations; nothing is served from the cache'),
      ]);
      link.mend();
      clock = new Date(NOW.getTime() + 6000);
      expect([await ask(SEGMENT), await ask(PLAYLIST)]).toEqual([200, 200]);
      expect(warnings.slice(2)).toEqual([
        'the distribution can be read again',
        'the invalidations can be read again',
      ]);
    } finally {
      await remote.close();
      await link.close();
    }
  });
});

describe('an invalidation in the AWS API', () => {
  it('is carried out by every edge when it is complete: objects and errors from before are gone', async () => {
    const { environment } = local().cloud;
    const twin = await startEdge({ distributionId: distribution.id, environment, now: () => clock });
    const [old, gone, added] = ['/books/42/old.ts', '/books/42/gone.ts', '/books/42/added.ts'];
    const cookie = await cookies();
    const fromBoth = async (path: string) => {
      const found: string[] = [];
      for (const base of [edge.url, twin.url]) {
        const { status, text } = await get(path, { cookie }, { base });
        found.push(status === 200 ? text : String(status));
      }
      return found;
    };
    const results = async () => [await fromBoth(old), await fromBoth(gone), await fromBoth(added)];
    const before = [
      ['version 1', 'version 1'],
      ['there', 'there'],
      ['403', '403'],
    ];
    try {
      await put(old, 'version 1', 'video/MP2T');
      await put(gone, 'there', 'video/MP2T');
      expect(await results()).toEqual(before);
      await put(old, 'version 2', 'video/MP2T');
      await local().s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: gone.slice(1) }));
      await put(added, 'there now', 'video/MP2T');
      // The clock of the caches stands still: errors are kept too.
      expect(await results()).toEqual(before);
      await invalidate(['/books/42/*']);
      expect(await results()).toEqual([
        ['version 2', 'version 2'],
        ['403', '403'],
        ['there now', 'there now'],
      ]);
    } finally {
      await twin.close();
    }
  });

  it('does not let an answer into the cache that S3 gave before it and that comes after it', async () => {
    const link = await openLink();
    const remote = await startEdge({
      distributionId: distribution.id,
      environment: { ...local().cloud.environment, AWS_ENDPOINT_URL: link.url },
      now: () => clock,
    });
    const path = '/books/42/slow.ts';
    try {
      const cookie = await cookies();
      const ask = async () => (await get(path, { cookie }, { base: remote.url })).text;
      await put(path, 'version 1', 'video/MP2T');
      const arrived = link.hold(path);
      const waiting = ask();
      const letGo = await arrived;
      await put(path, 'version 2', 'video/MP2T');
      await invalidate(['/books/42/*']);
      // Another viewer meanwhile: by then the edge knows of the invalidation.
      expect(await ask()).toBe('version 2');
      letGo();
      expect(await waiting).toBe('version 1');
      expect(await ask()).toBe('version 2');
    } finally {
      await remote.close();
      await link.close();
    }
  });

  it('is found among many that came at once', async () => {
    const cookie = await cookies();
    await put('/books/42/many.ts', 'version 1', 'video/MP2T');
    await get('/books/42/many.ts', { cookie });
    await put('/books/42/many.ts', 'version 2', 'video/MP2T');
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        invalidate([index === 0 ? '/books/42/many.ts' : `/books/43/${index}.ts`]),
      ),
    );
    expect((await get('/books/42/many.ts', { cookie })).text).toBe('version 2');
  });

  it('that does not name an object leaves it cached, and one without completion counts after a refresh', async () => {
    const cookie = await cookies();
    await get(SEGMENT, { cookie });
    await invalidate(['/books/43/*', '/books/42/Index_360p_00001.ts']);
    await get(SEGMENT, { cookie });
    expect(log.at(-1)?.cache).toBe('Hit');
    await createInvalidation([SEGMENT]);
    await edge.refresh();
    await get(SEGMENT, { cookie });
    expect(log.at(-1)?.cache).toBe('Miss');
  });
});

let invalidations = 0;

async function createInvalidation(paths: readonly string[]): Promise<string> {
  invalidations += 1;
  const { Invalidation } = await local().cloudFront.send(
    new CreateInvalidationCommand({
      DistributionId: distribution.id,
      InvalidationBatch: {
        CallerReference: `invalidation-${invalidations}`,
        Paths: { Quantity: paths.length, Items: [...paths] },
      },
    }),
  );
  return Invalidation?.Id ?? '';
}

/** Creates one and waits until it is complete. */
async function invalidate(paths: readonly string[]): Promise<void> {
  const Id = await createInvalidation(paths);
  await waitUntilInvalidationCompleted(
    { client: local().cloudFront, minDelay: 1, maxDelay: 1, maxWaitTime: 60 },
    { DistributionId: distribution.id, Id },
  );
}

async function put(path: string, body: string | Buffer, contentType: string): Promise<void> {
  await local().s3.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: path.slice(1), Body: body, ContentType: contentType }),
  );
}

/** The bucket policy of the real stack: CloudFront may read, for this distribution only. */
async function allow(sourceArn: string): Promise<void> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        Condition: { StringEquals: { 'AWS:SourceArn': sourceArn } },
      },
    ],
  });
  await local().s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
}

async function createKey(name: string, publicPem: string): Promise<string> {
  const { PublicKey } = await local().cloudFront.send(
    new CreatePublicKeyCommand({
      PublicKeyConfig: { CallerReference: name, Name: name, EncodedKey: publicPem },
    }),
  );
  return PublicKey?.Id ?? '';
}

async function createDistribution(): Promise<{ id: string; arn: string; domainName: string }> {
  const group = await local().cloudFront.send(
    new CreateKeyGroupCommand({ KeyGroupConfig: { Name: 'viewers', Items: [firstKeyId, secondKeyId] } }),
  );
  keyGroupId = group.KeyGroup?.Id ?? '';
  const access = await local().cloudFront.send(
    new CreateOriginAccessControlCommand({
      OriginAccessControlConfig: {
        Name: 'hls',
        OriginAccessControlOriginType: 's3',
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
      },
    }),
  );
  const cachePolicy = await local().cloudFront.send(
    new CreateCachePolicyCommand({
      CachePolicyConfig: {
        Name: 'segments',
        MinTTL: 0,
        DefaultTTL: 60,
        MaxTTL: 60,
        ParametersInCacheKeyAndForwardedToOrigin: {
          EnableAcceptEncodingGzip: false,
          CookiesConfig: { CookieBehavior: 'none' },
          HeadersConfig: { HeaderBehavior: 'none' },
          QueryStringsConfig: { QueryStringBehavior: 'none' },
        },
      },
    }),
  );
  const headersPolicy = await local().cloudFront.send(
    new CreateResponseHeadersPolicyCommand({
      ResponseHeadersPolicyConfig: {
        Name: 'cors',
        CorsConfig: {
          AccessControlAllowOrigins: { Quantity: 1, Items: [PLAYER_ORIGIN] },
          AccessControlAllowHeaders: { Quantity: 1, Items: ['Range'] },
          AccessControlAllowMethods: { Quantity: 2, Items: ['GET', 'HEAD'] },
          AccessControlAllowCredentials: true,
          OriginOverride: true,
        },
      },
    }),
  );
  const behaviour = {
    TargetOriginId: 'hls',
    ViewerProtocolPolicy: 'redirect-to-https' as const,
    AllowedMethods: {
      Quantity: 2,
      Items: ['GET' as const, 'HEAD' as const],
      CachedMethods: { Quantity: 2, Items: ['GET' as const, 'HEAD' as const] },
    },
    Compress: true,
    CachePolicyId: cachePolicy.CachePolicy?.Id ?? '',
    ResponseHeadersPolicyId: headersPolicy.ResponseHeadersPolicy?.Id ?? '',
    TrustedKeyGroups: { Enabled: true, Quantity: 1, Items: [keyGroupId] },
  };
  const { Distribution } = await local().cloudFront.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        CallerReference: 'edge-test',
        Comment: 'edge test',
        Enabled: true,
        Origins: {
          Quantity: 1,
          Items: [
            {
              Id: 'hls',
              DomainName: `${BUCKET}.s3.us-east-1.amazonaws.com`,
              OriginAccessControlId: access.OriginAccessControl?.Id ?? '',
              S3OriginConfig: { OriginAccessIdentity: '' },
            },
          ],
        },
        CacheBehaviors: { Quantity: 1, Items: [{ PathPattern: 'books/*', ...behaviour }] },
        DefaultCacheBehavior: behaviour,
        CustomErrorResponses: { Quantity: 1, Items: [{ ErrorCode: 403, ErrorCachingMinTTL: 1 }] },
        Restrictions: { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
        ViewerCertificate: { CloudFrontDefaultCertificate: true },
      },
    }),
  );
  return {
    id: Distribution?.Id ?? '',
    arn: Distribution?.ARN ?? '',
    domainName: Distribution?.DomainName ?? '',
  };
}

async function setKeys(keyIds: string[]): Promise<void> {
  const { ETag, KeyGroup } = await local().cloudFront.send(new GetKeyGroupCommand({ Id: keyGroupId }));
  await local().cloudFront.send(
    new UpdateKeyGroupCommand({
      Id: keyGroupId,
      IfMatch: ETag,
      KeyGroupConfig: { Name: KeyGroup?.KeyGroupConfig?.Name ?? '', Items: keyIds },
    }),
  );
}

/** Changes the distribution; the answer puts it back. */
async function updateDistribution(
  change: (config: DistributionConfig) => DistributionConfig,
): Promise<() => Promise<void>> {
  const update = async (config: DistributionConfig) => {
    const { ETag } = await local().cloudFront.send(new GetDistributionConfigCommand({ Id: distribution.id }));
    await local().cloudFront.send(
      new UpdateDistributionCommand({ Id: distribution.id, IfMatch: ETag, DistributionConfig: config }),
    );
  };
  const before = await local().cloudFront.send(new GetDistributionConfigCommand({ Id: distribution.id }));
  const config = before.DistributionConfig as DistributionConfig;
  await update(change(config));
  return () => update(config);
}

function signer(keyPairId = firstKeyId) {
  const pair = keyPairId === firstKeyId ? keys.first : keys.second;
  return signerFor({ ...pair, id: keyPairId }, { domain: distribution.domainName });
}

async function cookies(keyPairId?: string): Promise<string> {
  return cookieHeader((await signer(keyPairId).signCookies('/books/42/*', { expiresIn: '1h' })).cookies);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

/** Not fetch: it would tidy the path up before it is sent. */
function get(
  target: string,
  headers: Readonly<Record<string, string | string[] | undefined>> = {},
  { method = 'GET', base = edge.url }: { method?: string; base?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, method, path: target, headers: sent, agent: false });
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const body = Buffer.concat(chunks);
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, text: body.toString() });
      });
    });
    outgoing.end();
  });
}

/** A wire to the local cloud that can be cut and mended. */
async function openLink() {
  let isCut = false;
  let held: { readonly path: string; readonly reached: () => void; readonly go: Promise<void> } | undefined;
  const server = createHttpServer(async (incoming, outgoing) => {
    if (isCut) return void incoming.socket.destroy();
    const answer = await passOn(incoming, await readBody(incoming), local().cloud.environment);
    if (held !== undefined && incoming.url?.endsWith(held.path)) {
      const { reached, go } = held;
      held = undefined;
      reached();
      await go;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true;
      server.closeAllConnections();
    },
    mend: () => {
      isCut = false;
    },
    /** Holds the next answer for the path back; resolves when it is there, with what lets it go. */
    hold: (path: string) => {
      let go = () => {};
      const gone = new Promise<void>((resolve) => {
        go = resolve;
      });
      return new Promise<() => void>((resolve) => {
        held = { path, reached: () => resolve(go), go: gone };
      });
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
