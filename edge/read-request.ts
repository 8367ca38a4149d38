/** A request on a socket as CloudFront would see it: the one mapping between this machine's addresses and the distribution's. */
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Distribution } from '../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../aws/cloudfront/judge.ts';
import { isLoopbackHost } from '../aws/values/loopback.ts';

/** A name or an address in brackets; empty where HTTP/1.0 names none. What else may be in a URL's host begins another part. */
const HOST = /^(?:[a-z\d._-]*|\[[\da-f:.]+\])$/i;

export type Incoming = IncomingMessage | Http2ServerRequest;

/**
 * Null for a request that two parties could read differently: a target that is not a path or holds a `#`, a host that is no
 * name, two hosts.
 */
export function readRequest(
  incoming: Incoming,
  protocol: ViewerRequest['protocol'],
  distribution: Distribution,
): ViewerRequest | null {
  const target = incoming.url ?? '';
  if (!target.startsWith('/') || target.includes('#') || isHostAmbiguous(incoming)) return null;
  const host = hostOf(incoming);
  if (!HOST.test(host)) return null;
  const mark = target.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    protocol,
    host: judgedHost(host, distribution),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: flatHeaders(incoming),
    ip: viewerAddress(incoming.socket.remoteAddress ?? ''),
  };
}

/** RFC 9112, section 3.2: more than one Host is a bad request; Node takes the first. RFC 9113, section 8.3.1, for HTTP/2. */
function isHostAmbiguous({ rawHeaders, headers }: Incoming): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  const authority = headers[':authority'];
  return hosts > 1 || (authority !== undefined && headers.host !== undefined && authority !== headers.host);
}

/** The host that the viewer has asked for, in its own spelling and without port; HTTP/2 calls it authority. */
export function hostOf(incoming: Incoming): string {
  const { host, ':authority': authority } = incoming.headers;
  const named = host ?? (typeof authority === 'string' ? authority : '');
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf(']') ? named.slice(0, colon) : named;
}

/** The name that CloudFront would have been asked by: a loopback host stands for the first alias, or else the domain. */
function judgedHost(named: string, distribution: Distribution): string {
  const host = named.toLowerCase();
  return isLoopbackHost(host) ? (distribution.aliases[0] ?? distribution.domainName).toLowerCase() : host;
}

/** Node joins what came several times, but for `set-cookie`, which no viewer sends for a reason. */
function flatHeaders({ headers, httpVersionMajor }: Incoming): ViewerRequest['headers'] {
  if (headers['set-cookie'] === undefined && httpVersionMajor === 1)
    return headers as ViewerRequest['headers'];
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':') && name !== 'set-cookie')
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

function viewerAddress(remote: string): string {
  return remote.startsWith('::ffff:') ? remote.slice('::ffff:'.length) : remote;
}
