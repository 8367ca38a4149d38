/**
 * The edge on sockets. The one place where it differs from CloudFront: the main listener stands for the TLS port and
 * its requests are judged as https, whether it speaks TLS or, by default, plain HTTP; the second one stands for port 80.
 */
import { createServer, type Server, STATUS_CODES } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Distribution } from '../aws/cloudfront/distribution.ts';
import type { ViewerRequest } from '../aws/cloudfront/judge.ts';
import { isLoopbackHost } from '../aws/values/loopback.ts';
import { CLOUDFRONT_VOICE, type Voice } from './error-pages.ts';
import type { HandledRequest } from './handle-request.ts';
import { hostOf, type Incoming, readRequest } from './read-request.ts';
import { newRequestId } from './request-id.ts';
import type { EdgeResponse } from './response.ts';
import { type Outgoing, sendResponse } from './send-response.ts';

/** What a handler gives back: an answer, and whatever its log wants to know of it. */
interface Answered {
  readonly response: EdgeResponse;
}

export interface ListenerOptions<Handled extends Answered = HandledRequest> {
  readonly port: number;
  readonly protocol: ViewerRequest['protocol'];
  /** Key and certificate, PEM: TLS with HTTP/2 and HTTP/1.1. @default - plain HTTP/1.1 */
  readonly tls?: { readonly key: string; readonly cert: string };
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
  ) => Promise<Handled>;
  /**
   * What the listener says by itself, and on every answer.
   * @default - CloudFront's
   */
  readonly voice?: Voice;
  /** Where a redirect of a loopback request leads, since `https://localhost` is not there: `http://localhost:4443`. */
  readonly httpsPort: () => number;
  /** @default 'http' */
  readonly httpsScheme?: 'http' | 'https';
  readonly onHandled: (
    request: ViewerRequest,
    handled: Handled,
    sent: { readonly durationMs: number; readonly bytes: number },
  ) => void;
  readonly onFailure: (cause: unknown) => void;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/**
 * CloudFront's limits; beyond them it answers 413 and closes the connection.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#RequestCustomMaxRequestStringLength
 */
const MAX_REQUEST_BYTES = 32_768;
const MAX_URL_BYTES = 8192;

/** @throws Error in one line, with the remedy, when the port is taken */
export async function listen<Handled extends Answered>(options: ListenerOptions<Handled>): Promise<Listener> {
  const onRequest = (incoming: Incoming, outgoing: Outgoing) => {
    answer(incoming, outgoing, options).catch((cause: unknown) => {
      // A viewer who leaves during an answer is not our failure.
      if (!outgoing.destroyed && !isGone(cause)) options.onFailure(cause);
      incoming.socket.destroy();
    });
  };
  const server = options.tls
    ? createSecureServer({ ...options.tls, allowHTTP1: true, maxHeaderListPairs: 512 }, onRequest)
    : createServer(onRequest);
  // An option of HTTP/1.1 alone; the server of both reads it here.
  Object.assign(server, { maxHeaderSize: MAX_REQUEST_BYTES });
  const sockets = new Set<Socket>();
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuseUnread(error, socket, options.voice ?? CLOUDFRONT_VOICE),
  );
  await bind(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function answer<Handled extends Answered>(
  incoming: Incoming,
  outgoing: Outgoing,
  options: ListenerOptions<Handled>,
): Promise<void> {
  const startedAt = performance.now();
  const requestId = newRequestId();
  const voice = options.voice ?? CLOUDFRONT_VOICE;
  const ownHeaders = voice.headers(requestId);
  const distribution = await options.distribution();
  const request = readRequest(incoming, options.protocol, distribution);
  const method = incoming.method ?? 'GET';
  if (!request) {
    await sendResponse(outgoing, voice.page(400, requestId), { method, ownHeaders });
    return;
  }
  const refusedStatus = statusWhateverIsAsked(incoming);
  if (refusedStatus !== null) {
    const page = voice.page(refusedStatus, requestId);
    const closing = incoming.httpVersionMajor === 1 && { connection: 'close' };
    const response = { ...page, headers: { ...page.headers, ...closing } };
    await sendResponse(outgoing, response, { method, ownHeaders });
    return;
  }
  const handled = await options.handle(request, {
    distribution,
    requestId,
    signal: goneSignal(outgoing),
  });
  const response = withReachableLocation(handled.response, incoming, options);
  let bytes = 0;
  try {
    bytes = await sendResponse(outgoing, response, { method, ownHeaders });
  } finally {
    options.onHandled(request, handled, { durationMs: performance.now() - startedAt, bytes });
  }
}

/**
 * What CloudFront refuses before it looks at what is asked for: too long a URL, and a GET with a body.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html#RequestS3-get-body
 */
function statusWhateverIsAsked({ url = '', method, headers }: Incoming): 403 | 413 | null {
  if (url.length > MAX_URL_BYTES) return 413;
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
  return method === 'GET' && hasBody ? 403 : null;
}

/** Aborted when the viewer goes away: made for origins that wait for something. */
function goneSignal(outgoing: Outgoing): AbortSignal {
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  else outgoing.once('close', () => gone.abort());
  return gone.signal;
}

/** Keeps the viewer's spelling of a loopback host, to which its cookies belong. */
function withReachableLocation(
  response: EdgeResponse,
  incoming: Incoming,
  { httpsPort, httpsScheme = 'http' }: Pick<ListenerOptions, 'httpsPort' | 'httpsScheme'>,
): EdgeResponse {
  if (response.headers.location === undefined) return response;
  const host = hostOf(incoming);
  if (!isLoopbackHost(host)) return response;
  const location = `${httpsScheme}://${host}:${httpsPort()}${incoming.url ?? '/'}`;
  return { ...response, headers: { ...response.headers, location } };
}

/** What cannot be read as a request: no page fits, and nothing that was sent is repeated. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Socket, { unread }: Voice): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 413 : 400;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${unread.map((line) => `${line}\r\n`).join('')}Content-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}

function isGone(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}

async function bind(
  server: Server | Http2SecureServer,
  { port, label }: Pick<ListenerOptions, 'port' | 'label'>,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is already in use, so ${label} cannot listen on it: end the program that uses it, or choose another port`,
              { cause },
            )
          : cause,
      );
    };
    server.once('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError);
      resolve();
    });
  });
}
