/** A viewer's request through the edge: judgement, cache, origin, response headers. No sockets, no clock of its own. */

import {
  cacheKey,
  type EdgeCache,
  errorTtlSeconds,
  MAX_CACHED_OBJECT_BYTES,
  objectTtlSeconds,
  type StoredAnswer,
} from './cache.ts';
import type { Distribution } from './distribution.ts';
import { errorPage, redirectToHttps, signatureDenial } from './error-pages.ts';
import { type Judgement, judge, type ViewerRequest } from './judge.ts';
import { type Origin, type OriginAnswer, OriginError } from './origin.ts';
import { type EdgeResponse, isNotModified, readRange, viewerHeaders } from './response.ts';

export interface EdgeContext {
  readonly distribution: Distribution;
  readonly cache: EdgeCache;
  readonly origin: Origin;
  readonly now: Date;
  readonly requestId: string;
  /** Aborted when the viewer goes away. */
  readonly signal: AbortSignal;
}

export type CacheResult = 'Hit' | 'Miss' | 'Error' | 'Redirect';

export interface HandledRequest {
  readonly judgement: Judgement;
  readonly response: EdgeResponse;
  readonly cache: CacheResult;
}

/** Answers one request. Never throws for what a viewer sends or an origin does. */
export async function handleRequest(request: ViewerRequest, context: EdgeContext): Promise<HandledRequest> {
  const judgement = judge(request, context);
  if (judgement.outcome !== 'allowed') {
    const response = refuse(judgement, request, context.requestId);
    return { judgement, response, cache: judgement.outcome === 'redirect-to-https' ? 'Redirect' : 'Error' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const response = errorPage(501, `The local edge does not do ${request.method}.`, context.requestId);
    return { judgement, response, cache: 'Error' };
  }
  try {
    return { judgement, ...(await serve(request, judgement.behaviour, context)) };
  } catch (cause) {
    if (!(cause instanceof OriginError)) throw cause;
    return { judgement, response: originTrouble(cause, context.requestId), cache: 'Error' };
  }
}

type Served = Omit<HandledRequest, 'judgement'>;
type Behaviour = Distribution['behaviours'][number];

function refuse(
  judgement: Exclude<Judgement, { outcome: 'allowed' }>,
  request: ViewerRequest,
  requestId: string,
): EdgeResponse {
  switch (judgement.outcome) {
    case 'denied':
      return signatureDenial(judgement.denied);
    case 'redirect-to-https': {
      const target = `${request.path}${request.query && `?${request.query}`}`;
      return redirectToHttps(request.method, `https://${request.host}${target}`);
    }
    case 'geo-blocked':
      return errorPage(
        403,
        'The Amazon CloudFront distribution is configured to block access from your country.',
        requestId,
      );
    case 'method-not-allowed':
      return errorPage(
        403,
        'This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.',
        requestId,
      );
    case 'https-only':
    case 'unknown-host':
    case 'disabled':
      return errorPage(403, 'Bad request.', requestId);
  }
}

async function serve(request: ViewerRequest, behaviour: Behaviour, context: EdgeContext): Promise<Served> {
  const path = request.path === '/' ? `/${context.distribution.defaultRootObject}` : request.path;
  const { origin, caching } = behaviour;
  const key = caching && `${origin.bucket}${origin.path}${cacheKey({ ...request, path }, caching)}`;
  const cached = key ? context.cache.get(key, context.now) : null;
  if (cached) {
    const age = { age: String(cached.ageSeconds) };
    return answerFromMemory(request, { stored: cached, behaviour, cache: 'Hit', extraHeaders: age });
  }

  const isWholeGet = request.method === 'GET' && request.headers.range === undefined;
  const answer = await context.origin.fetch({
    origin,
    path,
    method: request.method === 'HEAD' ? 'HEAD' : 'GET',
    // A whole object is asked for without conditions: it goes into the cache and is compared here.
    headers: isWholeGet ? {} : conditionalHeaders(request),
    signal: context.signal,
  });
  const ttlSeconds = !key || !isWholeGet ? 0 : ttlOf(answer, behaviour, context);
  if (key && ttlSeconds > 0 && Number(answer.headers['content-length']) <= MAX_CACHED_OBJECT_BYTES) {
    const stored = { status: answer.status, headers: answer.headers, body: await readAll(answer) };
    context.cache.put(key, stored, { ttlSeconds, now: context.now });
    return answerFromMemory(request, { stored, behaviour, cache: 'Miss' });
  }
  return passOn(request, { answer, behaviour });
}

function ttlOf(answer: OriginAnswer, { caching }: Behaviour, { distribution, now }: EdgeContext): number {
  if (answer.status === 200 && caching) return objectTtlSeconds(answer.headers, caching, now);
  return errorTtlSeconds(answer, {
    configured: distribution.errorCachingSeconds,
    maxTtlSeconds: caching?.maxTtlSeconds ?? 0,
    now,
  });
}

/** From an answer held whole: conditions and ranges are worked out here. */
function answerFromMemory(
  request: ViewerRequest,
  {
    stored,
    behaviour,
    cache,
    extraHeaders = {},
  }: {
    stored: StoredAnswer;
    behaviour: Behaviour;
    cache: CacheResult;
    extraHeaders?: Readonly<Record<string, string>>;
  },
): Served {
  const isError = stored.status >= 400;
  const headers = {
    ...viewerHeaders(stored.headers, {
      policy: behaviour.responseHeaders,
      viewerOrigin: request.headers.origin,
    }),
    'accept-ranges': 'bytes',
    'content-length': String(stored.body.length),
    'x-cache': isError ? 'Error from cloudfront' : `${cache} from cloudfront`,
    ...extraHeaders,
  };
  const body = request.method === 'HEAD' ? null : stored.body;
  if (isError) return { response: { status: stored.status, headers, body }, cache: 'Error' };
  if (isNotModified(request.headers, stored.headers)) {
    return { response: { status: 304, headers: withoutBody(headers), body: null }, cache };
  }
  const range = isRangeWanted(request, stored.headers)
    ? readRange(request.headers.range, stored.body.length)
    : null;
  if (range === 'unsatisfiable') {
    const contentRange = { 'content-length': '0', 'content-range': `bytes */${stored.body.length}` };
    return {
      response: { status: 416, headers: { ...headers, ...contentRange }, body: null },
      cache: 'Error',
    };
  }
  if (!range) return { response: { status: 200, headers, body }, cache };
  const part = stored.body.subarray(range.start, range.end + 1);
  const partHeaders = {
    'content-length': String(part.length),
    'content-range': `bytes ${range.start}-${range.end}/${stored.body.length}`,
  };
  return { response: { status: 206, headers: { ...headers, ...partHeaders }, body: body && part }, cache };
}

/** Straight through: ranges of what is not cached, large objects, what may not be kept. */
function passOn(
  request: ViewerRequest,
  { answer, behaviour }: { answer: OriginAnswer; behaviour: Behaviour },
): Served {
  const cache = answer.status >= 400 ? 'Error' : 'Miss';
  const headers = {
    ...viewerHeaders(answer.headers, {
      policy: behaviour.responseHeaders,
      viewerOrigin: request.headers.origin,
    }),
    'x-cache': `${cache} from cloudfront`,
  };
  if (answer.status === 200 && isNotModified(request.headers, answer.headers)) {
    if (!Buffer.isBuffer(answer.body)) answer.body.destroy();
    return { response: { status: 304, headers: withoutBody(headers), body: null }, cache };
  }
  return { response: { status: answer.status, headers, body: answer.body }, cache };
}

function conditionalHeaders(request: ViewerRequest): Record<string, string> {
  const names = [
    'range',
    'if-range',
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** If-Range: a part only of the very object that the viewer has the rest of. */
function isRangeWanted(request: ViewerRequest, stored: Readonly<Record<string, string>>): boolean {
  const condition = request.headers['if-range'];
  return condition === undefined || condition === stored.etag || condition === stored['last-modified'];
}

function withoutBody(headers: Record<string, string>): Record<string, string> {
  const { 'content-length': _length, 'content-type': _type, ...rest } = headers;
  return rest;
}

async function readAll(answer: OriginAnswer): Promise<Buffer> {
  if (Buffer.isBuffer(answer.body)) return answer.body;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer.body) chunks.push(chunk);
  } catch (cause) {
    throw new OriginError('Unreachable', 'the origin broke off', { cause });
  }
  return Buffer.concat(chunks);
}

function originTrouble(error: OriginError, requestId: string): EdgeResponse {
  if (error.code === 'InvalidUri') return errorPage(400, 'Bad request.', requestId);
  if (error.code === 'Timeout') {
    return errorPage(
      504,
      'CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection.',
      requestId,
    );
  }
  return errorPage(502, "CloudFront wasn't able to connect to the origin.", requestId);
}
