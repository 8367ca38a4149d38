/**
 * The Stream API and the TUS endpoint on a socket. The API is for backends: web pages get no further than the TUS endpoint,
 * where each request is signed, and neither answers to another host's name.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { isForThisServer, isFromPage } from '../aws-api/from-here.ts';
import { sendStatus } from './status-answer.ts';
import { TUS_PATH, type TusEndpoint } from './tus.ts';

export interface ApiServerOptions {
  readonly port: number;
  readonly api: Hono;
  readonly tus: TusEndpoint;
  readonly onWarning: (message: string) => void;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** @throws Error in one line when the port is taken */
export async function startApiServer({ port, api, tus, onWarning }: ApiServerOptions): Promise<ApiServer> {
  const toApi = getRequestListener(api.fetch);
  const server = createServer((incoming, outgoing) => {
    dispatch(incoming, outgoing).catch((cause: unknown) => {
      // A client that has disconnected is not our failure.
      if (!incoming.socket.destroyed)
        onWarning(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
      outgoing.destroy();
    });
  });
  // An upload takes as long as it takes.
  server.requestTimeout = 0;

  const dispatch = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const refuse = (status: number, message: string) => sendStatus(outgoing, { status, message });
    if (!isForThisServer(incoming, incoming.socket.localPort)) {
      return refuse(421, 'the local Stream API answers to 127.0.0.1 and localhost with its own port only');
    }
    const target = incoming.url ?? '';
    if (!target.startsWith('/')) return refuse(400, 'expected a path');
    const path = target.split('?', 1)[0] ?? '';
    if (path === TUS_PATH || path.startsWith(`${TUS_PATH}/`)) return tus(incoming, outgoing, path);
    if (isFromPage(incoming)) {
      return refuse(403, 'web pages may not call the Stream API: its key belongs in a backend');
    }
    await toApi(incoming, outgoing);
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new Error(
              `port ${port} is already in use, so the Stream API cannot listen on it: end the program that uses it, or choose another port`,
              { cause },
            )
          : cause,
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    port: own,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
