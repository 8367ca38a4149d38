import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignerError, SignerTypeError } from '../../../signer/src/index.ts';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { asSent, DOMAIN, ec, judge } from '../fixtures.ts';
import { FOLDER, HOST, segmentsByHlsJs, sign } from './fixtures.ts';

const PLAYLIST_URL = `${FOLDER}index_720p.m3u8`;
const SIGNED = /\?(?:(.*)&)?Policy=[\w~-]+&Signature=[\w~-]+&Key-Pair-Id=\w+(?=#|"|$)/gm;

const token = fc.constantFrom(
  ...[
    '#EXTM3U',
    '#EXTINF:6,',
    '#EXT-X-STREAM-INF:BANDWIDTH=1',
    '#EXT-X-KEY:METHOD=AES-128,URI=',
    '#EXT-X-MAP:',
  ],
  ...[
    '#EXT-X-MEDIA:TYPE=AUDIO,URI=',
    '#EXT-X-DEFINE:NAME="a",VALUE=',
    '#EXT-X-DEFINE:QUERYPARAM="Policy"',
    '{$a}',
  ],
  ...[
    '#EXT-X-VERSION:',
    '#EXT-X-',
    'URI=',
    '"',
    ',',
    '=',
    '\n',
    '\r\n',
    '\r',
    ' ',
    'a.ts',
    '..',
    '/',
    '?',
    '#',
    '&',
  ],
  ...[
    'Policy=',
    'https:',
    '//',
    DOMAIN,
    HOST,
    FOLDER,
    'data:',
    '%2e',
    '\\',
    ':',
    '@',
    '\uFEFF',
    '\ud800',
    '\u0000',
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join('')),
  fc
    .array(fc.oneof(token, fc.string({ unit: 'grapheme' })), { maxLength: 40 })
    .map((parts) => `#EXTM3U\n${parts.join('')}`),
);

/** URIs as RFC 3986 has them, relative to the playlist, that stay below its directory. */
const segment = fc
  .string({
    unit: fc.constantFrom(..."abzAZ09-._~!$&'()*+;=@".split(''), '%20', '%C3%A9', 'é'),
    minLength: 1,
    maxLength: 8,
  })
  // hls.js would resolve the dots of `..;a`, which is refused.
  .filter((text) => !/^\.{1,2}(?:;|$)/.test(text));
const query = fc
  .string({ unit: fc.constantFrom(...'abz09=&/?%~'.split('')), maxLength: 8 })
  .map((text) => text && `?${text}=1`);
const uri = fc
  .tuple(
    fc.constantFrom('', './', 'hd/../', `${FOLDER}`, '/books/42/', `//${DOMAIN}/books/42/`),
    fc.array(segment, { minLength: 1, maxLength: 3 }),
    query,
    fc.constantFrom('', '#t=1'),
  )
  .map(([start, segments, search, hash]) => start + segments.join('/') + search + hash);

describe('any text', () => {
  it('is signed or refused with a typed error, and all that is signed is allowed', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.boolean(), async (text, prepared) => {
        try {
          const { playlist } = await sign(text, prepared ? { variants: 'prepared' } : {});
          for (const line of playlist.split(/[\r\n]+/)) {
            const url = line.trim();
            if (url.startsWith(`${HOST}/`))
              expect(judge(ec, { url: asSent(url) })).toMatchObject({ allowed: true });
          }
        } catch (error) {
          expect(error).toBeInstanceOf(SignerError);
          expect((error as SignerError).code).toMatch(/^ERR_PLAYLIST_/);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is prepared or refused with a typed error, and prepared twice it is the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          const once = preparePlaylist(text, { url: PLAYLIST_URL });
          expect(preparePlaylist(once.playlist, { url: PLAYLIST_URL }).playlist).toBe(once.playlist);
        } catch (error) {
          expect(error).toBeInstanceOf(SignerError);
          expect((error as SignerError).code).toMatch(/^ERR_PLAYLIST_/);
        }
      }),
      // An empty pair before the signature once got lost on the second pass.
      { numRuns: 3_000, examples: [['#EXTM3U\n?&'], ['#EXTM3U\na.ts?x=1&&']] },
    );
  });

  it('as any option gets a typed error too', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (url, scope) => {
        try {
          await sign('#EXTM3U\na.ts\n', { url, scope });
        } catch (error) {
          expect(error instanceof SignerError || error instanceof SignerTypeError).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('any playlist', () => {
  const lineEnd = fc.constantFrom('\n', '\r\n');

  it('gives its URIs back, resolved, when the signatures are taken off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(uri, { minLength: 1, maxLength: 20 }), lineEnd, async (uris, end) => {
        const text = `#EXTM3U${end}${uris.map((one) => `#EXTINF:6,${end}${one}${end}`).join('')}`;
        const { playlist, signedCount } = await sign(text);
        const lines = playlist.split(end).filter((line) => line !== '' && !line.startsWith('#'));

        expect(signedCount).toBe(uris.length);
        expect(lines.map((line) => new URL(unsigned(line)).href)).toEqual(
          uris.map((one) => new URL(one, PLAYLIST_URL).href),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every byte around its URIs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(uri, { minLength: 1, maxLength: 10 }), lineEnd, async (uris, end) => {
        const text = `#EXTM3U${end}${uris.map((one) => `#EXT-X-PART:DURATION=1,URI="${one}",X="a,b"${end}`).join('')}# end`;
        const { playlist } = await sign(text);
        const around = /URI="[^"]*"/g;
        expect(playlist.replace(around, 'URI')).toBe(text.replace(around, 'URI'));
      }),
      { numRuns: 300 },
    );
  });

  it('has every URL that hls.js reads from it allowed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(uri, { minLength: 1, maxLength: 10 }), async (uris) => {
        const text = `#EXTM3U\n#EXT-X-TARGETDURATION:6\n${uris.map((one) => `#EXTINF:6,\n${one}\n`).join('')}`;
        const { playlist } = await sign(text);
        const urls = segmentsByHlsJs(playlist, 'https://api.example.com/play/42');

        expect(urls).toHaveLength(uris.length);
        for (const url of urls)
          expect(judge(ec, { url: asSent(url) })).toMatchObject({ allowed: true, via: 'url' });
      }),
      { numRuns: 300 },
    );
  });
});

/** Takes the signature off again, in the slow and obvious way. */
function unsigned(line: string): string {
  return line.replace(SIGNED, (_, own: string | undefined) => (own ? `?${own}` : ''));
}
