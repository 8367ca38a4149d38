/** An allowed GET or HEAD: from the cache, or from the origin and into the cache. No sockets, no clock of its own. */

import type { Behaviour, Distribution } from '../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../aws/cloudfront/judge.ts';
import { answerFromMemory, preconditionFailed, withoutBody } from './answer-from-memory.ts';
import {
  cacheKey,
  type EdgeCache,
  errorTtlSeconds,
  type Fill,
  objectTtlSeconds,
  type StoredAnswer,
} from './cache.ts';
import { chooseEncoding, compressed, isCompressible } from './compression.ts';
import { type Origin, type OriginAnswer, OriginError } from './origin.ts';
import { judgeConditions } from './preconditions.ts';
import { type EdgeResponse, viewerHeaders } from './response.ts';

export type CacheResult = 'Hit' | 'RefreshHit' | 'Miss' | 'Error' | 'Redirect';

export interface ServeContext {
  readonly distribution: Distribution;
  readonly cache: EdgeCache;
  /**
   * Whether the cache has carried out every invalidation that was complete when this was called. Called once, before
   * anything is looked up.
   * @default - there are no invalidations
   */
  readonly isUpToDate?: () => boolean | Promise<boolean>;
  readonly origin: Origin;
  readonly now: Date;
  readonly requestId: string;
  /** Aborted when the viewer goes away. */
  readonly signal: AbortSignal;
}

export interface Served {
  readonly response: EdgeResponse;
  readonly cache: CacheResult;
}

/** @throws OriginError when the origin gives no answer and nothing is kept */
export async function serveObject(
  request: ViewerRequest,
  behaviour: Behaviour,
  context: ServeContext,
): Promise<Served> {
  const path = request.path === '/' ? `/${context.distribution.defaultRootObject}` : request.path;
  const object: WantedObject = { request, behaviour, path, key: keyOf(request, path, behaviour) };
  const { key } = object;
  if (key === null) return fromOrigin(object, context, NOT_KEPT);
  const upToDate = context.isUpToDate?.() ?? true;
  const mayUseCache = typeof upToDate === 'boolean' ? upToDate : await upToDate;
  const kept = mayUseCache ? context.cache.get(key, context.now) : null;
  if (kept) return fromMemory(object, kept, { cache: 'Hit', ageSeconds: kept.ageSeconds, context });
  const stale = mayUseCache ? context.cache.stale(key) : null;
  const fill = context.cache.begin(key);
  try {
    return await (stale ? revalidate(object, stale, context, fill) : fromOrigin(object, context, fill));
  } finally {
    fill.end();
  }
}

/** Of what has no key. */
const NOT_KEPT: Fill = { keep: () => undefined, end: () => undefined };

interface WantedObject {
  readonly request: ViewerRequest;
  readonly behaviour: Behaviour;
  readonly path: string;
  /** Null where nothing is cached. */
  readonly key: string | null;
}

function keyOf({ query, headers }: ViewerRequest, path: string, behaviour: Behaviour): string | null {
  const { origin, caching } = behaviour;
  if (!caching) return null;
  return cacheKey({ origin, path, query, headers, encoding: chooseEncoding(headers, behaviour) }, caching);
}

async function fromOrigin(object: WantedObject, context: ServeContext, fill: Fill): Promise<Served> {
  const { request, key } = object;
  const isWholeGet = request.method === 'GET' && !isOneRange(request.headers.range);
  const answer = isWholeGet
    ? await askOrigin(object, context, 'GET', {})
    : await fetchPartial(object, context, request.method === 'HEAD' ? 'HEAD' : 'GET');
  if (key === null || !isWholeGet) return streamThrough(object, answer);
  return storeAndServe(object, answer, context, fill);
}

/**
 * Keeps what may be kept. A whole object was asked for without the viewer's conditions and ranges: they are worked out
 * here.
 */
async function storeAndServe(
  object: WantedObject,
  answer: OriginAnswer,
  context: ServeContext,
  fill: Fill,
): Promise<Served> {
  const { request, behaviour } = object;
  const ttlSeconds = ttlOf(answer, behaviour, context);
  if (ttlSeconds <= 0) return streamThrough(object, answer);
  const encoding = isCompressible(answer) ? chooseEncoding(request.headers, behaviour) : null;
  const fits = Number(answer.headers['content-length']) <= context.cache.maxObjectBytes;
  if (!fits && encoding === null) return streamThrough(object, answer);
  const plain = { status: answer.status, headers: answer.headers, body: await readAll(answer) };
  const stored = encoding === null ? plain : await compressed(plain, encoding);
  fill.keep(stored, { ttlSeconds, now: context.now });
  return fromMemory(object, stored, { cache: 'Miss', context });
}

/**
 * An object whose time is over: still good if S3 says so, and better than nothing while S3 is in trouble.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
 */
async function revalidate(
  object: WantedObject,
  stale: StoredAnswer,
  context: ServeContext,
  fill: Fill,
): Promise<Served> {
  const { behaviour } = object;
  let answer: OriginAnswer;
  try {
    answer = await askOrigin(object, context, 'GET', validatorsOf(stale));
  } catch (cause) {
    if (!(cause instanceof OriginError) || cause.code === 'InvalidUri') throw cause;
    return fromMemory(object, stale, { cache: 'Hit', context });
  }
  if (answer.status >= 500) {
    discard(answer);
    return fromMemory(object, stale, { cache: 'Hit', context });
  }
  if (answer.status !== 304) return storeAndServe(object, answer, context, fill);
  discard(answer);
  const { 'cache-control': cacheControl, expires } = answer.headers;
  const headers = {
    ...stale.headers,
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    ...(expires !== undefined && { expires }),
  };
  const renewed = { ...stale, headers };
  const ttlSeconds = behaviour.caching ? objectTtlSeconds(headers, behaviour.caching, context.now) : 0;
  fill.keep(renewed, { ttlSeconds, now: context.now });
  return fromMemory(object, renewed, { cache: 'RefreshHit', context });
}

/** The stored ETag may have become weak by compression: S3 knows its own. */
function validatorsOf({ headers }: StoredAnswer): Record<string, string> {
  const { etag, 'last-modified': lastModified } = headers;
  return {
    ...(etag !== undefined && { 'if-none-match': etag.replace(/^W\//, '') }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/** HEAD and single ranges: the origin judges the viewer's conditions. If-Range goes as If-Match, which S3 knows. */
async function fetchPartial(
  object: WantedObject,
  context: ServeContext,
  method: 'GET' | 'HEAD',
): Promise<OriginAnswer> {
  const { headers } = object.request;
  const asked: Record<string, string> = {};
  for (const name of ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']) {
    const value = headers[name];
    if (value !== undefined) asked[name] = value;
  }
  const ifRange = headers['if-range']?.trim();
  if (ifRange === undefined || asked.range === undefined) return askOrigin(object, context, method, asked);
  const { range: _range, ...whole } = asked;
  if (ifRange.startsWith('W/')) return askOrigin(object, context, method, whole);
  const isEtag = ifRange.startsWith('"');
  const answer = await askOrigin(object, context, method, {
    ...asked,
    [isEtag ? 'if-match' : 'if-unmodified-since']: ifRange,
  });
  if (answer.status !== 412) return answer;
  discard(answer);
  return askOrigin(object, context, method, whole);
}

/** One range is cut by the origin; several are cut here, from the whole object. */
function isOneRange(header: string | undefined): boolean {
  return header !== undefined && !header.includes(',');
}

async function askOrigin(
  { behaviour, path }: WantedObject,
  context: ServeContext,
  method: 'GET' | 'HEAD',
  headers: Readonly<Record<string, string>>,
): Promise<OriginAnswer> {
  return context.origin.fetch({
    origin: behaviour.origin,
    path,
    method,
    headers,
    signal: context.signal,
  });
}

function ttlOf(answer: OriginAnswer, { caching }: Behaviour, { distribution, now }: ServeContext): number {
  if (answer.status === 200 && caching) return objectTtlSeconds(answer.headers, caching, now);
  return errorTtlSeconds(answer, {
    configured: distribution.errorCachingSeconds,
    maxTtlSeconds: caching?.maxTtlSeconds ?? 0,
    now,
  });
}

function fromMemory(
  object: WantedObject,
  stored: StoredAnswer,
  {
    cache,
    ageSeconds,
    context,
  }: { readonly cache: CacheResult; readonly ageSeconds?: number; readonly context: ServeContext },
): Served {
  const result = stored.status >= 400 ? 'Error' : cache;
  const headers = {
    ...headersFor(object, stored),
    'x-cache': `${result} from cloudfront`,
    ...(ageSeconds !== undefined && { age: String(ageSeconds) }),
  };
  const boundary = `CloudFront:${context.requestId.replace(/[^A-Za-z0-9]/g, '').slice(0, 32)}`;
  const response = answerFromMemory(object.request, stored, { headers, boundary });
  return { response, cache: response.status >= 400 ? 'Error' : result };
}

/** Straight through: ranges of what is not cached, large objects, what may not be kept. */
function streamThrough(object: WantedObject, answer: OriginAnswer): Served {
  const cache = answer.status >= 400 ? 'Error' : 'Miss';
  const headers = headersFor(object, answer);
  headers['x-cache'] = `${cache} from cloudfront`;
  if (answer.status === 200) {
    const condition = judgeConditions(object.request.headers, answer.headers);
    if (condition !== 'met') discard(answer);
    if (condition === 'not-modified') {
      return { response: { status: 304, headers: withoutBody(headers), body: null }, cache };
    }
    if (condition === 'failed') return { response: preconditionFailed(headers), cache: 'Error' };
  }
  if (answer.status === 304) discard(answer);
  const body = answer.status === 304 ? null : answer.body;
  return { response: { status: answer.status, headers, body }, cache };
}

/** What is compressed for some viewers says so to caches between. */
function headersFor(
  { request, behaviour }: WantedObject,
  answer: Pick<StoredAnswer, 'status' | 'headers'>,
): Record<string, string> {
  const headers = viewerHeaders(answer.headers, {
    policy: behaviour.responseHeaders,
    viewerOrigin: request.headers.origin,
  });
  const isVarying =
    behaviour.compress && (answer.headers['content-encoding'] !== undefined || isCompressible(answer));
  if (isVarying) headers.vary = headers.vary ? `Accept-Encoding, ${headers.vary}` : 'Accept-Encoding';
  return headers;
}

async function readAll({ body }: OriginAnswer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk);
  } catch (cause) {
    if (cause instanceof OriginError) throw cause;
    throw new OriginError('Unreachable', 'the origin broke off', { cause });
  }
  return Buffer.concat(chunks);
}

function discard({ body }: OriginAnswer): void {
  if (!Buffer.isBuffer(body)) body.destroy();
}
