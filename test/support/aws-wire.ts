/**
 * The wire between an AWS client and the local AWS API, for tests that count what is sent over it and break it.
 *
 * A signature covers the host, and the local AWS API answers to its own address alone. So the client keeps that address, in
 * `AWS_ENDPOINT_URL` too, and only its connections lead here: a program started with `wire.environment(…)` loads
 * `aws-wire-connect.mjs`, which sends them; a client of this process takes `wire.agent`:
 *
 * ```ts
 * const wire = await startWire({ target: cloud.endpoint, cut: ({ partNumber, sent }) => partNumber === 3 && sent === 1 && { afterBytes: 1000 } });
 * spawn(process.execPath, ['--import', 'tsx/esm', 'ops/upload.ts', …], { env: wire.environment({ ...process.env, ...cloud.environment }) });
 * new S3Client({ …, requestHandler: { httpAgent: wire.agent } });
 * ```
 */

import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Transform } from 'node:stream';

const CONNECT = new URL('aws-wire-connect.mjs', import.meta.url);

interface WireRequest {
  readonly method: string;
  /** Decoded: `/bucket/key`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of a part of a multipart upload; null for any other request. */
  readonly partNumber: number | null;
  /** How many requests of the same method, path and query (without a signature) have come, this one included: from 1. */
  readonly sent: number;
  /** Bytes of the body that the local AWS API was sent so far, `aws-chunked` framing included. */
  bytes: number;
  /** Of the answer; undefined where there was none, or not yet. */
  status: number | undefined;
  /** `cut` broke it off. */
  wasCut: boolean;
}

/** Where a connection breaks: in the request's body, or after the local AWS API has answered and before the client hears of it. */
type Cut = { readonly afterBytes: number } | 'answer';

export interface WireOptions {
  /** `http://127.0.0.1:<port>` of the local AWS API. */
  readonly target: string;
  /** Sees every request before it is passed on, which waits for the promise where it returns one. */
  readonly onRequest?: (request: WireRequest) => undefined | Promise<unknown>;
  /** Sees a request whenever more of its body has passed, which `bytes` counts. */
  readonly onBytes?: (request: WireRequest) => void;
  /** Sees a request that the local AWS API has answered, before the client hears of it, which waits for the promise. */
  readonly onAnswer?: (request: WireRequest) => undefined | Promise<unknown>;
  /** The byte of the body, from 0, that is to arrive changed. @default - none */
  readonly corrupt?: (request: WireRequest) => number | false | null | undefined;
  /** What the client hears in place of an answer of the local AWS API, which then hears nothing. @default - none */
  readonly answer?: (
    request: WireRequest,
  ) => { readonly status: number; readonly body: string } | false | null | undefined;
  /** @default - no connection breaks */
  readonly cut?: (request: WireRequest) => Cut | false | null | undefined;
}

export interface Wire {
  readonly port: number;
  /** Every request so far, in order. */
  readonly requests: readonly WireRequest[];
  /** Bytes sent of each part, over all tries: by `<path>#<part number>`. */
  partBytes(): ReadonlyMap<string, number>;
  /** For SDK clients of this process: `requestHandler: { httpAgent: wire.agent }`. */
  readonly agent: Agent;
  /** An environment whose Node programs, and those that they start, come by this wire. */
  environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export async function startWire(options: WireOptions): Promise<Wire> {
  const target = new URL(options.target);
  const requests: WireRequest[] = [];
  const onward = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const seen = wireRequest(incoming, requests);
    requests.push(seen);
    const breakOff = (): void => {
      seen.wasCut = true;
      incoming.socket.destroy();
    };
    const pass = async (): Promise<void> => {
      await options.onRequest?.(seen);
      const own = options.answer?.(seen);
      if (own) {
        incoming.resume();
        if (!incoming.complete) await once(incoming, 'end');
        seen.status = own.status;
        outgoing.writeHead(own.status, { 'content-type': 'application/xml' }).end(own.body);
        return;
      }
      const cut = options.cut?.(seen) || null;
      const body = alteredBody(seen, {
        corrupt: numberOrNull(options.corrupt?.(seen)),
        cutAfter: cut === null || cut === 'answer' ? null : cut.afterBytes,
        onBytes: options.onBytes,
      });
      const sent = request({
        agent: onward,
        hostname: target.hostname,
        port: target.port,
        method: seen.method,
        path: incoming.url ?? '/',
        headers: incoming.headers,
      });
      // The client goes, or the body breaks: the other side gets no end of it.
      incoming.once('close', () => {
        if (!incoming.complete) sent.destroy();
      });
      body.once('error', () => {
        sent.destroy();
        breakOff();
      });
      sent.once('error', () => incoming.socket.destroy());
      incoming.pipe(body).pipe(sent);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      seen.status = answer.statusCode;
      await options.onAnswer?.(seen);
      if (cut === 'answer') {
        answer.resume();
        return breakOff();
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.once('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    };
    pass().catch(() => incoming.socket.destroy());
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = agentTo(port);
  return {
    port,
    requests,
    partBytes: () => partBytes(requests),
    agent,
    environment: (env) => ({
      ...env,
      NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --import ${CONNECT.href}`.trim(),
      AWS_WIRE: `${target.port}=${port}`,
    }),
    close: async () => {
      agent.destroy();
      onward.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function wireRequest(incoming: IncomingMessage, before: readonly WireRequest[]): WireRequest {
  const { pathname, searchParams: query } = new URL(`http://wire${incoming.url ?? '/'}`);
  const { method = 'GET', headers } = incoming;
  const path = decodeURIComponent(pathname);
  const name = nameOf({ method, path, query });
  const partNumber = query.get('partNumber');
  return {
    method,
    path,
    query,
    headers,
    partNumber: method === 'PUT' && partNumber !== null ? Number(partNumber) : null,
    sent: 1 + before.filter((each) => nameOf(each) === name).length,
    bytes: 0,
    status: undefined,
    wasCut: false,
  };
}

function nameOf({ method, path, query }: Pick<WireRequest, 'method' | 'path' | 'query'>): string {
  const kept = [...query].filter(([name]) => !name.startsWith('X-Amz-')).sort();
  return `${method} ${path}?${new URLSearchParams(kept)}`;
}

/** Counts the body that passes, changes one byte of it, or fails once so much of it has passed. */
function alteredBody(
  seen: WireRequest,
  {
    corrupt,
    cutAfter,
    onBytes,
  }: {
    readonly corrupt: number | null;
    readonly cutAfter: number | null;
    readonly onBytes: WireOptions['onBytes'];
  },
): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const start = seen.bytes;
      const passed = cutAfter === null ? chunk : chunk.subarray(0, Math.max(cutAfter - start, 0));
      const at = corrupt === null ? -1 : corrupt - start;
      const changed = at >= 0 && at < passed.length ? withChangedByte(passed, at) : passed;
      seen.bytes += changed.length;
      onBytes?.(seen);
      if (passed.length === chunk.length) return done(null, changed);
      this.push(changed);
      // What was pushed is on its way before the connection breaks.
      setImmediate(done, new Error('the wire was cut'));
    },
    flush(done) {
      done(cutAfter === null ? null : new Error('the wire was cut at the end of the body'));
    },
  });
}

function withChangedByte(chunk: Buffer, at: number): Buffer {
  const changed = Buffer.from(chunk);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

function partBytes(requests: readonly WireRequest[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { path, partNumber, bytes } of requests) {
    if (partNumber === null) continue;
    const name = `${path}#${partNumber}`;
    sums.set(name, (sums.get(name) ?? 0) + bytes);
  }
  return sums;
}

/** Whatever address a client asks for, it gets a connection to this port. */
function agentTo(port: number): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  Object.assign(agent, { createConnection: () => connect({ host: '127.0.0.1', port }) });
  return agent;
}

function numberOrNull(value: number | false | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
