import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { proveAccess } from '../../ops/proof/index.ts';
import { runLocalSession } from '../support/local-session.ts';

/** Short enough to see cookies outlived by their successors. */
const LONGEST_SIGNATURE_SECONDS = 16;

type Run = Awaited<ReturnType<typeof runLocalSession>>;

/** Where the run leaves what the page looked like, for a person to look at. */
const SCREENSHOTS = new URL('../../.storytime/screenshots/', import.meta.url);

describe('the demo page in Chromium, against a whole local run', () => {
  let run: Run;
  let profile: string;
  let browser: BrowserContext;
  let page: Page;
  const pageErrors: string[] = [];
  let signIns = 0;

  beforeAll(async () => {
    run = await runLocalSession({ longestSignatureSeconds: LONGEST_SIGNATURE_SECONDS });
    profile = await mkdtemp(join(tmpdir(), 'storytime-chromium-'));
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: (await findChromium()) ?? 'chromium',
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--no-first-run',
      ],
      viewport: { width: 1280, height: 800 },
    });
    page = browser.pages()[0] ?? (await browser.newPage());
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/session')) signIns += 1;
    });
    await mkdir(SCREENSHOTS, { recursive: true });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await run?.close();
    await rm(profile, { recursive: true, force: true });
  }, 60_000);

  it('shows why the edge refuses a viewer who has not signed in', async () => {
    await page.goto(run.context.demoUrl);

    await expect.poll(() => denial(page), { timeout: 20_000 }).toContain('403 MissingKey');
  });

  it('plays through hls.js after signing in: the clock advances and pictures are decoded', async () => {
    await page.getByRole('button', { name: 'Sign in and play' }).click();

    await expect
      .poll(() => playback(page), { timeout: 30_000 })
      .toMatchObject({ engine: 'hls.js', denied: false });
    await expect.poll(async () => (await playback(page)).currentTime, { timeout: 30_000 }).toBeGreaterThan(2);
    expect((await playback(page)).decodedFrames).toBeGreaterThan(20);
    await page.screenshot({ path: new URL('playing.png', SCREENSHOTS).pathname });
  });

  it('keeps the cookies from scripts, and sends them to this book only', async () => {
    const cookies = await browser.cookies(`${run.context.edgeUrl}/books/${run.session.bookId}/index.m3u8`);
    const names = cookies.map(({ name }) => name).filter((name) => name.startsWith('CloudFront-'));

    expect(names.sort()).toEqual(['CloudFront-Key-Pair-Id', 'CloudFront-Policy', 'CloudFront-Signature']);
    expect(cookies.every(({ httpOnly, secure }) => httpOnly && secure)).toBe(true);
    expect(await browser.cookies(`${run.context.edgeUrl}/books/another/index.m3u8`)).toEqual([]);
  });

  it('renews the cookies at half their life, a reload later as well, and goes on after the first ones have ended', async () => {
    const first = await policyEnd();
    expect(first - Date.now()).toBeLessThanOrEqual(LONGEST_SIGNATURE_SECONDS * 1000);

    await page.reload();
    await expect.poll(() => playback(page), { timeout: 20_000 }).toMatchObject({ denied: false });
    await expect.poll(() => Date.now() > first, { timeout: 30_000 }).toBe(true);

    expect(await policyEnd()).toBeGreaterThan(Date.now());
    await page.getByRole('button', { name: 'Play again without signing in' }).click();
    await expect.poll(async () => (await playback(page)).currentTime, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(await playback(page)).toMatchObject({ denied: false });
  }, 60_000);

  it('asks for no more cookies once they are forgotten', async () => {
    await page.getByRole('button', { name: 'Forget cookies' }).click();
    await expect.poll(() => page.getByRole('status').textContent()).toContain('Cookies forgotten');
    const before = signIns;
    await page.waitForTimeout((LONGEST_SIGNATURE_SECONDS / 2 + 1) * 1000);

    expect(before).toBeGreaterThan(2);
    expect(signIns).toBe(before);
  });

  it('refuses a reload after the cookies are forgotten, and says why', async () => {
    await page.reload();

    await expect.poll(() => denial(page), { timeout: 20_000 }).toContain('403 MissingKey');
    await page.screenshot({ path: new URL('refused.png', SCREENSHOTS).pathname });
  });

  /** When the cookies in the browser end, in milliseconds since 1970. */
  async function policyEnd(): Promise<number> {
    const cookies = await browser.cookies(`${run.context.edgeUrl}/books/${run.session.bookId}/index.m3u8`);
    const policy = cookies.find(({ name }) => name === 'CloudFront-Policy')?.value ?? '';
    // CloudFront's own alphabet; Node reads the rest of it as it is.
    const json = Buffer.from(policy.replaceAll('~', '/'), 'base64').toString();
    const [, seconds] = /"AWS:EpochTime":(\d+)/.exec(json) ?? [];
    return Number(seconds) * 1000;
  }

  it('raises no script error on the way', () => {
    expect(pageErrors).toEqual([]);
  });

  it('answers every request of the --once table as wanted', async () => {
    const { edgeUrl, signing } = run.context;
    const rows = await proveAccess({ ...signing, edgeUrl, bookId: run.session.bookId });

    expect(rows.length).toBeGreaterThanOrEqual(14);
    expect(rows.filter(({ wanted, got }) => wanted !== got)).toEqual([]);
  });
});

async function denial(page: Page): Promise<string> {
  const alert = page.getByRole('alert');
  return (await alert.isVisible()) ? ((await alert.textContent()) ?? '') : '';
}

async function playback(page: Page) {
  const denied = await page.getByRole('alert').isVisible();
  // A string, because this runs in the page: the tests are compiled without the browser's types.
  const seen = await page.evaluate<{ engine: string; currentTime: number; decodedFrames: number }>(`(() => {
    const video = document.querySelector('video');
    return {
      engine: document.documentElement.dataset.engine,
      currentTime: video.currentTime,
      decodedFrames: video.getVideoPlaybackQuality().totalVideoFrames,
    };
  })()`);
  return { denied, ...seen };
}
