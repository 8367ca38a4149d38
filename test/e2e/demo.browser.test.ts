import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ListJobsCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import type { Dialog, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { clientConfig } from '../../local/session/client-config.ts';
import { keysDirectoryOf, outdirOf } from '../../local/session/index.ts';
import { prepareOtherTerminal } from '../../local/session/other-terminal.ts';
import { proveAccess } from '../../local/session/proof/index.ts';
import { makeTestClip } from '../../local/transcoder/test-clip.ts';
import { makeHourly, statingSeconds } from '../local/transcoder/odd-clips.ts';
import { writePadded } from '../ops/upload/padded.ts';
import { runLocalSession } from '../support/local-session.ts';
import {
  type Chromium,
  focused,
  openChromium,
  playback,
  poorContrast,
  rows,
  tabOrder,
  textOf,
  unnamed,
} from './demo-page.ts';

/** Short enough to see cookies outlived by their successors, and a rotation in a minute. */
const LIFETIMES = { longestSignatureSeconds: 16, signerCacheSeconds: 2 };
const SOON = { timeout: 30_000 };

/**
 * What the page looked like, for a person to look at. With DOCS_PICTURES=1 three of them become the pictures of docs/,
 * in few colours, since the test clip compresses badly.
 */
const SCREENSHOTS = new URL('../../.storytime/screenshots/', import.meta.url);
const DOCS = new URL('../../docs/', import.meta.url);
const DOCS_PICTURES = { refused: 'demo.png', rotation: 'demo-dark.png', phone: 'demo-phone.png' };

/** Files by the number of their parts. */
const PART_BYTES = 8 * 2 ** 20;
const LEAST_BOX_BYTES = 2 ** 20;
const FILMS = {
  'First film.mp4': 2,
  'Second film.mp4': 2,
  'Reloaded film.mp4': 5,
  'Stopped film.mp4': 3,
  'Film left alone.mp4': 1,
  'Film of a bad line.mp4': 2,
  'Film that changes.mp4': 1,
  'Film of a terminal.mp4': 1,
};

describe('the demo page in Chromium, against a whole local run', () => {
  let run: Awaited<ReturnType<typeof runLocalSession>>;
  let browser: Chromium;
  let page: Page;
  let files = '';
  const pageErrors: string[] = [];
  const asked: { method: string; url: URL }[] = [];
  const answered: { method: string; url: URL }[] = [];

  beforeAll(async () => {
    run = await runLocalSession(LIFETIMES);
    browser = await openChromium();
    page = browser.page;
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) pageErrors.push(message.text());
    });
    browser.context.on('request', (request) => {
      asked.push({ method: request.method(), url: new URL(request.url()) });
    });
    browser.context.on('response', (response) => {
      answered.push({ method: response.request().method(), url: new URL(response.url()) });
    });
    files = await mkdtemp(join(tmpdir(), 'storytime-files-'));
    await writeFile(join(files, 'notes.mp4'), 'Not a video, whatever its name says.');
    await writeFile(join(files, 'picture.png'), 'Not a video by its name either.');
    await makeTestClip(join(files, 'My holiday.mp4'), { durationSeconds: 4 });
    const clip = await readFile(join(files, 'My holiday.mp4'));
    for (const [index, [name, parts]] of Object.entries(FILMS).entries()) {
      // The last part is a short one, and each content is another.
      const bytes = clip.length + LEAST_BOX_BYTES + (parts - 1) * PART_BYTES;
      await writePadded(join(files, name), { clip, bytes, seed: index + 1 });
    }
    await statingSeconds(await makeHourly(files, 'month.mkv'), 5);
    await mkdir(SCREENSHOTS, { recursive: true });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await run?.close();
    if (files) await rm(files, { recursive: true, force: true });
  }, 60_000);

  describe('signed out', () => {
    it('says so, offers to sign in, and breaks nothing that is not there', async () => {
      await page.goto(run.context.demoUrl);

      await expect.poll(() => textOf(page, 'account-state'), SOON).toBe('Signed out');
      await expect.poll(() => page.getByText('You are signed out').isVisible(), SOON).toBe(true);
      expect(await page.getByRole('button', { name: 'Delete the cookies' }).isDisabled()).toBe(true);
      await screenshot('signed-out');
    });

    it('leads the keyboard past what cannot be used', async () => {
      const order = await tabOrder(page);

      expect(order.map(({ name }) => name)).toEqual([
        'skip',
        'sign-in',
        'sign-in-and-play',
        'ask-anyway',
        'rotate',
        'add-video',
        'The test clip',
        'denied-only',
        'scroll',
      ]);
      expect(order.filter(({ hasOutline }) => !hasOutline)).toEqual([]);
    });

    it('shows why the edge refuses: no cookies', async () => {
      await page.getByRole('button', { name: 'Play without cookies' }).click();

      await expect
        .poll(() => textOf(page, 'denial'), SOON)
        .toMatch(/^403 MissingKey the request has no signing/);
      expect(await page.getByRole('button', { name: 'Sign in and play' }).isVisible()).toBe(true);
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'refused', decodedFrames: 0 });
    });

    it('cannot add a video, and is told what to do', async () => {
      await page.getByRole('button', { name: 'Add videos' }).click();

      expect(await textOf(page, 'status')).toMatch(/^Sign in first/);
    });
  });

  describe('signed in', () => {
    it('plays through hls.js: the clock advances and pictures are decoded', async () => {
      await page.reload();
      await page.getByRole('button', { name: 'Sign in and play' }).click();

      await expect.poll(() => playback(page), SOON).toMatchObject({ engine: 'hls.js', playback: 'playing' });
      await expect.poll(async () => (await playback(page)).currentTime, SOON).toBeGreaterThan(2);
      expect((await playback(page)).decodedFrames).toBeGreaterThan(20);
      expect(await textOf(page, 'denial')).toBe('');
      expect(await page.getByText('You are signed out').isVisible()).toBe(false);
    });

    it('shows each request with its status and the verdict of the edge', async () => {
      await expect
        .poll(() => rows(page), SOON)
        .toContainEqual(expect.stringMatching(/^200 index\.m3u8 allowed Miss/));
      const shown = await rows(page);

      expect(shown).toContainEqual(expect.stringMatching(/^200 index_\d+p_00001\.ts allowed (Hit|Miss)/));
      // The newest is first: what was refused before is below.
      const refused = shown.findIndex((row) => row.startsWith('403 index.m3u8 denied'));
      expect(shown[refused + 1]).toMatch(
        /^MissingKey the request has no signing query parameters and no CloudFront cookies/,
      );
      expect(Number(await textOf(page, 'denied-count'))).toBeGreaterThan(0);
    });

    it('shows denied requests alone when asked to', async () => {
      await page.getByLabel('Denied only').check();
      const visible = page.locator('#rows tr:visible td.verdict');
      expect(new Set(await visible.allTextContents())).toEqual(new Set(['denied']));

      await page.getByLabel('Denied only').uncheck();
      expect(new Set(await visible.allTextContents())).toEqual(new Set(['allowed', 'denied']));
    });

    it('keeps the cookies from scripts, and sends them to this book only', async () => {
      const cookies = await cookiesFor(`/books/${run.session.bookId}/index.m3u8`);

      expect(cookies.map(({ name }) => name).sort()).toEqual([
        'CloudFront-Key-Pair-Id',
        'CloudFront-Policy',
        'CloudFront-Signature',
      ]);
      expect(cookies.every(({ httpOnly, secure }) => httpOnly && secure)).toBe(true);
      expect(await cookiesFor('/books/another/index.m3u8')).toEqual([]);
      expect(await page.evaluate('document.cookie')).toBe('');
    });

    it('renews the cookies at half their life, also after a reload, and continues after the first ones have expired', async () => {
      const first = await policyEnd();
      expect(first - Date.now()).toBeLessThanOrEqual(LIFETIMES.longestSignatureSeconds * 1000);

      await page.reload();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      await expect.poll(() => Date.now() > first, SOON).toBe(true);

      expect(await policyEnd()).toBeGreaterThan(Date.now());
      await expectPictures();
      expect(await textOf(page, 'denial')).toBe('');
    }, 60_000);

    it('starts again from the edge when the video has ended', async () => {
      await page.evaluate(`document.querySelector('video').currentTime = 18`);
      await expect.poll(async () => (await playback(page)).currentTime, SOON).toBeLessThan(10);
      await expectPictures();
    }, 60_000);
  });

  describe('a broken set of cookies', () => {
    it.each([
      ['Let the cookies expire', /^403 AccessDenied expired \d+ second/, /the policy has expired/],
      [
        'Tamper with the signature',
        /^403 AccessDenied the signature does not match this policy/,
        /does not match the policy/,
      ],
      [
        'Extend the policy by a year',
        /^403 AccessDenied the signature does not match this policy/,
        /only the backend can sign/,
      ],
      [
        'Use cookies of another title',
        /^403 AccessDenied signed for books\/another\/\*/,
        /allows a different path/,
      ],
      ['Delete the cookies', /^403 MissingKey the request has no signing/, /a request without cookies/],
    ])(
      'is refused as CloudFront refuses it, with its reason, and is put right: %s',
      async (name, denial, why) => {
        const control = page.getByRole('button', { name });
        const places = await placesOfButtons();
        await control.click();
        // The next segment may be asked for, and denied, before anybody has looked.
        await expect
          .poll(() => textOf(page, 'outcome'), SOON)
          .toMatch(/until its buffer is empty|video stops/);
        expect(await control.getAttribute('aria-pressed')).toBe('true');
        const grants = grantsAsked();

        await expect.poll(() => textOf(page, 'denial'), SOON).toMatch(denial);
        expect(await textOf(page, 'outcome')).toMatch(why);
        expect(await textOf(page, 'cookies')).not.toMatch(/until/);
        // A pixel is rounding; a line of text is 20.
        const moved = (await placesOfButtons()).map((place, index) => Math.abs(place - (places[index] ?? 0)));
        expect(Math.max(...moved)).toBeLessThanOrEqual(2);
        // What is broken stays so: the page does not renew it behind the viewer's back.
        expect(grantsAsked()).toBe(grants);
        if (name.startsWith('Delete')) await screenshot('refused');

        await page.getByRole('button', { name: 'Restore access' }).click();
        await expect.poll(() => textOf(page, 'outcome'), SOON).toMatch(/^Access is restored/);
        await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
        await expectPictures();
        expect(await textOf(page, 'denial')).toBe('');
        expect(await textOf(page, 'cookies')).toMatch(/^Cookies for this title until/);
        expect(await control.getAttribute('aria-pressed')).toBe('false');
      },
      90_000,
    );

    it('stops the picture in the end, and continues from there when it is put right', async () => {
      await page.evaluate(`document.querySelector('video').currentTime = 0`);
      await page.getByRole('button', { name: 'Delete the cookies' }).click();
      await expect.poll(async () => (await playback(page)).playback, SOON).toBe('refused');
      const { currentTime } = await playback(page);

      await page.getByRole('button', { name: 'Restore access' }).click();
      await expect.poll(async () => (await playback(page)).playback, SOON).toBe('playing');
      await expect
        .poll(async () => (await playback(page)).currentTime, SOON)
        .toBeGreaterThanOrEqual(currentTime);
      await expectPictures();
    }, 90_000);
  });

  describe('a video of one’s own', () => {
    it('that is not a video is refused with its remedy, and can be dismissed', async () => {
      await choose('notes.mp4');
      const card = page.locator('.upload', { hasText: 'notes.mp4' });

      await expect
        .poll(() => card.textContent(), SOON)
        .toContain('"notes.mp4" is not a video that ffmpeg can read: pass an MP4, MOV or MKV file.');
      expect(await textOf(page, 'library-status')).toMatch(/^notes\.mp4 was not added\./);
      expect(await bothSchemes()).toEqual([]);
      await card.getByRole('button', { name: 'Dismiss notes.mp4' }).click();
      await expect.poll(() => card.count()).toBe(0);
      expect((await focused(page)).name).toBe('add-video');
    }, 60_000);

    it('that is a month long is refused, though it states five seconds, and has no job', async () => {
      await choose('month-lies.mkv');
      const card = page.locator('.upload', { hasText: 'month-lies.mkv' });

      await expect
        .poll(() => card.textContent(), SOON)
        .toMatch(/is too long: expected at most 14400 s, got .*; cut it into shorter videos\./);
      expect(await jobsMade()).toEqual([run.session.bookId]);
      await card.getByRole('button', { name: 'Dismiss month-lies.mkv' }).click();
    }, 60_000);

    it('of a kind that is not taken is refused before a byte is sent', async () => {
      const before = partsSent().length;
      await choose('picture.png');
      const card = page.locator('.upload', { hasText: 'picture.png' });

      await expect.poll(() => card.textContent(), SOON).toMatch(/not taken \(image\/png\): export it as MP4/);
      expect(partsSent()).toHaveLength(before);
      await card.getByRole('button', { name: 'Dismiss' }).click();
    });

    it('is kept when the session has ended meanwhile, and added after signing in', async () => {
      await page.evaluate(`fetch('api/session', { method: 'DELETE' }).then(() => {})`);
      await choose('picture.png');
      const card = page.locator('.upload', { hasText: 'picture.png' });
      await expect.poll(() => card.textContent(), SOON).toContain('You are signed out');

      await card.getByRole('button', { name: 'Sign in and add picture.png' }).click();
      await expect.poll(() => card.textContent(), SOON).toMatch(/not taken \(image\/png\)/);
      expect(await textOf(page, 'account-state')).toBe('Signed in');
      await card.getByRole('button', { name: 'Dismiss' }).click();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
    }, 60_000);

    it('states the limit', async () => {
      expect(await textOf(page, 'upload-limits')).toMatch(/^MP4, MOV or MKV, up to 5\.4 GB and 4 hours\./);
    });

    it('goes from the browser straight to S3 and through a job, with progress, and plays as a new book', async () => {
      await page.evaluate(`(() => {
        window.progress = [];
        new MutationObserver(() => {
          const text = document.querySelector('.upload .small')?.textContent;
          if (text) window.progress.push(text);
        }).observe(document.getElementById('uploads'), { subtree: true, childList: true, characterData: true });
      })()`);
      await choose('My holiday.mp4');
      await expect.poll(() => page.locator('#uploads').textContent(), SOON).toContain('Transcoding');
      await screenshot('upload');

      const book = page.locator('#books').getByRole('button', { name: 'My holiday' });
      await expect.poll(() => book.count(), { timeout: 90_000 }).toBe(1);
      expect(await textOf(page, 'library-status')).toBe('My holiday.mp4 is ready to play.');
      const progress = await page.evaluate<string[]>('window.progress');
      expect(progress).toContainEqual(expect.stringMatching(/^Uploading: \d+ [kM]B of \d+ [kM]B$/));
      expect(progress).toContainEqual(expect.stringMatching(/^Transcoding: \d+ %$/));
      expect(partsSent()).toContain(1);

      await book.click();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('My holiday');
      expect(await book.getAttribute('aria-current')).toBe('true');
      await expect.poll(() => playback(page), SOON).toMatchObject({ engine: 'hls.js', playback: 'playing' });
      await expectPictures();
      expect(await thumbnails()).toEqual([true, true]);
    }, 150_000);

    it('now gives cookies that are the other book’s in truth', async () => {
      await page.getByRole('button', { name: 'Use cookies of another title' }).click();
      await expect
        .poll(() => textOf(page, 'denial'), SOON)
        .toContain(`AccessDenied signed for books/${run.session.bookId}/*`);
      await page.getByRole('button', { name: 'Restore access' }).click();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      await expectPictures();
    }, 60_000);

    it('is sent by no other page: the bucket’s CORS rules name this one alone', async () => {
      const stranger = await browser.context.newPage();
      await stranger.goto(`${run.context.edgeUrl}/`);
      const outcome = await stranger.evaluate<string>(`new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.upload.addEventListener('progress', () => {});
        request.addEventListener('load', () => resolve('answered'));
        request.addEventListener('error', () => resolve('refused'));
        request.open('PUT', '${run.context.cloud.endpoint}/${run.context.outputs.master_uploads_bucket_name}/uploads/sha256/x?partNumber=1&uploadId=x');
        request.send(new Blob(['x']));
      })`);
      await stranger.close();

      expect(outcome).toBe('refused');
    });
  });

  describe('the rotation of the key', () => {
    it('goes through all its steps while the video plays: nothing is denied, and the old key opens nothing any more', async () => {
      const path = `/books/${run.session.bookId}/index.m3u8`;
      await page.locator('#books').getByRole('button', { name: 'The test clip' }).click();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      const before = await cookieHeader(path);
      const oldKey = keyIn(await textOf(page, 'cookies'));
      const deniedBefore = await textOf(page, 'denied-count');
      await page.evaluate(`(() => {
        window.states = [];
        const root = document.documentElement;
        new MutationObserver(() => window.states.push(root.dataset.playback)).observe(root, { attributes: true });
      })()`);

      await page.getByRole('button', { name: 'Rotate the signing key' }).click();
      for (const step of [1, 2, 3, 4]) {
        const done = page.locator('#rotation-steps li.done');
        await expect.poll(() => done.count(), { timeout: 120_000 }).toBeGreaterThanOrEqual(step);
        await expectPictures();
        if (step === 2) await animatesUnlessReduced();
        if (step === 3) await screenshot('rotation', { colorScheme: 'dark', fullPage: true });
      }
      const status = () => page.locator('#rotation').getAttribute('data-status');
      await expect.poll(status, { timeout: 120_000 }).toBe('done');
      await expectPictures();

      expect(await page.evaluate<string[]>('window.states')).not.toContain('refused');
      expect(await textOf(page, 'denied-count')).toBe(deniedBefore);
      expect(await textOf(page, 'rotation-tally')).toMatch(
        /^While it ran: \d{2,} requests allowed, 0 denied\.$/,
      );
      expect(await textOf(page, 'outcome')).toMatch(
        /none of the \d+ requests during the rotation was denied\.$/,
      );
      expect(keyIn(await textOf(page, 'cookies'))).not.toBe(oldKey);

      // Their time is over as well: only an edge that has seen the last apply, which takes it a second, names the key.
      const withOldCookies = async () => {
        const answer = await fetch(`${run.context.edgeUrl}${path}`, { headers: { Cookie: before } });
        return `${answer.status} ${await answer.text()}`;
      };
      expect(await withOldCookies()).toMatch(/^403 /);
      await expect.poll(withOldCookies, SOON).toContain('<Code>InvalidKey</Code>');
      // The log shows that request of another; the viewer, who plays on, is not alarmed by it.
      await expect.poll(() => rows(page), SOON).toContainEqual(expect.stringMatching(/^InvalidKey/));
      expect(await textOf(page, 'denial')).toBe('');
    }, 400_000);
  });

  describe('for everybody', () => {
    it('scrolls in one direction at phone width', async () => {
      const { overflow, widest } = await overflowAt(375);
      await screenshot('phone');
      await page.setViewportSize({ width: 1280, height: 1000 });

      expect({ overflow, widest }).toEqual({ overflow: 0, widest: '' });
    });

    it('has contrast enough in the light and in the dark, and the dark is dark', async () => {
      const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await ground();
      expect(await poorContrast(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await poorContrast(page)).toEqual([]);
      expect(await ground()).not.toBe(light);
      await page.emulateMedia({ colorScheme: 'light' });
      await screenshot('playing');
    });

    it('names everything that can be operated', async () => {
      expect(await unnamed(page)).toEqual([]);
    });

    it('interrupts nobody: what changes is told politely', async () => {
      const live = page.locator('[role=status], [role=alert], [aria-live]');
      expect(await live.count()).toBeGreaterThan(3);
      expect(await page.locator('[role=alert], [aria-live=assertive]').count()).toBe(0);
    });

    it('is operated by keyboard alone, in the order of the page, with the focus seen', async () => {
      await page.reload();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      const order = await tabOrder(page);

      expect(order.map(({ name }) => name)).toEqual([
        'skip',
        'sign-out',
        'video',
        'seek',
        'put-right',
        'expire',
        'tamper',
        'extend',
        'other-book',
        'drop',
        'rotate',
        'add-video',
        'The test clip',
        'My holiday',
        'denied-only',
        'scroll',
      ]);
      expect(order.filter(({ hasOutline }) => !hasOutline)).toEqual([]);
    });

    it('breaks and puts right by keyboard', async () => {
      await page.locator('[data-how=tamper]').focus();
      await page.keyboard.press('Space');
      await expect.poll(() => textOf(page, 'denial'), SOON).toContain('AccessDenied');
      await page.locator('#put-right').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => textOf(page, 'outcome'), SOON).toMatch(/^Access is restored/);
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      await expectPictures();
    }, 60_000);

    it('signs out and in by keyboard, and the focus is never lost', async () => {
      await page.locator('#sign-out').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => textOf(page, 'account-state')).toBe('Signed out');
      expect((await focused(page)).name).toBe('sign-in');
      expect(await bothSchemes()).toEqual([]);

      await page.keyboard.press('Enter');
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      expect((await focused(page)).name).toBe('player');
      await expectPictures();
    }, 60_000);
  });

  describe('in two tabs', () => {
    it('signs out of both at once, and into both', async () => {
      const other = await browser.context.newPage();
      await other.goto(page.url());
      await expect.poll(() => playback(other), SOON).toMatchObject({ playback: 'playing' });

      await other.getByRole('button', { name: 'Sign out' }).click();
      await expect.poll(() => textOf(page, 'account-state'), SOON).toBe('Signed out');
      expect(await textOf(page, 'status')).toMatch(/^You were signed out in another tab/);
      expect(await page.getByRole('button', { name: 'Sign in and play' }).isVisible()).toBe(true);
      expect(await page.getByRole('button', { name: 'Delete the cookies' }).isDisabled()).toBe(true);

      await other.getByRole('button', { name: 'Sign in and play' }).click();
      await expect.poll(() => textOf(page, 'account-state'), SOON).toBe('Signed in');
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      await other.close();
    }, 90_000);

    it('has the title in the address: a reload and the way back show the same one', async () => {
      const title = (name: string) => page.locator('#books').getByRole('button', { name });
      await title('The test clip').click();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('The test clip');
      expect(new URL(page.url()).searchParams.get('file')).toBe(run.session.bookId);
      await title('My holiday').click();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('My holiday');

      await page.reload();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('My holiday');
      await page.goBack();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('The test clip');
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
    }, 90_000);
  });

  describe('uploads that stop, and several at once', () => {
    it('sends two files at the same time, each with a row of its own', async () => {
      const { allow } = await holdParts();
      await page.setInputFiles('#file', [join(files, 'First film.mp4'), join(files, 'Second film.mp4')]);
      for (const name of ['First film.mp4', 'Second film.mp4']) {
        await expect.poll(() => row(name).textContent(), SOON).toContain('Uploading: 0 kB of');
        expect(
          await row(name)
            .getByRole('progressbar', { name: `Progress of ${name}` })
            .count(),
        ).toBe(1);
        expect(
          await row(name)
            .getByRole('button', { name: `Cancel ${name}` })
            .count(),
        ).toBe(1);
      }
      await screenshot('uploads');
      await allow();

      for (const name of ['First film', 'Second film']) {
        await expect.poll(() => bookOf(name).count(), { timeout: 90_000 }).toBe(1);
      }
      await expect.poll(() => page.locator('.upload').count(), SOON).toBe(0);
      await expect.poll(async () => (await thumbnails()).every(Boolean), SOON).toBe(true);
    }, 150_000);

    it('does not send a file again that is a title: it is that title', async () => {
      const before = partsSent().length;
      const jobs = await jobsMade();
      await choose('First film.mp4');

      await expect
        .poll(() => row('First film.mp4').textContent(), SOON)
        .toContain('This file is in the library already, as “First film”.');
      expect(await textOf(page, 'library-status')).toContain('is in the library already');
      expect(partsSent()).toHaveLength(before);
      expect(await jobsMade()).toEqual(jobs);
      expect(await bookOf('First film').count()).toBe(1);
      await page.getByRole('button', { name: 'Dismiss First film.mp4' }).click();
    }, 60_000);

    it('warns a user who leaves in the middle, and continues after a reload with the parts that are missing', async () => {
      const name = 'Reloaded film.mp4';
      const earlier = partsSent().length;
      const arrived = partsArrived();
      const { allow } = await holdParts([1, 2]);
      await choose(name);
      await expect.poll(() => partsArrived() - arrived, SOON).toBe(2);

      const stays = await leaving();
      expect(stays.type()).toBe('beforeunload');
      await stays.dismiss();
      expect(
        await row(name)
          .getByRole('button', { name: `Cancel ${name}` })
          .count(),
      ).toBe(1);
      const reloaded = page.waitForEvent('load');
      await (await leaving()).accept();
      await reloaded;
      await allow();
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      expect(await row(name).count()).toBe(0);

      await choose(name);
      await expect.poll(() => bookOf('Reloaded film').count(), { timeout: 90_000 }).toBe(1);
      const sent = partsSent().slice(earlier);
      expect(sent.slice(0, 2).sort()).toEqual([1, 2]);
      expect(sent.slice(2).sort()).toEqual([3, 4, 5]);
    }, 180_000);

    it('does not warn once everything is sent: the backend goes on, and the page shows it again', async () => {
      const dialogs: string[] = [];
      const told = (dialog: Dialog) => {
        dialogs.push(dialog.type());
        dialog.accept();
      };
      const name = 'Film left alone.mp4';
      await page.locator('#denied-only').click();
      await choose(name);
      await expect.poll(() => row(name).textContent(), SOON).toMatch(/Checking|Transcoding/);
      page.on('dialog', told);
      await page.reload();
      page.off('dialog', told);

      expect(dialogs).toEqual([]);
      await expect.poll(() => row(name).textContent(), SOON).toMatch(/Checking|Transcoding/);
      expect(await row(name).getByRole('button').count()).toBe(0);
      await expect.poll(() => bookOf('Film left alone').count(), { timeout: 90_000 }).toBe(1);
      await expect.poll(() => row(name).count(), SOON).toBe(0);
    }, 120_000);

    it('sends a part again when the connection breaks, and no other one', async () => {
      const name = 'Film of a bad line.mp4';
      const earlier = partsSent().length;
      const isSecondPart = (url: URL) => url.searchParams.get('partNumber') === '2';
      let broken = 0;
      await page.route(isSecondPart, (route) => {
        if (route.request().method() !== 'PUT' || broken === 2) return route.continue();
        broken += 1;
        return route.abort('connectionreset');
      });
      await choose(name);
      await expect.poll(() => bookOf('Film of a bad line').count(), { timeout: 90_000 }).toBe(1);
      await page.unroute(isSecondPart);

      expect(broken).toBe(2);
      expect(partsSent().slice(earlier).sort()).toEqual([1, 2, 2, 2]);
    }, 120_000);

    it('stops at a file that changes while it is sent, and says what to do', async () => {
      const name = 'Film that changes.mp4';
      const { allow } = await holdParts();
      await choose(name);
      await expect.poll(() => row(name).textContent(), SOON).toContain('Uploading: 0 kB of');
      await appendFile(join(files, name), 'more of it');
      await allow();

      await expect
        .poll(() => row(name).textContent(), SOON)
        .toContain('The file was changed or moved while it was sent: choose it again.');
      await page.getByRole('button', { name: `Dismiss ${name}` }).click();
      expect((await focused(page)).name).toBe('add-video');
    }, 60_000);

    it('is canceled by its row, keeps the parts that arrived, and continues with the others', async () => {
      const name = 'Stopped film.mp4';
      const earlier = partsSent().length;
      const arrived = partsArrived();
      const { allow } = await holdParts([1]);
      await choose(name);
      await expect.poll(() => partsArrived() - arrived, SOON).toBe(1);
      await row(name)
        .getByRole('button', { name: `Cancel ${name}` })
        .focus();
      await page.keyboard.press('Enter');

      await expect.poll(() => row(name).textContent(), SOON).toMatch(/Canceled\. The parts .* stay in S3/);
      expect(await focused(page)).toMatchObject({ name: 'Continue', hasOutline: true });
      expect(await unnamed(page)).toEqual([]);
      expect(await bothSchemes()).toEqual([]);
      expect(await overflowAt(320)).toEqual({ overflow: 0, widest: '' });
      await page.setViewportSize({ width: 1280, height: 1000 });
      await allow();
      expect(partsSent().slice(earlier)).toEqual([1]);

      await page.keyboard.press('Enter');
      await expect.poll(() => bookOf('Stopped film').count(), { timeout: 90_000 }).toBe(1);
      expect(partsSent().slice(earlier).sort()).toEqual([1, 2, 3]);
    }, 180_000);

    it('shares one library with the commands: each lists what the other has published', async () => {
      const file = join(files, 'Film of a terminal.mp4');
      const uploaded = await inOtherTerminal('--import', 'tsx/esm', 'ops/upload.ts', 'local', file);
      expect(uploaded).toContain('live as "film-of-a-terminal"');
      const listed = await inOtherTerminal('--import', 'tsx/esm', 'ops/titles.ts', 'local');
      for (const id of [run.session.bookId, 'my-holiday', 'reloaded-film', 'film-of-a-terminal']) {
        expect(listed).toContain(id);
      }

      // As when a user comes back from the terminal.
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
      await expect.poll(() => bookOf('Film of a terminal').count(), SOON).toBe(1);
    }, 180_000);

    it('plays what was uploaded', async () => {
      await bookOf('Reloaded film').click();
      await expect.poll(() => textOf(page, 'title'), SOON).toBe('Reloaded film');
      await expect.poll(() => playback(page), SOON).toMatchObject({ playback: 'playing' });
      await expectPictures();
    }, 60_000);
  });

  describe('without Media Source', () => {
    it('plays by the browser’s own HLS', async () => {
      const plain = await browser.context.newPage();
      await plain.addInitScript(
        `for (const name of ['MediaSource', 'ManagedMediaSource', 'WebKitMediaSource']) delete window[name];`,
      );
      await plain.goto(run.context.demoUrl);

      await expect.poll(() => playback(plain), SOON).toMatchObject({ engine: 'native', playback: 'playing' });
      await expect.poll(async () => (await playback(plain)).currentTime, SOON).toBeGreaterThan(1);
      await plain.close();
    }, 90_000);
  });

  describe('at the end', () => {
    it('has signed out for every book: the cookies are gone, and the edge refuses', async () => {
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect.poll(() => textOf(page, 'status'), SOON).toMatch(/^Signed out: the backend has deleted/);
      const paths = await page.evaluate<string[]>(
        `fetch('api/library').then((answer) => answer.json()).then(({ books }) => books.map(({ id }) => '/books/' + id + '/index.m3u8'))`,
      );

      expect(await textOf(page, 'denial')).toBe('');
      // All but the one that changed.
      expect(paths).toHaveLength(2 + Object.keys(FILMS).length - 1);
      for (const path of paths) expect(await cookiesFor(path)).toEqual([]);
      await page.getByRole('button', { name: 'Play without cookies' }).click();
      await expect.poll(() => textOf(page, 'denial'), SOON).toMatch(/^403 MissingKey/);
    });

    it('answers every request of the --once table as expected', async () => {
      const { edgeUrl, signing } = run.context;
      const answers = await proveAccess({
        ...signing,
        edgeUrl,
        pathPrefix: 'books',
        bookId: run.session.bookId,
        publicThumbnails: false,
      });

      expect(answers.length).toBeGreaterThanOrEqual(14);
      expect(answers.filter(({ wanted, got }) => wanted !== got)).toEqual([]);
    });

    it('has asked nobody but this machine', () => {
      const hosts = new Set(
        asked.filter(({ url }) => url.protocol !== 'blob:').map(({ url }) => url.hostname),
      );

      expect([...hosts].sort()).toEqual(['127.0.0.1', 'localhost']);
    });

    it('has raised no script error and broken no rule of its own policy', () => {
      expect(pageErrors).toEqual([]);
    });

    it('says so when the demo has ended under it', async () => {
      await run.close();

      await expect
        .poll(() => textOf(page, 'offline'), SOON)
        .toMatch(/^The demo has ended\. Run npm start again/);
    }, 60_000);
  });

  /** Pictures continue to be decoded; a player that starts again counts from zero. */
  async function expectPictures(): Promise<void> {
    const before = await playback(page);
    await expect
      .poll(async () => {
        const { decodedFrames, currentTime } = await playback(page);
        return (
          decodedFrames !== before.decodedFrames && currentTime !== before.currentTime && decodedFrames > 0
        );
      }, SOON)
      .toBe(true);
  }

  async function screenshot(
    name: string,
    { colorScheme = 'light', fullPage = false }: { colorScheme?: 'light' | 'dark'; fullPage?: boolean } = {},
  ): Promise<void> {
    const path = new URL(`${name}.png`, SCREENSHOTS).pathname;
    await page.mouse.move(0, 0);
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path, fullPage });
    await page.emulateMedia({ colorScheme: 'light' });
    const picture = DOCS_PICTURES[name as keyof typeof DOCS_PICTURES];
    if (picture === undefined || process.env.DOCS_PICTURES !== '1') return;
    const fewColours = 'split[a][b];[a]palettegen[p];[b][p]paletteuse';
    const to = new URL(picture, DOCS).pathname;
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-i', path, '-vf', fewColours, '-y', to]);
  }

  /** What the browser asks a user who reloads the page. */
  async function leaving(): Promise<Dialog> {
    const dialog = page.waitForEvent('dialog');
    await page.evaluate('setTimeout(() => location.reload())');
    return dialog;
  }

  async function choose(name: string): Promise<void> {
    await page.setInputFiles('#file', join(files, name));
  }

  async function bothSchemes(): Promise<string[]> {
    const light = await poorContrast(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await poorContrast(page);
    await page.emulateMedia({ colorScheme: 'light' });
    return [...light, ...dark.map((what) => `dark: ${what}`)];
  }

  async function animatesUnlessReduced(): Promise<void> {
    const animation = () =>
      page.evaluate(
        `getComputedStyle(document.querySelector('#rotation-steps li.running'), '::before').animationName`,
      );
    expect(await animation()).toBe('breathe');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await animation()).toBe('none');
    await page.emulateMedia({ reducedMotion: null });
  }

  /** Heights on the page of the buttons that break and restore access. */
  function placesOfButtons(): Promise<number[]> {
    return page.evaluate<number[]>(
      `[...document.querySelectorAll('#break button')].map((button) => Math.round(button.getBoundingClientRect().top + scrollY))`,
    );
  }

  function grantsAsked(): number {
    return asked.filter(({ method, url }) => method === 'POST' && url.pathname.endsWith('/cookies')).length;
  }

  /** Numbers of parts, in the order in which the browser began to send them. */
  function partsSent(): number[] {
    return asked
      .filter(({ method, url }) => method === 'PUT' && url.origin === run.context.cloud.endpoint)
      .map(({ url }) => Number(url.searchParams.get('partNumber')));
  }

  /** S3 has answered so many parts. */
  function partsArrived(): number {
    return answered.filter(({ method, url }) => method === 'PUT' && url.searchParams.has('partNumber'))
      .length;
  }

  /** The page gets no address for a part, unless its number is one of these, until it is allowed. */
  async function holdParts(numbers: readonly number[] = []): Promise<{ allow: () => Promise<void> }> {
    const held: Route[] = [];
    const isHeld = ({ pathname }: URL) =>
      /^\/api\/uploads\/[^/]+\/parts\//.test(pathname) &&
      !numbers.includes(Number(pathname.split('/').at(-1)));
    const hold = (route: Route) => {
      held.push(route);
    };
    await page.route(isHeld, hold);
    const allow = async () => {
      await page.unroute(isHeld, hold);
      // Those of a page that has gone are answered by nobody.
      await Promise.all(held.map((route) => route.continue().catch(() => {})));
    };
    onTestFinished(allow);
    return { allow };
  }

  function row(name: string) {
    return page.locator('.upload', { hasText: name });
  }

  function bookOf(name: string) {
    return page.locator('#books').getByRole('button', { name });
  }

  /** In another terminal, as `npm start` says to do it. */
  async function inOtherTerminal(...command: string[]): Promise<string> {
    const { context } = run;
    await prepareOtherTerminal({
      ...{ ...context, config: run.config, environment: context.cloud.environment },
      ...{ outdir: outdirOf(context), keysDirectory: keysDirectoryOf(context), bookId: run.session.bookId },
    });
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', '. "$0"; exec "$@"', join(context.directory, 'other-terminal.sh'), process.execPath, ...command],
      { env: process.env },
    );
    return stdout;
  }

  async function jobsMade(): Promise<(string | undefined)[]> {
    const mediaConvert = new MediaConvertClient(clientConfig(run.context.cloud));
    const { Jobs: jobs = [] } = await mediaConvert.send(new ListJobsCommand({}));
    return jobs.map(({ UserMetadata: metadata }) => metadata?.book_id);
  }

  async function overflowAt(width: number): Promise<{ overflow: number; widest: string }> {
    await page.setViewportSize({ width, height: 812 });
    await page.evaluate('window.scrollTo(0, 0)');
    return page.evaluate<{ overflow: number; widest: string }>(`(() => {
      const beyond = [...document.querySelectorAll('main *, header *')]
        .filter((element) => !element.closest('.visually-hidden') && element.getBoundingClientRect().right > ${width + 0.5});
      return {
        overflow: document.documentElement.scrollWidth - ${width},
        widest: beyond.map((element) => element.outerHTML.slice(0, 80)).join(' '),
      };
    })()`);
  }

  async function thumbnails(): Promise<boolean[]> {
    return page.evaluate(
      `[...document.querySelectorAll('#books img')].map((image) => image.naturalWidth > 0)`,
    );
  }

  async function cookiesFor(path: string) {
    const cookies = await browser.context.cookies(`${run.context.edgeUrl}${path}`);
    return cookies.filter(({ name }) => name.startsWith('CloudFront-'));
  }

  async function cookieHeader(path: string): Promise<string> {
    return (await cookiesFor(path)).map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  function keyIn(line: string): string {
    return /signed with key (\w+)/.exec(line)?.[1] ?? 'none';
  }

  /** When the cookies in the browser end, in milliseconds since 1970. */
  async function policyEnd(): Promise<number> {
    const cookies = await cookiesFor(`/books/${run.session.bookId}/index.m3u8`);
    const policy = cookies.find(({ name }) => name === 'CloudFront-Policy')?.value ?? '';
    // CloudFront's own alphabet; Node reads the rest of it as it is.
    const json = Buffer.from(policy.replaceAll('~', '/'), 'base64').toString();
    const [, seconds] = /"AWS:EpochTime":(\d+)/.exec(json) ?? [];
    return Number(seconds) * 1000;
  }
});
