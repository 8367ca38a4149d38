/**
 * An HTTP server that answers as S3 does a reader without `s3:ListBucket`, from a table of objects: ETag, ranges, conditions,
 * 403 with S3's XML, and the failures that a case asks for. The edge reaches it through its own origin.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { VectorObject } from './vector-file.ts';

export interface S3StandIn {
  readonly url: string;
  /** Puts other objects under a bucket's name. */
  put(bucket: string, objects: Readonly<Record<string, VectorObject>>): void;
  /** How many requests a bucket has had. */
  requests(bucket: string): number;
  close(): Promise<void>;
}

const LAST_MODIFIED = 'Fri, 20 Nov 2026 10:00:00 GMT';

/** The ETag that S3 gives an object put in one piece: its MD5. */
const etagOf = (body: string) => `"${createHash('md5').update(body).digest('hex')}"`;

export async function startS3StandIn(): Promise<S3StandIn> {
  const buckets = new Map<string, Readonly<Record<string, VectorObject>>>();
  const counts = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const [, bucket = '', key = ''] = /^\/([^/?]+)(\/[^?]*)/.exec(incoming.url ?? '') ?? [];
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    answer(incoming, outgoing, buckets.get(bucket)?.[decodeURIComponent(key)]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (bucket, objects) => buckets.set(bucket, objects),
    requests: (bucket) => counts.get(bucket) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function answer(incoming: IncomingMessage, outgoing: ServerResponse, object: VectorObject | undefined): void {
  if (object?.reset) {
    incoming.socket.destroy();
    return;
  }
  const { status, headers, body } = decide(incoming.headers, object);
  outgoing.writeHead(status, {
    server: 'AmazonS3',
    'x-amz-request-id': 'EXAMPLEREQUEST01',
    // S3's own: the edge must not hand it on.
    'access-control-allow-origin': '*',
    ...headers,
    ...(status !== 304 && { 'content-length': Buffer.byteLength(body) }),
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

function decide(asked: IncomingHttpHeaders, object: VectorObject | undefined): S3Answer {
  if (!object) return refusal(403, 'AccessDenied');
  if (object.status) return refusal(object.status, object.body, object.headers);
  const whole = object.body.repeat(object.repeat);
  const etag = etagOf(whole);
  const headers = {
    etag,
    'last-modified': LAST_MODIFIED,
    'accept-ranges': 'bytes',
    'content-type': object.contentType,
    ...object.headers,
  };
  const { 'if-match': match, 'if-none-match': noneMatch, 'if-range': ifRange } = asked;
  const changedAt = Date.parse(LAST_MODIFIED);
  const isChanged =
    match === undefined ? changedAt > Date.parse(asked['if-unmodified-since'] ?? '') : match !== etag;
  if (isChanged) return refusal(412, 'PreconditionFailed');
  const isKnown =
    noneMatch === undefined ? changedAt <= Date.parse(asked['if-modified-since'] ?? '') : noneMatch === etag;
  if (isKnown) return { status: 304, headers, body: '' };

  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(asked.range ?? '') ?? [];
  const isBackwards = first !== '' && last !== '' && Number(last) < Number(first);
  const isSame = ifRange === undefined || ifRange === etag || ifRange === LAST_MODIFIED;
  // S3 takes no range that it cannot read, and serves the whole.
  if (`${first}${last}` === '' || isBackwards || !isSame) return { status: 200, headers, body: whole };
  const size = whole.length;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return refusal(416, 'InvalidRange', { 'content-range': `bytes */${size}` });
  const contentRange = { 'content-range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers: { ...headers, ...contentRange }, body: whole.slice(start, end + 1) };
}

function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): S3Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message><RequestId>EXAMPLEREQUEST01</RequestId><HostId>host</HostId></Error>`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}
