/** What the Bunny signer gives, and what it refuses. */

import { inspect } from 'node:util';
import { type BunnyTimeOptions, createBunnySigner } from '@storytime/signer/bunny';
import { describe, expect, it } from 'vitest';
import { ec, failureOf, NOW, NOW_SECONDS, signerWith } from '../fixtures.ts';
import { API_KEY, at, bunnySigner, EMBED_KEY, HOST, judgeBunny, TOKEN_KEY, VIDEO } from './fixtures.ts';

const signer = bunnySigner();
const playlist = (options = {}) => signer.signPlaylistUrl(VIDEO, options);
const file = (path: string, options = {}) => signer.signFileUrl(path, options);

describe('a signed URL', () => {
  it('has the shape of the CloudFront signer, whichever of the two a backend was configured with', async () => {
    const cloudFront = await signerWith(ec).signUrl('/books/42/index.m3u8', { expiresIn: '2h' });
    const bunny = await playlist({ expiresIn: '2h' });
    expect(Object.keys(bunny)).toEqual(Object.keys(cloudFront));
    expect({ ...bunny, url: '' }).toEqual({ ...cloudFront, url: '' });
  });

  it('is a value and no promise', () => {
    expect(playlist().url).toMatch(/^https:\/\/vz-1234abcd-567\.b-cdn\.net\/bcdn_token=HS256-/);
  });

  it('ends its path with the playlist, its token in front, so that segments inherit it', () => {
    const { url } = playlist();
    expect(new URL('720p/video12.ts', url).href).toBe(url.replace('playlist.m3u8', '720p/video12.ts'));
    expect(judgeBunny(new URL('720p/video12.ts', url).href)).toMatchObject({ allowed: true, via: 'path' });
  });

  it('is the same for a path and for the whole URL of the zone', () => {
    expect(file(`https://${HOST}/${VIDEO}/play_720p.mp4`)).toEqual(file(`/${VIDEO}/play_720p.mp4`));
  });
});

describe('the pull zone', () => {
  it.each([
    ['with its scheme', `https://${HOST}/`],
    ['in capitals', HOST.toUpperCase()],
  ])('may be written %s, as the CloudFront signer takes its domain', (_, pullZoneHost) => {
    expect(bunnySigner({ pullZoneHost }).signPlaylistUrl(VIDEO)).toEqual(playlist());
  });

  it('may be a server on this machine', () => {
    const local = bunnySigner({ pullZoneHost: 'http://localhost:8104' });
    const { url } = local.signPlaylistUrl(VIDEO);
    expect(url).toBe(playlist().url.replace(`https://${HOST}`, 'http://localhost:8104'));
    expect(judgeBunny(url).allowed).toBe(true);
    expect(local.signFileUrl('http://localhost:8104/a.mp4').url).toBe(local.signFileUrl('/a.mp4').url);
  });
});

describe('a lifetime', () => {
  it.each([
    ['a playlist', () => playlist(), 4 * 3600],
    ['a file', () => file('/a.mp4'), 4 * 3600],
    ['an embed URL', () => signer.signEmbedUrl(VIDEO), 300],
    ['an upload', () => signer.signTusUpload({ videoId: VIDEO }), 86_400],
  ])('of %s has its own default', (_, sign, expiresIn) => {
    expect(sign()).toMatchObject({ expiresIn, expiresAt: at(expiresIn) });
  });

  it('follows the defaults of the signer, and its cap where that is shorter', () => {
    const own = bunnySigner({ defaultExpiresIn: '30m', defaultEmbedExpiresIn: 60 });
    expect(own.signPlaylistUrl(VIDEO).expiresIn).toBe(1800);
    expect(own.signEmbedUrl(VIDEO).expiresIn).toBe(60);
    const capped = bunnySigner({ maxExpiresIn: 100 });
    expect(capped.signPlaylistUrl(VIDEO).expiresIn).toBe(100);
    expect(capped.signEmbedUrl(VIDEO).expiresIn).toBe(100);
    expect(capped.signTusUpload({ videoId: VIDEO }).expiresIn).toBe(100);
  });

  it('is in the URL in seconds, and an instant loses its parts of a second', () => {
    const { url, expiresIn, expiresAt } = playlist({ expiresAt: new Date(NOW.getTime() + 60_999) });
    expect(url).toContain(`&expires=${NOW_SECONDS + 60}/`);
    expect([expiresIn, expiresAt]).toEqual([60, at(60)]);
  });

  it.each([
    ['a text without a unit', { expiresIn: '3600' }, 'ERR_EXPIRY_INVALID', 'without a unit'],
    ['nothing', { expiresIn: 0 }, 'ERR_EXPIRY_INVALID', 'whole seconds'],
    ['an invalid Date', { expiresAt: new Date(Number.NaN) }, 'ERR_EXPIRY_INVALID', 'not a valid Date'],
    ['the past', { expiresAt: NOW }, 'ERR_EXPIRY_PAST', 'not in the future'],
    ['milliseconds', { expiresIn: 3_600_000 }, 'ERR_EXPIRY_OVER_CAP', 'milliseconds'],
    ['two at once', { expiresIn: 1, expiresAt: at(1) }, 'ERR_ARGUMENT_CONFLICT', 'not both'],
    ['a start', { startsAt: at(1) }, 'ERR_ARGUMENT_UNKNOWN', 'startsAt'],
  ])('of %s is refused by each call, as the CloudFront signer refuses it', async (_, given, code, words) => {
    const options = given as BunnyTimeOptions;
    const calls = [
      () => playlist(options),
      () => file('/a.mp4', options),
      () => signer.signEmbedUrl(VIDEO, options),
      () => signer.signTusUpload({ videoId: VIDEO, ...options }),
    ];
    for (const call of calls) {
      expect(await failureOf(call)).toMatchObject({ code, message: expect.stringContaining(words) });
    }
  });
});

describe('conditions', () => {
  it('name countries in capitals, each once, in the order given', () => {
    const { url } = playlist({ countriesAllowed: ['de', 'AT', 'De'] });
    expect(url).toContain('&token_countries=DE%2CAT&token_path=');
    expect(judgeBunny(url, { country: 'at' }).allowed).toBe(true);
    expect(judgeBunny(url, { country: 'CH' })).toMatchObject({ reason: 'country-mismatch' });
  });

  it('block countries', () => {
    const { url } = file('/a.mp4', { countriesBlocked: ['RU'] });
    expect(judgeBunny(url, { country: 'DE' }).allowed).toBe(true);
    expect(judgeBunny(url, { country: 'RU' })).toMatchObject({ reason: 'country-mismatch' });
  });

  it('limit the speed', () => {
    expect(judgeBunny(playlist({ speedLimitKBps: 500 }).url)).toMatchObject({
      allowed: true,
      token: { speedLimitKBps: 500 },
    });
  });

  it('let players append parameters only where that is asked for', () => {
    const strict = `${file('/a.mp4').url}&utm=x`;
    expect(judgeBunny(strict)).toMatchObject({ reason: 'signature-mismatch' });
    const lax = `${file('/a.mp4', { ignoreParams: true }).url}&utm=x`;
    expect(judgeBunny(lax)).toMatchObject({ allowed: true });
    expect(judgeBunny(`${playlist({ ignoreParams: true }).url}?_HLS_msn=1`)).toMatchObject({ allowed: true });
    expect(judgeBunny(`${playlist().url}?_HLS_msn=1`)).toMatchObject({ allowed: false });
  });

  it.each([
    ['an empty list', { countriesAllowed: [] }, 'ERR_BUNNY_COUNTRY', 'an empty list'],
    ['an invalid country', { countriesAllowed: ['DE', 'UK'] }, 'ERR_BUNNY_COUNTRY', "'GB'"],
    ['a list with a hole', { countriesBlocked: Array(1) }, 'ERR_ARGUMENT_TYPE', 'each of "countriesBlocked"'],
    ['a letter that is two capitals', { countriesAllowed: ['ß'] }, 'ERR_BUNNY_COUNTRY', 'ISO 3166-1'],
    ['two codes in one text', { countriesAllowed: ['DE,AT'] }, 'ERR_BUNNY_COUNTRY', 'ISO 3166-1'],
    ['a parameter in a code', { countriesBlocked: ['DE&limit=1'] }, 'ERR_BUNNY_COUNTRY', 'ISO 3166-1'],
    ['a text for a list', { countriesAllowed: 'DE' }, 'ERR_ARGUMENT_TYPE', 'a list of country codes'],
    [
      'both lists',
      { countriesAllowed: ['DE'], countriesBlocked: ['FR'] },
      'ERR_ARGUMENT_CONFLICT',
      'not both',
    ],
    ['a limit of nothing', { speedLimitKBps: 0 }, 'ERR_ARGUMENT_TYPE', 'a whole number from 1'],
    ['a limit in parts', { speedLimitKBps: 1.5 }, 'ERR_ARGUMENT_TYPE', 'a whole number from 1'],
    ['a limit as a text', { speedLimitKBps: '500' }, 'ERR_ARGUMENT_TYPE', 'a whole number from 1'],
    [
      'countries where parameters are ignored',
      { ignoreParams: true, countriesAllowed: ['DE'] },
      'ERR_ARGUMENT_CONFLICT',
      "Bunny's own signers drop it",
    ],
    [
      'blocked countries where parameters are ignored',
      { ignoreParams: true, countriesBlocked: ['DE'] },
      'ERR_ARGUMENT_CONFLICT',
      '"countriesBlocked"',
    ],
    [
      'a limit where parameters are ignored',
      { ignoreParams: true, speedLimitKBps: 1 },
      'ERR_ARGUMENT_CONFLICT',
      '"speedLimitKBps"',
    ],
    ['an invalid switch', { ignoreParams: 'true' }, 'ERR_ARGUMENT_TYPE', 'true or false'],
    ['an option by another name', { ip: '203.0.113.7' }, 'ERR_ARGUMENT_UNKNOWN', '"ip"'],
  ])('are refused: %s', async (_, options, code, words) => {
    for (const call of [() => playlist(options), () => file('/a.mp4', options)]) {
      expect(await failureOf(call)).toMatchObject({ code, message: expect.stringContaining(words) });
    }
  });
});

describe('the path of a file is refused', () => {
  it.each([
    ['without a / in front', 'a.mp4', 'ERR_RESOURCE_FORM'],
    ['with two', '//a.mp4', 'ERR_RESOURCE_FORM'],
    ['as a URL without a path', `https://${HOST}`, 'ERR_RESOURCE_FORM'],
    ['as an http URL', `http://${HOST}/a.mp4`, 'ERR_RESOURCE_SCHEME'],
    ['of another host', 'https://other.b-cdn.net/a.mp4', 'ERR_RESOURCE_HOST'],
    [
      'of the host with a port, which three of the signers drop',
      `https://${HOST}:8443/a.mp4`,
      'ERR_RESOURCE_HOST',
    ],
    ['of the host in capitals', `https://${HOST.toUpperCase()}/a.mp4`, 'ERR_RESOURCE_HOST'],
    ['of the host behind a user', `https://x@${HOST}/a.mp4`, 'ERR_RESOURCE_HOST'],
    ['with percent-encoding, which two of the signers decode', '/a%20b.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['with a space', '/a b.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['with letters beyond ASCII', '/\u00e9.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['with a +', '/a+b.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['with a line break', '/a.mp4\n', 'ERR_RESOURCE_CHARACTERS'],
    ['with a backslash', '/a\\b.mp4', 'ERR_RESOURCE_CHARACTERS'],
    ['with a parameter of its own', '/a.mp4?v=1', 'ERR_RESOURCE_QUERY'],
    ['with a bare ?', '/a.mp4?', 'ERR_RESOURCE_QUERY'],
    ['that is signed already', '/a.mp4?token=HS256-x&expires=1', 'ERR_RESOURCE_RESERVED_QUERY'],
    ['with a reserved parameter', '/a.mp4?v=1&limit=9', 'ERR_RESOURCE_RESERVED_QUERY'],
    ['that is signed in its path', '/bcdn_token=HS256-x&expires=1/a.mp4', 'ERR_RESOURCE_RESERVED_QUERY'],
    ['with a fragment', '/a.mp4#t=1', 'ERR_RESOURCE_FRAGMENT'],
    ['with an empty segment', '/a//b.mp4', 'ERR_RESOURCE_EMPTY_SEGMENT'],
    ['with ..', '/a/../b.mp4', 'ERR_RESOURCE_TRAVERSAL'],
    ['with . at its end', '/a/.', 'ERR_RESOURCE_TRAVERSAL'],
    ['of a directory', `/${VIDEO}/`, 'ERR_RESOURCE_SCOPE'],
    ['beyond 8,192 bytes', `/${'a'.repeat(8192)}`, 'ERR_RESOURCE_LENGTH'],
  ])('%s', async (_, path, code) => {
    const { name, code: got, error } = await failureOf(() => file(path));
    expect([name, got]).toEqual(['SignerError', code]);
    expect(error).toMatchObject({ status: 400 });
  });

  it('when it is no text', async () => {
    expect(await failureOf(() => file(undefined as never))).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
  });

  it('but not for names that only look reserved', () => {
    expect(judgeBunny(file('/limit/token/expires').url).allowed).toBe(true);
    expect(judgeBunny(file('/..a/b..mp4').url).allowed).toBe(true);
  });
});

describe('the id of a video', () => {
  const ids = [
    '',
    'x',
    VIDEO.toUpperCase(),
    `${VIDEO}/`,
    `${VIDEO}\n`,
    `../${VIDEO}`,
    `https://${HOST}/${VIDEO}/playlist.m3u8`,
  ];

  it.each(ids)('is refused by each call: %j', async (id) => {
    const calls = [
      () => signer.signPlaylistUrl(id),
      () => signer.signEmbedUrl(id),
      () => signer.signTusUpload({ videoId: id }),
    ];
    for (const call of calls) {
      const { error } = await failureOf(call);
      expect(error).toMatchObject({ code: 'ERR_RESOURCE_VIDEO_ID', status: 400 });
      expect(error.message).toContain('parseBunnyVideoId');
    }
  });
});

describe('an embed URL', () => {
  it('is that of the player, or of the page that plays directly', () => {
    expect(signer.signEmbedUrl(VIDEO).url).toMatch(
      new RegExp(
        `^https://player\\.mediadelivery\\.net/embed/759/${VIDEO}\\?token=[0-9a-f]{64}&expires=${NOW_SECONDS + 300}$`,
      ),
    );
    expect(signer.signEmbedUrl(VIDEO, { page: 'play' }).url).toContain('/play/759/');
  });

  it('is refused without its key, without a library and for another page', async () => {
    const keyless = createBunnySigner({ pullZoneHost: HOST, tokenKey: TOKEN_KEY, libraryId: 759 });
    expect(await failureOf(() => keyless.signEmbedUrl(VIDEO))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
      message: '"embedTokenKey" must be given to createBunnySigner for signEmbedUrl, got undefined',
    });
    const nowhere = createBunnySigner({ pullZoneHost: HOST, tokenKey: TOKEN_KEY, embedTokenKey: EMBED_KEY });
    expect(await failureOf(() => nowhere.signEmbedUrl(VIDEO))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
      message: expect.stringContaining('"libraryId"'),
    });
    const options = { page: 'iframe' } as never;
    expect(await failureOf(() => signer.signEmbedUrl(VIDEO, options))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
      message: expect.stringContaining("'embed' or 'play'"),
    });
  });
});

describe('an upload', () => {
  it('goes to the library that the call names', () => {
    const { headers } = signer.signTusUpload({ videoId: VIDEO, libraryId: '760' });
    expect(headers.LibraryId).toBe('760');
    expect(headers.AuthorizationSignature).not.toBe(
      signer.signTusUpload({ videoId: VIDEO }).headers.AuthorizationSignature,
    );
  });

  it('is refused without the API key, without a library and for an invalid one', async () => {
    const keyless = createBunnySigner({ pullZoneHost: HOST, tokenKey: TOKEN_KEY, libraryId: 759 });
    expect(await failureOf(() => keyless.signTusUpload({ videoId: VIDEO }))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
      message: expect.stringContaining('"apiKey"'),
    });
    const nowhere = createBunnySigner({ pullZoneHost: HOST, tokenKey: TOKEN_KEY, apiKey: API_KEY });
    expect(await failureOf(() => nowhere.signTusUpload({ videoId: VIDEO }))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
      message: expect.stringContaining('"libraryId"'),
    });
    for (const libraryId of ['', 'abc', '7 59', 0, -1, 1.5, '0759', '1e3']) {
      expect(await failureOf(() => signer.signTusUpload({ videoId: VIDEO, libraryId }))).toMatchObject({
        code: 'ERR_BUNNY_LIBRARY_ID',
      });
    }
  });
});

describe('createBunnySigner refuses', () => {
  it.each([
    ['a zone with a path', { pullZoneHost: `https://${HOST}/x` }, 'ERR_DOMAIN_INVALID', '"pullZoneHost"'],
    ['a zone by http', { pullZoneHost: `http://${HOST}` }, 'ERR_DOMAIN_INVALID', '"pullZoneHost"'],
    ['a zone that is not text', { pullZoneHost: 1 }, 'ERR_ARGUMENT_TYPE', '"pullZoneHost" must be a string'],
    [
      'a zone by its name',
      { pullZoneHost: 'vz-1234abcd-567' },
      'ERR_DOMAIN_INVALID',
      'vz-1234abcd-567.b-cdn.net',
    ],
    ['a zone with a port', { pullZoneHost: `${HOST}:443` }, 'ERR_DOMAIN_INVALID', 'without port and path'],
    ['an empty key', { tokenKey: '' }, 'ERR_BUNNY_KEY', 'an empty text'],
    [
      'a key with the line break of its file',
      { tokenKey: `${TOKEN_KEY}\n` },
      'ERR_BUNNY_KEY',
      'a line break',
    ],
    ['an embed key with a space', { embedTokenKey: `${EMBED_KEY} ` }, 'ERR_BUNNY_KEY', '"embedTokenKey"'],
    ['an API key that is not text', { apiKey: 1 }, 'ERR_ARGUMENT_TYPE', '"apiKey" must be a string'],
    ['no key', { tokenKey: undefined }, 'ERR_ARGUMENT_TYPE', '"tokenKey" must be a string'],
    ['an invalid library', { libraryId: 'abc' }, 'ERR_BUNNY_LIBRARY_ID', 'such as 759'],
    ['a library that is not a number', { libraryId: {} }, 'ERR_ARGUMENT_TYPE', "the video library's number"],
    [
      'a default over the cap',
      { maxExpiresIn: 60, defaultExpiresIn: 61 },
      'ERR_EXPIRY_OVER_CAP',
      '"defaultExpiresIn"',
    ],
    [
      'an embed default over the cap',
      { maxExpiresIn: 60, defaultEmbedExpiresIn: 61 },
      'ERR_EXPIRY_OVER_CAP',
      '"defaultEmbedExpiresIn"',
    ],
    ['an invalid clock', { now: NOW }, 'ERR_ARGUMENT_TYPE', '"now" must be a function'],
    ['an option by another name', { pullZone: HOST }, 'ERR_ARGUMENT_UNKNOWN', '"pullZone"'],
  ])('%s', async (_, options, code, words) => {
    const { code: got, message } = await failureOf(() => bunnySigner(options as never));
    expect(got).toBe(code);
    expect(message).toContain(words);
    for (const key of [TOKEN_KEY, EMBED_KEY, API_KEY]) expect(message).not.toContain(key);
  });

  it('at its first use, a clock that gives no Date', async () => {
    const clockless = bunnySigner({ now: () => 'today' as never });
    expect(await failureOf(() => clockless.signPlaylistUrl(VIDEO))).toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
  });
});

it('shows no key when the signer is inspected or written as JSON', () => {
  const shown = `${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`;
  for (const key of [TOKEN_KEY, EMBED_KEY, API_KEY]) expect(shown).not.toContain(key);
});
