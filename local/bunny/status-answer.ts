/** The Stream API's `StatusModel`, which answers what has nothing else to say and every error. */
import type { ServerResponse } from 'node:http';

export interface StatusAnswer {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @see https://docs.bunny.net/api-reference/stream */
export function statusModel({ status, message }: Pick<StatusAnswer, 'status' | 'message'>) {
  return { success: status < 400, message, statusCode: status };
}

/** Sends it and closes the connection after an error, since a body may still be on its way. */
export function sendStatus(outgoing: ServerResponse, answer: StatusAnswer): void {
  const body = JSON.stringify(statusModel(answer));
  outgoing.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(answer.status >= 400 && { connection: 'close' }),
    ...answer.headers,
  });
  outgoing.end(outgoing.req.method === 'HEAD' ? undefined : body);
}
