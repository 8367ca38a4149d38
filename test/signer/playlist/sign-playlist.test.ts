import { describe, expect, it, vi } from 'vitest';
import { createSigner } from '../../../signer/src/index.ts';
import { signPlaylist } from '../../../signer/src/playlist/index.ts';
import { DOMAIN, ec, failureOf, fromWire, judge, KEY_PAIR_ID, NOW, rsa, signerWith } from '../fixtures.ts';
import { FOLDER, HOST, masked, segmentsByHlsJs, sign, signer, signOne, variantsByHlsJs } from './fixtures.ts';

const MEDIA = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
# made by a packager, URI="not-a-uri.ts"
#EXT-X-MAP:URI="init.mp4",BYTERANGE="720@0"
#EXT-X-KEY:METHOD=AES-128,URI="keys/1.bin",IV=0x1F
#EXTINF:6.006,A title, with a comma
index_720p_00001.ts
#EXT-X-KEY:METHOD=NONE
#EXT-X-BYTERANGE:1000@0
#EXTINF:4.004,
index_720p_00002.ts
#EXT-X-ENDLIST
`;

const MASTER = `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-SESSION-DATA:DATA-ID="com.example.title",URI="title.json"
#EXT-X-SESSION-KEY:METHOD=AES-128,URI="keys/1.bin"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, original",URI="audio_en.m3u8",CHANNELS="2"
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="CC",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=3300000,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"
# a comment in between

index_720p.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=145000,CODECS="avc1.64001f",URI="iframes.m3u8"
#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=12000,URI="images.m3u8"
`;

describe('signPlaylist, for a media playlist', () => {
  it('signs segments, initialisation and key, and keeps every other byte', async () => {
    const { playlist, signedCount, leftAlone } = await sign(MEDIA);

    expect(masked(playlist)).toBe(
      MEDIA.replace('"init.mp4"', `"${FOLDER}init.mp4?SIGNED"`)
        .replace('"keys/1.bin"', `"${FOLDER}keys/1.bin?SIGNED"`)
        .replace('\nindex_720p_00001.ts', `\n${FOLDER}index_720p_00001.ts?SIGNED`)
        .replace('\nindex_720p_00002.ts', `\n${FOLDER}index_720p_00002.ts?SIGNED`),
    );
    expect(signedCount).toBe(4);
    expect(leftAlone).toEqual([]);
  });

  it('opens every URL that hls.js reads from it', async () => {
    const { playlist } = await sign(MEDIA);
    const urls = segmentsByHlsJs(playlist, 'https://api.example.com/books/42/index_720p.m3u8');

    expect(urls).toHaveLength(4);
    expect(urls.map((url) => judge(ec, { url }).allowed)).toEqual([true, true, true, true]);
  });

  it('signs once, whatever the length', async () => {
    const key = vi.fn(() =>
      Promise.resolve({ keyPairId: KEY_PAIR_ID, algorithm: 'ECDSA-SHA1' as const, sign: signBytes }),
    );
    const signBytes = vi.fn(() => new Uint8Array(64));
    const counting = createSigner({ key: { get: key }, domain: DOMAIN, now: () => NOW });
    const segments = Array.from({ length: 3_000 }, (_, index) => `#EXTINF:6,\nindex_${index}.ts\n`);

    const { signedCount } = await sign(`#EXTM3U\n${segments.join('')}`, { signer: counting });

    expect(signedCount).toBe(3_000);
    expect(signBytes).toHaveBeenCalledTimes(1);
  });

  it('signs low-latency parts, hints and byte ranges', async () => {
    const live = `#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-PART:DURATION=0.5,URI="seg_1.part1.mp4",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="seg_1.mp4",BYTERANGE="2000@1000"
#EXTINF:4,
seg_1.mp4
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="seg_2.mp4",BYTERANGE-START=0
#EXT-X-RENDITION-REPORT:URI="../audio/live.m3u8",LAST-MSN=2,LAST-PART=1
`;
    const { playlist, signedCount } = await sign(live, {
      url: '/books/42/video/live.m3u8',
      scope: '/books/42/*',
      variantUrl: (uri, url) => `/play?of=${encodeURIComponent(uri)}&at=${new URL(url).pathname}`,
    });

    expect(masked(playlist)).toBe(
      live
        .replace('"seg_1.part1.mp4"', `"${FOLDER}video/seg_1.part1.mp4?SIGNED"`)
        .replace('"seg_1.mp4"', `"${FOLDER}video/seg_1.mp4?SIGNED"`)
        .replace('\nseg_1.mp4', `\n${FOLDER}video/seg_1.mp4?SIGNED`)
        .replace('"seg_2.mp4"', `"${FOLDER}video/seg_2.mp4?SIGNED"`)
        .replace('"../audio/live.m3u8"', '"/play?of=..%2Faudio%2Flive.m3u8&at=/books/42/audio/live.m3u8"'),
    );
    expect(signedCount).toBe(5);
  });

  it('signs interstitials and content steering on its own host', async () => {
    const { playlist, leftAlone } = await sign(
      `#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="a"
#EXT-X-DATERANGE:ID="1",CLASS="com.apple.hls.interstitial",START-DATE="2026-11-20T12:00:00Z",X-ASSET-URI="ad.m3u8",X-COM="a, b"
#EXT-X-DATERANGE:ID="2",START-DATE="2026-11-20T12:00:00Z",X-ASSET-LIST="https://ads.example.net/list"
`,
      { variants: 'prepared' },
    );
    expect(masked(playlist)).toContain(`SERVER-URI="${FOLDER}steering.json?SIGNED"`);
    expect(masked(playlist)).toContain(`X-ASSET-URI="${FOLDER}ad.m3u8?SIGNED",X-COM="a, b"`);
    expect(leftAlone).toEqual(['https://ads.example.net/list']);
  });

  it('lives as long as asked, from when and for whom', async () => {
    const { playlist, expiresIn, expiresAt } = await sign(MEDIA, {
      expiresIn: '1h',
      startsAt: new Date(NOW.getTime() + 60_000),
      ipAddress: '203.0.113.7',
    });
    const policy = fromWire(/Policy=([\w~-]+)/.exec(playlist)?.[1] ?? '').toString();

    expect(expiresIn).toBe(3_600);
    expect(expiresAt).toEqual(new Date(NOW.getTime() + 3_600_000));
    expect(JSON.parse(policy).Statement[0]).toEqual({
      Resource: `${FOLDER}*`,
      Condition: {
        DateLessThan: { 'AWS:EpochTime': NOW.getTime() / 1000 + 3_600 },
        DateGreaterThan: { 'AWS:EpochTime': NOW.getTime() / 1000 + 59 },
        IpAddress: { 'AWS:SourceIp': '203.0.113.7/32' },
      },
    });
  });

  it.each([
    ['RSA SHA-1', rsa, 'SHA1'],
    ['RSA SHA-256', rsa, 'SHA256'],
    ['P-256 SHA-1', ec, 'SHA1'],
    ['P-256 SHA-256', ec, 'SHA256'],
  ] as const)('is allowed with a key of %s', async (_, pair, hashAlgorithm) => {
    const { playlist } = await sign(MEDIA, { signer: signerWith(pair, { hashAlgorithm }) });
    const [url = ''] = segmentsByHlsJs(playlist, FOLDER);

    expect(judge(pair, { url })).toMatchObject({ allowed: true, via: 'url' });
    expect(url.includes('&Hash-Algorithm=SHA256')).toBe(hashAlgorithm === 'SHA256');
  });
});

describe('signPlaylist, for a master playlist', () => {
  it('sends variants, renditions and trick play through variantUrl, and signs the rest', async () => {
    const asked: string[][] = [];
    const { playlist, signedCount } = await sign(MASTER, {
      url: '/books/42/index.m3u8',
      variantUrl: (uri, url) => {
        asked.push([uri, url]);
        return `https://api.example.com/play/42/${uri}?session=1`;
      },
    });
    const endpoint = 'https://api.example.com/play/42/';

    expect(masked(playlist)).toBe(
      MASTER.replace('"title.json"', `"${FOLDER}title.json?SIGNED"`)
        .replace('"keys/1.bin"', `"${FOLDER}keys/1.bin?SIGNED"`)
        .replace('"audio_en.m3u8"', `"${endpoint}audio_en.m3u8?session=1"`)
        .replace('\nindex_720p.m3u8', `\n${endpoint}index_720p.m3u8?session=1`)
        .replace('"iframes.m3u8"', `"${endpoint}iframes.m3u8?session=1"`)
        .replace('"images.m3u8"', `"${endpoint}images.m3u8?session=1"`),
    );
    expect(signedCount).toBe(6);
    expect(asked).toContainEqual(['index_720p.m3u8', `${FOLDER}index_720p.m3u8`]);
    expect(variantsByHlsJs(playlist, 'https://api.example.com/play/42/index.m3u8')).toEqual(
      expect.arrayContaining([`${endpoint}index_720p.m3u8?session=1`, `${endpoint}audio_en.m3u8?session=1`]),
    );
  });

  it('signs variants like files when they are stored prepared', async () => {
    const { playlist } = await sign(MASTER, { url: '/books/42/index.m3u8', variants: 'prepared' });
    const urls = variantsByHlsJs(playlist, 'https://api.example.com/');

    expect(
      urls
        .filter((url) => url !== '')
        .map((url) => masked(url))
        .sort(),
    ).toEqual([
      `${FOLDER}audio_en.m3u8?SIGNED`,
      `${FOLDER}iframes.m3u8?SIGNED`,
      `${FOLDER}index_720p.m3u8?SIGNED`,
    ]);
  });

  it('lets variantUrl have variants outside the scope: they are not signed here', async () => {
    const text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/shared/intro.m3u8\n';
    const { playlist } = await sign(text, { variantUrl: (_, url) => url.replace(HOST, '/play') });
    expect(playlist).toBe('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/play/shared/intro.m3u8\n');
  });

  it.each([
    'My Video 720p.m3u8',
    'Übung_720p.m3u8',
    '720p/第一集.m3u8?v=1#t',
    '../43/Été 2026.m3u8',
    '/books/43/Été.m3u8',
    'a&b;c.m3u8',
  ])('takes a relative URI back as it stood: %s', async (uri) => {
    const text = `#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="${uri}"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n${uri}\n`;
    const { playlist, signedCount } = await sign(text, { variantUrl: (given) => given });
    expect([playlist, signedCount]).toEqual([text, 2]);
    const asked = variantsByHlsJs(playlist, `${FOLDER}index.m3u8`);
    expect(asked.map((one) => new URL(one).href)).toContain(new URL(uri, FOLDER).href);
  });

  it('takes nothing else beyond ASCII, also when a part of it stood there', async () => {
    const text = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nÜbung 720p.m3u8\n';
    for (const change of [
      (uri: string) => `/play/${uri}`,
      (uri: string) => `${uri}?session=1`,
      (uri: string) => ` ${uri}`,
      (_: string, url: string) => decodeURI(url),
    ]) {
      expect(await failureOf(() => sign(text, { variantUrl: change }))).toMatchObject({
        code: 'ERR_PLAYLIST_VARIANT_URL',
        message: expect.stringContaining('encodeURIComponent'),
      });
    }
    const absolute = text.replace('Übung', `${FOLDER}Übung`);
    expect((await failureOf(() => sign(absolute, { variantUrl: (uri) => uri }))).code).toBe(
      'ERR_PLAYLIST_VARIANT_URL',
    );
  });

  it('gives a signed playlist’s URI back without its signature', async () => {
    const text =
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nÜbung.m3u8?Policy=a&v=1&Signature=b&Key-Pair-Id=c\n';
    const { playlist } = await sign(text, { variantUrl: (uri) => uri });
    expect(playlist).toContain('\nÜbung.m3u8?v=1\n');
  });

  it('passes errors of variantUrl on as they are', async () => {
    const failure = new RangeError('no such rendition');
    const variantUrl = () => {
      throw failure;
    };
    await expect(sign(MASTER, { variantUrl })).rejects.toBe(failure);
  });
});

describe('a URI', () => {
  it.each([
    ['relative', 'a.ts', `${FOLDER}a.ts?SIGNED`],
    ['in a folder', 'hd/a.ts', `${FOLDER}hd/a.ts?SIGNED`],
    ['with a dot segment', './hd/./a.ts', `${FOLDER}hd/a.ts?SIGNED`],
    ['with a dot-dot segment', 'hd/../sd/a.ts', `${FOLDER}sd/a.ts?SIGNED`],
    ['from the top of the host', '/books/42/a.ts', `${FOLDER}a.ts?SIGNED`],
    ['absolute', `${FOLDER}a.ts`, `${FOLDER}a.ts?SIGNED`],
    ['absolute in capitals', `HTTPS://${DOMAIN.toUpperCase()}/books/42/A.ts`, `${FOLDER}A.ts?SIGNED`],
    ['absolute with the default port', `https://${DOMAIN}:443/books/42/a.ts`, `${FOLDER}a.ts?SIGNED`],
    ['without scheme', `//${DOMAIN}/books/42/a.ts`, `${FOLDER}a.ts?SIGNED`],
    ['with a query', 'a.ts?v=2&w=%20', `${FOLDER}a.ts?v=2&w=%20&SIGNED`],
    ['with a query of two question marks', 'a.ts?v=2?3', `${FOLDER}a.ts?v=2?3&SIGNED`],
    ['with a bare question mark', 'a.ts?', `${FOLDER}a.ts?SIGNED`],
    ['with a trailing ampersand', 'a.ts?v=2&', `${FOLDER}a.ts?v=2&SIGNED`],
    ['with a fragment', 'a.ts#t=1', `${FOLDER}a.ts?SIGNED#t=1`],
    ['with query and fragment', 'a.ts?v=2#t=1?x', `${FOLDER}a.ts?v=2&SIGNED#t=1?x`],
    ['with a colon in its first segment', './12:30.ts', `${FOLDER}12:30.ts?SIGNED`],
    ['that starts with digits and a colon', '12:30.ts', `${FOLDER}12:30.ts?SIGNED`],
    ['percent-encoded', 'a%20b%2F%C3%A9.ts', `${FOLDER}a%20b%2F%C3%A9.ts?SIGNED`],
    ['in letters beyond ASCII', 'é/日本.ts', `${FOLDER}é/日本.ts?SIGNED`],
    ['with a space inside', 'a b.ts', `${FOLDER}a b.ts?SIGNED`],
    ['with blanks around', ' \ta.ts ', ` \t${FOLDER}a.ts?SIGNED `],
    ['with reserved names in small letters', 'a.ts?policy=1', `${FOLDER}a.ts?policy=1&SIGNED`],
  ])('%s is signed in its place', async (_, uri, signed) => {
    expect(await signOne(uri)).toBe(signed);
  });

  it.each(['Expires=1', 'Policy=a', 'Signature=b', 'Key-Pair-Id=K', 'Hash-Algorithm=SHA1', 'Policy'])(
    'that already carries %s gets one set of parameters',
    async (parameter) => {
      expect(await signOne(`a.ts?${parameter}`)).toBe(`${FOLDER}a.ts?SIGNED`);
      expect(await signOne(`a.ts?v=1&${parameter}&w=2`)).toBe(`${FOLDER}a.ts?v=1&w=2&SIGNED`);
    },
  );

  it.each([
    'https://cdn.example.net/a.ts',
    'https://cdn.example.net/a.ts?Policy=theirs&Signature=s&Key-Pair-Id=K',
    `https://${DOMAIN}.example.net/a.ts`,
    `https://${DOMAIN}:8443/books/42/a.ts`,
    '//cdn.example.net/a.ts',
    'http://cdn.example.net/a.ts',
    'skd://key-server/1',
    'urn:uuid:1',
  ])('of another host or scheme, %s, is left alone and reported once', async (uri) => {
    const text = `#EXTM3U\n#EXTINF:6,\n${uri}\n#EXTINF:6,\n${uri}\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="${uri}"\n`;
    expect(await sign(text)).toMatchObject({ playlist: text, signedCount: 0, leftAlone: [uri] });
  });

  it('of scheme data is left alone and not reported, since it may be a key', async () => {
    const text =
      '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="data:;base64,AAECAwQFBgcICQoLDA0ODw=="\n#EXTINF:6,\ndata:video/mp2t,x\n';
    expect(await sign(text)).toMatchObject({ playlist: text, signedCount: 0, leftAlone: [] });
  });

  it('in a tag that nobody knows is left alone and reported', async () => {
    const text = '#EXTM3U\n#EXT-X-NEW-THING:A=1,URI="new.bin"\n#EXT-X-OTHER\n#EXT-X-CUE-OUT:30\n';
    expect(await sign(text)).toMatchObject({ playlist: text, leftAlone: ['new.bin'] });
  });

  it('that is empty stays empty', async () => {
    const text = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI=""\n';
    expect(await sign(text)).toMatchObject({ playlist: text, signedCount: 0 });
  });

  it('without quotes is signed too, as players read it', async () => {
    const { playlist } = await sign('#EXTM3U\n#EXT-X-KEY:METHOD=AES-128, URI=1.bin ,IV=0x1\n');
    expect(masked(playlist)).toBe(`#EXTM3U\n#EXT-X-KEY:METHOD=AES-128, URI=${FOLDER}1.bin?SIGNED ,IV=0x1\n`);
  });

  it('twice in one tag is signed twice', async () => {
    const { playlist } = await sign('#EXTM3U\n#EXT-X-MAP:URI="a.mp4",URI="b.mp4"\n');
    expect(masked(playlist)).toBe(
      `#EXTM3U\n#EXT-X-MAP:URI="${FOLDER}a.mp4?SIGNED",URI="${FOLDER}b.mp4?SIGNED"\n`,
    );
  });

  it('behind a variable with a known value is signed where it leads', async () => {
    const text = `#EXTM3U
#EXT-X-DEFINE:NAME="base",VALUE="https://${DOMAIN}/books/42/hd"
#EXT-X-DEFINE:QUERYPARAM="token"
#EXTINF:6,
{$base}/a.ts?t={$token}
`;
    const { playlist } = await sign(text);
    expect(masked(playlist)).toBe(
      text.replace('{$base}/a.ts?t={$token}', `${FOLDER}hd/a.ts?t={$token}&SIGNED`),
    );
  });
});

describe('bytes', () => {
  it.each([
    ['CRLF', '#EXTM3U\r\n#EXTINF:6,\r\na.ts\r\n\r\n#EXT-X-ENDLIST\r\n'],
    ['CR alone', '#EXTM3U\r#EXTINF:6,\ra.ts\r#EXT-X-ENDLIST\r'],
    ['no line end at the end', '#EXTM3U\n#EXTINF:6,\na.ts'],
    ['a tag without line end at the end', '#EXTM3U\n#EXTINF:6,\na.ts\n#EXT-X-ENDLIST'],
    ['blank and indented lines', '#EXTM3U\n \n\t# indented\n\n\n#EXTINF:6,\na.ts\n\n\n'],
    ['mixed line ends', '#EXTM3U\r\n#EXTINF:6,\na.ts\r\n# end'],
    ['something after #EXTM3U', '#EXTM3U x-tvg-url=""\n#EXTINF:6,\na.ts\n'],
  ])('stay with %s', async (_, text) => {
    expect(masked((await sign(text)).playlist)).toBe(text.replace('a.ts', `${FOLDER}a.ts?SIGNED`));
  });

  it('stay without any URI: a live playlist at its start', async () => {
    const text = '#EXTM3U\n#EXT-X-TARGETDURATION:6\n';
    expect(await sign(text)).toMatchObject({ playlist: text, signedCount: 0, leftAlone: [] });
  });

  it('lose a byte order mark, with which players must refuse a playlist', async () => {
    expect((await sign('\uFEFF#EXTM3U\n#EXT-X-ENDLIST\n')).playlist).toBe('#EXTM3U\n#EXT-X-ENDLIST\n');
  });

  it('are the same after signing what was signed before', async () => {
    const once = await sign(MEDIA, { signer: signerWith(rsa) });
    const twice = await sign(once.playlist, { signer: signerWith(rsa) });
    expect(twice).toEqual(once);
  });
});

describe('the place', () => {
  it.each([
    ['a path', '/books/42/index.m3u8'],
    ['a whole URL', `${FOLDER}index.m3u8`],
    ['a URL with a query string', `${FOLDER}index.m3u8?v=3`],
    ['its directory', '/books/42/'],
  ])('may be %s', async (_, url) => {
    expect(await signOne('a.ts', { url })).toBe(`${FOLDER}a.ts?SIGNED`);
  });

  it('may be on any configured domain', async () => {
    const both = signerWith(ec, { domain: [DOMAIN, 'media.example.com'] });
    expect(await signOne('a.ts', { signer: both, url: 'https://media.example.com/books/42/i.m3u8' })).toBe(
      'https://media.example.com/books/42/a.ts?SIGNED',
    );
  });

  it('may be outside the scope: the URIs must be in it', async () => {
    expect(await signOne('/media/42/a.ts', { url: '/playlists/42.m3u8', scope: '/media/42/*' })).toBe(
      `${HOST}/media/42/a.ts?SIGNED`,
    );
  });

  it('may be the top of the host when that is meant', async () => {
    const options = { url: '/index.m3u8', allowWholeHost: true };
    expect(await signOne('a.ts', options)).toBe(`${HOST}/a.ts?SIGNED`);
  });

  it('takes a scope on a whole URL', async () => {
    const { playlist } = await signPlaylist('#EXTM3U\na.ts\n', {
      signer,
      url: '/books/42/hd/i.m3u8',
      scope: `${FOLDER}*`,
    });
    const policy = fromWire(/Policy=([\w~-]+)/.exec(playlist)?.[1] ?? '').toString();
    expect(policy).toContain(`"Resource":"${FOLDER}*"`);
  });
});
