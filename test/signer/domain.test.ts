/** `domain`, as configuration has it. */

import { describe, expect, it } from 'vitest';
import { createSigner, envKey } from '../../signer/src/index.ts';
import { preparePlaylist, signPlaylist } from '../../signer/src/playlist/index.ts';
import { ec, failureOf, judge, KEY_PAIR_ID, NOW, signerWith } from './fixtures.ts';

const HOST = 'media.example.com';

describe('a domain', () => {
  it.each([
    HOST,
    `https://${HOST}`,
    `https://${HOST}/`,
    `${HOST}/`,
    'HTTPS://Media.Example.Com/',
    `"${HOST}"`,
    `'https://${HOST}/'`,
    ` ${HOST}\n`,
  ])('may be written as %j, as an option and in CLOUDFRONT_DOMAIN', async (domain) => {
    const env = {
      CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID,
      CLOUDFRONT_PRIVATE_KEY: ec.privatePem,
      CLOUDFRONT_DOMAIN: domain,
    };
    const fromEnv = createSigner({ key: envKey({ env }), now: () => NOW });
    for (const signer of [signerWith(ec, { domain }), signerWith(ec, { domain: [domain] }), fromEnv]) {
      for (const resource of ['/a.mp4', `https://${HOST}/a.mp4`]) {
        expect((await signer.signUrl(resource)).url).toMatch(/^https:\/\/media\.example\.com\/a\.mp4\?/);
      }
    }
  });

  it.each([
    'http://localhost:8103',
    'http://localhost:8103/',
    'HTTP://LOCALHOST:8103',
    'http://localhost',
    'https://localhost:8443',
    'http://127.0.0.1:8103',
    'http://[::1]:8103',
    'http://media.localhost:3000',
  ])('may be the whole origin of a server on this machine: %s', async (domain) => {
    const origin = domain.toLowerCase().replace(/\/$/, '');
    const signer = signerWith(ec, { domain });
    for (const resource of ['/books/42/a.ts', `${origin}/books/42/a.ts`]) {
      const { url } = await signer.signUrl(resource, { scope: 'directory' });
      expect(url.startsWith(`${origin}/books/42/a.ts?`)).toBe(true);
      expect(new URL(url).href).toBe(url);
      expect(judge(ec, { url }).allowed).toBe(true);
    }
    const { cookies } = await signer.signCookies('/books/42/*');
    const header = Object.entries(cookies)
      .map((pair) => pair.join('='))
      .join('; ');
    expect(judge(ec, { url: `${origin}/books/42/b.ts`, cookies: header }).allowed).toBe(true);
    // Signed for this scheme and port alone.
    expect(judge(ec, { url: 'https://example.com/books/42/b.ts', cookies: header }).allowed).toBe(false);
  });

  it('of this machine serves playlists too', async () => {
    const domain = 'http://localhost:8103';
    const m3u8 = '#EXTM3U\n#EXTINF:4,\na.ts\nhttp://localhost:8103/books/42/b.ts\n';
    const signer = signerWith(ec, { domain });
    const { playlist, signedCount } = await signPlaylist(m3u8, { signer, url: '/books/42/index.m3u8' });
    expect(signedCount).toBe(2);
    const urls = playlist.split('\n').filter((line) => line.startsWith('http'));
    expect(urls).toHaveLength(2);
    for (const url of urls) {
      expect(url.startsWith(`${domain}/books/42/`)).toBe(true);
      expect(judge(ec, { url }).allowed).toBe(true);
    }
    const prepared = preparePlaylist(m3u8, { url: `${domain}/books/42/index.m3u8` });
    expect(prepared.preparedCount).toBe(2);
  });

  it('of this machine without a port has the usual one in playlists', async () => {
    const signer = signerWith(ec, { domain: 'http://localhost' });
    const m3u8 = '#EXTM3U\n#EXTINF:4,\nhttp://localhost:80/b/a.ts\n#EXTINF:4,\nhttp://localhost:443/b/a.ts\n';
    const signed = await signPlaylist(m3u8, { signer, url: '/b/index.m3u8' });
    expect(signed).toMatchObject({ signedCount: 1, leftAlone: ['http://localhost:443/b/a.ts'] });
  });

  it.each([
    ['plain http elsewhere', 'http://media.example.com'],
    ['a loopback host without a scheme', 'localhost:8103'],
    ['a name of one label', 'localhost'],
    ['a host that only begins as loopback', 'http://localhost.example.com:80'],
    ['a host that only ends as loopback', 'http://evil-localhost:8103'],
    ['a path behind it', 'http://localhost:8103/videos'],
    ['credentials', 'http://user@localhost:8103'],
    ['a port that the URL parser drops', 'http://localhost:80'],
    ['an invalid port', 'http://localhost:99999'],
    ['an address that is written otherwise', 'http://127.0.0.01:8103'],
    ['no address', 'http://127.0.0.256:8103'],
    ['two slashes at the end', `https://${HOST}//`],
    ['a query', `https://${HOST}/?`],
    ['another scheme', 'ftp://localhost:8103'],
    ['nothing', ''],
    ['a scheme alone', 'https://'],
  ])('is refused: %s', async (_, domain) => {
    expect((await failureOf(() => signerWith(ec, { domain }))).code).toBe('ERR_DOMAIN_INVALID');
  });

  it('of another scheme or port is another host', async () => {
    const signer = signerWith(ec, { domain: ['http://localhost:8103', HOST] });
    for (const url of ['http://localhost:8104/a', 'https://localhost:8103/a', `http://${HOST}/a`]) {
      expect((await failureOf(() => signer.signUrl(url))).code).toMatch(/^ERR_RESOURCE_(HOST|SCHEME)$/);
    }
    expect((await signer.signUrl(`https://${HOST}/a`)).url).toContain(`https://${HOST}/a?`);
  });
});
