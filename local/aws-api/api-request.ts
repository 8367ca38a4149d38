/** A call whose body is small enough to hold: CloudFront, MediaConvert and CloudFormation. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface ApiRequest {
  readonly method: string;
  /** Undecoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type ApiHandler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** Reads the call whole. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const { path, query } = splitTarget(incoming.url ?? '/');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new AwsError(413, 'RequestEntityTooLarge', 'request body is over 4 MiB');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  return { method: incoming.method ?? 'GET', path, query, headers: incoming.headers, body };
}

/** Path and query of a request target, the path exactly as sent (no dot segments removed). */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}
