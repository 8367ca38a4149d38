/** HLS without cookies, in both ways, against a whole local run: real players, real playlists, the real edge. */

import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
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
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { type LocalRun, localRun } from './local-run.ts';

type Server = ReturnType<typeof createAdaptorServer>;

interface Asked {
  readonly url: URL;
  readonly status: number;
  readonly cookie: string | undefined;
}

const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';

let run: LocalRun;
/** The folder that is played. */
let folder: string;
let s3: S3Client;
let domain: string;
let signer: Signer;
let backend: Server;
let backendUrl: string;
let browser: Browser;

beforeAll(async () => {
  run = localRun();
  folder = `books/${run.session.bookId}`;
  s3 = new S3Client({ ...clientConfig(run.context.cloud), forcePathStyle: true });
  const { secretId, aws } = run.context.signing;
  domain = run.context.signing.domain;
  signer = createSigner({ key: secretsManagerKey({ secretId, config: aws }), domain });
  backend = await startBackend();
  backendUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: (await findChromium()) ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => (backend ? backend.close(resolve) : resolve(null)));
}, 60_000);

describe('playlists that an endpoint signs', () => {
  it('play in hls.js without cookies: the endpoint gives playlists, the edge gives segments', async () => {
    const { asked, decodedFrames } = await play(`${backendUrl}/play/index.m3u8`);

    expect(decodedFrames).toBeGreaterThan(20);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
    expect(asked.every(({ url }) => url.pathname.endsWith('.ts') && url.searchParams.has('Policy'))).toBe(
      true,
    );
    expect(asked.every(({ cookie }) => cookie === undefined)).toBe(true);
  }, 90_000);

  it('play in ffmpeg: every frame of the first four seconds is decoded', async () => {
    expect(await decodeWithFfmpeg(`${backendUrl}/play/index.m3u8`)).toBeGreaterThan(90);
  }, 60_000);

  it('carry nothing but what the edge lets through, and one signature each', async () => {
    const master = await (await fetch(`${backendUrl}/play/index.m3u8`)).text();
    const variants = master.split('\n').filter((line) => line.endsWith('.m3u8'));
    expect(variants.length).toBeGreaterThan(1);

    for (const variant of variants) {
      const text = await (await fetch(`${backendUrl}/play/${variant}`)).text();
      const segments = text.split('\n').filter((line) => line.startsWith(run.context.edgeUrl));
      const answers = await Promise.all(segments.map((url) => fetch(url, { method: 'HEAD' })));

      expect(answers.length).toBeGreaterThan(1);
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(new Set(segments.map((url) => new URL(url).search)).size).toBe(1);
    }
  }, 60_000);
});

describe('playlists that are stored prepared', () => {
  let signedUrl: string;

  beforeAll(async () => {
    folder = await publishPrepared();
    const { url } = await signer.signUrl(`/${folder}/index.m3u8`, { scope: 'directory' });
    signedUrl = atEdge(url);
  }, 60_000);

  it('play in hls.js without cookies, all from the edge, by the one signature of the master’s URL', async () => {
    const { asked, decodedFrames } = await play(signedUrl);

    expect(decodedFrames).toBeGreaterThan(20);
    expect(asked.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
    const extensions = new Set(asked.map(({ url }) => url.pathname.split('.').at(-1)));
    expect([...extensions].sort()).toEqual(['m3u8', 'ts']);
    expect(new Set(asked.map(({ url }) => url.search))).toEqual(new Set([new URL(signedUrl).search]));
    expect(asked.every(({ cookie }) => cookie === undefined)).toBe(true);
  }, 90_000);

  it('are cached for everybody: another viewer’s signature gets the same bytes from the cache', async () => {
    const other = await signer.signUrl(`/${folder}/index.m3u8`, {
      scope: 'directory',
      expiresIn: '1h',
    });
    const mine = await fetch(signedUrl);
    const theirs = await fetch(atEdge(other.url));

    expect(atEdge(other.url)).not.toBe(signedUrl);
    expect(theirs.headers.get('x-cache')).toBe('Hit from cloudfront');
    expect(await theirs.text()).toBe(await mine.text());
  });

  it('do not play in ffmpeg, which knows no QUERYPARAM', async () => {
    await expect(decodeWithFfmpeg(signedUrl)).rejects.toThrow('matches no streams');
  }, 60_000);

  it('play in ffmpeg by way of the endpoint, which signs them as well', async () => {
    expect(await decodeWithFfmpeg(`${backendUrl}/play/index.m3u8`)).toBeGreaterThan(90);
  }, 60_000);
});

/** What a customer's backend has: an endpoint that reads a stored playlist and signs it. */
async function startBackend(): Promise<Server> {
  const app = new Hono();
  app.use(cors({ origin: run.context.demoUrl }));
  app.get('/play/:file{[a-z0-9_]+\\.m3u8}', async (context) => {
    const file = context.req.param('file');
    const { playlist } = await signPlaylist(await readObject(`${folder}/${file}`), {
      signer,
      url: `/${folder}/${file}`,
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

/** Signed for CloudFront's name, addressed to where the laptop's edge listens: on AWS the two are one. */
function atEdge(text: string): string {
  return text.replaceAll(`https://${domain}/`, `${run.context.edgeUrl}/`);
}

/** The step after transcoding, on a copy of the book: every playlist, once. */
async function publishPrepared(): Promise<string> {
  const Bucket = run.context.outputs.hls_outputs_bucket_name;
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
    const { playlist } = preparePlaylist(await readObject(from), { url: `https://${domain}/${Key}` });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: playlist, ContentType: PLAYLIST_TYPE }));
  }
  return prepared;
}

async function readObject(Key: string): Promise<string> {
  const Bucket = run.context.outputs.hls_outputs_bucket_name;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

/** Plays two seconds in a browser without any cookie, on an empty page of the one origin that the edge's CORS names. */
async function play(source: string): Promise<{ asked: Asked[]; decodedFrames: number }> {
  // Of the page only its origin is wanted: its content security policy is for its own scripts.
  const context = await browser.newContext({ bypassCSP: true });
  try {
    const page = await context.newPage();
    const asked: Promise<Asked>[] = [];
    page.on('response', (response) => {
      if (!response.url().startsWith(run.context.edgeUrl)) return;
      const cookie = response.request().headerValue('cookie');
      asked.push(
        cookie.then((value) => ({
          url: new URL(response.url()),
          status: response.status(),
          cookie: value ?? undefined,
        })),
      );
    });
    await page.goto(`${run.context.demoUrl}/empty-page`);
    await page.addScriptTag({ url: '/vendor/hls.js' });
    // Strings, because these run in the page: the tests are compiled without the browser's types.
    await page.evaluate(`(() => {
      const video = document.createElement('video');
      video.muted = true;
      document.body.append(video);
      window.fatal = null;
      const hls = new Hls();
      hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) window.fatal = error.details; });
      hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
      hls.loadSource(${JSON.stringify(source)});
      hls.attachMedia(video);
    })()`);
    await expect.poll(() => progress(page), { timeout: 60_000 }).toMatchObject({ fatal: null, played: true });
    expect(await context.cookies()).toEqual([]);
    return { asked: await Promise.all(asked), decodedFrames: (await progress(page)).decodedFrames };
  } finally {
    await context.close();
  }
}

function progress(page: Page) {
  return page.evaluate<{ fatal: string | null; played: boolean; decodedFrames: number }>(`(() => {
    const video = document.querySelector('video');
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    return { fatal: window.fatal, played: video.currentTime > 2, decodedFrames: totalVideoFrames };
  })()`);
}

/** @returns how many pictures of the first four seconds came out */
async function decodeWithFfmpeg(url: string): Promise<number> {
  const args = [
    '-nostdin',
    '-v',
    'error',
    '-xerror',
    '-i',
    url,
    '-map',
    '0:v:0',
    '-t',
    '4',
    '-f',
    'framecrc',
    '-',
  ];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { timeout: 50_000 });
  return stdout.split('\n').filter((line) => /^0,/.test(line)).length;
}
