/** The examples of @storytime/playback on the local cloud, from sign-in to decoded pictures. */

import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp as createExpressApp } from '../../playback/examples/express.ts';
import { createApp as createHonoApp } from '../../playback/examples/hono.ts';
import { createRoutes } from '../../playback/examples/next-route.ts';
import { nextServer } from '../playback/examples/next-server.ts';
import { listen, type Backend as Server, serve } from '../signer/examples/backends.ts';
import { localRun } from './local-run.ts';
import { LESSON, OTHER_LESSON, premiumSite } from './premium-site.ts';

type Options = ReturnType<typeof premiumSite>['options'];

const FRAMEWORKS: readonly (readonly [string, (options: Options) => Promise<Server>])[] = [
  ['Express 5', (options) => listen(createServer(createExpressApp(options)))],
  ['Hono', (options) => serve((request) => createHonoApp(options).fetch(request))],
  ['Next.js route handlers', (options) => serve(nextServer(createRoutes(options)))],
];

describe.each(FRAMEWORKS)('the playback example for %s on the local cloud', (_, start) => {
  let server: Server;
  beforeAll(async () => {
    server = await start({ ...premiumSite().options, secureCookies: true });
  });
  afterAll(() => server?.close());

  it('leads from sign-in to decoded pictures', async () => {
    const { cookies, playbackUrl, token } = await startPlaying(premiumSite().signIn());
    const { keyPath, iv, segment } = await readFirstSegment(playbackUrl, cookies);

    const refused = await fetch(`${server.url}${keyPath}`);
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'TOKEN_MISSING' }]);
    const elsewhere = await fetch(`${server.url}${keyPath.replace(LESSON, OTHER_LESSON)}`, {
      headers: { 'x-video-token': token },
    });
    expect([elsewhere.status, await elsewhere.json()]).toMatchObject([
      403,
      { code: 'TOKEN_LESSON_MISMATCH' },
    ]);

    const answer = await fetch(`${server.url}${keyPath}`, { headers: { 'x-video-token': token } });
    expect(answer.status).toBe(200);
    const key = Buffer.from(await answer.arrayBuffer());
    await expect(countPictures(segment)).rejects.toThrow();
    expect(await countPictures(decrypt(segment, key, iv))).toBeGreaterThan(100);
  }, 60_000);

  it('starts nothing, and opens no file of the CDN, for one who is not signed in', async () => {
    const answer = await post('session=none');
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'NOT_SIGNED_IN' }]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await fetch(`${localRun().context.edgeUrl}/books/${LESSON}/index.m3u8`)).status).toBe(403);
  });

  const post = (cookie: string) =>
    fetch(`${server.url}/api/videos/playback-token`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', origin: localRun().context.demoUrl },
      body: JSON.stringify({ lessonId: LESSON }),
    });

  async function startPlaying(session: string) {
    const answer = await post(session.slice(0, session.indexOf(';')));
    expect(answer.status).toBe(200);
    const { playbackUrl, token } = (await answer.json()) as { playbackUrl: string; token: string };
    const pairs = answer.headers.getSetCookie().map((line) => line.slice(0, line.indexOf(';')));
    const cookies = pairs.filter((pair) => pair.startsWith('CloudFront-')).join('; ');
    return { cookies, token, playbackUrl: premiumSite().at(localRun().context.edgeUrl, playbackUrl) };
  }
});

/** As a player does: master, first variant, its key and its first segment. */
async function readFirstSegment(playbackUrl: string, cookie: string) {
  const get = async (url: string) => {
    const answer = await fetch(url, { headers: { cookie } });
    expect([answer.status, url]).toEqual([200, url]);
    return Buffer.from(await answer.arrayBuffer());
  };
  const firstUri = (playlist: Buffer) => /^[^#\s].*$/m.exec(String(playlist))?.[0] ?? expect.fail('no URI');
  const variantUrl = new URL(firstUri(await get(playbackUrl)), playbackUrl).href;
  const variant = await get(variantUrl);
  const [, keyUrl = '', iv = ''] =
    /#EXT-X-KEY:METHOD=AES-128,URI="([^"]+)",IV=0x([0-9a-f]{32})/.exec(String(variant)) ?? [];
  const { pathname, search } = new URL(keyUrl);
  return {
    iv,
    keyPath: `${pathname}${search}`,
    segment: await get(new URL(firstUri(variant), variantUrl).href),
  };
}

function decrypt(segment: Buffer, key: Buffer, iv: string): Buffer {
  const args = ['enc', '-d', '-aes-128-cbc', '-K', key.toString('hex'), '-iv', iv];
  return execFileSync('openssl', args, { input: segment, maxBuffer: 1e8 });
}

/** @throws for what is no stream */
async function countPictures(stream: Buffer): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'storytime-segment-'));
  try {
    const file = join(folder, 'segment.ts');
    await writeFile(file, stream);
    const args = ['-nostdin', '-v', 'error', '-xerror', '-i', file, '-map', '0:v:0', '-f', 'framecrc', '-'];
    const { stdout } = await promisify(execFile)('ffmpeg', args, { timeout: 30_000 });
    return stdout.split('\n').filter((line) => /^0,/.test(line)).length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
