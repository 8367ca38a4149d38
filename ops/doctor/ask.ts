/** The one real request: HEAD with the viewer's own credentials. Neither body nor credentials are kept. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Answer } from './observation.ts';
import type { ViewerUrl } from './viewer-url.ts';

export interface AskOptions {
  /** As CloudFront judges it; its host must be one of the distribution's. */
  readonly url: ViewerUrl;
  readonly cookies: string | null;
  readonly origin: string | null;
  /** Where the request goes instead of to `https://<host>`: the edge on this machine. Null for CloudFront. */
  readonly edgeUrl: string | null;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/** Always over TLS, except to an edge on this machine: credentials are not for the network to read. */
export async function ask({ url, cookies, origin, edgeUrl, signal }: AskOptions): Promise<Answer> {
  const target = new URL(edgeUrl ?? `https://${url.host}`);
  const address = `${target.origin}${url.path}`;
  const options = {
    method: 'HEAD',
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port || undefined,
    path: `${url.path}${url.query && `?${url.query}`}`,
    headers: {
      host: url.host,
      'user-agent': 'storytime-doctor',
      ...(cookies !== null && { cookie: cookies }),
      ...(origin !== null && { origin }),
    },
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  } as const;
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
      send(options, resolve).once('error', reject).end();
    });
    answer.resume();
    return { ...answerOf(answer.statusCode ?? 0, answer.headers), address };
  } catch (error) {
    if (signal.aborted) throw error;
    return {
      kind: 'none',
      why: `no answer (${error instanceof Error && 'code' in error ? error.code : 'timeout'})`,
      address,
    };
  }
}

/**
 * Who made an answer whose body HEAD leaves out: CloudFront's denials are `text/xml` for signatures and `text/html` for
 * everything else, S3's errors are `application/xml`.
 */
export function answerOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Omit<Extract<Answer, { kind: 'answered' }>, 'address'> {
  const text = (name: string) => String(headers[name] ?? '');
  const type = text('content-type');
  const isOfS3 = /AmazonS3/i.test(text('server')) || type.startsWith('application/xml');
  const by =
    status < 400
      ? 'cloudfront'
      : isOfS3
        ? 's3'
        : type.startsWith('text/xml')
          ? 'signature-check'
          : 'cloudfront-page';
  return {
    kind: 'answered',
    status,
    by,
    fromCache: /^Hit/i.test(text('x-cache')),
    allowsOrigin: text('access-control-allow-origin') || null,
  };
}
