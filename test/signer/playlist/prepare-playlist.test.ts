import { describe, expect, it } from 'vitest';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { asSent, DOMAIN, ec, failureOf, judge, signerWith } from '../fixtures.ts';
import { FOLDER, masked, segmentsByHlsJs, sign, signer, variantsByHlsJs } from './fixtures.ts';

const PLACEHOLDERS = 'Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}';
const DEFINITIONS = `#EXT-X-DEFINE:QUERYPARAM="Policy"
#EXT-X-DEFINE:QUERYPARAM="Signature"
#EXT-X-DEFINE:QUERYPARAM="Key-Pair-Id"
`;

const MASTER = `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3300000,AUDIO="a"
index_720p.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=145000,URI="iframes.m3u8"
`;

const MEDIA = `#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MAP:URI="init.mp4"
#EXTINF:6,
index_720p_00001.ts?v=1#t=0
#EXT-X-ENDLIST
`;

const prepare = (text: string, options: { scope?: string; hashAlgorithm?: 'SHA1' | 'SHA256' } = {}) =>
  preparePlaylist(text, { url: `${FOLDER}index.m3u8`, ...options });

describe('preparePlaylist', () => {
  it('gives every URI placeholders, defines them, states version 11, and keeps every other byte', () => {
    const { playlist, preparedCount, leftAlone } = prepare(MASTER);

    expect(playlist).toBe(`#EXTM3U
#EXT-X-VERSION:11
${DEFINITIONS}#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio.m3u8?${PLACEHOLDERS}"
#EXT-X-STREAM-INF:BANDWIDTH=3300000,AUDIO="a"
index_720p.m3u8?${PLACEHOLDERS}
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=145000,URI="iframes.m3u8?${PLACEHOLDERS}"
`);
    expect(preparedCount).toBe(3);
    expect(leftAlone).toEqual([]);
  });

  it('states the version where there was none, and keeps queries and fragments in their places', () => {
    expect(prepare(MEDIA).playlist).toBe(`#EXTM3U
#EXT-X-VERSION:11
${DEFINITIONS}#EXT-X-TARGETDURATION:6
#EXT-X-MAP:URI="init.mp4?${PLACEHOLDERS}"
#EXTINF:6,
index_720p_00001.ts?v=1&${PLACEHOLDERS}#t=0
#EXT-X-ENDLIST
`);
  });

  it('defines before the first URI even where the version comes after it', () => {
    const { playlist } = prepare('#EXTM3U\n#EXTINF:6,\na.ts\n#EXT-X-VERSION:3\n');
    expect(playlist).toBe(`#EXTM3U\n${DEFINITIONS}#EXTINF:6,\na.ts?${PLACEHOLDERS}\n#EXT-X-VERSION:11\n`);
  });

  it('keeps a version that is higher', () => {
    expect(prepare(MASTER.replace('VERSION:3', 'VERSION:12')).playlist).toContain('#EXT-X-VERSION:12\n');
  });

  it('writes its lines with the ends that the playlist has', () => {
    const { playlist } = prepare(MEDIA.replaceAll('\n', '\r\n'));
    expect(playlist).toBe(prepare(MEDIA).playlist.replaceAll('\n', '\r\n'));
  });

  it('leaves dots, absolute URLs and other hosts as they are written', () => {
    const text = `#EXTM3U\nhd/../a.ts\n${FOLDER}b.ts\nhttps://cdn.example.net/c.ts\n`;
    const { playlist, leftAlone } = prepare(text);

    expect(playlist).toContain(`\nhd/../a.ts?${PLACEHOLDERS}\n${FOLDER}b.ts?${PLACEHOLDERS}\n`);
    expect(playlist).toContain('\nhttps://cdn.example.net/c.ts\n');
    expect(leftAlone).toEqual(['https://cdn.example.net/c.ts']);
  });

  it('leaves a playlist without URIs of its host whole: it must not ask for parameters in vain', () => {
    const text = '#EXTM3U\n#EXTINF:6,\nhttps://cdn.example.net/c.ts\n';
    expect(prepare(text).playlist).toBe(text);
  });

  it.each([
    ['a master', MASTER],
    ['a media playlist', MEDIA],
  ])('changes nothing the second time: %s', (_, text) => {
    const once = prepare(text);
    expect(prepare(once.playlist)).toEqual(once);
  });

  it('follows a key to the other hash', () => {
    const sha1 = prepare(MEDIA).playlist;
    const sha256 = prepare(sha1, { hashAlgorithm: 'SHA256' }).playlist;

    expect(sha256).toContain('#EXT-X-DEFINE:QUERYPARAM="Hash-Algorithm"\n');
    expect(sha256).toContain(`init.mp4?${PLACEHOLDERS}&Hash-Algorithm={$Hash-Algorithm}"`);
    expect(prepare(sha256).playlist).toBe(sha1);
  });

  it.each([
    ['a path alone', '/books/42/index.m3u8', 'ERR_RESOURCE_FORM'],
    ['http', `http://${DOMAIN}/books/42/index.m3u8`, 'ERR_RESOURCE_SCHEME'],
    ['an invalid host', 'https://local_host/books/42/index.m3u8', 'ERR_DOMAIN_INVALID'],
    ['the top of the host', `https://${DOMAIN}/index.m3u8`, 'ERR_RESOURCE_WHOLE_HOST'],
    ['a wildcard', `https://${DOMAIN}/books/*/index.m3u8`, 'ERR_RESOURCE_WILDCARD'],
  ])('refuses %s as the place', async (_, url, code) => {
    expect(await failureOf(() => preparePlaylist(MEDIA, { url }))).toMatchObject({
      name: 'SignerError',
      code,
    });
  });

  it('takes the top of the host when that is meant, and no other word for yes', async () => {
    const url = `https://${DOMAIN}/index.m3u8`;
    expect(preparePlaylist(MEDIA, { url, allowWholeHost: true }).preparedCount).toBeGreaterThan(0);
    const failure = await failureOf(() => preparePlaylist(MEDIA, { url, allowWholeHost: 'yes' as never }));
    expect(failure).toMatchObject({ name: 'TypeError', code: 'ERR_ARGUMENT_TYPE' });
  });

  it('refuses an option that does not exist', async () => {
    const options = { url: `${FOLDER}i.m3u8`, signer } as never;
    const failure = await failureOf(() => preparePlaylist(MEDIA, options));
    expect(failure).toMatchObject({ name: 'TypeError', code: 'ERR_ARGUMENT_UNKNOWN' });
  });
});

describe('a prepared playlist', () => {
  it.each(['SHA1', 'SHA256'] as const)(
    'passes the signature of its URL on, from master to variant to segment, in hls.js: %s',
    async (hashAlgorithm) => {
      const { url } = await signerWith(ec, { hashAlgorithm }).signUrl('/books/42/index.m3u8', {
        scope: 'directory',
      });
      const variants = variantsByHlsJs(prepare(MASTER, { hashAlgorithm }).playlist, url);
      const variant = variants.find((candidate) => candidate.includes('720p')) ?? '';
      const segments = segmentsByHlsJs(prepare(MEDIA, { hashAlgorithm }).playlist, variant);

      expect(variants).toHaveLength(3);
      expect(segments).toHaveLength(2);
      for (const asked of [...variants, ...segments]) {
        expect(judge(ec, { url: asSent(asked) })).toMatchObject({ allowed: true, via: 'url' });
      }
    },
  );

  it('is refused by hls.js when its URL carries no signature', () => {
    expect(() => variantsByHlsJs(prepare(MASTER).playlist, `${FOLDER}index.m3u8`)).toThrow(/QUERYPARAM/);
  });

  it('signs as the original does: placeholders and their definitions go', async () => {
    const prepared = prepare(MEDIA).playlist;
    const fromPrepared = masked((await sign(prepared)).playlist);

    expect(fromPrepared).toBe(
      masked((await sign(MEDIA)).playlist).replace('#EXTM3U\n', '#EXTM3U\n#EXT-X-VERSION:11\n'),
    );
  });

  it('gives variantUrl its URIs without placeholders', async () => {
    const asked: string[] = [];
    const variantUrl = (uri: string, url: string) => {
      asked.push(uri, url);
      return `/play/${uri}`;
    };
    await sign(prepare(MASTER).playlist, { url: '/books/42/index.m3u8', variantUrl });
    expect(asked.slice(0, 2)).toEqual(['audio.m3u8', `${FOLDER}audio.m3u8`]);
  });
});
