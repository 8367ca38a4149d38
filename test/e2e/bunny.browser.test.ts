/**
 * Bunny's way from a browser's upload to a browser's player, against the local Bunny edge: tus-js-client uploads and continues
 * after an abort; hls.js, Shaka and Chromium's own HLS play with a good token and with no other.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BunnyVideoStatus, bunnyStream } from '@storytime/signer/bunny';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTestClip } from '../../local/transcoder/test-clip.ts';
import {
  bunnySigner,
  KEYS,
  LIBRARY,
  OTHER_VIDEO,
  type RunningBunny,
  startTestBunny,
  targetOf,
} from '../local/bunny/fixture.ts';
import { type Chromium, openChromium } from './demo-page.ts';
import { type Answer, edgeAnswers } from './edge-answers.ts';

const now = () => new Date();
const require = createRequire(import.meta.url);
const TUS_CLIENT = join(require.resolve('tus-js-client/package.json'), '../dist/tus.js');

let browser: Chromium;
let page: Page;
let bunny: RunningBunny;
/** The customer's own site: another origin than the edge and the API. */
let site: Server;
let siteUrl: string;
let videoId: string;
let clip: Buffer;
/** The clip's upload: broken off, and gone on with after a reload. */
const uploads: Uploaded[] = [];
const folder = mkdtempSync(join(tmpdir(), 'storytime-bunny-browser-'));

beforeAll(async () => {
  await makeTestClip(join(folder, 'clip.mp4'), { durationSeconds: 8 });
  clip = readFileSync(join(folder, 'clip.mp4'));
  bunny = await startTestBunny({ now });
  site = createServer((request, response) => {
    if (request.url === '/clip.mp4') response.end(clip);
    else
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>Course</title><body></body>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  browser = await openChromium(['--autoplay-policy=no-user-gesture-required']);
  ({ videoId } = await stream().createVideo({ title: 'Clip' }));
  page = browser.page;
  for (const abortAfter of [clip.length / 2, null]) {
    await page.goto(siteUrl);
    await page.addScriptTag({ path: TUS_CLIENT });
    uploads.push(await upload(abortAfter));
  }
  const isFinished = async () => (await stream().getVideo(videoId)).status === BunnyVideoStatus.Finished;
  await vi.waitUntil(isFinished, { timeout: 120_000, interval: 200 });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await bunny?.close();
  site?.close();
  rmSync(folder, { recursive: true });
}, 60_000);

const stream = () => bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint: bunny.apiUrl });
const signUpload = () => bunnySigner({ now }).signTusUpload({ videoId, expiresIn: '1h' }).headers;

interface Uploaded {
  readonly outcome: 'aborted' | 'finished' | string;
  readonly resumedFrom: number;
  readonly url: string;
}

/** Uploads the clip; with `abortAfter`, pauses when the server has so many bytes. */
const upload = (abortAfter: number | null) =>
  page.evaluate<Uploaded>(`(async () => {
    const file = new File([await (await fetch('/clip.mp4')).blob()], 'clip.mp4', { type: 'video/mp4', lastModified: 1 });
    const abortAfter = ${abortAfter};
    return new Promise((resolve) => {
      let resumedFrom = -1;
      const upload = new tus.Upload(file, {
        endpoint: ${JSON.stringify(`${bunny.apiUrl}/tusupload`)},
        chunkSize: Math.ceil(file.size / 8),
        retryDelays: null,
        headers: ${JSON.stringify(signUpload())},
        metadata: { filetype: file.type, title: file.name },
        onChunkComplete(chunk, accepted) {
          if (resumedFrom < 0) resumedFrom = accepted - chunk;
          if (abortAfter !== null && accepted > abortAfter)
            upload.abort().then(() => resolve({ outcome: 'aborted', resumedFrom, url: upload.url }));
        },
        onSuccess: () => resolve({ outcome: 'finished', resumedFrom, url: upload.url }),
        onError: (error) => resolve({ outcome: String(error), resumedFrom, url: '' }),
      });
      upload.findPreviousUploads().then(([previous]) => {
        if (previous) upload.resumeFromPreviousUpload(previous);
        upload.start();
      });
    });
  })()`);

beforeEach(async () => {
  page = await browser.context.newPage();
  await page.goto(siteUrl);
});
afterEach(() => page.close());

describe('tus-js-client in Chromium', () => {
  it('uploads from another origin, and continues after an abort and a reload of the page', () => {
    const [first, second] = uploads;
    expect(first).toMatchObject({ outcome: 'aborted', resumedFrom: 0 });
    expect(second).toMatchObject({ outcome: 'finished', url: first?.url });
    expect(second?.resumedFrom).toBeGreaterThan(clip.length / 2);
    expect(readFileSync(join(bunny.directory, videoId, 'original')).equals(clip)).toBe(true);
  });

  it('cannot call the Stream API, not even with its key', async () => {
    const outcome =
      await page.evaluate<string>(`fetch(${JSON.stringify(`${bunny.apiUrl}/library/${LIBRARY}/videos/${videoId}`)}, {
      headers: { AccessKey: ${JSON.stringify(KEYS.apiKey)} },
    }).then((answer) => String(answer.status), () => 'refused')`);
    expect(outcome).toBe('refused');
    const simple =
      await page.evaluate<string>(`fetch(${JSON.stringify(`${bunny.apiUrl}/library/${LIBRARY}/videos`)}, {
      method: 'POST', mode: 'no-cors', body: '{"title":"x"}',
    }).then((answer) => answer.type, () => 'refused')`);
    expect(simple).toBe('opaque');
  });
});

const PLAYERS = {
  'hls.js': {
    script: require.resolve('hls.js/dist/hls.js'),
    load: `const hls = new Hls();
      hls.on(Hls.Events.ERROR, (_, { fatal }) => { if (fatal) gaveUp(); });
      hls.loadSource(playlistUrl);
      hls.attachMedia(video);`,
  },
  Shaka: {
    script: require.resolve('shaka-player/dist/shaka-player.compiled.js'),
    load: `const player = new shaka.Player();
      await player.attach(video);
      player.addEventListener('error', gaveUp);
      player.load(playlistUrl).catch(gaveUp);`,
  },
  'Chromium’s own HLS': {
    script: null,
    load: `video.addEventListener('error', gaveUp);
      video.src = playlistUrl;`,
  },
} as const;

interface Seen {
  readonly hasGivenUp: boolean;
  readonly currentTime: number;
  readonly decodedFrames: number;
}

const signPlaylist = (video: string, options = {}) =>
  targetOf(bunnySigner({ now }).signPlaylistUrl(video, { expiresIn: '1h', ...options }).url);

/** Targets that must not play, and what may look like a reason to allow them. */
const REFUSED: readonly (readonly [string, () => string])[] = [
  ['no token', () => `/${videoId}/playlist.m3u8`],
  ['a wrong token', () => signPlaylist(videoId).replace(/HS256-.{8}/, 'HS256-AAAAAAAA')],
  [
    'an expired token',
    () =>
      targetOf(
        bunnySigner({ now: () => new Date(Date.now() - 7_200_000) }).signPlaylistUrl(videoId, {
          expiresIn: '1h',
        }).url,
      ),
  ],
  [
    "another video's token",
    () => signPlaylist(OTHER_VIDEO).replace(`/${OTHER_VIDEO}/playlist`, `/${videoId}/playlist`),
  ],
  ["another address's token", () => signPlaylist(videoId, { ipAddress: '203.0.113.7' })],
];

describe.each(Object.entries(PLAYERS))('%s', (_name, player) => {
  let answers: () => Answer[];

  async function open(target: string): Promise<void> {
    answers = await edgeAnswers(page, bunny.url);
    if (player.script !== null) await page.addScriptTag({ path: player.script });
    // A string, because it runs in the page: the tests are compiled without the browser's types.
    await page.evaluate(`(async () => {
      const video = document.createElement('video');
      video.muted = true;
      video.autoplay = true;
      document.body.append(video);
      window.hasGivenUp = false;
      const gaveUp = () => { window.hasGivenUp = true; };
      const playlistUrl = ${JSON.stringify(`${bunny.url}${target}`)};
      ${player.load}
    })()`);
  }

  const seen = () =>
    page.evaluate<Seen>(`(() => {
      const video = document.querySelector('video');
      const { totalVideoFrames } = video.getVideoPlaybackQuality();
      return { hasGivenUp: window.hasGivenUp, currentTime: video.currentTime, decodedFrames: totalVideoFrames };
    })()`);

  beforeEach(async ({ skip }) => {
    if (player.script !== null) return;
    const hasOwnHls = await page.evaluate<boolean>(
      `document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''`,
    );
    skip(!hasOwnHls, 'this Chromium has no HLS of its own');
  });

  it('plays with a good token, which every segment inherits', async () => {
    await open(signPlaylist(videoId, { ipAddress: '127.0.0.1' }));
    await expect
      .poll(async () => (await seen()).hasGivenUp || (await seen()).currentTime > 1, { timeout: 60_000 })
      .toBe(true);
    expect(await seen()).toMatchObject({ hasGivenUp: false });
    expect((await seen()).decodedFrames).toBeGreaterThan(10);
    const all = answers();
    expect(all.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
    expect(new Set(all.map(({ url }) => url.pathname.split('/')[1])).size).toBe(1);
    expect([...new Set(all.map(({ url }) => url.pathname.split('.').at(-1)))].sort()).toEqual(['m3u8', 'ts']);
  }, 90_000);

  it.each(REFUSED)(
    'gets 403 on playlist and segment, and shows nothing, with %s',
    async (_, target) => {
      await open(target());
      await expect
        .poll(async () => (await seen()).hasGivenUp || answers().some(({ status }) => status === 403), {
          timeout: 60_000,
        })
        .toBe(true);
      expect((await seen()).decodedFrames).toBe(0);
      expect(answers().length).toBeGreaterThan(0);
      expect(answers().filter(({ status }) => status !== 403)).toEqual([]);
      // A segment by its own address, as a page that knows its name would ask for it.
      const segment = target().replace('playlist.m3u8', 'playlist_240p_00001.ts');
      expect((await fetch(`${bunny.url}${segment}`)).status).toBe(403);
      const good = signPlaylist(videoId).replace('playlist.m3u8', 'playlist_240p_00001.ts');
      expect((await fetch(`${bunny.url}${good}`)).status).toBe(200);
    },
    90_000,
  );
});

describe("the player's page", () => {
  it('plays within a frame of another origin', async () => {
    const target = targetOf(bunnySigner({ now }).signEmbedUrl(videoId).url);
    await page.evaluate(
      `document.body.innerHTML = '<iframe allow="autoplay" src=${JSON.stringify(bunny.url + target)}></iframe>'`,
    );
    const frame = await page.waitForSelector('iframe').then((element) => element.contentFrame());
    await frame?.waitForSelector('video');
    await frame?.evaluate(
      `(() => { const video = document.querySelector('video'); video.muted = true; video.play(); })()`,
    );
    await expect
      .poll(() => frame?.evaluate<number>(`document.querySelector('video').currentTime`), { timeout: 60_000 })
      .toBeGreaterThan(1);
  }, 90_000);

  it('shows no player without a token', async () => {
    const answer = await page.goto(`${bunny.url}/embed/${LIBRARY}/${videoId}`);
    expect(answer?.status()).toBe(403);
    expect(await page.locator('video').count()).toBe(0);
  });
});
