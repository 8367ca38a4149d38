/** Each example in its real framework, on a free port of this machine. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Signer } from '@storytime/signer';
import { createApp as createExpressApp } from '../../../signer/examples/express.ts';
import { createApp as createFastifyApp } from '../../../signer/examples/fastify.ts';
import { createApp as createHonoApp } from '../../../signer/examples/hono.ts';
import { createHandler } from '../../../signer/examples/lambda.ts';
import { createPlaybackRoute } from '../../../signer/examples/next-route.ts';
import { createLambdaGateway } from './lambda-gateway.ts';

export interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

export interface Backend {
  readonly url: string;
  close(): Promise<void>;
}

export const BACKENDS: readonly (readonly [name: string, start: (playback: Playback) => Promise<Backend>])[] =
  [
    ['Express 5', (playback) => listen(createServer(createExpressApp(playback)))],
    ['Fastify 5', startFastify],
    ['Hono', (playback) => serve(createHonoApp(playback).fetch)],
    ['a Next.js route handler', startRoute],
    ['AWS Lambda', (playback) => listen(createServer(createLambdaGateway(createHandler(playback))))],
  ];

export async function listen(server: Server): Promise<Backend> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function serve(fetch: (request: Request) => Response | Promise<Response>): Promise<Backend> {
  return listen(createAdaptorServer({ fetch }) as Server);
}

async function startFastify(playback: Playback): Promise<Backend> {
  const app = createFastifyApp(playback);
  return { url: await app.listen({ host: '127.0.0.1', port: 0 }), close: () => app.close() };
}

/** Next finds the method's handler and gives it the dynamic part of the path; the rest is Fetch's. */
function startRoute(playback: Playback): Promise<Backend> {
  const handlers = createPlaybackRoute(playback);
  return serve((request) => {
    const [, bookId] = /^\/api\/books\/([^/]+)\/playback$/.exec(new URL(request.url).pathname) ?? [];
    const handler = request.method === 'POST' ? handlers.POST : handlers.DELETE;
    return bookId === undefined
      ? new Response(null, { status: 404 })
      : handler(request, { params: Promise.resolve({ bookId: decodeURIComponent(bookId) }) });
  });
}
