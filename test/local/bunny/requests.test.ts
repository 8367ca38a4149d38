/** What viewers get from the local Bunny edge, on its own socket. */
import { createHmac } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BunnyOptions } from '../../../local/bunny/index.ts';
import {
  bunnySigner,
  KEYS,
  LIBRARY,
  NOW,
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

const CANARY = 'outside-of-the-zone';

let bunny: RunningBunny;

async function start(options: Partial<BunnyOptions> = {}): Promise<void> {
  bunny = await startTestBunny(options);
  writeFileSync(join(bunny.directory, '..', `${CANARY}.txt`), CANARY);
  mkdirSync(join(bunny.directory, VIDEO, '.hidden'));
  writeFileSync(join(bunny.directory, VIDEO, '.hidden/secret.txt'), CANARY);
  symlinkSync(join(bunny.directory, '..', `${CANARY}.txt`), join(bunny.directory, VIDEO, 'link.txt'));
}

const get = (target: string, headers: Record<string, string> = {}) =>
  fetch(`${bunny.url}${target}`, { headers });

const signed = (video = VIDEO, options = {}) =>
  targetOf(bunnySigner().signPlaylistUrl(video, { expiresIn: '1h', ...options }).url);

/** What a player asks for after a playlist that it had from this target. */
const segmentOf = (target: string) => target.replace('playlist.m3u8', SEGMENT);

/** Playlist and segment are refused alike, with a page that has neither bytes nor CORS headers. */
async function expectDenied(target: string, reason: string, headers: Record<string, string> = {}) {
  for (const each of [target, segmentOf(target)]) {
    const answer = await get(each, headers);
    expect([each, answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([
      each,
      403,
      null,
    ]);
    const text = await answer.text();
    expect(text).not.toContain(PLAYLIST_TEXT);
    expect(text).not.toContain(SEGMENT_TEXT);
  }
  expect(bunny.log.slice(-2).map(({ verdict }) => verdict)).toEqual([reason, reason]);
}

describe('a pull zone', () => {
  beforeAll(() => start());
  afterAll(() => bunny.close());

  it('serves a playlist by its token, and segments that inherit it', async () => {
    const target = signed();
    const playlist = await get(target, { origin: 'https://player.example' });
    expect([playlist.status, await playlist.text()]).toEqual([200, PLAYLIST_TEXT]);
    expect(playlist.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(playlist.headers.get('access-control-allow-origin')).toBe('*');

    const segment = await get(segmentOf(target));
    expect([segment.status, await segment.text()]).toEqual([200, SEGMENT_TEXT]);
    expect(segment.headers.get('content-type')).toBe('video/MP2T');
  });

  it('says that it is Bunny and not CloudFront, and gives away no folder of S3', async () => {
    const answers = [await get(signed()), await get('/'), await get('/%zz')];
    for (const { headers } of answers) {
      expect(headers.get('server')).toBe('BunnyCDN-local');
      expect(headers.get('cdn-requestid')).toMatch(/^[\w-]{56}$/);
      expect([...headers].filter(([, value]) => /cloudfront|amazon/i.test(value))).toEqual([]);
      expect([...headers.keys()].filter((name) => name.startsWith('x-amz'))).toEqual([]);
    }
  });

  it('serves a range, a HEAD and a condition', async () => {
    const target = segmentOf(signed());
    const part = await get(target, { range: 'bytes=8-9' });
    expect([part.status, await part.text()]).toEqual([206, SEGMENT_TEXT.slice(8, 10)]);
    expect(part.headers.get('content-range')).toBe(`bytes 8-9/${SEGMENT_TEXT.length}`);
    const beyond = await get(target, { range: 'bytes=99-' });
    expect([beyond.status, await beyond.text()]).toEqual([416, expect.not.stringContaining('<Error>')]);

    const head = await fetch(`${bunny.url}${target}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(SEGMENT_TEXT.length),
      '',
    ]);
    const unchanged = await get(target, { 'if-none-match': head.headers.get('etag') ?? '' });
    expect(unchanged.status).toBe(304);
  });

  it('takes the token of one file for this file alone', async () => {
    const target = targetOf(bunnySigner().signFileUrl(`/${VIDEO}/thumbnail.jpg`, { expiresIn: '1h' }).url);
    writeFileSync(join(bunny.directory, VIDEO, 'thumbnail.jpg'), 'jpeg');
    expect([(await get(target)).status, bunny.log.at(-1)?.verdict]).toEqual([200, 'allowed']);
    const other = target.replace('thumbnail.jpg', 'playlist.m3u8');
    expect([(await get(other)).status, bunny.log.at(-1)?.verdict]).toEqual([403, 'signature-mismatch']);
  });

  it('denies what carries no token', () => expectDenied(`/${VIDEO}/playlist.m3u8`, 'unsigned'));

  it('denies a token that was changed', async () => {
    const target = signed();
    await expectDenied(
      target.replace(/HS256-./, (start) => (start.endsWith('A') ? 'HS256-B' : 'HS256-A')),
      'signature-mismatch',
    );
    await expectDenied(target.replace(/expires=\d+/, 'expires=4102444800'), 'signature-mismatch');
  });

  it('denies a token that another key made, the embed key above all', async () => {
    const { url } = bunnySigner({ tokenKey: KEYS.embedTokenKey }).signPlaylistUrl(VIDEO, { expiresIn: '1h' });
    await expectDenied(targetOf(url), 'signature-mismatch');
  });

  it('denies from the second in which a token expires', async () => {
    const before = new Date(NOW.getTime() - 3600_000);
    const target = targetOf(
      bunnySigner({ now: () => before }).signPlaylistUrl(VIDEO, { expiresIn: '1h' }).url,
    );
    await expectDenied(target, 'expired');
  });

  it("denies another video's token", async () => {
    await expectDenied(
      signed(OTHER_VIDEO).replace(/\/[^/]+(\/playlist\.m3u8)$/, `/${VIDEO}$1`),
      'resource-mismatch',
    );
  });

  it("denies another address's token, and takes this one's", async () => {
    await expectDenied(signed(VIDEO, { ipAddress: '203.0.113.7' }), 'signature-mismatch');
    expect((await get(signed(VIDEO, { ipAddress: '127.0.0.1' }))).status).toBe(200);
  });

  it('denies a token with countries while the viewer’s is not known', async () => {
    await expectDenied(signed(VIDEO, { countriesAllowed: ['DE'] }), 'country-mismatch');
    await expectDenied(signed(VIDEO, { countriesAllowed: ['DE'] }), 'country-mismatch', {
      'x-storytime-country': 'DE',
    });
  });

  it('denies two tokens, in the path or in the query', async () => {
    const target = signed();
    const [, token = '', expires = ''] = /bcdn_token=([^&]+)&.*expires=(\d+)/.exec(target) ?? [];
    await expectDenied(`${target}?token=${token}&expires=${expires}`, 'mixed-tokens');
    const first = target.slice(0, target.indexOf(`/${VIDEO}`));
    const answer = await get(`${first}${target}`);
    expect(answer.status).not.toBe(200);
    expect(await answer.text()).not.toContain(PLAYLIST_TEXT);
  });

  it('says 404 for a file that is not there, and serves nothing of the folder’s own or from outside', async () => {
    for (const name of ['none.ts', '.hidden/secret.txt', 'link.txt', '']) {
      const answer = await get(signed().replace('playlist.m3u8', name));
      expect([name, answer.status]).toEqual([name, 404]);
      expect(await answer.text()).not.toContain(CANARY);
    }
    expect(bunny.log.at(-1)).toMatchObject({
      verdict: 'allowed',
      hint: expect.stringContaining('file does not exist'),
    });
  });

  it('takes no other method, and names those that it takes', async () => {
    for (const method of ['POST', 'OPTIONS', 'DELETE']) {
      const answer = await fetch(`${bunny.url}${signed()}`, { method });
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
  });

  it('is known by its own host and by loopback names only', async () => {
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        const { port } = new URL(bunny.url);
        httpRequest({ host: '127.0.0.1', port, path: signed(), headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .once('error', reject)
          .end();
      });
    for (const host of [ZONE, `${ZONE}:443`, 'localhost', '127.0.0.1:1'])
      expect([host, await statusFor(host)]).toEqual([host, 200]);
    for (const host of ['evil.example', `x.${ZONE}`, 'player.mediadelivery.net']) {
      expect([host, await statusFor(host)]).toEqual([host, 403]);
    }
  });

  it('omits tokens from its log', () => {
    const text = JSON.stringify(bunny.log);
    expect(text).toContain(`/${VIDEO}/playlist.m3u8`);
    expect(text).not.toMatch(/HS256-[\w-]{10}/);
    for (const key of Object.values(KEYS)) expect(text).not.toContain(key);
    expect(bunny.warnings).toEqual([]);
  });
});

describe('a viewer whose country is known', () => {
  beforeAll(() => start({ country: 'de', countryHeader: true, explain: true }));
  afterAll(() => bunny.close());

  it('is allowed by a list that names it, and kept out by one that blocks it or names others', async () => {
    expect((await get(signed(VIDEO, { countriesAllowed: ['AT', 'DE'] }))).status).toBe(200);
    await expectDenied(signed(VIDEO, { countriesBlocked: ['DE'] }), 'country-mismatch');
    await expectDenied(signed(VIDEO, { countriesAllowed: ['AT'] }), 'country-mismatch');
  });

  it('may be said by the request', async () => {
    const target = signed(VIDEO, { countriesAllowed: ['AT'] });
    expect((await get(target, { 'x-storytime-country': 'at' })).status).toBe(200);
  });

  it('is told why, where the run explains', async () => {
    const answer = await get(signed(VIDEO, { countriesAllowed: ['AT'] }));
    expect(answer.headers.get('x-storytime-explain')).toMatch(/^country-mismatch; .*AT/);
  });
});

describe("a player's page", () => {
  beforeAll(() => start());
  afterAll(() => bunny.close());

  const embed = (options = {}) => targetOf(bunnySigner().signEmbedUrl(VIDEO, options).url);

  it.each(['embed', 'play'] as const)(
    'opens by its token and has a playlist of its own: %s',
    async (page) => {
      const answer = await get(embed({ page }));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self' 'nonce-/,
      );
      const [, path = ''] = /data-playlist="([^"]+)"/.exec(await answer.text()) ?? [];
      const playlist = await get(path.replaceAll('&#38;', '&'));
      expect([playlist.status, await playlist.text()]).toEqual([200, PLAYLIST_TEXT]);
    },
  );

  it('brings its script along', async () => {
    const answer = await get('/embed/hls.js');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
  });

  it.each([
    ['no token', (target: string) => target.replace(/\?.*/, '')],
    [
      'a changed token',
      (target: string) => target.replace(/token=./, (start) => (start.endsWith('a') ? 'token=b' : 'token=a')),
    ],
    ["another video's token", (target: string) => target.replace(VIDEO, OTHER_VIDEO)],
    ['a later expiry', (target: string) => target.replace(/expires=\d+/, 'expires=4102444800')],
  ])('stays closed for %s', async (_, change) => {
    const answer = await get(change(embed()));
    expect([answer.status, await answer.text()]).toEqual([403, expect.not.stringContaining('data-playlist')]);
  });

  it("stays closed for a token of the zone's key, and the zone for one of the embed key", async () => {
    const wrong = bunnySigner({ tokenKey: KEYS.embedTokenKey });
    expect((await get(targetOf(wrong.signPlaylistUrl(VIDEO, { expiresIn: '1h' }).url))).status).toBe(403);
    const expires = String(Math.floor(NOW.getTime() / 1000) + 300);
    const token = createHmac('sha256', KEYS.tokenKey).update(`${VIDEO}${expires}`).digest('hex');
    expect((await get(`/embed/${LIBRARY}/${VIDEO}?token=${token}&expires=${expires}`)).status).toBe(403);
  });

  it('stays closed after its expiry', async () => {
    const before = new Date(NOW.getTime() - 300_000);
    const target = targetOf(bunnySigner({ now: () => before }).signEmbedUrl(VIDEO, { expiresIn: 300 }).url);
    expect((await get(target)).status).toBe(403);
    expect(bunny.log.at(-1)?.verdict).toBe('expired');
  });

  it('of another library is not there', async () => {
    expect((await get(embed().replace(`/${LIBRARY}/`, '/760/'))).status).toBe(404);
  });
});

describe('with TLS', () => {
  beforeAll(() => start({ https: 'self-signed' }));
  afterAll(() => bunny.close());

  it('listens on https', () => {
    expect(bunny.url).toMatch(/^https:/);
  });
});

beforeEach(() => {
  expect(bunny.warnings).toEqual([]);
});
