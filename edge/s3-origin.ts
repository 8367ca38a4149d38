/** S3 as the edge's origin: one endpoint, path style, requests signed as origin access control or a person signs. */

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Distribution } from '../aws/cloudfront/distribution.ts';
import { CLOUDFRONT_SERVICE_ACCESS_KEY_ID } from '../aws/iam/service-principals.ts';
import { OptionError } from '../aws/values/option-error.ts';
import { NodeSha256 } from './node-sha256.ts';
import { type Origin, OriginError } from './origin.ts';

export interface S3OriginOptions {
  /** `http://127.0.0.1:9000`, `https://…`. */
  readonly endpoint: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** The caller. @default - none: requests are not signed */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Headers that go with every signed request. @default - none */
  readonly signedHeaders?: Readonly<Record<string, string>>;
  /** @default - each behaviour's own bucket */
  readonly bucket?: string;
  /** How long S3 may be silent, before its answer and within it. @default 30 s, CloudFront's for S3 */
  readonly timeoutMs?: number;
}

/**
 * S3 behind `AWS_ENDPOINT_URL` of the local cloud, asked as `cloudfront.amazonaws.com` in the distribution's name.
 *
 * @throws TypeError when the environment has no usable endpoint
 */
export function createLocalCloudOrigin({
  environment,
  distribution,
}: {
  readonly environment: Readonly<Record<string, string>>;
  /** In whose name S3 is asked: the bucket policy's `AWS:SourceArn` and `AWS:SourceAccount`. */
  readonly distribution: Pick<Distribution, 'arn' | 'accountId'>;
}): Origin {
  return createS3Origin({
    endpoint: environment.AWS_ENDPOINT_URL ?? '',
    ...(environment.AWS_REGION !== undefined && { region: environment.AWS_REGION }),
    credentials: {
      accessKeyId: CLOUDFRONT_SERVICE_ACCESS_KEY_ID,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
    signedHeaders: {
      'x-amz-source-arn': distribution.arn,
      'x-amz-source-account': distribution.accountId,
    },
  });
}

/**
 * S3, or what speaks its language, at an endpoint.
 *
 * @throws TypeError when the endpoint is no http or https address
 */
export function createS3Origin(options: S3OriginOptions): Origin {
  const endpoint = parseEndpoint(options.endpoint);
  const agent =
    endpoint.protocol === 'https:'
      ? new TlsAgent({ keepAlive: true, maxSockets: 64 })
      : new Agent({ keepAlive: true, maxSockets: 64 });
  const signer = new SignatureV4({
    service: 's3',
    region: options.region ?? 'us-east-1',
    credentials: options.credentials ?? { accessKeyId: '', secretAccessKey: '' },
    sha256: NodeSha256,
    // S3 signs the path as it is sent, and needs the payload's hash in a header.
    uriEscapePath: false,
    applyChecksum: true,
  });

  return {
    async fetch({ origin, method, path, headers, signal }) {
      const unsigned = {
        method,
        protocol: endpoint.protocol,
        hostname: endpoint.hostname,
        path: `/${options.bucket ?? origin.bucket}${objectPath(`${origin.path}${path}`)}`,
        headers: { ...headers, host: endpoint.host },
      };
      const isSigned = origin.signsRequests && options.credentials !== undefined;
      const sent = isSigned
        ? await signer.sign({
            ...unsigned,
            headers: { ...unsigned.headers, ...options.signedHeaders },
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

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

interface SendOptions {
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

function send(endpoint: URL, sent: Sent, options: SendOptions): Promise<IncomingMessage> {
  const { agent, signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const { hostname, port } = endpoint;
    const ask = endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
    const outgoing = ask({ ...sent, hostname, port, agent, signal, timeout: timeoutMs });
    let answer: IncomingMessage | undefined;
    outgoing.once('response', (response) => {
      answer = response;
      resolve(response);
    });
    outgoing.on('timeout', () => {
      // Bytes that wait for a slow viewer are no silence of the origin's; silence within the answer is.
      if (answer !== undefined && answer.readableLength > 0) outgoing.setTimeout(timeoutMs);
      else (answer ?? outgoing).destroy(new OriginError('Timeout', 'the origin did not answer in time'));
    });
    outgoing.once('error', (cause: NodeJS.ErrnoException) => {
      // S3 may close a connection that was idle while it is used again: nobody has seen this request.
      if (outgoing.reusedSocket && cause.code === 'ECONNRESET') resolve(send(endpoint, sent, options));
      else if (cause instanceof OriginError) reject(cause);
      else reject(new OriginError('Unreachable', 'the origin cannot be reached', { cause }));
    });
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

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new OptionError('endpoint', `expected an http:// or https:// address, got ${text || 'none'}`);
  }
  return url;
}
