/** Calls whose bodies are small enough to hold: those of every service but S3. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import { sha256Hex } from './sigv4.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface ApiRequest {
  readonly method: string;
  /** Undecoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A call with its body as it came, which need not be text. */
export interface WholeRequest extends Omit<ApiRequest, 'body'> {
  readonly body: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type ApiHandler = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;

/** Reads the call whole, its body as text. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const request = await readWhole(incoming);
  return { ...request, body: request.body.toString('utf8') };
}

/**
 * Reads the call whole.
 *
 * @throws AwsError 413 for a body over `maxBytes`; 400 for one that is not what its `x-amz-content-sha256` says
 */
export async function readWhole(
  incoming: IncomingMessage,
  { maxBytes = MAX_BODY_BYTES }: { readonly maxBytes?: number } = {},
): Promise<WholeRequest> {
  const { path, query } = splitTarget(incoming.url ?? '/');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      const message = `request body is over ${maxBytes / (1024 * 1024)} MiB`;
      throw new AwsError(413, 'RequestEntityTooLarge', message);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const declared = declaredHash(incoming.headers);
  if (declared !== null && declared !== sha256Hex(body)) throw contentMismatch();
  return { method: incoming.method ?? 'GET', path, query, headers: incoming.headers, body };
}

/** The body's hash (hex) by `x-amz-content-sha256`; null where that has none, or words like `UNSIGNED-PAYLOAD`. */
export function declaredHash(headers: IncomingHttpHeaders): string | null {
  const declared = headers['x-amz-content-sha256']?.toString() ?? '';
  return /^[0-9a-f]{64}$/.test(declared) ? declared : null;
}

export function contentMismatch(): AwsError {
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  return new AwsError(400, 'XAmzContentSHA256Mismatch', message);
}

/** Path and query of a request target, the path exactly as sent (no dot segments removed). */
export function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}
