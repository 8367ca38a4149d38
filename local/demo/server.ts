/** Serves the demo page and its backend on loopback. */

import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { createDemoApp, type DemoOptions } from './app.ts';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const HLS_JS = fileURLToPath(import.meta.resolve('hls.js/dist/hls.min.js'));

export interface DemoServer {
  /** `http://localhost:<port>`: the spelling that cookies and CORS are made for. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {Error} in one line when `port` is taken. */
export async function startDemo(options: DemoOptions & { readonly port: number }): Promise<DemoServer> {
  const app = createDemoApp(options);
  app.get('/vendor/hls.js', serveStatic({ path: HLS_JS }));
  app.get('/*', serveStatic({ root: PAGE }));

  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
