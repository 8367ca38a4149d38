import type { ServerResponse } from 'node:http';
import type { ApiAnswer } from './api-request.ts';

/** Writes an answer whole. */
export function sendAnswer(outgoing: ServerResponse, answer: ApiAnswer): void {
  const body = answer.body ?? '';
  outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
}
