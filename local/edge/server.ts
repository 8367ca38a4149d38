/**
 * The edge on sockets. The one place where a laptop differs from CloudFront: the main listener speaks plain HTTP and stands
 * for the TLS port, so its requests are judged as https; the second one stands for port 80.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { isLoopbackHost } from '../../envs/loopback.ts';
import type { Distribution } from './distribution.ts';
import { errorPage } from './error-pages.ts';
import type { HandledRequest } from './handle-request.ts';
import type { ViewerRequest } from './judge.ts';
import type { EdgeResponse } from './response.ts';

export interface ListenerOptions {
  readonly port: number;
  readonly protocol: ViewerRequest['protocol'];
  /** What a listener is called when its port is taken, and the option that moves it. */
  readonly label: string;
  readonly distribution: () => Distribution | Promise<Distribution>;
  readonly handle: (
    request: ViewerRequest,
    context: {
      readonly distribution: Distribution;
      readonly requestId: string;
      readonly signal: AbortSignal;
    },
  ) => Promise<HandledRequest>;
  /** Where a redirect of a loopback request leads, since `https://localhost` is not there: `4443`. */
  readonly httpsPort: () => number;
  readonly onHandled: (request: ViewerRequest, handled: HandledRequest, durationMs: number) => void;
  readonly onFailure: (cause: unknown) => void;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** @throws Error in one line, with the remedy, when the port is taken */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, options).catch((cause: unknown) => {
      // A viewer who leaves mid-answer is no failure of ours.
      if (!outgoing.destroyed) options.onFailure(cause);
      outgoing.destroy();
    });
  });
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: ListenerOptions,
): Promise<void> {
  const startedAt = performance.now();
  const requestId = randomBytes(42).toString('base64url');
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const distribution = await options.distribution();
  const request = readRequest(incoming, options.protocol, distribution);
  if (!request) {
    await send(outgoing, errorPage(400, 'Bad request.', requestId), {
      method: incoming.method ?? 'GET',
      requestId,
    });
    return;
  }
  const handled = await options.handle(request, { distribution, requestId, signal: gone.signal });
  const response = withReachableLocation(handled.response, incoming, options);
  try {
    await send(outgoing, response, { method: request.method, requestId });
  } finally {
    options.onHandled(request, handled, performance.now() - startedAt);
  }
}

/** Null for a request target that is not a path. */
function readRequest(
  incoming: IncomingMessage,
  protocol: ViewerRequest['protocol'],
  distribution: Distribution,
): ViewerRequest | null {
  const target = incoming.url ?? '';
  if (!target.startsWith('/')) return null;
  const mark = target.indexOf('?');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    protocol,
    host: judgedHost(incoming.headers.host, distribution),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers,
    ip: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  };
}

/** The name that CloudFront would have been asked by: a loopback host stands for the first alias, or else the domain. */
function judgedHost(header: string | undefined, distribution: Distribution): string {
  const host = (header ?? '').replace(/:\d+$/, '').toLowerCase();
  return isLoopbackHost(host) ? (distribution.aliases[0] ?? distribution.domainName).toLowerCase() : host;
}

/** Keeps the viewer's spelling of a loopback host, to which its cookies belong. */
function withReachableLocation(
  response: EdgeResponse,
  incoming: IncomingMessage,
  { httpsPort }: ListenerOptions,
): EdgeResponse {
  const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
  if (response.headers.location === undefined || !isLoopbackHost(host)) return response;
  const location = `http://${host}:${httpsPort()}${incoming.url ?? '/'}`;
  return { ...response, headers: { ...response.headers, location } };
}

async function send(
  outgoing: ServerResponse,
  response: EdgeResponse,
  { method, requestId }: { method: string; requestId: string },
): Promise<void> {
  outgoing.writeHead(response.status, {
    ...response.headers,
    via: '1.1 edge.local (CloudFront)',
    'x-amz-cf-id': requestId,
  });
  const { body } = response;
  if (method === 'HEAD' || body === null || Buffer.isBuffer(body)) {
    if (body !== null && !Buffer.isBuffer(body)) body.destroy();
    outgoing.end(method === 'HEAD' ? null : body);
    return;
  }
  await pipeline(body, outgoing);
}

async function bind(server: Server, { port, label }: ListenerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is taken, wanted for ${label}: end the program that holds it or choose another`,
              { cause },
            )
          : cause,
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  server.removeAllListeners('error');
}
