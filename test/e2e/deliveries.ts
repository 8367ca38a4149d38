/**
 * The book of the local run in each form that a player can get: behind cookies, from an endpoint that signs its playlists,
 * stored prepared. Importing this makes them before the first test.
 */
import type { AddressInfo } from 'node:net';
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createAdaptorServer } from '@hono/node-server';
import { createSigner, type Signer } from '@storytime/signer';
import { preparePlaylist, signPlaylist } from '@storytime/signer/playlist';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { afterAll, beforeAll, expect } from 'vitest';
import { clientConfig } from '../../local/session/client-config.ts';
import { type LocalRun, localRun } from './local-run.ts';

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';

export interface Deliveries {
  readonly signer: Signer;
  /** The folder with plain playlists. */
  readonly plain: string;
  /** Its copy, whose playlists are prepared. */
  readonly prepared: string;
  /** The address at which the endpoint serves the playlists of a folder, with a signature in each segment's address. */
  endpoint(folder: string): string;
  /** Signed for CloudFront's name, addressed to where the local edge listens: on AWS the two are one. */
  atEdge(text: string): string;
}

type Server = ReturnType<typeof createAdaptorServer>;

let made: Deliveries | undefined;
let backend: Server | undefined;

beforeAll(async () => {
  const run = localRun();
  const { secretId, aws, domain } = run.context.signing;
  const signer = createSigner({ key: secretsManagerKey({ secretId, config: aws }), domain });
  const s3 = new S3Client({ ...clientConfig(run.context.cloud), forcePathStyle: true });
  const plain = `books/${run.session.bookId}`;
  const prepared = await publishPrepared(run, s3, plain);
  const atEdge = (text: string) => text.replaceAll(`https://${domain}/`, `${run.context.edgeUrl}/`);
  backend = await startBackend(run, s3, { signer, atEdge });
  const { port } = backend.address() as AddressInfo;
  const endpoint = (folder: string) => `http://127.0.0.1:${port}/play/${folder}`;
  made = { signer, plain, prepared, endpoint, atEdge };
}, 60_000);

afterAll(() => new Promise((resolve) => (backend ? backend.close(resolve) : resolve(null))), 60_000);

/** Within a hook or a test. */
export function deliveries(): Deliveries {
  if (made === undefined) throw new Error('the playlists have not been made');
  return made;
}

/** What a customer's backend has: an endpoint that reads a stored playlist and signs it. */
async function startBackend(
  run: LocalRun,
  s3: S3Client,
  { signer, atEdge }: Pick<Deliveries, 'signer' | 'atEdge'>,
): Promise<Server> {
  const app = new Hono();
  app.use(cors({ origin: run.context.demoUrl }));
  app.get('/play/books/:book/:file{[a-z0-9_]+\\.m3u8}', async (context) => {
    const { book, file } = context.req.param();
    const key = `books/${book}/${file}`;
    const { playlist } = await signPlaylist(await readObject(run, s3, key), {
      signer,
      url: `/${key}`,
      expiresIn: '1h',
      // Relative to this very endpoint, which has every playlist of the book under its own name.
      variantUrl: (uri) => uri,
    });
    return context.body(atEdge(playlist), 200, {
      'content-type': PLAYLIST_TYPE,
      'cache-control': 'no-store',
    });
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The step after transcoding, on a copy of the book: every playlist, once. */
async function publishPrepared(run: LocalRun, s3: S3Client, folder: string): Promise<string> {
  const Bucket = run.context.outputs.hls_outputs_bucket_name;
  const { domain } = run.context.signing;
  const prepared = `${folder}-prepared`;
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${folder}/` }));
  const keys = (listed.Contents ?? []).map(({ Key = '' }) => Key);
  expect(keys.filter((key) => key.endsWith('.m3u8')).length).toBeGreaterThan(2);
  for (const from of keys) {
    const Key = from.replace(folder, prepared);
    if (!from.endsWith('.m3u8')) {
      await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
      continue;
    }
    const { playlist } = preparePlaylist(await readObject(run, s3, from), {
      url: `https://${domain}/${Key}`,
    });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: playlist, ContentType: PLAYLIST_TYPE }));
  }
  return prepared;
}

async function readObject(run: LocalRun, s3: S3Client, Key: string): Promise<string> {
  const Bucket = run.context.outputs.hls_outputs_bucket_name;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}
