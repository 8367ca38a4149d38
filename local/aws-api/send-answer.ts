/** Writes answers to the client: whole, or streamed on from moto. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ApiAnswer } from './api-request.ts';

/** Writes an answer whole. */
export function sendAnswer(outgoing: ServerResponse, answer: ApiAnswer): void {
  const body = answer.body ?? '';
  outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}

/** Streams moto's answer on; settles when the client has it all, rejects when either side breaks off. */
export function streamAnswer(
  outgoing: ServerResponse,
  answer: IncomingMessage,
  headers: OutgoingHttpHeaders,
): Promise<void> {
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  return pipeline(answer, outgoing);
}
