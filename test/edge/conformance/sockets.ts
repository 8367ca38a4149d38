/**
 * The same cases over real sockets: the edge's own listeners, one for HTTPS's port, plain or with TLS and HTTP/2, and one for
 * port 80.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Distribution } from '../../../aws/cloudfront/distribution.ts';
import { createCache, type EdgeCache } from '../../../edge/cache.ts';
import { handleRequest } from '../../../edge/handle-request.ts';
import type { Origin } from '../../../edge/origin.ts';
import { type Listener, type ListenerOptions, listen } from '../../../edge/server.ts';
import type { RunKeys } from './keys.ts';
import { clockOf, type Observed, observe, signedRequest } from './run-case.ts';
import type { VectorCase, VectorRequest } from './vector-file.ts';

export interface CaseListeners {
  readonly ports: Readonly<Record<'https' | 'http', number>>;
  /** To the HTTPS port, when it speaks TLS. */
  readonly http2: ClientHttp2Session | null;
  /** What the next requests are judged by. */
  begin(distribution: Distribution): void;
  /** Where the next request comes from and when: a loopback connection has but one address and one time. */
  from(request: VectorRequest): void;
  close(): Promise<void>;
}

export async function listenForCases(
  origin: Origin,
  tls?: { readonly key: string; readonly cert: string },
): Promise<CaseListeners> {
  let distribution: Distribution | undefined;
  let cache: EdgeCache = createCache();
  let current: VectorRequest | undefined;
  const options: Omit<ListenerOptions, 'protocol' | 'label'> = {
    port: 0,
    distribution: () => {
      if (!distribution) throw new TypeError('no case has begun');
      return distribution;
    },
    handle: (request, context) => {
      if (!current) throw new TypeError('no case has begun');
      const { ip, country } = current;
      const seen = { ...request, ip, ...(country !== undefined && { country }) };
      return handleRequest(seen, { ...context, cache, origin, now: clockOf(current) });
    },
    httpsPort: () => https?.port ?? 0,
    onHandled: () => undefined,
    onFailure: (cause) => {
      throw cause;
    },
  };
  let https: Listener | undefined;
  https = await listen({ ...options, ...(tls && { tls }), protocol: 'https', label: 'the cases' });
  const http = await listen({ ...options, protocol: 'http', label: "the cases' redirects" });
  const http2 = tls ? connect(`https://localhost:${https.port}`, { ca: tls.cert }) : null;
  return {
    ports: { https: https.port, http: http.port },
    http2,
    begin(begun) {
      distribution = begun;
      cache = createCache();
    },
    from(request) {
      current = request;
    },
    close: async () => {
      http2?.destroy();
      await Promise.all([https?.close(), http.close()]);
    },
  };
}

/** Sends the case's requests in order and gives the last answer. */
export async function askOverSocket(
  { first, request }: VectorCase,
  {
    listeners,
    distribution,
    keys,
    host: usualHost,
  }: { listeners: CaseListeners; distribution: Distribution; keys: RunKeys; host: string },
): Promise<Observed> {
  listeners.begin(distribution);
  for (const each of first) await send(each);
  return send(request);

  function send(each: VectorRequest): Promise<Observed> {
    listeners.from(each);
    const { target, headers } = signedRequest(each, { keys });
    const asked = {
      method: each.method,
      path: target,
      host: each.host ?? usualHost,
      headers: {
        ...headers,
        ...(each.body !== undefined && { 'content-length': String(Buffer.byteLength(each.body)) }),
      },
      body: each.body,
    };
    return listeners.http2 !== null && each.protocol === 'https'
      ? overHttp2(listeners.http2, asked)
      : overHttp1(listeners.ports[each.protocol], asked);
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

function overHttp1(port: number, { method, path, host, headers, body }: Asked): Promise<Observed> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      ...{ host: '127.0.0.1', port, method, path },
      headers: { ...headers, host },
    });
    outgoing.once('response', (incoming) => readAnswer(incoming).then(resolve, reject));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function overHttp2(
  session: ClientHttp2Session,
  { method, path, host, headers, body }: Asked,
): Promise<Observed> {
  return new Promise((resolve, reject) => {
    const asked = { ':method': method, ':path': path, ':authority': host, ...headers };
    const stream = session.request(asked, { endStream: body === undefined });
    const chunks: Buffer[] = [];
    let status = 0;
    let received: Record<string, string> = {};
    stream.once('response', (answered) => {
      status = answered[':status'] ?? 0;
      received = Object.fromEntries(Object.entries(answered).map(([name, value]) => [name, String(value)]));
    });
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.once('end', () => resolve(observe(status, received, Buffer.concat(chunks))));
    stream.once('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<Observed> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  return observe(incoming.statusCode ?? 0, headers, Buffer.concat(chunks));
}
