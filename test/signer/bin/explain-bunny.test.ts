/** `storytime-signer explain` of a URL of Bunny: what a person on call gets told. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bunnySigner, EMBED_KEY, HOST, OTHER_VIDEO, TOKEN_KEY, VIDEO } from '../bunny/fixtures.ts';
import { NOW } from '../fixtures.ts';
import { run } from './program.ts';

const folder = mkdtempSync(join(tmpdir(), 'storytime-bunny-'));
afterAll(() => rmSync(folder, { recursive: true }));
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const signer = bunnySigner();
const { url: playlist } = signer.signPlaylistUrl(VIDEO, { expiresIn: '1h' });
const { url: bound } = signer.signPlaylistUrl(VIDEO, { expiresIn: '1h', ipAddress: '203.0.113.7' });
const { url: german } = signer.signPlaylistUrl(VIDEO, {
  expiresIn: '1h',
  countriesAllowed: ['DE', 'AT'],
  speedLimitKBps: 500,
});
const { url: embed } = signer.signEmbedUrl(VIDEO);
const keyFile = file('token.key', `${TOKEN_KEY}\n`);
const keys = ['--bunny-key-file', keyFile, '--bunny-embed-key-file', file('embed.key', EMBED_KEY)];
const NOW_OPTION = ['--now', NOW.toISOString()];

const explain = (url: string, ...more: string[]) => run(['explain', url, ...keys, ...NOW_OPTION, ...more]);

describe('with the key', () => {
  it('exits 0 for a token that opens the URL, and shows no token', async () => {
    const { code, out, err } = await explain(playlist);
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe(`Allowed: the token is valid for this request

  requested    https://${HOST}/${VIDEO}/playlist.m3u8
  signed for   /${VIDEO}/ and everything below it
  expires      2026-11-20 13:00:00 UTC (in 1 hour)
  viewer       at any address
  carried in   the path, HMAC-SHA256 token
  signature    valid
`);
  });

  it('exits 1 three minutes after the expiry, the cause in the first line', async () => {
    const { code, out } = await explain(playlist, '--now', '2026-11-20T13:03:00Z');
    expect(code).toBe(1);
    expect(out).toMatch(/^Denied: expired 3 minutes ago\n\n {2}Bunny {8}403 expired\n/);
    expect(out).toContain('  signature    valid\n  what to do   sign again');
  });

  it('prints what the page shows', async () => {
    const page = readFileSync(new URL('../../../docs/bunny.md', import.meta.url), 'utf8');
    expect(page).toContain(`\n${(await explain(playlist, '--now', '2026-11-20T13:03:00Z')).out}\`\`\`\n`);
  });

  it('exits 1 for another video, naming both', async () => {
    const { code, out } = await explain(playlist.replace(`${VIDEO}/playlist`, `${OTHER_VIDEO}/playlist`));
    expect(code).toBe(1);
    expect(out).toMatch(
      new RegExp(`^Denied: signed for /${VIDEO}/, but the request is for /${OTHER_VIDEO}/playlist\\.m3u8\n`),
    );
  });

  it('exits 1 for another key', async () => {
    const { code, out } = await explain(playlist, '--bunny-key-file', file('other.key', 'another'));
    expect(code).toBe(1);
    expect(out).toContain('  signature    wrong\n');
  });

  it('judges countries and limits', async () => {
    const { code, out } = await explain(german, '--country', 'de');
    expect(code).toBe(0);
    expect(out).toContain('  countries    only DE, AT\n  speed        at most 500 kB/s\n');
    expect((await explain(german, '--country', 'CH')).out).toMatch(
      /^Denied: signed for viewers in DE, AT, but the request came from CH\n/,
    );
  });

  it('judges an embed URL', async () => {
    const { code, out } = await explain(embed);
    expect(code).toBe(0);
    expect(out).toContain(`  signed for   the player of ${VIDEO}\n`);
    expect(out).toContain('  carried in   the query string, embed token\n');
    expect(out).not.toContain(String(new URL(embed).searchParams.get('token')));
  });

  it('takes the keys from the environment, in quotes too', async () => {
    const env = { BUNNY_TOKEN_KEY: `"${TOKEN_KEY}"`, BUNNY_EMBED_TOKEN_KEY: EMBED_KEY };
    expect((await run(['explain', playlist, ...NOW_OPTION], { env })).code).toBe(0);
    expect((await run(['explain', embed, ...NOW_OPTION], { env })).code).toBe(0);
  });

  it('takes the URL or the key from standard input', async () => {
    expect((await run(['explain', '-', ...keys, ...NOW_OPTION], { stdin: `${playlist}\n` })).code).toBe(0);
    const piped = ['explain', playlist, '--bunny-key-file', '-', ...NOW_OPTION];
    expect((await run(piped, { stdin: `${TOKEN_KEY}\n` })).code).toBe(0);
  });

  it('has the finding as JSON', async () => {
    const { code, out } = await explain(playlist, '--now', '2026-11-20T13:03:00Z', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      outcome: 'denied',
      allowed: false,
      signature: 'valid',
      cause: 'expired 3 minutes ago',
      remedy: expect.stringContaining('sign again'),
      reason: 'expired',
      status: 403,
      via: 'path',
      token: {
        form: 'hmac-sha256',
        kind: 'directory',
        opens: `/${VIDEO}/`,
        expiresAt: '2026-11-20T13:00:00.000Z',
        bindsAddress: false,
        ignoreParams: false,
      },
    });
  });
});

describe('exits 3, and never 0, where something was not checked', () => {
  it('without a key', async () => {
    const { code, out } = await run(['explain', playlist, ...NOW_OPTION]);
    expect(code).toBe(3);
    expect(out).toMatch(
      /^Inconclusive: no fault was found, but the token was NOT checked \(no key was given\)\n/,
    );
    expect(out).toContain('what to do   pass --bunny-key-file or set BUNNY_TOKEN_KEY\n');
    expect(out).toContain('  signature    not checked\n');
  });

  it('without the address that the token binds', async () => {
    const { code, out } = await explain(bound);
    expect(code).toBe(3);
    expect(out).toContain('the token is bound to an address, and no --ip was given');
    expect(out).toContain('what to do   pass --ip\n');
    expect((await explain(bound, '--ip', '203.0.113.7')).code).toBe(0);
    expect((await explain(bound, '--ip', '203.0.113.8')).code).toBe(1);
  });

  it('without the country that the token asks for', async () => {
    const { code, out } = await explain(german);
    expect(code).toBe(3);
    expect(out).toContain('the token names countries, and no --country was given');
  });

  it('where the signers of Bunny disagree', async () => {
    const signed = signer.signFileUrl('/a.mp4', { ignoreParams: false }).url;
    const { code, out } = await run(['explain', `${signed}&v=a+b`, ...NOW_OPTION]);
    expect(code).toBe(3);
    expect(out).toContain('a "+" in a parameter');
  });

  it('but exits 1 where it is denied all the same', async () => {
    for (const args of [[playlist], [bound, ...keys]]) {
      const { code, out } = await run(['explain', ...args, '--now', '2026-11-20T13:03:00Z']);
      expect([code, out.split('\n')[0]]).toEqual([1, 'Denied: expired 3 minutes ago']);
    }
    const unsigned = await explain(`https://${HOST}/${VIDEO}/720p/video0.ts`);
    expect(unsigned.code).toBe(1);
    expect(unsigned.out).toContain('must be part of the path');
  });
});

describe('which of the two providers', () => {
  it.each([
    ['a pull zone', `https://${HOST}/a.mp4`],
    ['a custom host with a token in the path', playlist.replace(HOST, 'video.example.com')],
    [
      'a custom host with a token in the query',
      signer.signFileUrl('/a.mp4').url.replace(HOST, 'video.example.com'),
    ],
    ['the player', embed],
  ])('is Bunny for %s', async (_, url) => {
    const { out } = await run(['explain', url, '--now', '2030-01-01T00:00:00Z']);
    expect(out).toContain('  Bunny        403 ');
  });

  it('is CloudFront where its cookies or its key are given', async () => {
    const url = 'https://media.example.com/a.mp4?token=x&expires=1';
    const { out } = await run(['explain', url, '--cookie', 'CloudFront-Key-Pair-Id=K1', ...NOW_OPTION]);
    expect(out).toContain('  CloudFront   403 ');
  });
});

describe('shows no token', () => {
  const file = signer.signFileUrl('/a.mp4').url;
  const custom = (url: string) => url.replace(HOST, 'video.example.com');
  const secretOf = (url: string) => /(?:HS256-[\w-]{40,}|[0-9a-f]{64})/.exec(url)?.[0] ?? 'none';

  it.each([
    ['of the path', playlist],
    ['of the path on a custom host', custom(playlist)],
    ['of a file', file],
    ['of a file on a custom host', custom(file)],
    ['of the player', embed],
  ])('%s, whatever is asked of CloudFront with it', async (_, url) => {
    for (const args of [
      ['--public-key', `K1=${keyFile}`],
      ['--cookie', 'CloudFront-Key-Pair-Id=K1'],
      ['--cookie-file', keyFile],
    ]) {
      const { code, out, err } = await run(['explain', url, ...args, ...NOW_OPTION]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(`${args[0]} is for CloudFront URLs, but this is a Bunny URL`);
      expect(err).toContain('--bunny-key-file, --bunny-embed-key-file, --country and --ip');
      expect(err).not.toContain(secretOf(url));
    }
  });

  it.each([
    ['behind a directory', `https://video.example.com/x${new URL(playlist).pathname}`],
    ['with its "=" encoded', custom(playlist).replace('bcdn_token=', 'bcdn_token%3D')],
    ['without the "?" in front', custom(file).replace('?', '&')],
    ['of a file, as a part of the path', `https://video.example.com/${new URL(file).search.slice(1)}/a.mp4`],
    ['behind another one', playlist.replace(`/${VIDEO}/playlist`, `/bcdn_token=${secretOf(file)}/playlist`)],
  ])('%s', async (_, url) => {
    for (const more of [[], ['--json'], keys, [...keys, '--json'], ['--cookie', 'a=b', '--json']]) {
      const { out, err } = await run(['explain', url, ...more, ...NOW_OPTION]);
      for (const one of url.match(/HS256-[\w-]{40,}/g) ?? ['none']) expect(out + err).not.toContain(one);
    }
  });
});

describe('exits 2 for a wrong call', () => {
  it.each([
    [
      'a key for a URL of CloudFront',
      ['https://media.example.com/a.mp4', '--bunny-key-file', keyFile],
      'is for Bunny URLs',
    ],
    [
      'a key file with more than a key',
      [playlist, '--bunny-key-file', file('env', 'A=b c\nD=e\n')],
      'only the key',
    ],
    ['an empty key file', [playlist, '--bunny-key-file', file('empty', '\n')], 'only the key'],
    ['no such file', [playlist, '--bunny-key-file', join(folder, 'none')], 'ENOENT'],
    ['two things on standard input', ['-', '--bunny-key-file', '-'], 'only once'],
    ['a key as an argument', [playlist, '--bunny-key', TOKEN_KEY], 'no option --bunny-key'],
  ])('%s', async (_, args, words) => {
    const { code, out, err } = await run(['explain', ...args]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(words);
    expect(err).not.toContain(TOKEN_KEY);
  });
});
