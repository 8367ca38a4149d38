/** The HTTP server in front of everything: finds the service a request is for and answers errors in its protocol. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ApiHandler, readApiRequest, splitTarget } from './api-request.ts';
import { AwsError, notImplemented } from './aws-error.ts';
import { credentialScopeOf } from './credential-scope.ts';
import { errorAnswer } from './error-answer.ts';
import { endToEndHeaders, isUnknownToMoto, type MotoClient } from './moto-client.ts';
import { sendAnswer, streamAnswer } from './send-answer.ts';

/** A service that reads and writes its own streams. */
type StreamHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

export interface GatewayOptions {
  readonly moto: MotoClient;
  /** Services answered here, by signing name. */
  readonly handlers: Readonly<Record<string, ApiHandler>>;
  readonly s3: StreamHandler;
  readonly log: (line: string) => void;
}

/** The server, not yet listening. */
export function createGateway(options: GatewayOptions): Server {
  const server = createServer((incoming, outgoing) => {
    // Unsigned requests are S3's: browsers' forms and preflights, and anonymous reads.
    const service = credentialScopeOf(incoming)?.service ?? 's3';
    dispatch(options, service, incoming, outgoing).catch((error: unknown) => {
      answerFailure(options.log, service, incoming, outgoing, error);
    });
  });
  // Uploads and downloads take as long as they take.
  server.requestTimeout = 0;
  return server;
}

async function dispatch(
  options: GatewayOptions,
  service: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const handler = options.handlers[service];
  if (handler) return sendAnswer(outgoing, await handler(await readApiRequest(incoming)));
  if (service === 's3') return options.s3(incoming, outgoing);
  const answer = await options.moto.forward(incoming);
  if (isUnknownToMoto(answer.statusCode, answer.headers)) {
    answer.resume();
    throw notImplemented(callName(service, incoming));
  }
  await streamAnswer(outgoing, answer, endToEndHeaders(answer.headers));
}

/** The operation where a header names it, as the JSON protocols do; else what the log says of it too. */
function callName(service: string, incoming: IncomingMessage): string {
  const operation = incoming.headers['x-amz-target']?.toString().split('.').at(-1);
  return `${service} ${operation ?? `${incoming.method} ${splitTarget(incoming.url ?? '/').path}`}`;
}

function answerFailure(
  log: (line: string) => void,
  service: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  error: unknown,
): void {
  // A client that went away needs no answer, and is no failure of ours.
  if (incoming.socket.destroyed) return;
  const known = error instanceof AwsError;
  // The path only: queries carry signatures, bodies carry secrets.
  const call = `${service} ${incoming.method} ${splitTarget(incoming.url ?? '/').path}`;
  if (!known) log(`${call}: ${error instanceof Error ? error.stack : String(error)}`);
  else if (error.status === 501) log(`${call}: ${error.message}`);
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  const failure = known
    ? error
    : new AwsError(500, 'InternalFailure', 'the local AWS API failed; its log says why');
  const answer = errorAnswer(service, failure, incoming.headers['content-type']);
  sendAnswer(outgoing, incoming.method === 'HEAD' ? { ...answer, body: '' } : answer);
}
