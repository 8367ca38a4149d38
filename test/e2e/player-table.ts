/**
 * The table of docs/cookies-urls-playlists.md, cell by cell: each player gets the book in each way, with the page's own code,
 * and what counts is what the edge was asked and what it answered.
 */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium } from '../../local/preflight/tools.ts';
import { deliveries } from './deliveries.ts';
import { type Answer, edgeAnswers } from './edge-answers.ts';
import { localRun } from './local-run.ts';
import { PLAYERS, type Player } from './page-players.ts';
import { DELIVERIES, type Delivery, readCells } from './players-page.ts';
import { signIn } from './sign-in.ts';

interface Seen {
  readonly hasGivenUp: boolean;
  readonly currentTime: number;
  readonly decodedFrames: number;
}

let browser: Browser;
let hasOwnHls: boolean;
let page: Page;
let answers: () => Answer[];

beforeAll(async () => {
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
afterAll(() => browser?.close());
afterEach(() => page?.context().close());

const cells = readCells(DELIVERIES).map((cell) => [`${cell.player}: ${cell.way}`, cell] as const);

describe.each(cells)('%s', (_title, { player: name, way: delivery, plays, code }) => {
  const player = PLAYERS[name];
  if (player === undefined) throw new Error(`docs say that a test plays ${name}`);

  const needsCode = code !== undefined;
  const refusal = delivery === 'endpoint' ? 'does not play' : 'gets no segment';

  beforeEach(({ skip }) =>
    skip(player.script === undefined && !hasOwnHls, 'this Chromium has no HLS of its own'),
  );

  if (plays) {
    it(`plays${needsCode ? ' with the code of docs' : ''}, and the edge allows every request`, async () => {
      await open(player, delivery, code);

      await expect.poll(hasPlayedOrGivenUp, { timeout: 60_000 }).toBe(true);
      expect(await seen()).toMatchObject({ hasGivenUp: false });
      expect((await seen()).decodedFrames).toBeGreaterThan(10);
      expectAllowances(delivery);
    }, 90_000);
  }

  if (!plays || needsCode) {
    it(`${refusal}${needsCode ? ' without that code' : ''}`, async () => {
      await open(player, delivery);

      await expect.poll(isRefused, { timeout: 60_000 }).toBe(true);
      expect((await seen()).decodedFrames).toBe(0);
      expectRefusal(delivery);
    }, 90_000);
  }
});

async function hasPlayedOrGivenUp(): Promise<boolean> {
  const { hasGivenUp, currentTime } = await seen();
  return hasGivenUp || currentTime > 1;
}

/** Some players ask again and again and never give up. */
async function isRefused(): Promise<boolean> {
  return (await seen()).hasGivenUp || answers().some(({ status }) => status === 403);
}

/** Signed in the way of the delivery and in no other, from the first playlist to the last segment. */
function expectAllowances(delivery: Delivery): void {
  const all = answers();
  expect(all.filter(({ status }) => status !== 200 && status !== 206)).toEqual([]);
  expect(new Set(all.map(({ hasCookie }) => hasCookie))).toEqual(new Set([delivery === 'cookies']));

  const extensions = new Set(all.map(({ url }) => url.pathname.split('.').at(-1)));
  expect([...extensions].sort()).toEqual(delivery === 'endpoint' ? ['ts'] : ['m3u8', 'ts']);
  const queries = new Set(all.map(({ url }) => url.search));
  if (delivery === 'cookies') expect([...queries]).toEqual(['']);
  else expect([...queries]).toEqual([...queries].filter((query) => /^\?Policy=[^{]+$/.test(query)));
  // One signature plays the whole title; an endpoint makes one for each playlist.
  if (delivery !== 'endpoint') expect(queries.size).toBe(1);
}

/** Beyond the first playlist, whose address is signed, the edge allows nothing. */
function expectRefusal(delivery: Delivery): void {
  // An endpoint signs every address: a player that fails there does so by itself.
  if (delivery === 'endpoint') return;
  const denied = answers().filter(({ status }) => status === 403);
  const others = answers().filter(({ status }) => status !== 403);
  expect(others.map(({ url }) => url.pathname.split('/').at(-1))).toEqual(
    delivery === 'cookies' ? [] : ['index.m3u8'],
  );
  const queries = denied.map(({ url }) => url.search);
  if (delivery === 'prepared')
    expect(queries).toEqual(queries.filter((query) => query.includes('{$Key-Pair-Id}')));
  else expect(new Set(queries)).toEqual(new Set(['']));
  expect(denied.filter(({ hasCookie }) => hasCookie)).toEqual([]);
}

/** Starts to play on an empty page of the one origin that the edge's CORS names. */
async function open(
  { script, before = '', plain = '', load }: Player,
  delivery: Delivery,
  code = plain,
): Promise<void> {
  // Of the page only its origin is wanted: its content security policy is for its own scripts.
  const context = await browser.newContext({ bypassCSP: true });
  page = await context.newPage();
  answers = await edgeAnswers(page, localRun().context.edgeUrl);
  await page.goto(`${localRun().context.demoUrl}/empty-page`);
  if (script !== undefined) await page.addScriptTag({ path: script });
  const playlistUrl = await deliver(delivery);
  // A string, because it runs in the page: the tests are compiled without the browser's types.
  await page.evaluate(`(async () => {
    const video = document.createElement('video');
    video.muted = true;
    video.autoplay = true;
    document.body.append(video);
    window.hasGivenUp = false;
    const gaveUp = () => { window.hasGivenUp = true; };
    const playlistUrl = ${JSON.stringify(playlistUrl)};
    ${before}
    ${code}
    ${load}
  })()`);
}

function seen(): Promise<Seen> {
  return page.evaluate<Seen>(`(() => {
    const video = document.querySelector('video');
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    return { hasGivenUp: window.hasGivenUp, currentTime: video.currentTime, decodedFrames: totalVideoFrames };
  })()`);
}

/** @returns the address to play; the page has its cookies where it is to send some */
async function deliver(delivery: Delivery): Promise<string> {
  const { signer, plain, prepared, endpoint, atEdge } = deliveries();
  if (delivery === 'endpoint') return `${endpoint(plain)}/index.m3u8`;
  if (delivery === 'cookies') {
    const { setCookie } = await signer.signCookies(`/${plain}/*`, { expiresIn: '1h' });
    await signIn(page, `${localRun().context.demoUrl}/sign-in`, setCookie);
    return `${localRun().context.edgeUrl}/${plain}/index.m3u8`;
  }
  const folder = delivery === 'prepared' ? prepared : plain;
  const { url } = await signer.signUrl(`/${folder}/index.m3u8`, { scope: 'directory' });
  return atEdge(url);
}
