/** A playlist that refers to more than its own directory: several scopes, and URIs that need no signature. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verbatim } from '../../../signer/src/index.ts';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { DOMAIN, ec, failureOf, judge, signerWith } from '../fixtures.ts';
import { FOLDER, HOST, masked, segmentsByHlsJs, sign, signer } from './fixtures.ts';

const MEDIA = `#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=AES-128,URI="/keys/shared.bin"
#EXTINF:6,
/bumpers/intro.ts
#EXTINF:6,
s1.ts
`;
const SCOPES = ['/books/42/*', '/keys/*', '/bumpers/intro.ts*'].map((scope) =>
  scope.endsWith('/*') ? scope : verbatim(scope),
);
const MASTER = `#EXTM3U
#EXT-X-CONTENT-STEERING:SERVER-URI="/steering?video=1",PATHWAY-ID="a"
#EXT-X-STREAM-INF:BANDWIDTH=1
b.m3u8
`;
const isSteering = (_: string, url: string) => new URL(url).pathname === '/steering';

describe('signPlaylist with scopes', () => {
  it('gives each URI the signature of the first scope that covers it', async () => {
    const { playlist, leftAlone, signedCount } = await sign(MEDIA, { scopes: SCOPES });
    expect(masked(playlist)).toBe(
      MEDIA.replace('"/keys/shared.bin"', `"${HOST}/keys/shared.bin?SIGNED"`)
        .replace('\n/bumpers/intro.ts', `\n${HOST}/bumpers/intro.ts?SIGNED`)
        .replace('\ns1.ts', `\n${FOLDER}s1.ts?SIGNED`),
    );
    expect([signedCount, leftAlone]).toEqual([3, []]);
    const urls = [/URI="([^"]*)"/.exec(playlist)?.[1] ?? '', ...segmentsByHlsJs(playlist, FOLDER)];
    const resources = urls.map((url) => {
      const verdict = judge(ec, { url });
      return verdict.allowed ? verdict.policy.resource : verdict.hint;
    });
    expect(resources).toEqual(['/keys/*', '/bumpers/intro.ts*', '/books/42/*'].map((path) => HOST + path));
  });

  it('prefers the order given to the narrower scope', async () => {
    const text = '#EXTM3U\n#EXTINF:6,\ns1.ts\n';
    for (const scopes of [
      ['/books/*', '/books/42/*'],
      ['/books/42/*', '/books/*'],
    ]) {
      const { playlist } = await sign(text, { scopes });
      expect(judge(ec, { url: playlist.split('\n')[2] ?? '' })).toMatchObject({
        policy: { resource: `${HOST}${scopes[0]}` },
      });
    }
  });

  it('signs once for each scope, with the same conditions', async () => {
    const asked: unknown[] = [];
    const counting = {
      ...signer,
      signCookies: (...args: Parameters<typeof signer.signCookies>) => {
        asked.push(args[1]);
        return signer.signCookies(...args);
      },
    };
    const long = `#EXTM3U\n${'#EXTINF:6,\ns1.ts\n'.repeat(100)}`;
    const { expiresIn } = await sign(long, { signer: counting, scopes: SCOPES, expiresIn: 60 });
    const conditions = { expiresIn: 60, path: '/' };
    expect([asked, expiresIn]).toEqual([[conditions, conditions, conditions], 60]);
  });

  it('says when the first of its signatures expires', async () => {
    let seconds = 0;
    const drifting = signerWith(ec, {
      now: () => new Date(1_795_176_000_000 + 1_000 * seconds++),
      reuse: '7s',
    });
    const { expiresAt, playlist } = await sign(MEDIA, {
      signer: drifting,
      scopes: SCOPES,
      expiresIn: 60,
    });
    const expiries = [...playlist.matchAll(/Policy=([\w~-]+)/g)].map(
      ([, policy = '']) =>
        JSON.parse(Buffer.from(policy.replaceAll('_', '=').replaceAll('~', '/'), 'base64').toString())
          .Statement[0].Condition.DateLessThan['AWS:EpochTime'],
    );
    expect(expiresAt.getTime() / 1000).toBe(Math.min(...expiries));
  });

  it('refuses what none covers, and names all of them', async () => {
    const failure = await failureOf(() => sign(MEDIA, { scopes: ['/books/42/*', '/keys/*'] }));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_PLAYLIST_SCOPE' });
    expect(failure.message).toContain('line 5: this URI is not covered by /books/42/* or /keys/*');
    expect(failure.message).toContain('leaveAlone');
  });

  it('refuses the whole host, another host and an invalid scope among them', async () => {
    for (const [scope, code] of [
      ['/*', 'ERR_RESOURCE_WHOLE_HOST'],
      ['https://evil.example/a/*', 'ERR_RESOURCE_HOST'],
      ['/keys/a.bin', 'ERR_RESOURCE_SCOPE'],
    ] as const) {
      expect((await failureOf(() => sign(MEDIA, { scopes: ['/books/42/*', scope] }))).code).toBe(code);
    }
    const both = signerWith(ec, { domain: [DOMAIN, 'media.example.com'] });
    const scopes = ['/books/42/*', 'https://media.example.com/keys/*'];
    expect((await failureOf(() => sign(MEDIA, { signer: both, scopes }))).code).toBe('ERR_PLAYLIST_SCOPE');
  });

  it('never writes a URI of its host without a signature that opens it', async () => {
    const scope = fc.constantFrom('/a/*', '/a/b/*', '/c/*', '/books/42/*', '/books/*');
    const uri = fc.constantFrom(
      's.ts',
      '/a/s.ts',
      '/a/b/s.ts',
      '/c/s.ts',
      '/d/s.ts',
      '../s.ts',
      '/a/../c/s.ts',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(scope, { minLength: 1, maxLength: 3 }),
        fc.array(uri),
        async (scopes, uris) => {
          const text = `#EXTM3U\n${uris.map((one) => `#EXTINF:6,\n${one}\n`).join('')}`;
          const [result] = await Promise.allSettled([sign(text, { scopes })]);
          if (result.status === 'rejected') {
            expect(result.reason).toMatchObject({ code: 'ERR_PLAYLIST_SCOPE' });
            return;
          }
          const lines = result.value.playlist.split('\n').filter((line) => line.startsWith('https:'));
          expect(lines.length).toBe(uris.length);
          for (const url of lines) expect(judge(ec, { url })).toMatchObject({ allowed: true });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('leaveAlone', () => {
  it('leaves a URI that no scope covers, absolute, and reports it', async () => {
    const { playlist, leftAlone, signedCount } = await sign(MASTER, {
      url: '/books/42/index.m3u8',
      variants: 'prepared',
      leaveAlone: isSteering,
    });
    expect(masked(playlist)).toBe(
      MASTER.replace('"/steering', `"${HOST}/steering`).replace('\nb.m3u8', `\n${FOLDER}b.m3u8?SIGNED`),
    );
    expect([leftAlone, signedCount]).toEqual([['/steering?video=1'], 1]);
  });

  it('leaves it as it is in a prepared playlist', () => {
    const { playlist, leftAlone, preparedCount } = preparePlaylist(MASTER, {
      url: `${FOLDER}index.m3u8`,
      leaveAlone: isSteering,
    });
    expect(playlist).toContain('SERVER-URI="/steering?video=1"');
    expect([leftAlone, preparedCount]).toEqual([['/steering?video=1'], 1]);
  });

  it('is asked about nothing that a scope covers, another host has or variantUrl gives', async () => {
    const asked: string[][] = [];
    const text = `${MASTER}#EXT-X-SESSION-KEY:METHOD=AES-128,URI="/keys/1"\n#EXT-X-SESSION-DATA:DATA-ID="a",URI="https://else.example/a"\n`;
    await sign(text, {
      url: '/books/42/index.m3u8',
      variantUrl: () => '/play/b',
      scopes: ['/books/42/*', '/keys/*'],
      leaveAlone: (...args) => {
        asked.push(args);
        return true;
      },
    });
    expect(asked).toEqual([['/steering?video=1', `${HOST}/steering?video=1`]]);
  });

  it('drops a signature that a URI had, which may open more than the viewer is to see', async () => {
    const own = '/shared/a.ts?Policy=p&Signature=s&Key-Pair-Id=K1';
    const variable = '/shared/b.ts?x=1&Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}';
    const text = `#EXTM3U\n#EXTINF:6,\n${own}\n#EXTINF:6,\n${variable}\n`;
    const { playlist } = await sign(text, { leaveAlone: () => true });
    expect(playlist.split('\n').filter((line) => line.startsWith('https'))).toEqual([
      `${HOST}/shared/a.ts`,
      `${HOST}/shared/b.ts?x=1`,
    ]);
  });

  it('is not asked about a path beyond ASCII that the scope covers as clients send it', async () => {
    const { playlist } = await sign('#EXTM3U\n#EXTINF:6,\n/x/Übung/a.ts\n', { scope: '/x/%C3%9Cbung/*' });
    expect(playlist).toContain(`${HOST}/x/Übung/a.ts?`);
  });

  it.each<[string, unknown]>([
    ['a promise', Promise.resolve(false)],
    ['a number', 1],
    ['nothing', undefined],
  ])('is refused with a TypeError when it gives %s', async (_, given) => {
    const failure = await failureOf(() =>
      sign(MASTER, { url: '/books/42/i.m3u8', variants: 'prepared', leaveAlone: (() => given) as never }),
    );
    expect(failure).toMatchObject({ code: 'ERR_ARGUMENT_TYPE' });
    expect(failure.message).toContain('what "leaveAlone" gives must be true or false');
  });
});
