/** The functions for Laravel, run by Debian's php and judged by `@storytime/signer/bunny`. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bunnyEnv, createBunnySigner, explainBunny, parseBunnyVideoId } from '@storytime/signer/bunny';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, REFUSED } from '../bunny/pasted.ts';

const ROOT = new URL('../../../', import.meta.url);
const PROGRAM = fileURLToPath(new URL('sign.php', import.meta.url));
const page = readFileSync(new URL('docs/laravel.md', ROOT), 'utf8');
const source = (name: string) => readFileSync(new URL(`docs/laravel/${name}.php`, ROOT), 'utf8');

const HOST = 'vz-1234abcd-567.b-cdn.net';
const TOKEN_KEY = 'e1d2c3b4-0000-4000-8000-000000000001';
const EMBED_KEY = 'e1d2c3b4-0000-4000-8000-000000000002';
const VIDEO = 'eb1c4f77-0cda-46be-b47d-1118ad7c2ffe';
const OTHER = '32d140e2-e4f4-4eec-9d53-20371e9be607';
/** PHP looks at the machine's clock, so this test does too. */
const NOW_SECONDS = Math.floor(Date.now() / 1000);
const EXPIRES_AT = NOW_SECONDS + 3600;

interface Call {
  readonly function: 'bunny_stream_url' | 'bunny_embed_url' | 'bunny_video_id';
  readonly arguments: readonly unknown[];
}

interface Answer {
  readonly answer?: string | null;
  readonly error?: string;
  readonly message?: string;
}

function php(calls: readonly Call[]): Answer[] {
  const { status, stdout, stderr } = spawnSync('php', ['-d', 'error_reporting=-1', PROGRAM], {
    input: JSON.stringify(calls),
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

const playlistOf = (videoId: string, expiresAt = EXPIRES_AT, host = HOST): Call => ({
  function: 'bunny_stream_url',
  arguments: [host, TOKEN_KEY, videoId, expiresAt],
});
const embedOf = (videoId: string, expiresAt = EXPIRES_AT): Call => ({
  function: 'bunny_embed_url',
  arguments: [759, EMBED_KEY, videoId, expiresAt],
});
const judge = (url: string, seconds: number) =>
  explainBunny({ url, tokenKey: TOKEN_KEY, embedTokenKey: EMBED_KEY, now: new Date(seconds * 1000) });

describe('URLs that PHP signed', () => {
  const [playlist = '', embed = ''] = php([playlistOf(VIDEO), embedOf(VIDEO)]).map(
    ({ answer }) => answer ?? '',
  );

  it('are those of the package, byte for byte', () => {
    const signer = createBunnySigner({
      pullZoneHost: HOST,
      tokenKey: TOKEN_KEY,
      embedTokenKey: EMBED_KEY,
      libraryId: 759,
    });
    const expiresAt = new Date(EXPIRES_AT * 1000);
    expect(playlist).toBe(signer.signPlaylistUrl(VIDEO, { expiresAt }).url);
    expect(embed).toBe(signer.signEmbedUrl(VIDEO, { expiresAt }).url);
  });

  it('open the playlist and the segments of their video to the last second', () => {
    const segment = playlist.replace('playlist.m3u8', '720p/video3.ts');
    for (const url of [playlist, segment, embed]) {
      expect(judge(url, NOW_SECONDS)).toMatchObject({ allowed: true });
      expect(judge(url, EXPIRES_AT - 1)).toMatchObject({ allowed: true });
      expect(judge(url, EXPIRES_AT)).toMatchObject({ allowed: false, reason: 'expired' });
    }
  });

  it('open no other video', () => {
    const other = playlist.replace(`/${VIDEO}/playlist`, `/${OTHER}/playlist`);
    expect(judge(other, NOW_SECONDS)).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
    expect(judge(playlist.replaceAll(VIDEO, OTHER), NOW_SECONDS)).toMatchObject({
      reason: 'signature-mismatch',
    });
    expect(judge(embed.replace(VIDEO, OTHER), NOW_SECONDS)).toMatchObject({ reason: 'signature-mismatch' });
  });
});

describe('PHP refuses', () => {
  it.each([
    ['another video id', ['', 'x', VIDEO.toUpperCase(), `${VIDEO}\n`, `${VIDEO}/../${OTHER}`, `${VIDEO}/*`]],
  ])('%s', (_, ids) => {
    const calls = ids.flatMap((id) => [playlistOf(id), embedOf(id)]);
    expect(php(calls)).toEqual(
      calls.map(() => ({
        error: 'InvalidArgumentException',
        message: 'the video id must be a GUID in lower case',
      })),
    );
  });

  it('an expiry that is past, in milliseconds, or more than a week away', () => {
    const instants = [0, NOW_SECONDS - 1, NOW_SECONDS + 8 * 86_400, EXPIRES_AT * 1000];
    const calls = instants.flatMap((instant) => [playlistOf(VIDEO, instant), embedOf(VIDEO, instant)]);
    expect(new Set(php(calls).map(({ message }) => message))).toEqual(
      new Set(['the expiry must be a time within the next 7 days, in seconds']),
    );
  });

  it('an empty key, and what else is no key', () => {
    const keys = ['', ' ', `${TOKEN_KEY}\n`, 'a b', 'é', 'x'.repeat(257)];
    const calls = keys.flatMap((key): Call[] => [
      { function: 'bunny_stream_url', arguments: [HOST, key, VIDEO, EXPIRES_AT] },
      { function: 'bunny_embed_url', arguments: [759, key, VIDEO, EXPIRES_AT] },
    ]);
    expect(new Set(php(calls).map(({ message }) => message))).toEqual(
      new Set(['the key must be 1 to 256 printable characters without spaces; is it set in .env?']),
    );
  });

  it('a library without a number, as (int) makes it of an empty setting', () => {
    const calls = [0, -1].map(
      (id): Call => ({ function: 'bunny_embed_url', arguments: [id, EMBED_KEY, VIDEO, EXPIRES_AT] }),
    );
    expect(new Set(php(calls).map(({ message }) => message))).toEqual(
      new Set(['the library id must be the number of a video library; is it set in .env?']),
    );
  });
});

describe('the pull zone', () => {
  const answersFor = (zones: readonly string[]) =>
    php(zones.map((zone) => playlistOf(VIDEO, EXPIRES_AT, zone)));

  it('is read as bunnyEnv reads it: a name, a host, a URL, a server on this machine', () => {
    const zones = [
      ...['vz-1234abcd-567', HOST, HOST.toUpperCase(), `https://${HOST}`, `https://${HOST}/`, ` ${HOST}\n`],
      ...['video.example.com', 'http://127.0.0.1:4443', 'http://localhost:4443/', 'https://127.0.0.1:4443'],
    ];
    const expiresAt = new Date(EXPIRES_AT * 1000);
    const ours = zones.map((zone) => {
      const env = { BUNNY_PULL_ZONE: zone, BUNNY_TOKEN_KEY: TOKEN_KEY };
      return { answer: createBunnySigner(bunnyEnv({ env })).signPlaylistUrl(VIDEO, { expiresAt }).url };
    });
    expect(answersFor(zones)).toEqual(ours);
  });

  it('is refused where bunnyEnv refuses it', () => {
    const zones = [
      ...[
        '',
        ' ',
        `${HOST}/x`,
        `http://${HOST}`,
        'a.b:80',
        'a..b',
        '-a.b',
        '192.0.2.1',
        'a.b?c',
        `x@${HOST}`,
      ],
      ...['http://127.0.0.1.example.com', 'http://127.0.0.1:4443/x'],
    ];
    for (const zone of zones) {
      expect(() => bunnyEnv({ env: { BUNNY_PULL_ZONE: zone, BUNNY_TOKEN_KEY: TOKEN_KEY } })).toThrow();
    }
    expect(new Set(answersFor(zones).map(({ message }) => message))).toEqual(
      new Set(['the pull zone must be its name or host, such as vz-1234abcd-567.b-cdn.net']),
    );
  });
});

describe('the id that PHP finds in what was pasted', () => {
  const find = (texts: readonly string[]) =>
    php(texts.map((text) => ({ function: 'bunny_video_id', arguments: [text] }))).map(({ answer }) => answer);

  it('is the one that the package finds', () => {
    expect(find(ACCEPTED)).toEqual(ACCEPTED.map((text) => parseBunnyVideoId(text)));
  });

  it('is none where the package refuses', () => {
    expect(find(REFUSED)).toEqual(REFUSED.map(() => null));
  });

  it('is that of the package for whatever is put together of parts of URLs', () => {
    const parts = fc.constantFrom(
      ...[
        'https://',
        'http:',
        '//',
        'player.mediadelivery.net',
        'video.bunnycdn.com',
        HOST,
        ':443',
        '/embed/',
      ],
      ...[
        '/play/',
        '759/',
        '/',
        VIDEO,
        VIDEO.toUpperCase(),
        '/playlist.m3u8',
        '/bcdn_token=x',
        '?',
        '#',
        '@',
      ],
      ...[' ', '\n', '\u00a0', '\u0085', '%2F', '..', 'é', '\0'],
    );
    const anyText = fc.array(parts, { maxLength: 9 }).map((all) => all.join(''));
    // Most texts put together at random name no video: these begin as those do that name one.
    const nearly = fc
      .tuple(fc.constantFrom(...ACCEPTED, ...REFUSED), fc.nat(120), parts)
      .map(([text, at, part]) => text.slice(0, at) + part + text.slice(at));
    const texts = fc.sample(fc.oneof(anyText, nearly), 4_000);
    const ours = texts.map((text) => {
      try {
        return parseBunnyVideoId(text);
      } catch {
        return null;
      }
    });
    const theirs = find(texts);
    const different = texts.filter((_, index) => ours[index] !== theirs[index]);
    expect(different).toEqual([]);
    expect(ours.filter((id) => id !== null).length).toBeGreaterThan(100);
  });
});

describe('the page', () => {
  const blocks = [...page.matchAll(/```php\n([\s\S]*?)```/g)].map(([, code = '']) => code);

  it('shows the files that are tested here', () => {
    expect(blocks[0]).toBe(source('bunny_stream_url'));
    expect(blocks.at(-1)).toBe(source('bunny_video_id'));
  });

  it('has a controller for each function that signs', () => {
    const controllers = blocks.filter((code) => code.includes('extends Controller'));
    for (const name of ['bunny_stream_url', 'bunny_embed_url']) {
      expect(controllers.filter((code) => code.includes(` = ${name}($bunny[`))).toHaveLength(1);
    }
  });

  it('holds PHP that parses, in every block', () => {
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    for (const code of blocks) {
      const { stdout, stderr } = spawnSync('php', ['-l'], { input: code, encoding: 'utf8' });
      expect([stdout.trim(), stderr]).toEqual(['No syntax errors detected in Standard input code', '']);
    }
  });

  it('reads the variables that the package reads', () => {
    const named = [...new Set(page.match(/\bBUNNY_[A-Z_]+\b/g))].sort();
    expect(named).toEqual([
      'BUNNY_EMBED_TOKEN_KEY',
      'BUNNY_EMBED_TOKEN_TTL',
      'BUNNY_PULL_ZONE',
      'BUNNY_STREAM_LIBRARY_ID',
      'BUNNY_TOKEN_KEY',
    ]);
  });
});
