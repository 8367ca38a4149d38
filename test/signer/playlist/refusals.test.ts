import { describe, expect, it } from 'vitest';
import { preparePlaylist, signPlaylist } from '../../../signer/src/playlist/index.ts';
import { DOMAIN, failureOf } from '../fixtures.ts';
import { FOLDER, type Options, sign, signer } from './fixtures.ts';

const PLAYLIST = '#EXTM3U\n#EXTINF:6,\na.ts\n';
const MASTER = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nb.m3u8\n';

describe('a text is refused as no playlist when it is', () => {
  it.each([
    ['empty', ''],
    ['an error page', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['JSON', '{"url":"https://example.com"}'],
    ['without #EXTM3U', '#EXTINF:6,\na.ts\n'],
    ['begun with something else', '\n#EXTM3U\na.ts\n'],
    ['only nearly one', '#EXTM3UX\na.ts\n'],
    ['an indented one', ' #EXTM3U\na.ts\n'],
  ])('%s', async (_, text) => {
    const failure = await failureOf(() => sign(text));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_FORM' });
    expect(failure.message).toContain('#EXTM3U');
  });

  it('before a signature is spent on it', async () => {
    const untouchable = { ...signer, signCookies: () => Promise.reject(new Error('asked to sign')) };
    expect((await failureOf(() => sign('<html>', { signer: untouchable }))).code).toBe('ERR_PLAYLIST_FORM');
  });
});

describe('a URI is refused, with its line, when it', () => {
  it.each([
    ['leaves the scope', '../41/a.ts', 'ERR_PLAYLIST_SCOPE', 'wider "scope"'],
    ['leaves it from the top', '/books/41/a.ts', 'ERR_PLAYLIST_SCOPE', 'wider "scope"'],
    ['climbs over the top', '../../../../a.ts', 'ERR_PLAYLIST_SCOPE', 'wider "scope"'],
    ['only begins like the scope', '/books/421/a.ts', 'ERR_PLAYLIST_SCOPE', 'below /books/42/'],
    ['leaves it as a whole URL', `https://${DOMAIN}/a.ts`, 'ERR_PLAYLIST_SCOPE', 'wider "scope"'],
    ['is the host alone', `https://${DOMAIN}`, 'ERR_PLAYLIST_SCOPE', 'wider "scope"'],
    ['is http on its own host', `http://${DOMAIN}/books/42/a.ts`, 'ERR_PLAYLIST_URI', 'https only'],
    ['holds a user name', `https://me@${DOMAIN}/books/42/a.ts`, 'ERR_PLAYLIST_URI', 'user name'],
    ['has no host', 'https:a.ts', 'ERR_PLAYLIST_URI', 'no host'],
    ['has an empty host', 'https:///books/42/a.ts', 'ERR_PLAYLIST_URI', 'no host'],
    ['holds a backslash', 'hd\\a.ts', 'ERR_PLAYLIST_URI', '%5C'],
    ['begins with backslashes', '\\\\cdn.example.net\\a.ts', 'ERR_PLAYLIST_URI', '%5C'],
    ['holds a tab', 'a\tb.ts', 'ERR_PLAYLIST_URI', 'control character'],
    ['holds a NUL', 'a\u0000.ts', 'ERR_PLAYLIST_URI', 'control character'],
    ['hides a dot-dot segment', '%2e%2e/41/a.ts', 'ERR_PLAYLIST_URI', 'dot segment'],
    ['has dots that hls.js resolves', '..;a', 'ERR_PLAYLIST_URI', '%3B'],
    ['hides half of one', 'hd/.%2E/../a.ts', 'ERR_PLAYLIST_URI', 'dot segment'],
    ['needs a variable of the player', '{$base}/a.ts', 'ERR_PLAYLIST_VARIABLE', 'NAME and VALUE'],
  ])('%s', async (_, uri, code, words) => {
    for (const text of [`#EXTM3U\n#EXTINF:6,\n${uri}\n`, `#EXTM3U\n\n#EXT-X-MAP:URI="${uri}"\n`]) {
      const failure = await failureOf(() => sign(text));
      expect(failure).toMatchObject({ name: 'SignerError', code });
      expect(failure.message).toContain(words);
      expect(failure.message).toMatch(/^line 3: /);
      expect(failureOfPreparing(text)).toBe(code);
    }
  });

  it('needs a variable that comes from the playlist’s URL or from the master', async () => {
    for (const definition of ['QUERYPARAM="base"', 'IMPORT="base"']) {
      const text = `#EXTM3U\n#EXT-X-DEFINE:${definition}\n{$base}/a.ts\n`;
      expect((await failureOf(() => sign(text))).code).toBe('ERR_PLAYLIST_VARIABLE');
    }
  });

  it('is in a tag with a quote that is not closed', async () => {
    const failure = await failureOf(() => sign('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="1.bin\n'));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_FORM' });
    expect(failure.message).toBe('line 2: EXT-X-KEY has a quote that is not closed');
  });
});

describe('a URI longer than any that CloudFront takes', () => {
  /** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-general */
  const MAX_URL_BYTES = 8_192;
  const defined = (value: string, uri: string) =>
    `#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="${value}"\n#EXTINF:6,\n${uri}\n`;

  it.each([
    ['as it is written', `#EXTM3U\n\n\n${'a'.repeat(8_200)}.ts\n`],
    ['in an attribute', `#EXTM3U\n\n\n#EXT-X-MAP:URI="${'a'.repeat(8_200)}.mp4"\n`],
    ['in its query', `#EXTM3U\n\n\na.ts?${'a'.repeat(8_200)}\n`],
    ['in its fragment', `#EXTM3U\n\n\na.ts#${'a'.repeat(8_200)}\n`],
    ['by one variable', defined('a'.repeat(105_000), '{$v}')],
    ['by a variable twice', defined('a'.repeat(5_000), '{$v}/{$v}.ts')],
    ['by a variable 2,000 times', defined('a'.repeat(105_000), '{$v}'.repeat(2_000))],
    ['by a variable in its fragment', defined('a'.repeat(105_000), 'a.ts#{$v}')],
    ['by dot segments that a client would remove', `#EXTM3U\n\n\n${'x/../'.repeat(2_000)}a.ts\n`],
  ])('is refused, with its line: %s', async (_, text) => {
    const failure = await failureOf(() => sign(text));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_URI' });
    expect(failure.message).toMatch(/^line 4: .*8,192 bytes/);
    expect(failureOfPreparing(text)).toBe('ERR_PLAYLIST_URI');
  });

  it('is refused before a gigabyte of it is put together', async () => {
    // Longer than a string of V8 can be, which ended in a RangeError without a code.
    const text = defined('a'.repeat(105_000), '{$v}'.repeat(20_000));
    expect(await failureOf(() => sign(text))).toMatchObject({ code: 'ERR_PLAYLIST_URI' });
    expect(failureOfPreparing(text)).toBe('ERR_PLAYLIST_URI');
  });

  it('is refused when it is too long only with its signature', async () => {
    const own = (length: number) => `#EXTM3U\n#EXTINF:6,\n${'a'.repeat(length)}.ts\n`;
    const { playlist } = await sign(own(1));
    const added = (playlist.split('\n')[2] ?? '').length - 'a.ts'.length + '.ts'.length;
    // A P-256 signature has 70 to 72 bytes, which move the limit by a few characters.
    const fits = await sign(own(MAX_URL_BYTES - added - 8));
    expect((fits.playlist.split('\n')[2] ?? '').length).toBeLessThanOrEqual(MAX_URL_BYTES);
    const failure = await failureOf(() => sign(own(MAX_URL_BYTES - added + 8)));
    expect(failure).toMatchObject({ code: 'ERR_PLAYLIST_URI' });
    expect(failure.message).toMatch(/^line 3: /);
  });

  it('is refused when it is too long only with its placeholders', () => {
    expect(failureOfPreparing(`#EXTM3U\n${'a'.repeat(8_130)}.ts\n`)).toBe('ERR_PLAYLIST_URI');
    expect(failureOfPreparing(`#EXTM3U\n${'a'.repeat(7_000)}.ts\n`)).toBe('none');
  });

  it('stays as it is on another host and in data:, however long, and whatever it refers to', async () => {
    const embedded = `data:text/plain;base64,${'A'.repeat(100_000)}`;
    const foreign = `https://cdn.example.net/${'a'.repeat(100_000)}.ts`;
    const text = `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${embedded}"\n#EXTINF:6,\n${foreign}\n`;
    const { playlist, leftAlone } = await sign(text);
    expect(playlist).toBe(text);
    expect(leftAlone).toEqual([foreign]);
    for (const value of [embedded, foreign]) {
      const referring = defined(value, '{$v}{$v}');
      expect((await sign(referring)).playlist).toBe(referring);
    }
  });

  it('is refused as the playlist’s own', async () => {
    const url = `/books/42/${'a'.repeat(8_200)}.m3u8`;
    expect((await failureOf(() => sign(PLAYLIST, { url }))).code).toBe('ERR_RESOURCE_LENGTH');
    const scope = `/books/${'a'.repeat(8_200)}/*`;
    expect((await failureOf(() => sign(PLAYLIST, { scope }))).code).toBe('ERR_RESOURCE_LENGTH');
  });
});

describe('a signer of somebody else’s', () => {
  it.each([
    ['nothing', {}],
    ['no policy', { cookies: {} }],
    ['a policy that is not JSON', { cookies: { 'CloudFront-Policy': 'c2VjcmV0' } }],
    ['a policy without a statement', { cookies: { 'CloudFront-Policy': 'e30_' } }],
  ])('is refused with a TypeError when it gives %s, and its policy is not quoted', async (_, given) => {
    const other = { ...signer, signCookies: async () => given as never };
    const failure = await failureOf(() => sign(PLAYLIST, { signer: other }));
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
    expect(failure.message).toContain('cookies with a custom policy');
    expect(failure.error.cause).toBeUndefined();
  });
});

describe('a ";" in a path', () => {
  it('is signed, for no cookie is set', async () => {
    const { playlist } = await sign(PLAYLIST, { url: '/books/42;x/index.m3u8' });
    expect(playlist).toContain(`${FOLDER.replace('42', '42;x')}a.ts?Policy=`);
  });
});

describe('a reference to another playlist', () => {
  it.each([
    ['a variant', MASTER],
    ['a rendition', '#EXTM3U\n\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="b.m3u8"\n'],
    ['trick play', '#EXTM3U\n\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="b.m3u8"\n'],
    ['a rendition report', '#EXTM3U\n\n#EXT-X-RENDITION-REPORT:URI="b.m3u8",LAST-MSN=1\n'],
  ])('is refused without a word on where that is: %s', async (_, text) => {
    const failure = await failureOf(() => sign(text));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_VARIANTS' });
    expect(failure.message).toContain('line 3: ');
    expect(failure.message).toContain('variantUrl');
  });

  it('on another host needs no such word', async () => {
    const text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://cdn.example.net/b.m3u8\n';
    expect((await sign(text)).leftAlone).toEqual(['https://cdn.example.net/b.m3u8']);
  });

  it.each([
    ['nothing', ''],
    ['a space', '/play/b c.m3u8'],
    ['a quote', '/play/"b".m3u8'],
    ['a line break', '/play/b.m3u8\n#EXT-X-ENDLIST'],
    ['a comment', '#b.m3u8'],
    ['letters beyond ASCII', '/play/é.m3u8'],
  ])('is refused when variantUrl gives %s', async (_, given) => {
    const failure = await failureOf(() => sign(MASTER, { variantUrl: () => given }));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_VARIANT_URL' });
    expect(failure.message).toContain('encodeURIComponent');
  });

  it('is refused with a TypeError when variantUrl gives a promise', async () => {
    const variantUrl = (async (uri: string) => uri) as never;
    const failure = await failureOf(() => sign(MASTER, { variantUrl }));
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.message).toBe('what "variantUrl" gives must be a string, got object');
  });
});

describe('the place is refused when it is', () => {
  it.each([
    ['no path', { url: 'index.m3u8' }, 'ERR_RESOURCE_FORM'],
    ['empty', { url: '' }, 'ERR_RESOURCE_FORM'],
    ['a host alone', { url: `https://${DOMAIN}` }, 'ERR_RESOURCE_FORM'],
    ['without scheme', { url: `//${DOMAIN}/books/42/index.m3u8` }, 'ERR_RESOURCE_FORM'],
    ['under a dot segment', { url: '/books/42/../index.m3u8' }, 'ERR_RESOURCE_FORM'],
    ['http', { url: `http://${DOMAIN}/books/42/index.m3u8` }, 'ERR_RESOURCE_SCHEME'],
    ['on another host', { url: 'https://api.example.com/books/42/index.m3u8' }, 'ERR_RESOURCE_HOST'],
    ['under a wildcard', { url: '/books/*/index.m3u8' }, 'ERR_RESOURCE_WILDCARD'],
    ['under an empty id', { url: '/books//index.m3u8' }, 'ERR_RESOURCE_EMPTY_SEGMENT'],
    ['cut short by a question mark in an id', { url: '/books/4?/index.m3u8' }, 'ERR_RESOURCE_FORM'],
    ['cut short by a hash in an id', { url: `https://${DOMAIN}/books/4#/i.m3u8` }, 'ERR_RESOURCE_FORM'],
    ['at the top of the host', { url: '/index.m3u8' }, 'ERR_RESOURCE_WHOLE_HOST'],
    ['in the scope of a file', { scope: '/books/42/index.m3u8' }, 'ERR_RESOURCE_SCOPE'],
    ['in a half-named scope', { scope: '/books/4*' }, 'ERR_RESOURCE_SCOPE'],
    ['in the scope of the host', { scope: '/*' }, 'ERR_RESOURCE_WHOLE_HOST'],
    ['in the scope of another host', { scope: 'https://api.example.com/books/42/*' }, 'ERR_RESOURCE_HOST'],
    ['scoped for a past time', { expiresAt: new Date(0) }, 'ERR_EXPIRY_PAST'],
    ['scoped for IPv6', { ipAddress: '2001:db8::1' }, 'ERR_IP_ADDRESS_V6'],
  ] as const)('%s', async (_, options: Options, code) => {
    expect(await failureOf(() => sign(PLAYLIST, options))).toMatchObject({ name: 'SignerError', code });
  });

  it('on one domain and its scope on another', async () => {
    const { signerWith, ec } = await import('../fixtures.ts');
    const both = signerWith(ec, { domain: [DOMAIN, 'media.example.com'] });
    const failure = await failureOf(() =>
      sign(PLAYLIST, { signer: both, url: `${FOLDER}i.m3u8`, scope: 'https://media.example.com/books/42/*' }),
    );
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_SCOPE' });
  });
});

describe('a call is refused with a TypeError when it has', () => {
  it.each([
    ['no playlist', undefined, {}, 'ERR_ARGUMENT_TYPE', '"m3u8" must be a string'],
    ['bytes', Buffer.from(PLAYLIST), {}, 'ERR_ARGUMENT_TYPE', '"m3u8" must be a string'],
    ['no signer', PLAYLIST, { signer: undefined }, 'ERR_ARGUMENT_TYPE', 'createSigner'],
    [
      'a URL object',
      PLAYLIST,
      { url: new URL(`${FOLDER}i.m3u8`) },
      'ERR_ARGUMENT_TYPE',
      '"url" must be a string',
    ],
    [
      'a list as scope',
      PLAYLIST,
      { scope: ['/books/42/*'] },
      'ERR_ARGUMENT_TYPE',
      '"scope" must be a string',
    ],
    ['no scope among its scopes', PLAYLIST, { scopes: [] }, 'ERR_ARGUMENT_TYPE', 'at least one scope'],
    ['a text as scopes', PLAYLIST, { scopes: '/books/42/*' }, 'ERR_ARGUMENT_TYPE', '"scopes" must be a list'],
    [
      'a hole among its scopes',
      PLAYLIST,
      { scopes: new Array(2) },
      'ERR_ARGUMENT_TYPE',
      'a scope in "scopes"',
    ],
    ['a number among its scopes', PLAYLIST, { scopes: [1] }, 'ERR_ARGUMENT_TYPE', '"scope" must be a string'],
    [
      'scope and scopes',
      PLAYLIST,
      { scope: '/books/42/*', scopes: ['/books/42/*'] },
      'ERR_ARGUMENT_CONFLICT',
      'not both',
    ],
    [
      'a yes for leaveAlone',
      PLAYLIST,
      { leaveAlone: true },
      'ERR_ARGUMENT_TYPE',
      '"leaveAlone" must be a function',
    ],
    ['a template', PLAYLIST, { variantUrl: '/play/{uri}' }, 'ERR_ARGUMENT_TYPE', 'a function'],
    ['an unknown mode', PLAYLIST, { variants: 'signed' }, 'ERR_ARGUMENT_TYPE', "'prepared'"],
    ['a misspelt option', PLAYLIST, { expiresln: 1 }, 'ERR_ARGUMENT_UNKNOWN', 'no option "expiresln"'],
    ['a canned policy', PLAYLIST, { policy: 'canned' }, 'ERR_ARGUMENT_UNKNOWN', 'no option "policy"'],
    [
      'two ways for variants',
      PLAYLIST,
      { variants: 'prepared', variantUrl: (uri: string) => uri },
      'ERR_ARGUMENT_CONFLICT',
      'not both',
    ],
  ])('%s', async (_, m3u8, options, code, words) => {
    const failure = await failureOf(() =>
      signPlaylist(m3u8 as never, { signer, url: '/books/42/i.m3u8', ...options } as never),
    );
    expect(failure.error).toBeInstanceOf(TypeError);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(words);
  });
});

function failureOfPreparing(text: string): unknown {
  try {
    preparePlaylist(text, { url: `${FOLDER}index_720p.m3u8` });
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'none';
}
