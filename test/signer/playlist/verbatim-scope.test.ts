/** A playlist signed for a `verbatim` pattern: what gets the signature is what the signature opens. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../../signer/src/index.ts';
import { covers } from '../../../signer/src/playlist/coverage.ts';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { ec, failureOf, judge } from '../fixtures.ts';
import { HOST, sign, signOne } from './fixtures.ts';

const SCOPE = verbatim('/books/*/720p/*');

describe('a verbatim scope', () => {
  it('is signed as it stands, for a path and for a whole URL', async () => {
    for (const scope of [SCOPE, verbatim(`${HOST}/books/*/720p/*`)]) {
      const { playlist } = await sign('#EXTM3U\n#EXTINF:6,\n720p/s1.ts\n', { scope });
      const url = playlist.split('\n')[2] ?? '';
      expect(judge(ec, { url })).toMatchObject({
        allowed: true,
        policy: { resource: `${HOST}/books/*/720p/*` },
      });
    }
  });

  it('refuses what it does not cover, by line', async () => {
    expect(await failureOf(() => signOne('1080p/s1.ts', { scope: SCOPE }))).toMatchObject({
      code: 'ERR_PLAYLIST_SCOPE',
      message: expect.stringContaining('line 3: this URI is not covered by /books/*/720p/*'),
    });
    expect((await failureOf(() => signOne('s1.ts?x=1', { scope: verbatim('/books/42/*.ts') }))).code).toBe(
      'ERR_PLAYLIST_SCOPE',
    );
  });

  it('prepares a playlist too', () => {
    const prepare = (uri: string) =>
      preparePlaylist(`#EXTM3U\n#EXTINF:6,\n${uri}\n`, {
        url: `${HOST}/books/42/index.m3u8`,
        scope: SCOPE,
      });
    expect(prepare('720p/s1.ts').playlist).toContain('720p/s1.ts?Policy={$Policy}');
    expect(() => prepare('1080p/s1.ts')).toThrow('not covered by /books/*/720p/*');
  });

  it('needs allowWholeHost where a wildcard is in its first segment', async () => {
    const scope = verbatim('/b*/42/*');
    expect((await failureOf(() => signOne('s1.ts', { scope }))).code).toBe('ERR_RESOURCE_WHOLE_HOST');
    expect(await signOne('s1.ts', { scope, allowWholeHost: true })).toBe(`${HOST}/books/42/s1.ts?SIGNED`);
  });

  it('never leaves a URI with a signature that does not open it, as a browser sends it', async () => {
    const glob = fc.array(fc.constantFrom('a', 'é', '/', '*', '?', '.ts', '%20'), { maxLength: 7 });
    const uri = fc.array(fc.constantFrom('a', 'é', '/', '.ts', ' ', '%20', '?x'), { maxLength: 5 });
    let signed = 0;
    await fc.assert(
      fc.asyncProperty(glob, uri, async (parts, name) => {
        const scope = verbatim(encodeURI(`/books/42/${parts.join('')}`).replaceAll('%2520', '%20'));
        const signing = sign(`#EXTM3U\n#EXTINF:6,\nv${name.join('')}\n`, { scope });
        const [result] = await Promise.allSettled([signing]);
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({ code: expect.stringMatching(/^ERR_PLAYLIST_/) });
          return;
        }
        const line = result.value.playlist.split('\n')[2] ?? '';
        signed += 1;
        expect(judge(ec, { url: new URL(line).href })).toMatchObject({ allowed: true });
      }),
      { numRuns: 1_000 },
    );
    expect(signed).toBeGreaterThan(20);
  });

  it('covers what the regular expression that says the same covers', () => {
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    const path = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 10 });
    fc.assert(
      fc.property(glob, path, fc.constantFrom('', '?x=1'), (text, asked, query) => {
        const pattern = `/${text}`;
        const regular = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        const wanted = regular.test(`/${asked}`) && (query === '' || pattern.endsWith('*'));
        expect(covers(pattern, { path: `/${asked}`, query })).toBe(wanted);
      }),
      { numRuns: 5_000 },
    );
  });
});
