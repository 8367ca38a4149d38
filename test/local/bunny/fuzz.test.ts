/** Targets that nobody asks for by mistake: the edge stays up, and gives no byte of a video without a token for it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, statusesIn } from '../../edge/fuzz/raw-socket.ts';
import {
  bunnySigner,
  OTHER_VIDEO,
  PLAYLIST_TEXT,
  type RunningBunny,
  SEGMENT,
  SEGMENT_TEXT,
  startTestBunny,
  targetOf,
  VIDEO,
  ZONE,
} from './fixture.ts';

const RUNS = 5000;
/** `EDGE_FUZZ_SEED=…` tries other requests. */
const SEED = Number(process.env.EDGE_FUZZ_SEED ?? 20_261_120);
/** Of the video that no token here opens. */
const PAID_TEXT = 'bytes-of-the-other-video';

let bunny: RunningBunny;
let port: number;

beforeAll(async () => {
  console.log(`fuzz: ${RUNS} targets of seed ${SEED}; EDGE_FUZZ_SEED chooses another`);
  bunny = await startTestBunny();
  port = Number(new URL(bunny.url).port);
  for (const name of ['playlist.m3u8', SEGMENT])
    writeFileSync(join(bunny.directory, OTHER_VIDEO, name), PAID_TEXT);
});
afterAll(() => bunny?.close());

const good = targetOf(bunnySigner().signPlaylistUrl(VIDEO, { expiresIn: '1h' }).url);
const goodSegment = good.slice(0, good.indexOf(`/${VIDEO}`));
const file = targetOf(bunnySigner().signFileUrl(`/${VIDEO}/playlist.m3u8`, { expiresIn: '1h' }).url);
const embed = targetOf(bunnySigner().signEmbedUrl(VIDEO).url);

const request = (target: string) => `GET ${target} HTTP/1.1\r\nHost: ${ZONE}\r\nConnection: close\r\n\r\n`;

async function expectStillServing(): Promise<void> {
  const answer = await exchange(port, [request(good)]);
  expect(statusesIn(answer)).toEqual([200]);
  expect(answer).toContain(PLAYLIST_TEXT);
}

/** Neither what lies outside of the token's folder, nor the video itself without a token, nor a head of the viewer's own. */
function expectHarmless(target: string, answer: string): void {
  expect(answer).not.toContain(PAID_TEXT);
  expect(answer).not.toContain('root:');
  expect(answer).not.toContain('"videoLibraryId"');
  expect(answer).not.toMatch(/^X-Injected/im);
  for (const status of statusesIn(answer)) expect([200, 400, 403, 404, 413]).toContain(status);
  const hasBytes = answer.includes(PLAYLIST_TEXT) || answer.includes(SEGMENT_TEXT);
  // Bytes only by a token as it was signed: whole, and of this video.
  if (answer.includes('data-playlist')) expect(target.startsWith(embed)).toBe(true);
  if (hasBytes) expect(target).toSatisfy((one: string) => one.startsWith(`${goodSegment}/`) || one === file);
}

const TRAVERSALS = [
  `../${OTHER_VIDEO}/playlist.m3u8`,
  `%2e%2e/${OTHER_VIDEO}/playlist.m3u8`,
  `%2E./${OTHER_VIDEO}/playlist.m3u8`,
  `..%2f${OTHER_VIDEO}%2fplaylist.m3u8`,
  `..%5c${OTHER_VIDEO}%5cplaylist.m3u8`,
  `..\\${OTHER_VIDEO}\\playlist.m3u8`,
  `%252e%252e/${OTHER_VIDEO}/playlist.m3u8`,
  `x/../../${OTHER_VIDEO}/playlist.m3u8`,
  `.//../${OTHER_VIDEO}/playlist.m3u8`,
  '../.bunny/videos/x.json',
  '../../../../../etc/passwd',
  `%00/../../${OTHER_VIDEO}/playlist.m3u8`,
  `..;/${OTHER_VIDEO}/playlist.m3u8`,
  `%c0%ae%c0%ae/${OTHER_VIDEO}/playlist.m3u8`,
  'playlist.m3u8%0d%0aX-Injected:%201',
  'playlist.m3u8%00.jpg',
];

describe('each of these', () => {
  const token = good.slice(0, good.indexOf(`/${VIDEO}`));
  const targets = [
    ...TRAVERSALS.map((path) => `${token}/${VIDEO}/${path}`),
    ...TRAVERSALS.map((path) => `/${VIDEO}/${path}`),
    `${token}/${OTHER_VIDEO}/playlist.m3u8`,
    `${token}${token}/${VIDEO}/playlist.m3u8`,
    `${token}//${OTHER_VIDEO}/playlist.m3u8`,
    `/${token.slice(1)}%2F${OTHER_VIDEO}/playlist.m3u8`,
    token,
    `${token}/`,
    `${token}#/${OTHER_VIDEO}/playlist.m3u8`,
    `${token.replace(`%2F${VIDEO}%2F`, '%2F')}/${OTHER_VIDEO}/playlist.m3u8`,
    `${token}&token_path=%2F/${OTHER_VIDEO}/playlist.m3u8`,
    `${token}/${VIDEO}/playlist.m3u8?token_path=%2F`,
    `${good}?token=x&expires=1`,
    `${file}&token_path=%2F`,
    file.replace(VIDEO, OTHER_VIDEO),
    embed.replace('/embed/', '/embed/../'),
    embed.replace(VIDEO, OTHER_VIDEO),
    `${embed}&token=x`,
    `https://${ZONE}/${VIDEO}/playlist.m3u8`,
    `//${ZONE}/${VIDEO}/playlist.m3u8`,
    '*',
    '/',
    '/bcdn_token=',
    '/bcdn_token=/',
    `/bcdn_token=${'A'.repeat(9000)}/${VIDEO}/playlist.m3u8`,
    `/bcdn_token=${'A'.repeat(7000)}/${VIDEO}/playlist.m3u8`,
    `/bcdn_token=x&${'a=b&'.repeat(1500)}expires=1/${VIDEO}/playlist.m3u8`,
    `/${VIDEO}/playlist.m3u8?${'token=a&'.repeat(900)}`,
    `/${'%'.repeat(3000)}`,
    `/bcdn_token=%E0%80%AF&expires=%00&token_path=%zz/${VIDEO}/playlist.m3u8`,
  ];

  it.each(
    targets.map(
      (target, index) => [index, target.replaceAll(goodSegment, '(token)').slice(0, 100), target] as const,
    ),
  )('harms nobody: %i %s', async (_index, _title, target) => {
    expectHarmless(target, await exchange(port, [request(target)]));
    await expectStillServing();
  });
});

describe('whatever chance makes of them', () => {
  const pieces = [
    '/',
    '//',
    '..',
    '.',
    '%2e',
    '%2F',
    '%5c',
    '\\',
    '%00',
    '%25',
    '%zz',
    '?',
    '&',
    '=',
    ';',
    '#',
    ':',
    '@',
    '+',
    '%20',
    '\u00e9',
    'bcdn_token=',
    'token=',
    'token_path=',
    'expires=',
    'HS256-',
    '1-',
    'token_countries=DE',
    'token_ignore_params=true',
    'limit=0',
    '9999999999',
    '-1',
    '1e9',
    VIDEO,
    OTHER_VIDEO,
    'playlist.m3u8',
    SEGMENT,
    'embed',
    'play',
    '759',
    '.bunny',
    'videos',
    goodSegment,
    good,
    file,
    embed,
    encodeURIComponent(`/${VIDEO}/`),
    encodeURIComponent('/'),
  ];
  const made = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 12 })
    .map((parts) => parts.join(''));
  /** A good one with one place changed, removed or repeated: close to what would be allowed. */
  const nearly = fc
    .tuple(
      fc.constantFrom(good, `${goodSegment}/${VIDEO}/${SEGMENT}`, file, embed),
      fc.nat(),
      fc.nat({ max: 30 }),
      fc.constantFrom(...pieces, ''),
    )
    .map(([target, at, length, piece]) => {
      const start = at % target.length;
      return target.slice(0, start) + piece + target.slice(start + length);
    });
  const target = fc.oneof(
    made.map((text) => `/${text}`),
    made,
    nearly,
    fc.tuple(nearly, made).map(([one, other]) => one + other),
    // Good ones among them: a viewer's requests come in between.
    { weight: 1, arbitrary: fc.constantFrom(good, file, embed) },
  );

  it(`harms nobody in ${RUNS} targets of seed ${SEED}`, async () => {
    const outcomes = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(target, async (raw) => {
        // A line break would end the request's first line.
        const one = raw.replace(/[\r\n]/g, '');
        const answer = await exchange(port, [request(one)]);
        expectHarmless(one, answer);
        const [status = 0] = statusesIn(answer);
        outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    await expectStillServing();
    expect(bunny.warnings).toEqual([]);
    // Neither all refused by the parser nor all by the judge, and some allowed.
    for (const status of [200, 400, 403])
      expect([status, (outcomes.get(status) ?? 0) > 10]).toEqual([status, true]);
  }, 240_000);
});
