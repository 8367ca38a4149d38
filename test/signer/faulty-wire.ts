/** An HTTP hop in front of an AWS API that breaks as told, between the real client and the real answer. */

import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';

export type Fault =
  | 'none'
  /** Nobody listens. */
  | 'refused'
  /** The connection is reset before an answer. */
  | 'reset'
  /** … and after half of it. */
  | 'reset mid-body'
  | 'unavailable'
  | 'throttled'
  /** No answer for ten seconds, then the real one. */
  | 'stall'
  | 'truncated'
  /** The answer begins inside the private key, which is what a JSON parser then quotes. */
  | 'beheaded'
  /** A whole answer with a new version, whose secret is no key. */
  | 'garbage';

export interface FaultyWire {
  readonly port: number;
  /** Requests that came in since the last `set`. */
  readonly requests: number;
  /** The body of the last answer. */
  readonly lastBody: string;
  /** From now on. */
  set(fault: Fault): Promise<void>;
  stop(): Promise<void>;
}

const STALL_SECONDS = 10;

export async function startFaultyWire(targetPort: number): Promise<FaultyWire> {
  let fault: Fault = 'none';
  let requests = 0;
  let lastBody = '';
  const timers = new Set<NodeJS.Timeout>();

  const server = createServer((incoming, answer) => {
    requests++;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => respond(incoming.headers, Buffer.concat(chunks), answer));
  });

  function respond(headers: IncomingHttpHeaders, body: Buffer, answer: ServerResponse): void {
    const kind = fault;
    if (kind === 'reset') {
      answer.socket?.resetAndDestroy();
      return;
    }
    if (kind === 'unavailable') {
      answer.writeHead(503).end();
      return;
    }
    if (kind === 'throttled') {
      const thrown = { __type: 'ThrottlingException', message: 'Rate exceeded' };
      answer.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(thrown));
      return;
    }
    const onward = request({ host: '127.0.0.1', port: targetPort, method: 'POST', path: '/', headers });
    onward.on('error', () => answer.destroy());
    onward.on('response', (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        const sent = damage(Buffer.concat(chunks), kind);
        lastBody = sent.toString();
        const send = () => {
          answer.writeHead(reply.statusCode ?? 500, {
            'content-type': 'application/x-amz-json-1.1',
            'content-length': sent.length,
          });
          if (kind !== 'reset mid-body') {
            answer.end(sent);
            return;
          }
          answer.write(sent.subarray(0, sent.length / 2), () => answer.socket?.resetAndDestroy());
        };
        if (kind === 'stall') timers.add(setTimeout(send, STALL_SECONDS * 1000));
        else send();
      });
    });
    onward.end(body);
  }

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };

  await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const { port } = address;

  return {
    port,
    get requests() {
      return requests;
    },
    get lastBody() {
      return lastBody;
    },
    async set(next) {
      // Kept open otherwise: a client would find its idle connections dead, which is a fault of its own.
      if (next === 'refused' && server.listening) await close();
      if (next !== 'refused' && !server.listening) await listen(port);
      fault = next;
      requests = 0;
    },
    stop: () => (server.listening ? close() : Promise.resolve()),
  };
}

function damage(whole: Buffer, fault: Fault): Buffer {
  if (fault === 'truncated') return whole.subarray(0, whole.length / 2);
  if (fault === 'beheaded') return whole.subarray(whole.indexOf('MII'));
  if (fault !== 'garbage') return whole;
  const answer = JSON.parse(whole.toString());
  return Buffer.from(JSON.stringify({ ...answer, VersionId: 'f'.repeat(32), SecretString: '{"oops":1}' }));
}
