/** Every URI of a playlist is signed, refused or reported: those of unusual tags and attributes too. */

import { describe, expect, it } from 'vitest';
import { preparePlaylist } from '../../../signer/src/playlist/index.ts';
import { ec, failureOf, judge } from '../fixtures.ts';
import { FOLDER, HOST, masked, type Options, sign } from './fixtures.ts';

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:6\n';
const PRELOAD = '#EXT-X-DATERANGE:ID="p",CLASS="com.apple.hls.preload",START-DATE="2026-01-01T00:00:00Z"';
const signed = (line: string, options?: Options) =>
  sign(`${HEAD}${line}\n`, options).then(({ playlist, ...rest }) => ({
    line: masked(playlist).slice(HEAD.length, -1),
    ...rest,
  }));
const prepared = (line: string) => preparePlaylist(`${HEAD}${line}\n`, { url: `${FOLDER}index.m3u8` });

describe('a hint of what comes next', () => {
  it.each(['EXT-X-PREFETCH', 'EXT-X-TWITCH-PREFETCH'])('is signed like a segment: %s', async (tag) => {
    const { line, signedCount, leftAlone } = await signed(`#${tag}:s2.ts?v=1`);
    expect([line, signedCount, leftAlone]).toEqual([`#${tag}:${FOLDER}s2.ts?v=1&SIGNED`, 1, []]);
    const { playlist } = await sign(`${HEAD}#${tag}: ${HOST}/books/42/s2.ts\r\n`);
    const url = /https:\S+/.exec(playlist)?.[0] ?? '';
    expect(judge(ec, { url })).toMatchObject({ allowed: true });
    expect(playlist.endsWith('\r\n')).toBe(true);
  });

  it('is refused outside the scope, and reported on another host', async () => {
    expect(await failureOf(() => signed('#EXT-X-PREFETCH:/books/43/s2.ts'))).toMatchObject({
      code: 'ERR_PLAYLIST_SCOPE',
      message: expect.stringContaining('line 3'),
    });
    const foreign = await signed('#EXT-X-PREFETCH:https://cdn.example.net/s2.ts');
    expect([foreign.line, foreign.leftAlone]).toEqual([
      '#EXT-X-PREFETCH:https://cdn.example.net/s2.ts',
      ['https://cdn.example.net/s2.ts'],
    ]);
    expect((await signed('#EXT-X-PREFETCH:')).leftAlone).toEqual([]);
  });

  it('stays as it is in a prepared playlist, where no player fills variables in, and is reported', () => {
    const { playlist, preparedCount, leftAlone } = prepared('#EXT-X-PREFETCH:s2.ts');
    expect(playlist).toBe(`${HEAD}#EXT-X-PREFETCH:s2.ts\n`);
    expect([preparedCount, leftAlone]).toEqual([0, ['s2.ts']]);
  });
});

describe('the X-URI of a date range', () => {
  it.each(['com.apple.hls.preload', 'com.apple.hls.daterange-schedule'])(
    'is signed where the player loads it: %s',
    async (name) => {
      const line = `#EXT-X-DATERANGE:ID="p",X-URI="next.json",CLASS="${name}"`;
      const { line: written, signedCount } = await signed(line);
      expect([written, signedCount]).toEqual([line.replace('next.json', `${FOLDER}next.json?SIGNED`), 1]);
      expect(prepared(line).playlist).toContain('X-URI="next.json?Policy={$Policy}');
    },
  );

  it('goes to variantUrl where it is a playlist, as the interstitial’s own URI does', async () => {
    const line = `${PRELOAD},X-URI="ads/a.m3u8?x=1",X-TARGET-CLASS="com.apple.hls.interstitial"`;
    const { line: written } = await signed(line, { variantUrl: (uri) => `/play/${uri}` });
    expect(written).toBe(line.replace('ads/', '/play/ads/'));
    expect((await failureOf(() => signed(line))).code).toBe('ERR_PLAYLIST_VARIANTS');
  });

  it('of any other class is no URI that a player loads, and is reported', async () => {
    const line = '#EXT-X-DATERANGE:ID="p",CLASS="com.example",X-URI="next.json"';
    expect(await signed(line)).toMatchObject({ line, signedCount: 0, leftAlone: ['next.json'] });
  });
});

describe('a URI that nobody here knows is reported', () => {
  it.each([
    ['#EXT-X-NEW:DATA-URI="a.bin"', ['a.bin']],
    ['#EXT-X-NEW:ID=1, DATA-URI="a.bin",URI="b.bin",MORE="c"', ['a.bin', 'b.bin']],
    ['#EXT-X-NEW:AD-URL="https://ads.example.net/1,2"', ['https://ads.example.net/1,2']],
    ['#EXT-X-NEW:URI=a.bin,X=1', ['a.bin']],
    ['#EXT-X-NEW:https://ads.example.net/a?b=c', ['https://ads.example.net/a?b=c']],
    ['#EXT-X-NEW: skd://key', ['skd://key']],
    ['#EXT-X-DATERANGE:ID="a",X-COM-EXAMPLE-URI="a.json"', ['a.json']],
    ['#EXT-X-SESSION-DATA:DATA-ID="a",X-HELP-URL="/help"', ['/help']],
  ])('in %s', async (line, uris) => {
    for (const { leftAlone, ...rest } of [await signed(line), prepared(line)]) {
      expect([leftAlone, 'playlist' in rest ? rest.playlist.slice(HEAD.length, -1) : rest.line]).toEqual([
        uris,
        line,
      ]);
    }
  });

  it.each([
    '#EXT-X-NEW:DATA-URI="data:text/plain,key"',
    '#EXT-X-NEW:URI=""',
    '#EXT-X-NEW:TITLE="a.bin"',
    '#EXT-X-NEW',
  ])('and nothing else: %s', async (line) => {
    expect(await signed(line)).toMatchObject({ line, leftAlone: [] });
  });
});

describe('what the master defines', () => {
  const MEDIA = '#EXT-X-DEFINE:IMPORT="base"\n#EXTINF:6,\n{$base}/s1.ts';

  it('is resolved where a media playlist imports it', async () => {
    const definitions = { base: '720p', other: 'x' };
    const { line } = await signed(MEDIA, { definitions });
    expect(line.split('\n').at(-1)).toBe(`${FOLDER}720p/s1.ts?SIGNED`);
    const { playlist } = preparePlaylist(`${HEAD}${MEDIA}\n`, { url: `${FOLDER}index.m3u8`, definitions });
    expect(playlist).toContain('\n720p/s1.ts?Policy={$Policy}');
  });

  it('is held to the scope', async () => {
    for (const [base, code] of [
      ['../43', 'ERR_PLAYLIST_SCOPE'],
      [`http://${new URL(HOST).host}/books/42`, 'ERR_PLAYLIST_URI'],
      ['{$Policy}', 'ERR_PLAYLIST_VARIABLE'],
    ] as const) {
      expect((await failureOf(() => signed(MEDIA, { definitions: { base } }))).code).toBe(code);
    }
    const elsewhere = await signed(MEDIA, { definitions: { base: 'https://cdn.example.net' } });
    expect([elsewhere.signedCount, elsewhere.leftAlone]).toEqual([0, ['{$base}/s1.ts']]);
  });

  it('counts for nothing that is not imported, and for no name that the playlist defined before', async () => {
    const definitions = { base: '720p' };
    const unimported = MEDIA.replace(/^.*\n/, '');
    expect((await failureOf(() => signed(unimported, { definitions }))).code).toBe('ERR_PLAYLIST_VARIABLE');
    const own = await signed(`#EXT-X-DEFINE:NAME="base",VALUE="own"\n${MEDIA}`, { definitions });
    expect(own.line).toContain(`${FOLDER}own/s1.ts?SIGNED`);
    expect((await failureOf(() => signed(MEDIA, { definitions: { other: 'x' } }))).code).toBe(
      'ERR_PLAYLIST_VARIABLE',
    );
  });

  it.each<[string, unknown, string]>([
    ['a list', ['720p'], 'plain options object|options object'],
    ['a Map', new Map([['base', '720p']]), 'plain options object'],
    ['numbers', { base: 720 }, 'a string, got number'],
    ['inherited ones', Object.create({ base: '720p' }), 'plain options object'],
    ['a text', 'base=720p', 'options object'],
  ])('is refused as %s', async (_, definitions, words) => {
    for (const call of [
      () => signed(MEDIA, { definitions: definitions as never }),
      () =>
        preparePlaylist(`${HEAD}${MEDIA}\n`, {
          url: `${FOLDER}index.m3u8`,
          definitions: definitions as never,
        }),
    ]) {
      const failure = await failureOf(call);
      expect(failure.code).toBe('ERR_ARGUMENT_TYPE');
      expect(failure.message).toMatch(new RegExp(words));
    }
  });
});

describe('what nobody here knows', () => {
  it.each([
    ['#EXT-X-FOO:DATA-URI= "a.json"', 'a.json'],
    ['#EXT-X-FOO:DATA-URI ="a.json"', 'a.json'],
    ['#EXT-X-FOO:A=1;URI="a.json"', 'a.json'],
    [`#EXT-X-FOO:5,${HOST}/x.ts`, `${HOST}/x.ts`],
    [`#EXT-X-FOO:X="${HOST}/x.ts"`, `${HOST}/x.ts`],
    ['#EXT-X-FOO:/books/42/a.ts', '/books/42/a.ts'],
    [`#EXT-X-DATERANGE:ID="a",X-IMG="${HOST}/a.jpg"`, `${HOST}/a.jpg`],
  ])('is reported where it is a URI: %s', async (line, uri) => {
    expect((await signed(line)).leftAlone).toEqual([uri]);
  });

  // Seconds for each thousand if every attribute looked through all of them; the test would not end in its time.
  it('takes no longer for each of many attributes', async () => {
    const { signedCount } = await signed(`#EXT-X-DATERANGE:${'X-URI=,'.repeat(120_000)}`);
    expect(signedCount).toBe(0);
  });
});
