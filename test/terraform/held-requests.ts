/** A stop in front of the local AWS API: a request that a test names waits there until the test lets it go on. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { type Environment, passOn, readBody } from '../support/pass-on.ts';

type Matches = (request: {
  readonly method: string;
  readonly url: string;
  /** AWS's older services name what they are asked for here: `Action=CreateStack&…`. */
  readonly body: string;
}) => boolean;

interface HeldRequest {
  /** Resolves when the request stands at the stop. */
  readonly arrived: Promise<void>;
  /** Lets it go on, and everything after it. */
  readonly release: () => void;
}

export interface Stop {
  /** Takes the place of the cloud's own endpoint. */
  readonly endpoint: string;
  /** Holds the next request that matches. */
  readonly hold: (matches: Matches) => HeldRequest;
  /** Refuses every request that matches with 403 AccessDenied, until the function that it gives back is called. */
  readonly refuse: (matches: Matches) => () => void;
  readonly close: () => Promise<void>;
}

/** @param environment of the local AWS API */
export async function startStop(environment: Environment): Promise<Stop> {
  const refused = new Set<Matches>();
  const held = new Set<{ matches: Matches; arrive: () => void; released: Promise<void> }>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming).catch(() => null);
    // Who asked has gone away.
    if (body === null) return void outgoing.destroy();
    const request = { method: incoming.method ?? '', url: incoming.url ?? '', body: body.toString('latin1') };
    if ([...refused].some((matches) => matches(request))) {
      outgoing.writeHead(403, { 'content-type': 'application/xml' });
      outgoing.end('<Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error>');
      return;
    }
    const hold = [...held].find(({ matches }) => matches(request));
    if (hold !== undefined) {
      held.delete(hold);
      hold.arrive();
      await hold.released;
    }
    try {
      const answer = await passOn(incoming, body, environment);
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      pipeline(answer, outgoing, () => {});
    } catch {
      // Either side has gone away.
      outgoing.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (matches) => {
      let arrive = () => {};
      let release = () => {};
      const arrived = new Promise<void>((resolve) => (arrive = resolve));
      const released = new Promise<void>((resolve) => (release = resolve));
      held.add({ matches, arrive, released });
      return { arrived, release };
    },
    refuse: (matches) => {
      refused.add(matches);
      return () => void refused.delete(matches);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
