/**
 * The table of docs/players-and-content-keys.md, cell by cell: each player plays one encrypted title, its token travels in each way,
 * and what counts is what the key endpoint was asked, what the CDN was shown, and whether pictures were decoded.
 */
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { type KeyApi, startKeyApi } from './key-api.ts';
import { localRun } from './local-run.ts';
import { PLAYERS, type Player } from './page-players.ts';
import { readCells, TOKEN_WAYS, type TokenWay, tableRows } from './players-page.ts';
import { LESSON, premiumSite } from './premium-site.ts';
import { type WatchedEdge, watchEdge } from './watched-edge.ts';

interface Seen {
  /** The words with which the player gave up; null while it has not. */
  readonly gaveUp: string | null;
  readonly currentTime: number;
  readonly decodedFrames: number;
  /** Pictures that were shown. */
  readonly shownFrames: number;
  readonly width: number;
}

interface Start {
  readonly playbackUrl: string;
  readonly token: string;
}

const MISSING = { ways: [], status: 401, code: 'TOKEN_MISSING' };
const FFMPEG = 'ffmpeg';
/** By player: every word that its error has to have. */
const ERRORS = new Map(
  tableRows(TOKEN_WAYS, 'What a refusal looks like').map(([player = '', error = '']) => [
    player,
    [...error.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
  ]),
);
const cells = readCells(TOKEN_WAYS);

let browser: Browser;
let hasOwnHls: boolean;
let edge: WatchedEdge;
let api: KeyApi;
let page: Page | undefined;

beforeAll(async () => {
  edge = await watchEdge(localRun().context.edgeUrl);
  api = await startKeyApi(edge.url);
  browser = await chromium.launch({
    executablePath: (await findChromium()) ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  const empty = await browser.newPage();
  hasOwnHls = await empty.evaluate(
    `document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''`,
  );
  await empty.close();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await edge?.close();
});
beforeEach(() => {
  edge.requests.length = 0;
  api.keyRequests.length = 0;
});
afterEach(async () => {
  await page?.context().close();
  page = undefined;
});

const inBrowser = cells.filter(({ player }) => player !== FFMPEG);
describe.each(inBrowser.map((cell) => [`${cell.player}, token by ${cell.way}`, cell] as const))(
  '%s',
  (_title, { player: name, way, plays, code }) => {
    const player = PLAYERS[name] ?? expect.fail(`docs say that a test plays ${name}`);
    beforeEach(({ skip }) =>
      skip(player.script === undefined && !hasOwnHls, 'this Chromium has no HLS of its own'),
    );

    if (plays) {
      it(`plays${code === undefined ? '' : ' with the code of docs'}, and the CDN is shown no token`, async () => {
        await open(player, { way, ...(code !== undefined && { code }) });

        await expect.poll(hasPlayedOrGivenUp, { timeout: 30_000 }).toBe(true);
        const { gaveUp, decodedFrames, shownFrames, width } = await seen();
        expect([gaveUp, width]).toEqual([null, expect.toSatisfy((pixels) => pixels > 0)]);
        expect(Math.min(decodedFrames, shownFrames)).toBeGreaterThan(10);
        expect(api.keyRequests.length).toBeGreaterThan(0);
        expect(new Set(api.keyRequests.map((each) => JSON.stringify(each)))).toEqual(
          new Set([JSON.stringify({ ways: [way], status: 200 })]),
        );
        expectNoTokenAtCdn();
      }, 60_000);
      if (code !== undefined) {
        it('decodes no picture without that code', async () => {
          await open(player, { way });
          await expect.poll(hasStopped, { timeout: 30_000 }).toBe(true);
          const { decodedFrames, shownFrames } = await seen();
          expect([decodedFrames, shownFrames]).toEqual([0, 0]);
          expectNoTokenAtCdn();
        }, 60_000);
      }
    } else {
      it('decodes no picture: the key endpoint is asked without a token', async () => {
        await open(player, { way, code: "video.crossOrigin = 'use-credentials';" });
        await expectRefusal(name);
      }, 60_000);
    }
  },
);

/** Everything as for the cookie, which is then taken away. */
const withCookie = inBrowser.filter(({ way }) => way === 'cookie');
it.each(withCookie.map(({ player, code = '' }) => [player, code]))(
  '%s decodes no picture without a token',
  async (name, code) => {
    const player = PLAYERS[name] ?? expect.fail(`docs say that a test plays ${name}`);
    await open(player, { way: null, code });
    await expectRefusal(name);
  },
  60_000,
);

it('a token in a header of every request never gets to the CDN, which refuses the preflight', async () => {
  const code = `const hls = new Hls({ xhrSetup: (xhr, url) => {
    xhr.open('GET', url);
    xhr.withCredentials = true;
    xhr.setRequestHeader('X-Video-Token', token);
  } });`;
  await open(PLAYERS['hls.js'] ?? expect.fail(), { way: 'X-Video-Token', code });
  await expect.poll(async () => (await seen()).gaveUp, { timeout: 30_000 }).toContain('manifestLoadError');

  expect((await seen()).decodedFrames).toBe(0);
  expect(new Set(edge.requests.map(({ method, status }) => `${method} ${status}`))).toEqual(
    new Set(['OPTIONS 403']),
  );
  expectNoTokenAtCdn();
}, 60_000);

describe('ffmpeg', () => {
  it.each(cells.filter(({ player }) => player === FFMPEG).map(({ way, code = '' }) => [way, code] as const))(
    'decodes every picture, token by %s, and the CDN is shown no token',
    async (way, code) => {
      const { cookies, start } = await startHere();
      const playlistUrl = way === 'address' ? playlistFor(start) : start.playbackUrl;
      const { stdout } = await run(code, { cookies: cookies.join('\n'), playlistUrl });

      expect(stdout.split('\n').filter((line) => /^0,/.test(line)).length).toBe(500);
      expect(api.keyRequests).toContainEqual({ ways: [way], status: 200 });
      expect(api.keyRequests.filter(({ status }) => status !== 200)).toEqual([]);
      expectNoTokenAtCdn();
    },
    60_000,
  );

  it('decodes no picture without a token', async () => {
    const { cookies, start } = await startHere();
    const code = cells.find(({ player, way }) => player === FFMPEG && way === 'cookie')?.code ?? '';
    const ofTitle = cookies.filter((line) => line.startsWith('CloudFront-')).join('\n');
    const failure = await run(code, { cookies: ofTitle, playlistUrl: start.playbackUrl }).then(
      () => expect.unreachable('it decodes'),
      (error: { stdout: string; stderr: string }) => error,
    );

    expect(failure.stdout.split('\n').filter((line) => /^0,/.test(line))).toEqual([]);
    for (const word of ERRORS.get(FFMPEG) ?? ['docs']) expect(failure.stderr).toContain(word);
    expect(api.keyRequests).toContainEqual(MISSING);
  }, 60_000);

  it('shows the CDN every header that it is given, so docs say never', async () => {
    const { cookies, start } = await startHere();
    const headers = `X-Video-Token: ${start.token}\r\n`;
    await run('ffmpeg -v error -headers "$headers" -cookies "$cookies" -i "$playlistUrl" -t 1 -f null -', {
      headers,
      cookies: cookies.filter((line) => line.startsWith('CloudFront-')).join('\n'),
      playlistUrl: start.playbackUrl,
    });

    expect(api.keyRequests).toContainEqual({ ways: ['X-Video-Token'], status: 200 });
    expect(edge.requests.every(({ headers: shown }) => 'x-video-token' in shown)).toBe(true);
    expect(expectNoTokenAtCdn).toThrow('x-video-token');
  }, 60_000);
});

/** Neither by name nor by value: no header, no parameter, no cookie but those of CloudFront has the token. */
function expectNoTokenAtCdn(): void {
  expect(edge.requests.length).toBeGreaterThan(0);
  const shown = edge.requests.flatMap(({ url, headers }) => [
    ...Object.keys(headers).filter((name) => /^(?:x-video-token|authorization)$/.test(name)),
    ...[...url.searchParams.keys()].filter((name) => name === 't'),
    ...[url.href, ...Object.values(headers)].filter((text) =>
      /storytime-token|eyJ[\w-]+\.[\w-]+\.[\w-]+/.test(String(text)),
    ),
  ]);
  expect(shown).toEqual([]);
}

async function expectRefusal(name: string): Promise<void> {
  const words = ERRORS.get(name) ?? expect.fail(`docs do not say what ${name} does`);
  // Without a word in docs, the player never gives up and asks again.
  const isRefused = async () =>
    words.length === 0 ? api.keyRequests.length > 1 : (await seen()).gaveUp !== null;
  await expect.poll(isRefused, { timeout: 45_000 }).toBe(true);
  const { gaveUp, decodedFrames, shownFrames } = await seen();
  expect([decodedFrames, shownFrames]).toEqual([0, 0]);
  expect(gaveUp?.split(' ') ?? []).toEqual(expect.arrayContaining(words));
  expect(gaveUp === null).toBe(words.length === 0);
  expect(new Set(api.keyRequests.map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify(MISSING)]),
  );
  expectNoTokenAtCdn();
}

/** Signs a new user in, on an empty page of the one origin that API and CDN allow, starts and plays. */
async function open(
  { script, before = '', plain = '', load }: Player,
  { way, code = plain }: { readonly way: TokenWay | null; readonly code?: string },
): Promise<void> {
  // Of the page only its origin is wanted: its content security policy is for its own scripts.
  const context = await browser.newContext({ bypassCSP: true });
  page = await context.newPage();
  await page.goto(`${localRun().context.demoUrl}/empty-page`);
  if (script !== undefined) await page.addScriptTag({ path: script });
  const start = await page.evaluate<Start>(`(async () => {
    await fetch('${api.url}/sign-in', { method: 'POST', credentials: 'include' });
    const answer = await fetch('${api.url}/api/videos/playback-token', {
      method: 'POST',
      credentials: 'include',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lessonId: '${LESSON}' }),
    });
    return answer.json();
  })()`);
  if (way !== 'cookie') await context.clearCookies({ name: 'storytime-token' });
  const playlistUrl = way === 'address' ? playlistFor(start) : atEdge(start.playbackUrl);
  // A string, because it runs in the page: the tests are compiled without the browser's types.
  await page.evaluate(`(async () => {
    const video = document.createElement('video');
    video.muted = true;
    video.autoplay = true;
    document.body.append(video);
    window.words = null;
    window.shownFrames = 0;
    const gaveUp = (...words) => { window.words ??= words.join(' '); };
    const count = () => { window.shownFrames += 1; video.requestVideoFrameCallback(count); };
    video.requestVideoFrameCallback(count);
    const playlistUrl = ${JSON.stringify(playlistUrl)};
    const token = ${JSON.stringify(start.token)};
    const keyUrl = ${JSON.stringify(`${api.url}/api/video-keys/`)};
    ${before}
    ${code}
    ${load}
  })()`);
}

async function hasPlayedOrGivenUp(): Promise<boolean> {
  const { gaveUp, currentTime, shownFrames } = await seen();
  return gaveUp !== null || (currentTime > 1 && shownFrames > 10);
}

/** Given up, or refused by the CDN or by the key endpoint, or playing after all: some players ask for ever. */
async function hasStopped(): Promise<boolean> {
  const { gaveUp, shownFrames } = await seen();
  const refused = [...edge.requests, ...api.keyRequests].some(
    ({ status }) => status === 403 || status === 401,
  );
  return gaveUp !== null || refused || shownFrames > 0;
}

function seen(): Promise<Seen> {
  const evaluated = page?.evaluate<Seen>(`(() => {
    const video = document.querySelector('video');
    return {
      gaveUp: window.words,
      currentTime: video.currentTime,
      decodedFrames: video.getVideoPlaybackQuality().totalVideoFrames,
      shownFrames: window.shownFrames,
      width: video.videoWidth,
    };
  })()`);
  return evaluated ?? expect.fail('no page is open');
}

/** A new user's play start, as an app without a browser makes it. */
async function startHere(): Promise<{ cookies: string[]; start: Start }> {
  const session = premiumSite().signIn();
  const answer = await fetch(`${api.url}/api/videos/playback-token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: session.slice(0, session.indexOf(';')) },
    body: JSON.stringify({ lessonId: LESSON }),
  });
  const { playbackUrl, token } = (await answer.json()) as Start;
  const cookies = answer.headers.getSetCookie();
  return {
    cookies: cookies.filter((line) => /^(?:CloudFront-|storytime-token=)/.test(line)),
    start: { playbackUrl: atEdge(playbackUrl), token },
  };
}

/** By a shell, as docs have it: the values come by variables, and not by the command line. */
function run(
  code: string,
  env: Readonly<Record<string, string>>,
): Promise<{ stdout: string; stderr: string }> {
  return promisify(exec)(code, { env: { ...process.env, ...env }, timeout: 50_000, maxBuffer: 1e7 });
}

function playlistFor({ token }: Start): string {
  return `${api.url}/play/${token}/${LESSON}/index.m3u8`;
}

function atEdge(text: string): string {
  return premiumSite().at(edge.url, text);
}
