/** The way to moto: requests with the key of the run, written and read as streams. */
import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http';
import { AwsError } from './aws-error.ts';

/** Headers that belong to one connection, and `expect`, which Node has already answered. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
]);

export interface MotoCall {
  readonly method: string;
  /** Path with its query, as sent. */
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
}

/** A request to moto being written; `answer` settles when its head arrives. */
export interface OpenCall {
  /** Resolves when moto is ready for more. */
  write(chunk: Buffer): Promise<void>;
  /** Ends the request well. */
  end(): void;
  /** Breaks the request off, so that moto drops what it has received. */
  abort(): void;
  readonly answer: Promise<IncomingMessage>;
}

export class MotoConnection {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;
  readonly #key: string;

  /** @param options.key what moto answers to, from `startMoto` */
  constructor(options: { port: number; key: string }) {
    this.#port = options.port;
    this.#key = options.key;
  }

  /** Opens a request whose body is written piece by piece. */
  open(call: MotoCall): OpenCall {
    const outgoing = this.request(call);
    const answer = answerTo(outgoing);
    // A caller that aborts does not wait for the answer; its rejection is expected then.
    answer.catch(() => {});
    return {
      answer,
      write: (chunk) =>
        new Promise((resolve, reject) => {
          outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
        }),
      end: () => outgoing.end(),
      abort: () => outgoing.destroy(),
    };
  }

  /** Makes a small call of the gateway's own and reads its answer whole. */
  async call(
    call: MotoCall,
    body = '',
  ): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
    const open = this.open({
      ...call,
      headers: { ...call.headers, 'content-length': Buffer.byteLength(body) },
    });
    if (body !== '') await open.write(Buffer.from(body));
    open.end();
    const answer = await open.answer;
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    return {
      status: answer.statusCode ?? 500,
      headers: answer.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
  }

  close(): void {
    this.#agent.destroy();
  }

  protected request(call: MotoCall): ClientRequest {
    return request({
      host: '127.0.0.1',
      port: this.#port,
      agent: this.#agent,
      method: call.method,
      path: call.target,
      headers: { ...call.headers, 'x-local-cloud-key': this.#key },
    });
  }
}

/** moto's answer; what `moto_server.py` refuses is a service that moto does not have, or has under another name only. */
export function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      if (answer.headers['x-local-cloud-refused'] === undefined) return resolve(answer);
      answer.resume();
      const message = 'the local AWS API knows no service of this name, or not this path of it';
      reject(new AwsError(400, 'UnknownService', message));
    });
  });
}

/** Headers without those of the one connection they came over. */
export function endToEndHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}
