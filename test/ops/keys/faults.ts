/** The local AWS API in trouble: a test names a request, and how AWS answers it instead, or after having done it. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Environment, passOn, readBody } from '../../support/pass-on.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  /** `secretsmanager.PutSecretValue`; empty for REST services. */
  readonly target: string;
}

interface Fault {
  readonly matches: (request: Request) => boolean;
  readonly status: number;
  /** `ThrottlingException`, `PreconditionFailed`, … */
  readonly code: string;
  /** How often. @default 1 */
  readonly times?: number;
  /** Whether the call is carried out all the same, and only its answer is lost. @default false */
  readonly afterwards?: boolean;
}

export interface Faults {
  readonly endpoint: string;
  /** Gives back what ends it, however often it was to be. */
  readonly add: (fault: Fault) => () => void;
  /** How many requests were answered wrongly since the last look. */
  readonly count: () => number;
  readonly close: () => Promise<void>;
}

/** @param environment of the local AWS API */
export async function startFaults(environment: Environment): Promise<Faults> {
  const faults: { fault: Fault; left: number }[] = [];
  let seen = 0;
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming);
    const request = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      target: String(incoming.headers['x-amz-target'] ?? ''),
    };
    const found = faults.find(({ fault, left }) => left > 0 && fault.matches(request));
    if (found === undefined) {
      const answer = await passOn(incoming, body, environment);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
      return;
    }
    found.left -= 1;
    seen += 1;
    if (found.fault.afterwards) await readBody(await passOn(incoming, body, environment));
    fail(outgoing, found.fault, request.target !== '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (fault) => {
      const added = { fault, left: fault.times ?? 1 };
      faults.push(added);
      return () => {
        added.left = 0;
      };
    },
    count: () => {
      const count = seen;
      seen = 0;
      return count;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function fail(outgoing: ServerResponse, { status, code }: Fault, isJson: boolean): void {
  const message = 'refused by the test';
  outgoing.writeHead(status, { 'content-type': isJson ? 'application/x-amz-json-1.1' : 'text/xml' });
  outgoing.end(
    isJson
      ? JSON.stringify({ __type: code, message })
      : `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );
}
