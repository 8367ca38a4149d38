/** The key's address in a playlist: every player finds it, and nobody but the key's host gets the viewer's token. */

import fc from 'fast-check';
import { M3U8Parser } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { ec, failureOf, judge } from '../fixtures.ts';
import { FOLDER, HOST, masked, sign, textsByHlsJs } from './fixtures.ts';

const KEY = 'https://api.example.com/api/video-keys/42?v=1';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJsZXNzb25faWQiOiI0MiJ9.c2ln';
const MEDIA_URL = `${FOLDER}index_720p.m3u8`;
const PLACEHOLDERS = 'Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}';
const SIGNATURE =
  '#EXT-X-DEFINE:QUERYPARAM="Policy"\n#EXT-X-DEFINE:QUERYPARAM="Signature"\n#EXT-X-DEFINE:QUERYPARAM="Key-Pair-Id"\n';

const MASTER = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3300000,AUDIO="a"
index_720p.m3u8
`;
const MEDIA = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=AES-128,URI="${KEY}",IV=0x00000000000000000000000000000001
#EXTINF:6,
a1.ts
#EXT-X-KEY:METHOD=AES-128,URI="${KEY}",IV=0x00000000000000000000000000000002
#EXTINF:6,
a2.ts
#EXT-X-KEY:METHOD=NONE
#EXTINF:6,
a3.ts
#EXT-X-ENDLIST
`;

const prepare = (text: string, keyUrl?: string) => preparePlaylist(text, { url: MEDIA_URL, keyUrl });
const oneKey = (attributes: string) => `#EXTM3U\n#EXT-X-KEY:${attributes}\n#EXTINF:6,\na.ts\n`;

/** What hls.js would ask for: the variables of a master by its URL, or keys and segments of a media playlist. */
function masterByHlsJs(m3u8: string, url: string) {
  const parsed = M3U8Parser.parseMasterPlaylist(m3u8, url);
  if (parsed.playlistParsingError) throw parsed.playlistParsingError;
  return parsed;
}
function mediaByHlsJs(m3u8: string, url: string, variables: Record<string, string> | null) {
  const details = M3U8Parser.parseLevelPlaylist(m3u8, url, 0, 'main' as never, 0, variables);
  if (details.playlistParsingError) throw details.playlistParsingError;
  return details.fragments.map(({ url: segment, levelkeys }) => ({
    segment,
    key: levelkeys?.identity?.uri,
    iv: levelkeys?.identity?.iv ? Buffer.from(levelkeys.identity.iv).toString('hex') : undefined,
  }));
}

describe('preparePlaylist with keyUrl', () => {
  it('lets the player fill the token of the master into every address of a key, and keeps every IV', () => {
    const { playlist, preparedCount, keyCount } = prepare(MEDIA, `${KEY}&t={$t}`);

    expect(playlist).toBe(`#EXTM3U
#EXT-X-VERSION:11
${SIGNATURE}#EXT-X-DEFINE:IMPORT="t"
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=AES-128,URI="${KEY}&t={$t}",IV=0x00000000000000000000000000000001
#EXTINF:6,
a1.ts?${PLACEHOLDERS}
#EXT-X-KEY:METHOD=AES-128,URI="${KEY}&t={$t}",IV=0x00000000000000000000000000000002
#EXTINF:6,
a2.ts?${PLACEHOLDERS}
#EXT-X-KEY:METHOD=NONE
#EXTINF:6,
a3.ts?${PLACEHOLDERS}
#EXT-X-ENDLIST
`);
    expect([preparedCount, keyCount]).toEqual([3, 2]);
  });

  it('has the master take the token from its URL, and gives it to no variant', () => {
    const { playlist, keyCount } = prepare(MASTER, `${KEY}&t={$t}`);

    expect(playlist).toBe(`#EXTM3U
#EXT-X-VERSION:11
${SIGNATURE}#EXT-X-DEFINE:QUERYPARAM="t"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio.m3u8?${PLACEHOLDERS}"
#EXT-X-STREAM-INF:BANDWIDTH=3300000,AUDIO="a"
index_720p.m3u8?${PLACEHOLDERS}
`);
    expect(keyCount).toBe(0);
  });

  it('writes the same again from what it wrote, also with another way for the token', () => {
    for (const text of [MASTER, MEDIA]) {
      const withToken = prepare(text, `${KEY}&t={$t}`).playlist;
      expect(prepare(withToken, `${KEY}&t={$t}`).playlist).toBe(withToken);
      expect(prepare(withToken, KEY).playlist).toBe(prepare(text, KEY).playlist);
      expect(prepare(prepare(text, KEY).playlist, `${KEY}&t={$t}`).playlist).toBe(withToken);
    }
  });

  it('asks for no token in a media playlist without a key', () => {
    expect(prepare('#EXTM3U\n#EXTINF:6,\nde.vtt\n', `${KEY}&t={$t}`).playlist).not.toContain('"t"');
  });

  it('stores no token that is one viewer’s own', async () => {
    const { code, message } = await failureOf(() => prepare(MEDIA, `${KEY}&t=${TOKEN}`));
    expect([code, message]).toEqual([
      'ERR_PLAYLIST_KEY_URL',
      '"keyUrl" holds a viewer\'s token, and a prepared playlist is stored for every viewer; write "t={$t}"',
    ]);
  });
});

describe('signPlaylist with keyUrl', () => {
  it('writes the address with the token in it, signs the segments, and defines nothing', async () => {
    const { playlist, signedCount, keyCount, leftAlone } = await sign(MEDIA, { keyUrl: `${KEY}&t=${TOKEN}` });
    expect(masked(playlist)).toBe(
      MEDIA.replaceAll(`"${KEY}"`, `"${KEY}&t=${TOKEN}"`).replaceAll(/^(a\d\.ts)$/gm, `${FOLDER}$1?SIGNED`),
    );
    expect([signedCount, keyCount, leftAlone]).toEqual([3, 2, []]);
  });

  it('takes a prepared playlist, and leaves no variable in it', async () => {
    const options = { keyUrl: `${KEY}&t=${TOKEN}` };
    const { playlist } = await sign(prepare(MEDIA, `${KEY}&t={$t}`).playlist, options);
    expect(masked(playlist)).toBe(
      masked((await sign(MEDIA, options)).playlist).replace('VERSION:3', 'VERSION:11'),
    );
    expect(playlist).not.toContain('{$');
    expect(playlist).not.toContain('EXT-X-DEFINE');
  });

  it('defines its token in a master for variants that are prepared, and puts it into no URL', async () => {
    const { playlist } = await sign(prepare(MASTER, `${KEY}&t={$t}`).playlist, {
      keyUrl: `${KEY}&t=${TOKEN}`,
      variants: 'prepared',
    });
    expect(playlist.split('\n').filter((line) => line.includes(TOKEN))).toEqual([
      `#EXT-X-DEFINE:NAME="t",VALUE="${TOKEN}"`,
    ]);
    expect(playlist).not.toContain('QUERYPARAM');

    const { variableList, levels } = masterByHlsJs(playlist, 'https://api.example.com/play/42');
    const variant = levels[0]?.url ?? '';
    const keys = mediaByHlsJs(prepare(MEDIA, `${KEY}&t={$t}`).playlist, variant, variableList);
    expect(keys.map(({ key }) => key)).toEqual([`${KEY}&t=${TOKEN}`, `${KEY}&t=${TOKEN}`, undefined]);
  });

  it('defines no token in a master whose variants come from the caller’s own server', async () => {
    const { playlist } = await sign(MASTER, { keyUrl: `${KEY}&t=${TOKEN}`, variantUrl: (uri) => uri });
    expect(playlist).toBe(MASTER);
  });

  it('states version 8 where it defines by NAME, and 11 where the player is to read its URL', async () => {
    const defined = await sign(MASTER, { keyUrl: `${KEY}&t=${TOKEN}`, variants: 'prepared' });
    expect(defined.playlist).toContain('#EXT-X-VERSION:8\n');
    const asked = await sign(MASTER, { keyUrl: `${KEY}&t={$t}`, variantUrl: (uri) => uri });
    expect(asked.playlist).toContain('#EXT-X-VERSION:11\n#EXT-X-DEFINE:QUERYPARAM="t"\n');
  });
});

describe('a key', () => {
  it.each([
    ['AES-128', 'METHOD=AES-128,URI="k.bin"'],
    ['SAMPLE-AES', 'METHOD=SAMPLE-AES,URI="https://other.example/k"'],
    ['identity by name', 'METHOD=AES-128,URI="k.bin",KEYFORMAT="identity",KEYFORMATVERSIONS="1"'],
    ['an address that is empty', 'METHOD=AES-128,URI=""'],
    ['the key itself in a data URI', 'METHOD=AES-128,URI="data:application/octet-stream;base64,AAAA"'],
    ['an address that no signature would cover', 'METHOD=AES-128,URI="/keys/k.bin"'],
    ['an address without quotes', 'METHOD=AES-128,URI=k.bin,IV=0x00'],
  ])('of %s gets the address, without a signature', async (_, attributes) => {
    const { playlist, keyCount } = await sign(oneKey(attributes), { keyUrl: KEY });
    const line = playlist.split('\n')[1] ?? '';
    expect(line).toContain(KEY);
    expect(line.replace(KEY, '')).toBe(
      `#EXT-X-KEY:${attributes.replace(/URI="[^"]*"/, 'URI=""').replace(/URI=k.bin/, 'URI=')}`,
    );
    expect(keyCount).toBe(1);
  });

  it('of a master’s session gets it too', () => {
    const text = `${MASTER}#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k.bin"\n`;
    const { playlist, keyCount } = prepare(text, `${KEY}&t={$t}`);
    expect(playlist).toContain(`#EXT-X-SESSION-KEY:METHOD=AES-128,URI="${KEY}&t={$t}"\n`);
    expect(playlist).not.toContain('IMPORT');
    expect(keyCount).toBe(1);
  });

  it.each([
    ['NONE', 'METHOD=NONE'],
    ['FairPlay', 'METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"'],
    ['Widevine', 'METHOD=SAMPLE-AES-CTR,URI="data:text/plain;base64,AAAA",KEYFORMAT="urn:uuid:edef8ba9"'],
    ['32 bytes', 'METHOD=AES-256,URI="https://other.example/k"'],
  ])('of %s stays as it is', async (_, attributes) => {
    const { playlist, keyCount } = await sign(oneKey(attributes), { keyUrl: KEY });
    expect(playlist).toContain(`#EXT-X-KEY:${attributes}\n`);
    expect(keyCount).toBe(0);
  });

  it('whose KEYFORMAT is a variable counts as what the variable says', async () => {
    const text = oneKey('METHOD=AES-128,URI="k.bin",KEYFORMAT="{$f}"');
    const defining = (value: string) =>
      sign(text.replace('\n', `\n#EXT-X-DEFINE:NAME="f",VALUE="${value}"\n`), { keyUrl: KEY });
    expect((await defining('identity')).keyCount).toBe(1);
    expect((await defining('com.apple.streamingkeydelivery')).keyCount).toBe(0);
  });

  it.each([
    ['without an address', 'METHOD=AES-128', 'EXT-X-KEY has no URI'],
    ['with two addresses', 'METHOD=AES-128,URI="a",URI="b"', 'EXT-X-KEY has URI more than once'],
    ['with two methods', 'METHOD=NONE,METHOD=AES-128,URI="a"', 'EXT-X-KEY has METHOD more than once'],
  ])('%s is refused', async (_, attributes, message) => {
    await expect(sign(oneKey(attributes), { keyUrl: KEY })).rejects.toMatchObject({
      code: 'ERR_PLAYLIST_FORM',
      message: `line 2: ${message}`,
    });
  });
});

describe('the token', () => {
  const keyUrl = `${KEY}&t={$t}`;

  it.each([
    ['another host’s segment', 'https://evil.example/{$t}.ts'],
    ['a segment of CloudFront', 'a.ts?x={$t}'],
    ['a comment', '# {$t}'],
    ['another variable', '#EXT-X-DEFINE:NAME="x",VALUE="{$t}"'],
    ['an unknown tag', '#EXT-X-AD:URL="https://evil.example/{$t}"'],
    ['session data', '#EXT-X-SESSION-DATA:DATA-ID="x",VALUE="{$t}"'],
  ])('is not to be filled into %s', async (_, line) => {
    const text = `${MEDIA}${line}\n`;
    for (const wanted of [keyUrl, KEY]) {
      const { code, message } = await failureOf(() => prepare(text, wanted));
      expect([code, message]).toEqual([
        'ERR_PLAYLIST_VARIABLE',
        `line 14: the variable t holds the viewer's token for the key, and only "keyUrl" may define it or refer to it; use another name`,
      ]);
    }
    expect(() => prepare(text)).not.toThrow();
  });

  it.each(['NAME="t",VALUE="x"', 'NAME="t"', 'QUERYPARAM="t",NAME="u"'])(
    'is not to be defined by the playlist as %s',
    async (definition) => {
      const text = MEDIA.replace('#EXT-X-TARGET', `#EXT-X-DEFINE:${definition}\n#EXT-X-TARGET`);
      expect(await failureOf(() => prepare(text, keyUrl))).toMatchObject({ code: 'ERR_PLAYLIST_VARIABLE' });
    },
  );

  const foreignVariant = MASTER.replace('\nindex_720p', '\nhttps://evil.example/v');

  it.each([
    ['a prepared master', () => prepare(foreignVariant, keyUrl)],
    ['a prepared master without keys, whose signature could be imported', () => prepare(foreignVariant)],
    [
      'a rendition of a prepared master',
      () => prepare(MASTER.replace('audio', 'https://evil.example/a'), keyUrl),
    ],
    ['a signed master that asks for it', () => sign(foreignVariant, { keyUrl, variantUrl: (uri) => uri })],
    [
      'a signed master that defines it',
      () => sign(foreignVariant, { keyUrl: `${KEY}&t=${TOKEN}`, variants: 'prepared' }),
    ],
  ])('does not go to a playlist of another host that %s lists', async (_, make) => {
    const failure = await (async () => make())().then(
      () => expect.unreachable('nothing was thrown'),
      (error) => error,
    );
    expect([failure.code, failure.message.replace(/^line \d/, 'line n')]).toEqual([
      'ERR_PLAYLIST_VARIABLE',
      "line n: this playlist is on another host, and could import the viewer's signature or token that the master defines " +
        'for its own; remove it, or serve the master by signPlaylist with "variantUrl"',
    ]);
  });

  it('in a signed master without it leaves the variant of another host alone', async () => {
    const { leftAlone } = await sign(foreignVariant, { keyUrl: KEY, variants: 'prepared' });
    expect(leftAlone).toEqual(['https://evil.example/v.m3u8']);
  });
});

describe('keyUrl', () => {
  it.each([
    ['a path', '/api/video-keys/42'],
    ['http', 'http://api.example.com/k'],
    ['no path', 'https://api.example.com'],
    ['a user name', 'https://me@api.example.com/k'],
    ['a fragment', `${KEY}#x`],
    ['a quote', 'https://api.example.com/k"x'],
    ['a blank', 'https://api.example.com/k x'],
    ['a line end', `${KEY}\n`],
    ['a backslash', 'https://api.example.com\\k/'],
    ['letters beyond ASCII', 'https://api.example.com/ä'],
    ['another variable', `${KEY}&t={$Policy}`],
    ['the variable under another name', `${KEY}&u={$t}`],
    ['the variable as a part of a value', `${KEY}&t=x{$t}`],
    ['the variable in the path', 'https://api.example.com/{$t}?t={$t}'],
    ['the variable in the host', 'https://{$t}.example.com/k'],
    ['a host that is none', 'https://[::1/k'],
    ['9,000 characters', `${KEY}&x=${'a'.repeat(9_000)}`],
  ])('is refused with %s', async (_, keyUrl) => {
    const refusal = {
      code: 'ERR_PLAYLIST_KEY_URL',
      message:
        '"keyUrl" must be the whole https address of the key, in ASCII, without a fragment and with no variable but ' +
        '"t={$t}" in its query',
    };
    await expect(sign(MEDIA, { keyUrl })).rejects.toMatchObject(refusal);
    expect(await failureOf(() => prepare(MEDIA, keyUrl))).toMatchObject(refusal);
  });

  it('is refused with two tokens, and as anything but text', async () => {
    await expect(sign(MEDIA, { keyUrl: `${KEY}&t=a&t=b` })).rejects.toMatchObject({
      code: 'ERR_PLAYLIST_KEY_URL',
      message: '"keyUrl" has more than one "t" in its query',
    });
    await expect(sign(MEDIA, { keyUrl: new URL(KEY) as never })).rejects.toMatchObject({
      code: 'ERR_ARGUMENT_TYPE',
    });
  });

  it('may be http on this machine', async () => {
    const { playlist } = await sign(MEDIA, { keyUrl: 'http://127.0.0.1:8080/k?v=1' });
    expect(playlist).toContain('URI="http://127.0.0.1:8080/k?v=1"');
  });
});

describe('any playlist with keys', () => {
  const part = fc.constantFrom(
    '#EXTINF:6,\na.ts',
    '#EXT-X-KEY:METHOD=NONE',
    '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"',
    '#EXT-X-KEY:METHOD=AES-128,URI="https://old.example/k?t={$t}",IV=0x0000000000000000000000000000abcd',
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="com.apple.streamingkeydelivery"',
    '#EXT-X-KEY:METHOD=AES-128,URI="data:,AAAA",KEYFORMAT="identity"',
    '#EXT-X-MAP:URI="init.mp4"',
    '#EXT-X-DEFINE:IMPORT="t"',
    '#EXT-X-DEFINE:QUERYPARAM="t"',
    '#EXTINF:6,\nhttps://other.example/b.ts',
    '#EXTINF:6,\n{$x}.ts',
  );
  const media = fc
    .tuple(
      fc.constantFrom('', '#EXT-X-VERSION:4\n', '#EXT-X-VERSION:12\n'),
      fc.constantFrom('', '#EXT-X-DEFINE:NAME="x",VALUE="y"\n'),
      fc.array(part, { maxLength: 14 }),
    )
    .map(
      ([version, x, parts]) =>
        `#EXTM3U\n${version}#EXT-X-TARGETDURATION:6\n${x}${parts.join('\n')}\n#EXTINF:6,\nlast.ts\n`,
    );
  const way = fc.constantFrom('prepared', 'signed');

  it('sends hls.js to the address for each of them, with the token, and nothing else there', async () => {
    await fc.assert(
      fc.asyncProperty(media, way, async (text, how) => {
        let playlist: string;
        try {
          playlist =
            how === 'prepared'
              ? prepare(text, `${KEY}&t={$t}`).playlist
              : (await sign(text, { keyUrl: `${KEY}&t=${TOKEN}` })).playlist;
        } catch (error) {
          // `{$x}`, which nobody defines.
          expect(error).toMatchObject({ code: 'ERR_PLAYLIST_VARIABLE' });
          return;
        }
        const url = `${MEDIA_URL}?Policy=pp&Signature=ss&Key-Pair-Id=kk`;
        const before = mediaByHlsJs(
          text.replaceAll(/#EXT-X-DEFINE:.*"t"\n/g, '').replaceAll('?t={$t}', ''),
          url,
          {},
        );
        const after = mediaByHlsJs(playlist, url, { t: TOKEN });
        expect(after.map(({ iv }) => iv)).toEqual(before.map(({ iv }) => iv));
        expect(after.map(({ key }) => key)).toEqual(
          before.map(({ key }) => (key === undefined ? undefined : `${KEY}&t=${TOKEN}`)),
        );
        for (const { segment } of after) {
          expect(segment).not.toContain(TOKEN);
          if (how === 'signed' && segment.startsWith(HOST)) {
            expect(judge(ec, { url: segment })).toMatchObject({ allowed: true });
          }
        }
        // Beside the keys, nothing that hls.js read holds the token.
        const texts = textsByHlsJs(playlist.replaceAll(KEY, 'https://key'), url);
        expect(texts.filter((one) => one.includes(TOKEN) && !one.startsWith('https://key'))).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });
});
