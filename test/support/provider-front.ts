/**
 * What Terraform attaches to in front of the provider's processes. It passes every call on as it is, with two exceptions: the
 * schema is asked of the provider once and has the types of our stacks alone, which takes Terraform a quarter of the time to
 * read; and a run that configures the provider for two regions gets a process for each, since a process has one configuration.
 */

import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  constants as http2,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { withTypes } from './provider-schema.ts';

export interface ProviderFrontOptions {
  /** Where it listens. */
  readonly socket: string;
  /** The socket of the process for a region; null is a call before the region is known, which any process answers. */
  readonly processFor: (region: string | null) => Promise<string>;
  readonly types: ReadonlySet<string>;
}

interface Answer {
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly body: Buffer;
  readonly trailers: IncomingHttpHeaders;
}

export async function startProviderFront(options: ProviderFrontOptions): Promise<() => Promise<void>> {
  const { socket, processFor, types } = options;
  const closers = new Set<() => void>();
  let schema: Answer | null = null;
  const server = createServer();
  // One connection is one provider of a run, with its region.
  server.on('session', (terraform) => {
    const upstreams = new Map<string, ClientHttp2Session>();
    let region: string | null = null;
    const upstream = async (): Promise<ClientHttp2Session> => {
      const path = await processFor(region);
      if (terraform.destroyed) throw new Error('Terraform has gone');
      const known = upstreams.get(path);
      if (known !== undefined && !known.closed) return known;
      const session = connect('http://localhost', { createConnection: () => connectSocket(path) });
      // Its streams say so, too.
      session.on('error', () => {});
      upstreams.set(path, session);
      return session;
    };
    const call = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
      const path = headers[':path'] ?? '';
      if (/\/Get(Provider)?Schema$/.test(path)) {
        schema ??= withoutOthers(await answerOf((await upstream()).request(headers), stream), types);
        return answer(stream, schema);
      }
      if (!/\/Configure(Provider)?$/.test(path)) return passOn(stream, (await upstream()).request(headers));
      const body = await buffer(stream);
      region = regionIn(body) ?? region;
      const request = (await upstream()).request(headers);
      passOn(stream, request, body);
    };
    terraform.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      call(stream, headers).catch(() => stream.close(http2.NGHTTP2_INTERNAL_ERROR));
    });
    const close = (): void => {
      closers.delete(close);
      for (const session of upstreams.values()) session.destroy();
      terraform.destroy();
    };
    closers.add(close);
    terraform.on('error', () => {});
    terraform.once('close', close);
  });
  server.listen(socket);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const close of [...closers]) close();
    await closed;
  };
}

/** `region` and its value, a short string, in the MessagePack of a provider's configuration. */
function regionIn(configuration: Buffer): string | null {
  const name = Buffer.from('\xa6region', 'latin1');
  const at = configuration.indexOf(name);
  if (at < 0) return null;
  const [marker = 0] = configuration.subarray(at + name.length);
  const isShortString = marker >> 5 === 0b101;
  const start = at + name.length + 1;
  return isShortString ? configuration.toString('utf8', start, start + (marker & 31)) : null;
}

function passOn(stream: ServerHttp2Stream, request: ClientHttp2Stream, body?: Buffer): void {
  let trailers: IncomingHttpHeaders = {};
  const end = (code: number) => () => {
    stream.close(code);
    request.close(code);
  };
  request.on('trailers', (received) => (trailers = received));
  request.on('error', end(http2.NGHTTP2_INTERNAL_ERROR));
  stream.on('aborted', end(http2.NGHTTP2_CANCEL));
  request.on('response', (headers, flags) => {
    // A Terraform that was killed hears no answer.
    if (stream.destroyed) return request.close(http2.NGHTTP2_CANCEL);
    // An error is headers alone.
    if (flags & http2.NGHTTP2_FLAG_END_STREAM) return stream.respond(headers, { endStream: true });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.respond(headers, { waitForTrailers: true });
    request.pipe(stream);
  });
  if (body === undefined) stream.pipe(request);
  else request.end(body);
}

async function answerOf(request: ClientHttp2Stream, stream: ServerHttp2Stream): Promise<Answer> {
  let trailers: IncomingHttpHeaders = {};
  request.on('trailers', (received) => (trailers = received));
  stream.pipe(request);
  const [[headers], body] = await Promise.all([once(request, 'response'), buffer(request)]);
  return { headers, body, trailers };
}

/** gRPC's frame is a byte that says whether it is compressed, the length, and the message. */
function withoutOthers({ headers, body, trailers }: Answer, types: ReadonlySet<string>): Answer {
  if (trailers['grpc-status'] !== '0' || body[0] !== 0)
    throw new Error('expected the schema of the provider');
  const message = withTypes(body.subarray(5), types);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return { headers, body: Buffer.concat([prefix, message]), trailers };
}

function answer(stream: ServerHttp2Stream, { headers, body, trailers }: Answer): void {
  stream.resume();
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.respond(headers, { waitForTrailers: true });
  stream.end(body);
}
