/** Answers from an object held whole: conditions, ranges and the headers that go with them. Pure. */
import type { StoredAnswer } from './cache.ts';
import { isRangeCurrent, judgeConditions } from './preconditions.ts';
import { type ByteRange, readRanges } from './ranges.ts';
import type { EdgeResponse } from './response.ts';

type Headers = Readonly<Record<string, string>>;

export interface MemoryRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * The response to GET or HEAD; `headers` are what the viewer gets beside what is said of this very answer.
 *
 * @param boundary - keeps the parts of several ranges apart; in none of the bytes
 */
export function answerFromMemory(
  request: MemoryRequest,
  stored: StoredAnswer,
  { headers, boundary }: { readonly headers: Headers; readonly boundary: string },
): EdgeResponse {
  const whole = {
    status: stored.status,
    headers: { ...headers, 'accept-ranges': 'bytes', 'content-length': String(stored.body.length) },
    body: stored.body,
  };
  if (stored.status >= 400) return forMethod(request, whole);
  switch (judgeConditions(request.headers, stored.headers)) {
    case 'not-modified':
      return { status: 304, headers: withoutBody(whole.headers), body: null };
    case 'failed':
      return preconditionFailed(headers);
    case 'met':
      return forMethod(request, cut(request, stored, { whole, boundary }));
  }
}

/** 412, to If-Match and If-Unmodified-Since. */
export function preconditionFailed(headers: Headers): EdgeResponse {
  const { 'content-type': _type, ...rest } = headers;
  const own = { 'content-length': '0', 'x-cache': 'Error from cloudfront' };
  return { status: 412, headers: { ...rest, ...own }, body: null };
}

export function withoutBody(headers: Headers): Headers {
  const { 'content-length': _length, 'content-type': _type, ...rest } = headers;
  return rest;
}

function forMethod({ method }: MemoryRequest, response: EdgeResponse): EdgeResponse {
  return method === 'HEAD' ? { ...response, body: null } : response;
}

type Whole = EdgeResponse & { readonly body: Buffer };

function cut(
  request: MemoryRequest,
  stored: StoredAnswer,
  { whole, boundary }: { readonly whole: Whole; readonly boundary: string },
): EdgeResponse {
  if (request.headers.range === undefined || !isRangeCurrent(request.headers, stored.headers)) return whole;
  const size = stored.body.length;
  const ranges = readRanges(request.headers.range, size);
  if (ranges === null) return whole;
  if (ranges === 'unsatisfiable') {
    const own = {
      'content-length': '0',
      'content-range': `bytes */${size}`,
      'x-cache': 'Error from cloudfront',
    };
    return { status: 416, headers: { ...whole.headers, ...own }, body: null };
  }
  const [first, ...others] = ranges;
  if (first === undefined) return whole;
  if (others.length > 0) return severalParts(ranges, { whole, boundary });
  const body = stored.body.subarray(first.start, first.end + 1);
  const own = { 'content-length': String(body.length), 'content-range': contentRange(first, size) };
  return { status: 206, headers: { ...whole.headers, ...own }, body };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-14.6 */
function severalParts(
  ranges: readonly ByteRange[],
  { whole, boundary }: { readonly whole: Whole; readonly boundary: string },
): EdgeResponse {
  const type = whole.headers['content-type'] ?? 'binary/octet-stream';
  const size = whole.body.length;
  const parts = ranges.flatMap((range) => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`,
    ),
    whole.body.subarray(range.start, range.end + 1),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const own = {
    'content-length': String(body.length),
    'content-type': `multipart/byteranges; boundary="${boundary}"`,
  };
  return { status: 206, headers: { ...whole.headers, ...own }, body };
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}
