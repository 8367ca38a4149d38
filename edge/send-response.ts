/** Writes an answer to a socket: bytes at hand in one go, streams with regard to a slow reader. */
import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { pipeline, type Readable } from 'node:stream';
import type { EdgeResponse } from './response.ts';

export type Outgoing = ServerResponse | Http2ServerResponse;

/**
 * Resolves with the number of body bytes handed over, when the last one is. `ownHeaders` are on every answer.
 *
 * @throws Error when the viewer leaves, or the origin breaks off: the connection is cut then, so that nobody takes a part
 * for the whole
 */
export async function sendResponse(
  outgoing: Outgoing,
  { status, headers, body }: EdgeResponse,
  { method, ownHeaders }: { readonly method: string; readonly ownHeaders: Readonly<Record<string, string>> },
): Promise<number> {
  outgoing.writeHead(status, { ...headers, ...ownHeaders });
  if (body === null || Buffer.isBuffer(body)) {
    const sent = method === 'HEAD' ? null : body;
    if (sent === null) outgoing.end();
    else outgoing.end(sent);
    return sent?.length ?? 0;
  }
  if (method === 'HEAD') {
    body.destroy();
    outgoing.end();
    return 0;
  }
  return stream(body as Readable, outgoing);
}

function stream(body: Readable, outgoing: Outgoing): Promise<number> {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  return new Promise((resolve, reject) => {
    pipeline(body, outgoing, (error) => (error ? reject(error) : resolve(bytes)));
  });
}
