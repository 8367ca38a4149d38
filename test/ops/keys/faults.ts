/** The local AWS API in trouble: a test names a request, and how AWS answers it instead, or after having done it. */
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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

export async function startFaults(endpoint: string): Promise<Faults> {
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
    if (found === undefined) return passOn(incoming, body, endpoint, outgoing);
    found.left -= 1;
    seen += 1;
    if (found.fault.afterwards) await passOn(incoming, body, endpoint, null);
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

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** @param outgoing - null where nobody hears the answer */
async function passOn(
  incoming: IncomingMessage,
  body: Buffer,
  endpoint: string,
  outgoing: ServerResponse | null,
): Promise<void> {
  const { hostname, port } = new URL(endpoint);
  const { method, url: path, headers } = incoming;
  const onward = forward({ hostname, port, method, path, headers });
  onward.end(body);
  const [answer] = (await once(onward, 'response')) as [IncomingMessage];
  if (outgoing === null) {
    await readBody(answer);
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
  answer.pipe(outgoing);
}
