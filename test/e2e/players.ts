/** Real players behind signed cookies, against a whole local run: hls.js in Chromium and ffmpeg, from first to last frame. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createSigner, type Signer } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { cookieHeader } from '../support/cookie-header.ts';
import { type LocalRun, localRun } from './local-run.ts';
import { signIn } from './sign-in.ts';

/** 20 seconds of 25 pictures: the test clip. */
const FRAMES = 500;
/** Of hls.js: a segment that fails is not asked for a second time. */
const AT_ONCE = {
  default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: null, errorRetry: null },
};
const HLS_JS = createRequire(import.meta.url).resolve('hls.js/dist/hls.js');

let run: LocalRun;
let signer: Signer;
let playlistUrl: string;
let scope: string;

beforeAll(() => {
  run = localRun();
  const { secretId, aws, domain } = run.context.signing;
  signer = createSigner({ key: secretsManagerKey({ secretId, config: aws }), domain });
  scope = `/books/${run.session.bookId}/*`;
  playlistUrl = `${run.context.edgeUrl}/books/${run.session.bookId}/index.m3u8`;
});

describe('hls.js', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let answers: { readonly path: string; readonly status: number }[];
  /** CloudFront's denials carry no CORS, so that a browser calls them failures of the network. */
  let refused: string[];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: (await findChromium()) ?? 'chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
  }, 60_000);
  afterAll(() => browser?.close());

  beforeEach(async () => {
    // Of the page only its origin is wanted: its content security policy is for its own scripts.
    context = await browser.newContext({ bypassCSP: true });
    page = await context.newPage();
    answers = [];
    page.on('response', (response) => {
      if (!response.url().startsWith(run.context.edgeUrl)) return;
      answers.push({ path: new URL(response.url()).pathname, status: response.status() });
    });
    refused = [];
    page.on('requestfailed', (request) => {
      if (request.url().startsWith(run.context.edgeUrl)) refused.push(new URL(request.url()).pathname);
    });
    // An empty page of the one origin that the edge's CORS names.
    await page.goto(`${run.context.demoUrl}/empty-page`);
    await page.addScriptTag({ path: HLS_JS });
  });
  afterEach(() => context.close());

  it('plays from the first second to the last, and every answer of the edge is an allowance', async () => {
    await signInFor('1h');
    await play({ startLevel: 0 });
    await expect.poll(() => seen(), { timeout: 60_000 }).toMatchObject({ ended: true, fatal: null });

    expect((await seen()).currentTime).toBeCloseTo(20, 0);
    expect(answers.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
    expect(segments().size).toBeGreaterThanOrEqual(4);
  }, 90_000);

  it('seeks: the segment there is asked for, and the ones between are not', async () => {
    await signInFor('1h');
    await play({ startLevel: 0, maxBufferLength: 1, maxMaxBufferLength: 1, backBufferLength: 0 });
    await expect.poll(async () => (await seen()).currentTime, { timeout: 30_000 }).toBeGreaterThan(0.2);
    await page.evaluate(`document.querySelector('video').currentTime = 19`);
    await expect.poll(() => seen(), { timeout: 30_000 }).toMatchObject({ ended: true, fatal: null });

    const asked = [...segments()].map((path) => /(\d+)\.ts$/.exec(path)?.[1] ?? '');
    const [first = '', last = ''] = [asked[0], asked.at(-1)];
    expect(Number(last) - Number(first)).toBe(3);
    expect(new Set(asked).size).toBeLessThan(4);
  }, 60_000);

  it('switches to another rung, which the same cookies open', async () => {
    await signInFor('1h');
    await play({ startLevel: 0, capLevelToPlayerSize: false });
    await expect.poll(async () => (await seen()).pictureHeight, { timeout: 30_000 }).toBe(234);
    await page.evaluate(`window.hls.currentLevel = window.hls.levels.length - 1`);
    await expect.poll(async () => (await seen()).pictureHeight, { timeout: 30_000 }).toBe(720);

    expect((await seen()).fatal).toBeNull();
    expect(answers.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
  }, 60_000);

  it('is refused when its cookies end while it plays, and continues with new ones where it stopped', async () => {
    await signInFor(3);
    await play({ startLevel: 0, maxBufferLength: 1, maxMaxBufferLength: 1, fragLoadPolicy: AT_ONCE });
    await expect.poll(async () => (await seen()).fatal, { timeout: 40_000 }).toBe('fragLoadError');
    const stoodAt = (await seen()).currentTime;
    expect(stoodAt).toBeGreaterThan(1);
    // The player also tries the playlists of other rungs, in vain.
    expect(refused).toContainEqual(expect.stringMatching(/\.ts$/));

    await signInFor('1h');
    await page.evaluate(`window.fatal = null; window.hls.startLoad()`);
    await expect.poll(() => seen(), { timeout: 60_000 }).toMatchObject({ ended: true, fatal: null });
    expect(await page.evaluate('window.rewound')).toBe(false);
  }, 120_000);

  /** The paths of the segments that were answered, in order. */
  function segments(): Set<string> {
    return new Set(answers.map(({ path }) => path).filter((path) => path.endsWith('.ts')));
  }

  async function signInFor(expiresIn: string | number): Promise<void> {
    const { setCookie } = await signer.signCookies(scope, { expiresIn });
    await signIn(page, `${run.context.demoUrl}/sign-in`, setCookie);
  }

  async function play(config: Readonly<Record<string, unknown>>): Promise<void> {
    // Strings, because these run in the page: the tests are compiled without the browser's types.
    await page.evaluate(`(() => {
      const video = document.createElement('video');
      video.muted = true;
      document.body.append(video);
      window.fatal = null;
      window.rewound = false;
      let latest = 0;
      video.addEventListener('timeupdate', () => {
        if (video.currentTime < latest) window.rewound = true;
        latest = video.currentTime;
      });
      const hls = new Hls({
        ...${JSON.stringify(config)},
        xhrSetup: (xhr) => { xhr.withCredentials = true; },
      });
      hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) window.fatal = error.details; });
      hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
      hls.loadSource(${JSON.stringify(playlistUrl)});
      hls.attachMedia(video);
      window.hls = hls;
    })()`);
  }

  function seen() {
    return page.evaluate<{
      fatal: string | null;
      ended: boolean;
      currentTime: number;
      pictureHeight: number;
    }>(
      `(() => {
        const { ended, currentTime, videoHeight } = document.querySelector('video');
        return { fatal: window.fatal, ended, currentTime, pictureHeight: videoHeight };
      })()`,
    );
  }
});

describe('ffmpeg', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storytime-players-'));
    await download();
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('decodes every rung through the edge to the very frames that were transcoded', async () => {
    const { cookies } = await signer.signCookies(scope, { expiresIn: '1h' });
    const headers = ['-headers', `Cookie: ${cookieHeader(cookies)}\r\n`];

    for (const rung of [0, 1, 2]) {
      const delivered = await frames(playlistUrl, rung, headers);
      expect(delivered.length).toBe(FRAMES);
      expect(delivered).toEqual(await frames(join(folder, 'index.m3u8'), rung));
    }
  }, 120_000);

  it('gets nothing without cookies, and nothing with those of another book', async () => {
    const { cookies } = await signer.signCookies(`/books/${run.session.bookId}-2/*`, { expiresIn: '1h' });

    await expect(frames(playlistUrl, 0)).rejects.toThrow('403 Forbidden');
    await expect(
      frames(playlistUrl, 0, ['-headers', `Cookie: ${cookieHeader(cookies)}\r\n`]),
    ).rejects.toThrow('403 Forbidden');
  }, 60_000);

  /** What the transcoder wrote, straight from the bucket. */
  async function download(): Promise<void> {
    const s3 = new S3Client({ ...clientConfig(run.context.cloud), forcePathStyle: true });
    const Bucket = run.context.outputs.hls_outputs_bucket_name;
    const Prefix = `books/${run.session.bookId}/`;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const file = join(folder, Key.slice(Prefix.length));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, (await Body?.transformToByteArray()) ?? '');
    }
    expect(await readFile(join(folder, 'index.m3u8'), 'utf8')).toContain('#EXT-X-STREAM-INF');
  }

  /** @returns time and MD5 of each decoded picture of one rung */
  async function frames(source: string, rung: number, input: readonly string[] = []): Promise<string[]> {
    const args = ['-nostdin', '-v', 'error', '-xerror', ...input, '-i', source];
    const { stdout } = await promisify(execFile)(
      'ffmpeg',
      [...args, '-map', `0:v:${rung}`, '-f', 'framemd5', '-'],
      { timeout: 50_000 },
    );
    return stdout.split('\n').filter((line) => /^0,/.test(line));
  }
});
