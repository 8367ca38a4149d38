/** The edge's way to S3: plain HTTP to the AWS endpoint, signed as CloudFront's origin access control signs. */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../aws-api/service-principals.ts';
import type { S3Origin } from './distribution.ts';

export interface OriginRequest {
  readonly origin: S3Origin;
  readonly method: 'GET' | 'HEAD';
  /** The viewer's path, undecoded. */
  readonly path: string;
  /** Range and conditional headers to pass on, lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The origin's answer; the body must be read or destroyed. */
export interface OriginAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer> & { destroy(error?: Error): unknown };
}

export interface Origin {
  /** @throws OriginError when S3 cannot be asked or does not answer in time */
  fetch(request: OriginRequest): Promise<OriginAnswer>;
  /** Ends idle connections. */
  close(): void;
}

/** Why the origin gave no answer. `InvalidUri`: the path is not one S3 can look up. */
export class OriginError extends Error {
  override readonly name = 'OriginError';
  readonly code: 'Unreachable' | 'Timeout' | 'InvalidUri';

  constructor(code: OriginError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface S3OriginOptions {
  /** `AWS_ENDPOINT_URL` (plain HTTP), `AWS_REGION`, `AWS_SECRET_ACCESS_KEY`. */
  readonly environment: Readonly<Record<string, string>>;
  /** In whose name S3 is asked: the bucket policy's `AWS:SourceArn` and `AWS:SourceAccount`. */
  readonly distribution: { readonly arn: string; readonly accountId: string };
  /** @default 30 s, CloudFront's for S3 */
  readonly timeoutMs?: number;
}

/**
 * S3 behind `AWS_ENDPOINT_URL`, asked as `cloudfront.amazonaws.com`.
 *
 * @throws TypeError when the environment has no usable endpoint
 */
export function createS3Origin(options: S3OriginOptions): Origin {
  const endpoint = parseEndpoint(options.environment.AWS_ENDPOINT_URL);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const signer = new SignatureV4({
    service: 's3',
    region: options.environment.AWS_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: CLOUDFRONT_SERVICE_ACCESS_KEY_ID,
      secretAccessKey: options.environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
    sha256: NodeSha256,
    // S3 signs the path as it is sent, and needs the payload's hash in a header.
    uriEscapePath: false,
    applyChecksum: true,
  });

  return {
    async fetch({ origin, method, path, headers, signal }) {
      const unsigned = {
        method,
        protocol: 'http:',
        hostname: endpoint.hostname,
        path: `/${origin.bucket}${objectPath(`${origin.path}${path}`)}`,
        headers: { ...headers, host: endpoint.host },
      };
      const sent = origin.signsRequests
        ? await signer.sign({
            ...unsigned,
            headers: {
              ...unsigned.headers,
              'x-amz-source-arn': options.distribution.arn,
              'x-amz-source-account': options.distribution.accountId,
            },
          })
        : unsigned;
      const answer = await send(endpoint, sent, { agent, signal, timeoutMs: options.timeoutMs ?? 30_000 });
      return { status: answer.statusCode ?? 502, headers: flatHeaders(answer), body: answer };
    },
    close: () => agent.destroy(),
  };
}

/**
 * The key's bytes in S3's own encoding, so that what is signed and what is sent are the same.
 *
 * @throws OriginError `InvalidUri` for what S3 answers with 400
 */
function objectPath(rawPath: string): string {
  try {
    return rawPath
      .split('/')
      .map((segment) => encodeURIComponent(decodeURIComponent(segment)).replace(/[!'()*]/g, percentEncode))
      .join('/');
  } catch (cause) {
    throw new OriginError('InvalidUri', 'the path is not valid percent-encoded UTF-8', { cause });
  }
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function send(
  endpoint: URL,
  { method, path, headers }: { method: string; path: string; headers: Record<string, string> },
  { agent, signal, timeoutMs }: { agent: Agent; signal: AbortSignal; timeoutMs: number },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = endpoint;
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path,
      headers,
      agent,
      signal,
      timeout: timeoutMs,
    });
    outgoing.once('response', resolve);
    outgoing.once('timeout', () =>
      outgoing.destroy(new OriginError('Timeout', 'the origin did not answer in time')),
    );
    outgoing.once('error', (cause) =>
      reject(
        cause instanceof OriginError
          ? cause
          : new OriginError('Unreachable', 'the origin cannot be reached', { cause }),
      ),
    );
    outgoing.end();
  });
}

function flatHeaders(message: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function parseEndpoint(text: string | undefined): URL {
  const url = text && URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:') {
    throw new TypeError(
      `"environment": wanted AWS_ENDPOINT_URL with an http:// address, got ${text ?? 'none'}`,
    );
  }
  return url;
}

/** Node's SHA-256 in the shape that the signer takes. */
class NodeSha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(chunk));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function bytesOf(source: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof source === 'string') return Buffer.from(source);
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}
