/** The judge: every denial, with its reason and what it says. */

import { createHash, createHmac } from 'node:crypto';
import { explainBunny } from '@storytime/signer/bunny';
import { describe, expect, it } from 'vitest';
import { failureOf, NOW, NOW_SECONDS } from '../fixtures.ts';
import { at, bunnySigner, EMBED_KEY, HOST, judgeBunny, OTHER_VIDEO, TOKEN_KEY, VIDEO } from './fixtures.ts';

const signer = bunnySigner();
const EXPIRES = NOW_SECONDS + 60;
const { url: playlist } = signer.signPlaylistUrl(VIDEO, { expiresIn: 60 });
const { url: file } = signer.signFileUrl('/a.mp4', { expiresIn: 60 });
const { url: embed } = signer.signEmbedUrl(VIDEO, { expiresIn: 60 });

/** A token over any message, for URLs that the signer refuses to make. */
const hmac = (message: string | Buffer, key = TOKEN_KEY) =>
  `HS256-${createHmac('sha256', key).update(message).digest('base64url')}`;
const sha256 = (message: string) => createHash('sha256').update(message).digest('base64url');
const zoneUrl = (rest: string) => `https://${HOST}${rest}`;

describe('a token of the path', () => {
  it.each([
    ['the playlist', 'playlist.m3u8'],
    ['a variant', '720p/video.m3u8'],
    ['a segment', '720p/video0.ts'],
    ['a file with percent-encoding', 'captions/de%20AT.vtt'],
  ])('opens %s', (_, name) => {
    expect(judgeBunny(playlist.replace('playlist.m3u8', name))).toEqual({
      allowed: true,
      via: 'path',
      keyIndex: 0,
      path: `/${VIDEO}/${name}`,
      token: {
        form: 'hmac-sha256',
        kind: 'directory',
        opens: `/${VIDEO}/`,
        expiresAt: at(60),
        bindsAddress: false,
        ignoreParams: false,
      },
    });
  });

  it.each([
    ['the playlist of another video', `${OTHER_VIDEO}/playlist.m3u8`],
    ['a segment of another video', `${OTHER_VIDEO}/720p/video0.ts`],
    ['the directory without its /', VIDEO],
    ['what lies above', ''],
    ['another video by ..', `${VIDEO}/../${OTHER_VIDEO}/playlist.m3u8`],
    ['another video by .. in percent-encoding', `${VIDEO}/%2e%2E/${OTHER_VIDEO}/playlist.m3u8`],
    ['another video by .. encoded twice', `${VIDEO}/%252e%252e/${OTHER_VIDEO}/playlist.m3u8`],
    ['another video by .. whose digits are encoded', `${VIDEO}/%25%32%65%252e/${OTHER_VIDEO}/playlist.m3u8`],
    ['a name that is encoded nine times', `${VIDEO}/%${'25'.repeat(9)}41`],
    ['another video by a backslash', `${VIDEO}/..\\${OTHER_VIDEO}/playlist.m3u8`],
    ['another video by an encoded slash', `${VIDEO}/..%2f${OTHER_VIDEO}/playlist.m3u8`],
  ])('does not open %s', (_, path) => {
    expect(judgeBunny(playlist.replace(`${VIDEO}/playlist.m3u8`, path))).toMatchObject({
      allowed: false,
      reason: 'resource-mismatch',
      status: 403,
    });
  });

  it('cannot be made wider by hand', () => {
    for (const wider of ['%2F', `%2F${OTHER_VIDEO}%2F`]) {
      const url = playlist.replace(`%2F${VIDEO}%2F`, wider);
      expect(judgeBunny(url)).toMatchObject({ reason: 'signature-mismatch' });
    }
  });
});

describe('every key that is given is tried', () => {
  it('so that a key can be changed', () => {
    expect(judgeBunny(playlist, { tokenKey: ['new', TOKEN_KEY] })).toMatchObject({
      allowed: true,
      keyIndex: 1,
    });
    expect(judgeBunny(embed, { embedTokenKey: ['new', EMBED_KEY] })).toMatchObject({
      allowed: true,
      keyIndex: 1,
    });
    expect(judgeBunny(playlist, { tokenKey: ['new', 'newer'] })).toMatchObject({
      reason: 'signature-mismatch',
    });
  });

  it('but an empty text is none', () => {
    const url = zoneUrl(`/a.mp4?token=${sha256(`/a.mp4${EXPIRES}`)}&expires=${EXPIRES}`);
    expect(judgeBunny(url, { tokenKey: '' })).toMatchObject({ reason: 'unknown-key' });
    expect(judgeBunny(url, { tokenKey: ['', 'x'] })).toMatchObject({ reason: 'signature-mismatch' });
  });
});

describe('is denied, and why', () => {
  const embedToken = new URL(embed).searchParams.get('token');
  const noKeys = { tokenKey: [], embedTokenKey: [] };

  it.each([
    ['no URL', 'bunny', {}, 'malformed-url', 'absolute'],
    ['another scheme', playlist.replace('https', 'ftp'), {}, 'malformed-url', 'absolute'],
    ['a line break', `${playlist}\n`, {}, 'malformed-url', 'absolute'],
    ['a fragment', `${playlist}#x`, {}, 'malformed-url', 'absolute'],
    [
      'a segment without a token',
      zoneUrl(`/${VIDEO}/720p/video0.ts`),
      {},
      'unsigned',
      'must be part of the path',
    ],
    ['a page without a token', zoneUrl('/'), {}, 'unsigned', 'no token and no expires'],
    ['no key of the zone', playlist, noKeys, 'unknown-key', "the pull zone's token key was not given"],
    ['no embed key', embed, noKeys, 'unknown-key', 'embed token key was not given'],
    [
      'an expiry twice',
      `${file}&expires=${EXPIRES}`,
      {},
      'duplicate-name',
      'expires was sent more than once',
    ],
    ['a token twice', `${file}&token=x`, {}, 'duplicate-name', 'was sent more than once'],
    [
      'a parameter of its own twice',
      `${file}&a=1&a=2`,
      {},
      'duplicate-name',
      'a parameter was sent more than once',
    ],
    ['an expiry in path and query', `${playlist}?expires=${EXPIRES}`, {}, 'duplicate-name', 'expires'],
    ['a token in path and query', `${playlist}?token=x`, {}, 'mixed-tokens', 'only one'],
    ['broken percent-encoding', `${file}&a=%zz`, {}, 'malformed-parameters', 'UTF-8'],
    ['percent-encoding that is not UTF-8', `${file}&a=%ff`, {}, 'malformed-parameters', 'UTF-8'],
    ['a limit in words', `${file}&limit=fast`, {}, 'malformed-parameters', 'whole number'],
    ['no expiry', file.replace(/&expires=\d+/, ''), {}, 'missing-expiry', 'without expires'],
    [
      'a token_path whose %2F was decoded on the way',
      playlist.replaceAll('%2F', '/'),
      {},
      'missing-expiry',
      'decoded its %2F',
    ],
    ['milliseconds', file.replace(String(EXPIRES), `${EXPIRES}000`), {}, 'malformed-expiry', 'milliseconds'],
    ['an expiry in words', file.replace(String(EXPIRES), 'soon'), {}, 'malformed-expiry', 'not a number'],
    [
      'an expiry with a 0 in front',
      file.replace(String(EXPIRES), `0${EXPIRES}`),
      {},
      'malformed-expiry',
      'not a number',
    ],
    ['an empty expiry', file.replace(String(EXPIRES), ''), {}, 'malformed-expiry', 'not a number'],
    ['no token', file.replace(/token=[^&]+&/, ''), {}, 'missing-signature', 'without a token'],
    ['an empty token', file.replace(/token=[^&]+/, 'token='), {}, 'missing-signature', 'without a token'],
    [
      'a token of another form',
      file.replace('HS256-', 'HS512-'),
      {},
      'malformed-signature',
      'neither HS256-',
    ],
    [
      'a token that was cut',
      file.replace(/.&expires/, '&expires'),
      {},
      'malformed-signature',
      '43 characters',
    ],
    ['plain base64', file.replace(/.&expires/, '%2F&expires'), {}, 'malformed-signature', 'plain base64'],
    [
      'an embed token at the pull zone',
      file.replace(/HS256-[^&]+/, String(embedToken)),
      {},
      'malformed-signature',
      'an embed token',
    ],
    [
      'an MD5 token',
      file.replace(/HS256-[^&]+/, createHash('md5').update('x').digest('base64url')),
      {},
      'unsupported-hash-algorithm',
      'MD5',
    ],
    ['another key', playlist, { tokenKey: 'another' }, 'signature-mismatch', 'and key'],
    [
      'the embed key for the zone',
      playlist,
      { tokenKey: 'x', embedTokenKey: TOKEN_KEY },
      'signature-mismatch',
      'embed token key',
    ],
    [
      'the zone key for the player',
      embed,
      { embedTokenKey: 'x', tokenKey: EMBED_KEY },
      'signature-mismatch',
      "zone's token key",
    ],
    ['another video', embed.replace(VIDEO, OTHER_VIDEO), {}, 'signature-mismatch', 'this video'],
    ['another file', file.replace('/a.mp4', '/b.mp4'), {}, 'signature-mismatch', 'this path'],
    [
      'another expiry',
      playlist.replace(String(EXPIRES), String(EXPIRES + 1)),
      {},
      'signature-mismatch',
      'this directory',
    ],
    ['a parameter that was put in', `${playlist}?x=1`, {}, 'signature-mismatch', 'parameters'],
    ['a second after the expiry', playlist, { now: at(61) }, 'expired', 'expired 1 second ago'],
    ['the second of the expiry', playlist, { now: at(60) }, 'expired', 'less than a second ago'],
    ['an invalid clock', playlist, { now: new Date(Number.NaN) }, 'expired', 'expired'],
    [
      'no address where the zone asks for one',
      file,
      { tokenIpValidation: true, ip: '203.0.113.7' },
      'ip-mismatch',
      'this token has none',
    ],
    [
      'a page of the player without a video',
      'https://player.mediadelivery.net/embed/759',
      {},
      'malformed-url',
      "not a video's page",
    ],
    ['the player without a token', embed.replace(/\?.*/, ''), {}, 'unsigned', 'no token'],
    [
      'the player with an expiry alone',
      embed.replace(/token=[^&]+&/, ''),
      {},
      'missing-signature',
      'without a token',
    ],
    [
      'the player with a token alone',
      embed.replace(/&expires=.*/, ''),
      {},
      'missing-expiry',
      'without expires',
    ],
    [
      'the player with milliseconds',
      embed.replace(String(EXPIRES), `${EXPIRES}000`),
      {},
      'malformed-expiry',
      'milliseconds',
    ],
    ['the player with two tokens', `${embed}&token=x`, {}, 'duplicate-name', 'token was sent more than once'],
    [
      'a token of the zone at the player',
      embed.replace(/token=[^&]+/, `token=${hmac('x')}`),
      {},
      'malformed-signature',
      'pull zone token',
    ],
    [
      'an embed token in capitals',
      embed.replace(/token=[^&]+/, (text) => text.toUpperCase().replace('TOKEN', 'token')),
      {},
      'malformed-signature',
      'lower case',
    ],
    ['the player, broken percent-encoding', `${embed}&t=%zz`, {}, 'malformed-parameters', 'UTF-8'],
    ['the player after the expiry', embed, { now: at(60) }, 'expired', 'expired'],
  ] as const)('%s', (_, url, request, reason, words) => {
    const verdict = judgeBunny(url, request);
    expect(verdict).toMatchObject({
      allowed: false,
      reason,
      status: 403,
      hint: expect.stringContaining(words),
    });
    // Hints are for tickets and logs.
    for (const secret of [TOKEN_KEY, EMBED_KEY, 'HS256-', String(embedToken)].filter(
      (text) => text !== 'HS256-',
    )) {
      expect(JSON.stringify(verdict)).not.toContain(secret);
    }
    expect(JSON.stringify(verdict)).not.toMatch(/HS256-(?:1-)?[A-Za-z0-9_-]{43}/);
  });
});

describe('what Bunny does not document, and its signers do differently, is denied as ambiguous', () => {
  const ambiguous = (url: string, words: string) =>
    expect(judgeBunny(url, { country: 'DE' })).toMatchObject({
      allowed: false,
      reason: 'ambiguous',
      hint: expect.stringContaining(words),
    });
  const query = (path: string, message: string, parameters = '') =>
    zoneUrl(`${path}?token=${hmac(message)}${parameters}&expires=${EXPIRES}`);

  it.each([
    ['as it is', '/a%20b.mp4'],
    ['decoded', '/a b.mp4'],
  ])('a path with percent-encoding that was signed %s', (_, signed) => {
    ambiguous(query('/a%20b.mp4', `${signed}${EXPIRES}`), 'percent-encoded and others decoded');
  });

  it.each([
    ['a plus', 'a+b'],
    ['a space', 'a b'],
  ])('a + that was signed as %s', (_, value) => {
    ambiguous(query('/a.mp4', `/a.mp4${EXPIRES}v=${value}`, '&v=a+b'), 'a "+" in a parameter');
  });

  it.each([
    ['by their codes', 'B=1&a=2'],
    ['by the alphabet', 'a=2&B=1'],
  ])('names of both cases that were sorted %s', (_, data) => {
    ambiguous(query('/a.mp4', `/a.mp4${EXPIRES}${data}`, '&a=2&B=1'), 'sort parameters differently');
  });

  it('countries beside ignored parameters, which no signer covers', () => {
    const url = query(
      '/a.mp4',
      `/a.mp4${EXPIRES}token_ignore_params=true`,
      '&token_countries=DE&token_ignore_params=true',
    );
    ambiguous(url, 'countries and limit are not signed');
  });

  it('a directory without its / at the end', () => {
    const parameters = '&token_path=%2Fabc';
    const url = query('/abcd/x.mp4', `/abc${EXPIRES}token_path=/abc`, parameters);
    ambiguous(url, 'does not end in "/"');
    // At a segment's end every reading agrees.
    expect(judgeBunny(query('/abc/x.mp4', `/abc${EXPIRES}token_path=/abc`, parameters))).toMatchObject({
      allowed: true,
    });
  });

  it('a video id in capitals', () => {
    for (const id of [VIDEO.toUpperCase(), VIDEO]) {
      const token = createHash('sha256').update(`${EMBED_KEY}${id}${EXPIRES}`).digest('hex');
      const url = `https://player.mediadelivery.net/embed/759/${VIDEO.toUpperCase()}?token=${token}&expires=${EXPIRES}`;
      ambiguous(url, 'in capitals');
    }
  });

  it('but not parameters whose names every signer sorts alike', () => {
    const url = query('/a.mp4', `/a.mp4${EXPIRES}b=2&limit=1000&v=1`, '&v=1&limit=1000&b=2');
    expect(judgeBunny(url)).toMatchObject({ allowed: true, token: { speedLimitKBps: 1000 } });
  });
});

describe('the order of the message', () => {
  it('has the address in front of the parameters; a signer by the old README is found out', () => {
    const data = 'token_countries_blocked=RU';
    const url = (token: string) => zoneUrl(`/a.mp4?token=${token}&${data}&expires=${EXPIRES}`);
    const bytes = Buffer.from([203, 0, 113, 7]);
    const stale = hmac(Buffer.concat([Buffer.from(`/a.mp4${EXPIRES}${data}`), bytes])).replace(
      'HS256-',
      'HS256-1-',
    );
    expect(judgeBunny(url(stale), { ip: '203.0.113.7', country: 'DE' })).toMatchObject({
      reason: 'signature-mismatch',
      hint: expect.stringContaining('after the parameters'),
    });
    const right = signer.signFileUrl('/a.mp4', {
      ipAddress: '203.0.113.7',
      countriesBlocked: ['RU'],
      expiresIn: 60,
    });
    expect(judgeBunny(right.url, { ip: '203.0.113.7', country: 'DE' })).toMatchObject({ allowed: true });
  });
});

describe('a hint', () => {
  it.each(['%62cdn_token=', 'BCDN_TOKEN=', 'b/token=', 'x'])(
    'holds no token, wherever it stands: %s',
    (name) => {
      const good = signer.signPlaylistUrl(VIDEO).url;
      const token = /HS256-[\w-]+/.exec(good)?.[0] ?? '';
      const verdict = judgeBunny(good.replace(`/${VIDEO}/playlist`, `/${name}${token}/${VIDEO}/playlist`));
      expect(verdict.allowed).toBe(false);
      expect(token.length).toBeGreaterThan(40);
      expect(JSON.stringify({ ...verdict, token: undefined })).not.toContain(token.slice(6, 30));
    },
  );
});

describe('countries', () => {
  const allowed = signer.signPlaylistUrl(VIDEO, { countriesAllowed: ['DE', 'AT'] }).url;
  const blocked = signer.signPlaylistUrl(VIDEO, { countriesBlocked: ['RU'] }).url;

  it.each([
    [allowed, 'DE', true],
    [allowed, 'at', true],
    [allowed, 'CH', false],
    [allowed, '', false],
    [allowed, undefined, false],
    [blocked, 'DE', true],
    [blocked, 'RU', false],
    [blocked, undefined, false],
    [blocked, '', false],
    [blocked, ' ', false],
    [blocked, 'RU ', false],
    [blocked, 'DE,RU', false],
    [blocked, 'RUS', false],
    [blocked, 'ß', false],
  ])('%#: a viewer in %s', (url, country, isAllowed) => {
    const verdict = judgeBunny(url, { ...(country !== undefined && { country }) });
    expect(verdict.allowed).toBe(isAllowed);
    if (!verdict.allowed) expect(verdict.reason).toBe('country-mismatch');
  });

  it('in small letters, as six of the signers leave them, are denied', () => {
    const data = 'token_countries_blocked=ru';
    const url = zoneUrl(`/a.mp4?token=${hmac(`/a.mp4${EXPIRES}${data}`)}&${data}&expires=${EXPIRES}`);
    expect(judgeBunny(url, { country: 'DE' })).toMatchObject({
      reason: 'country-mismatch',
      hint: expect.stringContaining('capital letters'),
    });
  });
});

describe('the older form', () => {
  const old = (message: string, rest = '') =>
    zoneUrl(`/a.mp4?token=${sha256(`${TOKEN_KEY}${message}`)}${rest}&expires=${EXPIRES}`);

  it('is judged with and without an address, whole or as its /24, in front of the parameters', () => {
    for (const bound of ['', '203.0.113.7', '203.0.113.0']) {
      const url = old(`/a.mp4${EXPIRES}${bound}limit=9`, '&limit=9');
      expect(judgeBunny(url, { ip: '203.0.113.7' })).toMatchObject({
        allowed: true,
        token: { form: 'sha256' },
      });
      expect(judgeBunny(url, { ip: '198.51.100.1' }).allowed).toBe(bound === '');
    }
  });

  it('must bind an address where the zone asks for one', () => {
    const zone = { tokenIpValidation: true, ip: '203.0.113.7' };
    expect(judgeBunny(old(`/a.mp4${EXPIRES}`), zone)).toMatchObject({ reason: 'signature-mismatch' });
    expect(judgeBunny(old(`/a.mp4${EXPIRES}203.0.113.7`), zone)).toMatchObject({ allowed: true });
  });

  it('leaves empty values out, which the present one does not', () => {
    expect(judgeBunny(old(`/a.mp4${EXPIRES}v=1`, '&v=1&w='))).toMatchObject({ allowed: true });
    const url = zoneUrl(`/a.mp4?token=${hmac(`/a.mp4${EXPIRES}v=1`)}&v=1&w=&expires=${EXPIRES}`);
    expect(judgeBunny(url)).toMatchObject({ reason: 'signature-mismatch' });
  });
});

describe('embed tokens', () => {
  it.each([
    ['the older host', (url: string) => url.replace('player.', 'iframe.')],
    ['parameters of the player', (url: string) => `${url}&autoplay=true&t=1h2m`],
    ['a parameter of the player twice', (url: string) => `${url}&t=1&t=2`],
    ['the play page', (url: string) => url.replace('/embed/', '/play/')],
    [
      "the API's play data",
      (url: string) =>
        url
          .replace(/^.*\/(?=[^/]*\?)/, 'https://video.bunnycdn.com/library/759/videos/')
          .replace('?', '/play?'),
    ],
  ])('are good for %s', (_, change) => {
    expect(judgeBunny(change(embed))).toMatchObject({
      allowed: true,
      via: 'query',
      token: { form: 'embed', kind: 'video', opens: VIDEO },
    });
  });
});

it('a path without token_path opens one path, and says so', () => {
  const url = zoneUrl(
    `/bcdn_token=${hmac(`/${VIDEO}/playlist.m3u8${EXPIRES}`)}&expires=${EXPIRES}/${VIDEO}/playlist.m3u8`,
  );
  expect(judgeBunny(url)).toMatchObject({ allowed: true, token: { kind: 'file' } });
  expect(judgeBunny(url.replace('playlist.m3u8', 'video0.ts'))).toMatchObject({
    reason: 'signature-mismatch',
    hint: expect.stringContaining('without token_path'),
  });
});

it('judges as of now where no clock is given', () => {
  const { url } = bunnySigner({ now: () => new Date() }).signPlaylistUrl(VIDEO);
  expect(explainBunny({ url, tokenKey: TOKEN_KEY }).allowed).toBe(true);
  expect(explainBunny({ url: file, tokenKey: TOKEN_KEY, now: NOW }).allowed).toBe(true);
});

describe('throws for a wrong JavaScript type alone', () => {
  it.each([
    ['no request', undefined],
    [
      'a request of a class',
      new (class {
        url = '';
      })(),
    ],
    ['no URL', {}],
    ['a URL object', { url: new URL(file) }],
    ['a key that is a number', { url: file, tokenKey: 1 }],
    ['a list of keys with a hole', { url: file, tokenKey: Array(1) }],
    ['an address that is not text', { url: file, ip: 7 }],
    ['a country that is not text', { url: file, country: ['DE'] }],
    ['an invalid switch', { url: file, tokenIpValidation: 'on' }],
    ['an invalid clock', { url: file, now: 0 }],
  ])('%s', async (_, request) => {
    expect(await failureOf(() => explainBunny(request as never))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
  });
});
