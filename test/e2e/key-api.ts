/** The customer's API of the encrypted title, on its own origin: the Hono example, sign-in, and playlists made for one viewer. */

import type { Server } from 'node:http';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createAdaptorServer } from '@hono/node-server';
import { createSigner } from '@storytime/signer';
import { signPlaylist } from '@storytime/signer/playlist';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { clientConfig } from '../../local/session/client-config.ts';
import { createApp } from '../../playback/examples/hono.ts';
import { localRun } from './local-run.ts';
import type { TokenWay } from './players-page.ts';
import { premiumSite } from './premium-site.ts';
import { closed } from './watched-edge.ts';

interface KeyRequest {
  /** Every way in which the request had a token. */
  readonly ways: readonly TokenWay[];
  readonly status: number;
  /** Of a refusal. */
  readonly code?: string;
}

export interface KeyApi {
  readonly url: string;
  /** GETs of keys, in order. */
  readonly keyRequests: KeyRequest[];
  close(): Promise<void>;
}

/** @param edgeUrl where playlists for one viewer have their segments */
export async function startKeyApi(edgeUrl: string): Promise<KeyApi> {
  const { apiPort, options, signIn } = premiumSite();
  const url = `http://localhost:${apiPort}`;
  const keyRequests: KeyRequest[] = [];
  const app = new Hono();
  app.use('/sign-in', cors({ origin: localRun().context.demoUrl, credentials: true }));
  app.post('/sign-in', (context) => context.body(null, 204, { 'set-cookie': signIn() }));
  app.get('/play/:token/:lesson/:file{[a-z0-9_]+\\.m3u8}', cors(), async (context) => {
    const { token, lesson, file } = context.req.param();
    return context.body(await playlistFor(token, `books/${lesson}/${file}`), 200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'cache-control': 'no-store',
    });
  });
  app.route('/', createApp(options));

  /** Answers, and keeps what was asked of keys. */
  async function answer(request: Request): Promise<Response> {
    const response = await app.fetch(request);
    if (request.method === 'GET' && new URL(request.url).pathname.startsWith('/api/video-keys/')) {
      const code = response.ok ? {} : { code: ((await response.clone().json()) as { code: string }).code };
      keyRequests.push({ ways: waysOf(request), status: response.status, ...code });
    }
    return response;
  }

  async function playlistFor(token: string, key: string): Promise<string> {
    const { context } = localRun();
    const s3 = new S3Client({ ...clientConfig(context.cloud), forcePathStyle: true });
    const { secretId, aws, domain } = context.signing;
    const Bucket = context.outputs.hls_outputs_bucket_name;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
    const [, lesson = ''] = key.split('/');
    const { playlist } = await signPlaylist((await Body?.transformToString()) ?? '', {
      signer: createSigner({ key: secretsManagerKey({ secretId, config: aws }), domain }),
      url: `/${key}`,
      expiresIn: '1h',
      variantUrl: (uri) => uri,
      keyUrl: `${url}/api/video-keys/${lesson}?v=1&t=${token}`,
    });
    return premiumSite().at(edgeUrl, playlist);
  }

  const server = createAdaptorServer({ fetch: answer }) as Server;
  await new Promise<void>((resolve) => server.listen(apiPort, 'localhost', resolve));
  return { url, keyRequests, close: () => closed(server) };
}

function waysOf({ url, headers }: Request): TokenWay[] {
  const there: Readonly<Record<TokenWay, boolean>> = {
    'X-Video-Token': headers.has('x-video-token'),
    bearer: headers.has('authorization'),
    cookie: /(?:^|; )storytime-token=/.test(headers.get('cookie') ?? ''),
    address: new URL(url).searchParams.has('t'),
  };
  return (Object.keys(there) as TokenWay[]).filter((way) => there[way]);
}
