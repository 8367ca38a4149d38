/** A title that is withdrawn while somebody watches it, on a whole local run: with its own, since it is changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { createSigner } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { makeClip } from '../local/transcoder/clips.ts';
import { runInProcess } from '../ops/upload/in-process.ts';
import { localRun } from './local-run.ts';
import { signIn } from './sign-in.ts';

const HLS_JS = createRequire(import.meta.url).resolve('hls.js/dist/hls.js');
const SECONDS = 60;
const BUFFER_SECONDS = 10;
/** A segment that fails is not asked for again. */
const AT_ONCE = {
  default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: null, errorRetry: null },
};

let folder: string;
let browser: Browser;
let page: Page;
/** What the edge answered to the page, in order. */
const answers: { readonly path: string; readonly status: number }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'take-down-e2e-'));
  await makeClip(folder, 'film.mp4', { size: '96x54', seconds: SECONDS });
  browser = await chromium.launch({
    executablePath: (await findChromium()) ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[]): Promise<string> {
  const { context } = localRun();
  const { cloud, outputs, edgeUrl } = context;
  const config = clientConfig(cloud);
  const { code, stdout, stderr } = await runInProcess(
    {
      cloud,
      s3: new S3Client(config),
      cloudFront: new CloudFrontClient(config),
      mediaConvert: new MediaConvertClient(config),
      clientConfig: () => config,
    },
    // The session reads the outputs that it needs itself; the secret has a name and an ARN.
    {
      outputs: { ...outputs, cloudfront_private_key_secret_name: outputs.cloudfront_private_key_secret_arn },
    },
    args,
    { cwd: folder, edgeUrl, config: { awsRegion: config.region } },
  );
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

async function signInFor(scope: string): Promise<void> {
  const { signing, demoUrl } = localRun().context;
  const key = secretsManagerKey({ secretId: signing.secretId, config: signing.aws });
  const { setCookie } = await createSigner({ key, domain: signing.domain }).signCookies(scope, {
    expiresIn: '1h',
  });
  await signIn(page, `${demoUrl}/sign-in-for-test`, setCookie);
}

/** Strings, because these run in the page: the tests are compiled without the browser's types. */
function play(url: string): Promise<void> {
  return page.evaluate(`(() => {
    const video = document.createElement('video');
    video.muted = true;
    document.body.append(video);
    window.fatal = null;
    const hls = new Hls({
      maxBufferLength: ${BUFFER_SECONDS},
      maxMaxBufferLength: ${BUFFER_SECONDS},
      fragLoadPolicy: ${JSON.stringify(AT_ONCE)},
      xhrSetup: (xhr) => { xhr.withCredentials = true; },
    });
    hls.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) window.fatal = error.details; });
    hls.on(Hls.Events.MANIFEST_PARSED, () => video.play());
    hls.loadSource(${JSON.stringify(url)});
    hls.attachMedia(video);
  })()`);
}

function seen(): Promise<{ time: number; fatal: string | null; bufferedTo: number }> {
  return page.evaluate(`(() => {
    const video = document.querySelector('video');
    const { buffered } = video;
    return {
      time: video.currentTime,
      fatal: window.fatal,
      bufferedTo: buffered.length === 0 ? 0 : buffered.end(buffered.length - 1),
    };
  })()`);
}

const statusOf = (path: string): Promise<number> =>
  page.evaluate(
    `fetch(${JSON.stringify(`${localRun().context.edgeUrl}${path}`)}, { credentials: 'include' }).then(({ status }) => status, () => 0)`,
  );

describe('a title that is withdrawn while it plays', () => {
  it('ends with the player’s buffer, and plays again once it is restored', async () => {
    const { edgeUrl, demoUrl } = localRun().context;
    await run(['upload', 'local', 'film.mp4', '--id', 'film']);
    // Of the page only its origin is wanted: its content security policy is for its own scripts.
    page = await (await browser.newContext({ bypassCSP: true })).newPage();
    page.on('response', (response) => {
      if (!response.url().startsWith(edgeUrl)) return;
      answers.push({ path: new URL(response.url()).pathname, status: response.status() });
    });
    await page.goto(`${demoUrl}/empty-page`);
    await page.addScriptTag({ path: HLS_JS });
    await signInFor('/books/film/*');
    await play(`${edgeUrl}/books/film/index.m3u8`);
    await expect.poll(async () => (await seen()).time, { timeout: 30_000 }).toBeGreaterThan(0.5);

    const printed = await run(['withdraw', 'local', 'film']);

    expect(printed).toContain('is answered with 403; before, it played');
    const completed = answers.length;
    const [{ path: segment } = expect.fail('no segment')] = answers.filter(({ path }) =>
      path.endsWith('.ts'),
    );
    await expect.poll(async () => (await seen()).fatal, { timeout: 60_000 }).toBe('fragLoadError');
    // It goes on to the end of what it has, and no further.
    await expect
      .poll(
        async () => {
          const { time, bufferedTo } = await seen();
          return bufferedTo - time;
        },
        { timeout: 60_000 },
      )
      .toBeLessThan(0.5);
    const { bufferedTo } = await seen();
    expect(bufferedTo).toBeLessThan(SECONDS - BUFFER_SECONDS);
    expect(answers.slice(completed).filter(({ status }) => status < 400)).toEqual([]);
    expect(await statusOf(segment)).not.toBe(200);

    await run(['restore', 'local', 'film']);
    expect(await statusOf('/books/film/index.m3u8')).not.toBe(200);
    expect(await statusOf('/books/film/v2/index.m3u8')).toBe(200);
    await page.evaluate(`document.querySelector('video').remove()`);
    await play(`${edgeUrl}/books/film/v2/index.m3u8`);
    await expect.poll(async () => (await seen()).time, { timeout: 30_000 }).toBeGreaterThan(0.5);
  }, 240_000);
});
