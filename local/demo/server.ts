/** Serves the demo page and its backend on loopback. */

import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { createSigner } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { createDemoApp, type DemoOptions } from './app.ts';
import { type BreakThingsOptions, createBreakThings } from './break-things.ts';
import { Sessions } from './sessions.ts';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const HLS_JS = fileURLToPath(import.meta.resolve('hls.js/dist/hls.min.js'));
const HLS_WORKER = fileURLToPath(import.meta.resolve('hls.js/dist/hls.worker.js'));
/** SHA-256 of a file that is read in pieces, which browsers do not have: this module, and those that it imports. */
const NOBLE_HASHES = fileURLToPath(new URL('.', import.meta.resolve('@noble/hashes/sha2.js')));
const NOBLE_MODULES = ['sha2.js', '_md.js', '_u64.js', 'utils.js'];

/** What a backend must be told to sign: on AWS its environment says it. */
export interface SigningAccess {
  /** The name that viewers' URLs and policies carry: the alias or the distribution's own. */
  readonly domain: string;
  /** Name or ARN of the secret with the private key. */
  readonly secretId: string;
  /** How to reach Secrets Manager. */
  readonly aws: SecretsManagerClientConfig;
  /** How long it may continue with the key that it has. */
  readonly signerCacheSeconds: number;
  /** No cookie and no URL is good for longer. */
  readonly longestSignatureSeconds: number;
}

export interface DemoServerOptions
  extends Omit<DemoOptions, 'signer' | 'sessions'>,
    Omit<BreakThingsOptions, 'signer' | 'sessions' | 'library' | 'pathPrefix'> {
  readonly port: number;
  readonly signing: SigningAccess;
}

export interface DemoServer {
  /** `http://localhost:<port>`: the spelling that cookies and CORS are made for. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {Error} in one line when `port` is taken. */
export async function startDemo({
  port: wantedPort,
  signing,
  requests,
  rotation,
  ...demo
}: DemoServerOptions): Promise<DemoServer> {
  const { domain, secretId, aws, signerCacheSeconds, longestSignatureSeconds } = signing;
  const key = secretsManagerKey({ secretId, config: aws, maxAgeSeconds: signerCacheSeconds });
  const signer = createSigner({ domain, key, maxExpiresIn: longestSignatureSeconds });
  const sessions = new Sessions();
  const app = createDemoApp({ ...demo, signer, sessions });
  const { library, pathPrefix } = demo;
  app.route('/', createBreakThings({ signer, sessions, library, pathPrefix, requests, rotation }));
  app.get('/vendor/hls.js', serveStatic({ path: HLS_JS }));
  app.get('/vendor/hls.worker.js', serveStatic({ path: HLS_WORKER }));
  for (const name of NOBLE_MODULES) {
    app.get(`/vendor/noble-hashes/${name}`, serveStatic({ path: join(NOBLE_HASHES, name) }));
  }
  app.get('/*', serveStatic({ root: PAGE }));

  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wantedPort, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
      await demo.uploads.ended();
    },
  };
}
