/** The page's player in Chromium, with a real title and its storyboard: what a viewer sees who points at the seek bar. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storyboardLayout, storyboardVtt } from '../../../ops/upload/publish/storyboard/layout.ts';
import { makeSheets } from '../../../ops/upload/publish/storyboard/make-sheets.ts';
import { type Chromium, openChromium } from '../../e2e/demo-page.ts';
import { runFfmpeg } from '../transcoder/clips.ts';

const PAGE = fileURLToPath(new URL('../../../local/demo/page/', import.meta.url));
const HLS_JS = fileURLToPath(new URL('../../../node_modules/hls.js/dist/hls.min.js', import.meta.url));
const HTML = `<!doctype html><html lang="en"><title>player</title><link rel="stylesheet" href="page.css">
<script src="hls.js"></script><div class="stage"><video id="video" controls muted playsinline></video></div>
<script type="module">window.player = await import('./player.js');</script></html>`;
const SOON = { timeout: 30_000 };

let folder: string;
let server: Server;
let browser: Chromium;
let page: Page;
let origin: string;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seek-bar-'));
  for (const id of ['film', 'plain']) await makeTitle(join(folder, 'books', id));
  await makeStoryboard(join(folder, 'books/film/storyboard'));
  const app = new Hono();
  app.use(async (context, next) => {
    asked.push(context.req.path);
    await next();
  });
  app.get('/', (context) => context.html(HTML));
  app.get('/hls.js', serveStatic({ path: HLS_JS }));
  app.get('/books/*', serveStatic({ root: folder }));
  app.get('/*', serveStatic({ root: PAGE }));
  server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openChromium();
  page = browser.page;
  await page.goto(`${origin}/`);
  await page.waitForFunction('window.player');
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  await rm(folder, { recursive: true, force: true });
});

describe('the seek bar', () => {
  it('is hidden until a title plays', async () => {
    expect(await page.locator('#seek').isVisible()).toBe(false);
    await play('film');
    expect(await page.locator('#seek').isVisible()).toBe(true);
    expect(asked.filter((path) => path.includes('storyboard'))).toEqual([]);
  });

  it.each([
    [0.1, 'red', '00:03'],
    [0.5, 'lime', '00:15'],
    [0.9, 'blue', '00:27'],
  ])('shows at %d of its length the picture of that moment: %s', async (share, colour, time) => {
    await pointAt(share);
    await expect.poll(() => page.locator('.preview-time').textContent(), SOON).toBe(time);
    await expect.poll(colourOfPreview, SOON).toBe(colour);
    expect(await page.locator('#preview').isVisible()).toBe(true);
  });

  it('loads the storyboard once, and its sheet once', () => {
    const loaded = asked.filter((path) => path.includes('storyboard'));
    expect(loaded).toEqual([
      '/books/film/storyboard/storyboard.vtt',
      '/books/film/storyboard/sheet_00001.jpg',
    ]);
  });

  it('hides the picture when nobody points at it', async () => {
    await page.mouse.move(5, 5);
    expect(await page.locator('#preview').isVisible()).toBe(false);
  });

  it('seeks by keyboard, and shows where', async () => {
    await page.locator('#seek').focus();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.evaluate<number>('document.querySelector("video").currentTime'), SOON)
      .toBeGreaterThan(25);
    expect(await page.locator('#preview').isVisible()).toBe(false);
    await page.keyboard.press('Home');
    await expect.poll(colourOfPreview, SOON).toBe('red');
  });

  it('shows no picture of a title without a storyboard', async () => {
    await play('plain');
    await pointAt(0.5);
    await expect.poll(() => asked.includes('/books/plain/storyboard/storyboard.vtt'), SOON).toBe(true);
    await page.waitForLoadState('networkidle');
    await pointAt(0.6);
    expect(await page.locator('#preview').isVisible()).toBe(false);
  });

  it('is hidden when the player stops', async () => {
    await page.evaluate('window.player.stop()');
    expect(await page.locator('#seek').isVisible()).toBe(false);
  });
});

async function play(id: string): Promise<void> {
  await page.evaluate(`window.player.play(${JSON.stringify(`${origin}/books/${id}/index.m3u8`)})`);
  await expect
    .poll(() => page.evaluate<string>('document.querySelector("#seek").max'), SOON)
    .toMatch(/^(?:29\.9|30)/);
}

async function pointAt(share: number): Promise<void> {
  const box = await page.locator('#seek').boundingBox();
  if (!box) throw new Error('expected a seek bar');
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
}

/** What is on the screen, and not what an attribute says. */
async function colourOfPreview(): Promise<string | undefined> {
  const path = join(folder, 'preview.png');
  if (!(await page.locator('#preview').isVisible())) return undefined;
  await page.locator('.preview-frame').screenshot({ path });
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-i', path, '-vf', 'crop=iw/2:ih/2:0:0,scale=1:1'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  );
  const most = Math.max(...stdout);
  return most < 100 ? undefined : ['red', 'lime', 'blue'][[...stdout].indexOf(most)];
}

/** Thirty seconds of HLS. */
async function makeTitle(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', 'color=gray:size=320x180:rate=5:duration=30'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10'],
    ...['-f', 'hls', '-hls_time', '4', '-hls_playlist_type', 'vod', join(directory, 'index.m3u8')],
  ]);
}

async function makeStoryboard(directory: string): Promise<void> {
  await mkdir(directory);
  for (const [index, colour] of ['red', 'lime', 'blue'].entries()) {
    const picture = ['-f', 'lavfi', '-i', `color=${colour}:size=640x360`, '-frames:v', '1'];
    await runFfmpeg([...picture, join(directory, `thumb.000000${index}.jpg`)]);
  }
  const layout = storyboardLayout(3, { width: 320, height: 180 });
  await makeSheets({ directory, layout, signal: new AbortController().signal });
  const vtt = storyboardVtt(layout, { thumbnails: 3, everySeconds: 10, durationSeconds: 30 });
  await writeFile(join(directory, 'storyboard.vtt'), vtt);
}
