/**
 * The HTTP server in front of everything: takes what is signed with this run's secret, finds the service that it is for and
 * answers errors in its protocol. Web pages get no further than S3, and there what the bucket's CORS rules let them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ApiHandler, readWhole, splitTarget } from './api-request.ts';
import { authorizationOf, requireAuthorized } from './authenticate.ts';
import { AwsError, notImplemented } from './aws-error.ts';
import { type CredentialScope, credentialScopeOf } from './credential-scope.ts';
import { errorAnswer } from './error-answer.ts';
import { isForThisServer, isFromPage } from './from-here.ts';
import { isUnknownToMoto, type MotoClient } from './moto-client.ts';
import { endToEndHeaders } from './moto-connection.ts';
import { sendAnswer, streamAnswer } from './send-answer.ts';
import { sha256Hex } from './sigv4.ts';

/** A service that reads and writes its own streams. `caller` is null for a request without an Authorization header. */
type StreamHandler = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  caller: CredentialScope | null,
) => Promise<void>;

/** Lambda's largest request, which is the largest of all that moto is passed whole. */
const MAX_PASSED_BYTES = 72 * 1024 * 1024;

export interface GatewayOptions {
  readonly moto: MotoClient;
  /** Services answered here, by signing name. */
  readonly handlers: ReadonlyMap<string, ApiHandler>;
  readonly s3: StreamHandler;
  /** What every request but an anonymous one of S3 is signed with. */
  readonly secretAccessKey: string;
  readonly log: (line: string) => void;
}

/** The server, not yet listening. */
export function createGateway(options: GatewayOptions): Server {
  const server = createServer((incoming, outgoing) => {
    // Unsigned requests are S3's: browsers' forms and preflights, presigned addresses and anonymous reads.
    const service = credentialScopeOf(incoming)?.service ?? 's3';
    dispatch(options, incoming, outgoing).catch((error: unknown) => {
      answerFailure(options.log, service, incoming, outgoing, error);
    });
  });
  // Uploads and downloads take as long as they take.
  server.requestTimeout = 0;
  return server;
}

async function dispatch(
  options: GatewayOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  requireOwnAddress(incoming);
  const authorization = authorizationOf(incoming);
  const authentication = { secretAccessKey: options.secretAccessKey, now: new Date() };
  if (authorization === null) return options.s3(incoming, outgoing, null);
  const { scope } = authorization;
  if (scope.service === 's3') {
    const payloadHash = incoming.headers['x-amz-content-sha256']?.toString() ?? '';
    requireAuthorized(incoming, { authorization, payloadHash }, authentication);
    return options.s3(incoming, outgoing, scope);
  }
  if (isFromPage(incoming)) {
    throw new AwsError(403, 'AccessDenied', 'web pages may call no service but S3');
  }
  const handler = options.handlers.get(scope.service);
  const request = await readWhole(incoming, handler ? {} : { maxBytes: MAX_PASSED_BYTES });
  requireAuthorized(incoming, { authorization, payloadHash: sha256Hex(request.body) }, authentication);
  if (handler) {
    return sendAnswer(outgoing, await handler({ ...request, body: request.body.toString('utf8') }));
  }
  const answer = await options.moto.send(request);
  if (isUnknownToMoto(answer.statusCode, answer.headers)) {
    answer.resume();
    throw notImplemented(callName(scope.service, incoming));
  }
  await streamAnswer(outgoing, answer, endToEndHeaders(answer.headers));
}

/**
 * A whole address as the target would name a host of its own, which moto goes by.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
function requireOwnAddress(incoming: IncomingMessage): void {
  if (!isForThisServer(incoming, incoming.socket.localPort)) {
    const message = 'the local AWS API answers to 127.0.0.1 and localhost with its own port only';
    throw new AwsError(421, 'MisdirectedRequest', message);
  }
  if (incoming.url?.startsWith('/')) return;
  throw new AwsError(400, 'InvalidURI', 'expected a path');
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
  // A client that disconnected needs no answer, and this is not our failure.
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
