/** A way to the edge that keeps what every request was: what the CDN is shown, by browsers and by programs alike. */

import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface CdnRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Null until it is answered. */
  status: number | null;
}

export interface WatchedEdge {
  /** `http://localhost:<port>`: cookies of localhost are for every port. */
  readonly url: string;
  /** In the order in which they came. */
  readonly requests: CdnRequest[];
  close(): Promise<void>;
}

export async function watchEdge(edgeUrl: string): Promise<WatchedEdge> {
  const { hostname, port } = new URL(edgeUrl);
  const requests: CdnRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url: path = '/', headers, rawHeaders } = incoming;
    const seen: CdnRequest = { method, url: new URL(path, edgeUrl), headers, status: null };
    requests.push(seen);
    const onward = request({ hostname, port, method, path, headers: rawHeaders });
    onward.on('response', (answer) => {
      seen.status = answer.statusCode ?? null;
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    // A player that leaves early ends both ways.
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => closed(server),
  };
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
