/** A distribution, keys, a signer and an origin held in memory: the edge in-process, without sockets or AWS API. */
import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { createSigner, staticKey } from '@storytime/signer';
import type { Behaviour, Distribution } from '../../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../../aws/cloudfront/judge.ts';
import { createCache, type EdgeCache } from '../../edge/cache.ts';
import { type HandledRequest, handleRequest } from '../../edge/handle-request.ts';
import type { Origin, OriginRequest } from '../../edge/origin.ts';
import { cookieHeader } from '../support/cookie-header.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');
export const DOMAIN = 'd111111abcdef8.cloudfront.net';
export const ALIAS = 'media.storytime.example';
export const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';
export const PLAYER_ORIGIN = 'http://localhost:4400';

export interface TestKey {
  readonly id: string;
  readonly publicPem: string;
  readonly privatePem: string;
}

export function makeKey(id: string): TestKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    id,
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** The key that the behaviours below trust. */
export const trustedKey = makeKey(KEY_PAIR_ID);

export function signerFor(key: TestKey, options: { domain?: string; now?: () => Date } = {}) {
  return createSigner({
    key: staticKey({ keyPairId: key.id, privateKey: key.privatePem }),
    domain: options.domain ?? DOMAIN,
    now: options.now ?? (() => NOW),
  });
}

/** Cookies for book 42, good for an hour. */
export async function bookCookies(key: TestKey = trustedKey): Promise<string> {
  return cookieHeader((await signerFor(key).signCookies('/books/42/*', { expiresIn: '1h' })).cookies);
}

export function behaviour(overrides: Partial<Behaviour> = {}): Behaviour {
  return {
    pathPattern: '*',
    viewerProtocolPolicy: 'redirect-to-https',
    allowedMethods: ['GET', 'HEAD'],
    trustedKeys: new Map([[trustedKey.id, trustedKey.publicPem]]),
    origin: { bucket: 'hls', path: '', signsRequests: true },
    caching: {
      minTtlSeconds: 0,
      defaultTtlSeconds: 60,
      maxTtlSeconds: 86_400,
      queryStrings: { kind: 'none', names: [] },
      cookies: { kind: 'none', names: [] },
      headers: [],
      gzip: false,
      brotli: false,
    },
    compress: false,
    responseHeaders: {
      cors: { allowOrigins: [PLAYER_ORIGIN], allowCredentials: true, exposeHeaders: ['Content-Length'] },
      headers: [],
      removedHeaders: [],
    },
    ...overrides,
  };
}

export function distribution(overrides: Partial<Distribution> = {}): Distribution {
  return {
    id: 'E1EXAMPLE',
    arn: 'arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE',
    accountId: '123456789012',
    enabled: true,
    domainName: DOMAIN,
    aliases: [ALIAS],
    defaultRootObject: '',
    geoRestriction: { type: 'none', countries: [] },
    behaviours: [behaviour()],
    errorCachingSeconds: new Map([[403, 1]]),
    ...overrides,
  };
}

export interface MemoryOrigin extends Origin {
  /** Every request that came through, so that a test can say that none did. */
  readonly asked: OriginRequest[];
}

/** Objects by path; what is not there answers as S3 does without `s3:ListBucket`. */
export function memoryOrigin(
  objects: Readonly<Record<string, { body: string; headers?: Readonly<Record<string, string>> }>>,
): MemoryOrigin {
  const asked: OriginRequest[] = [];
  return {
    asked,
    close: () => undefined,
    async fetch(request) {
      asked.push(request);
      const object = objects[request.path];
      const body = Buffer.from(
        object?.body ??
          '<?xml version="1.0"?><Error><Code>AccessDenied</Code><RequestId>R</RequestId></Error>',
      );
      return {
        status: object ? 200 : 403,
        headers: {
          'content-type': object ? 'video/MP2T' : 'application/xml',
          'content-length': String(body.length),
          'access-control-allow-origin': '*',
          ...(object && { etag: '"abc"', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT' }),
          ...object?.headers,
        },
        body: Readable.from(request.method === 'HEAD' ? [] : [body]),
      };
    },
  };
}

export interface AskOptions extends Partial<ViewerRequest> {
  readonly distribution?: Distribution;
  readonly origin?: Origin;
  readonly cache?: EdgeCache;
  readonly isUpToDate?: () => boolean | Promise<boolean>;
  readonly now?: Date;
}

/** Sends one request through the edge. */
export function ask(target: string, options: AskOptions = {}): Promise<HandledRequest> {
  const { distribution: asked, origin, cache, isUpToDate, now, ...request } = options;
  const [path = '/', query = ''] = target.split(/\?(.*)/s);
  return handleRequest(
    {
      method: 'GET',
      protocol: 'https',
      host: DOMAIN,
      path,
      query,
      headers: {},
      ip: '203.0.113.7',
      ...request,
    },
    {
      distribution: asked ?? distribution(),
      origin: origin ?? memoryOrigin({ '/books/42/index.m3u8': { body: '#EXTM3U\n' } }),
      cache: cache ?? createCache(),
      ...(isUpToDate !== undefined && { isUpToDate }),
      now: now ?? NOW,
      requestId: 'test-request',
      signal: new AbortController().signal,
    },
  );
}

export async function bodyOf({ response }: HandledRequest): Promise<string> {
  if (response.body === null) return '';
  if (Buffer.isBuffer(response.body)) return response.body.toString();
  const chunks: Buffer[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
