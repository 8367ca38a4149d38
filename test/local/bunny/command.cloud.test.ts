/** `npm run edge -- --bunny`: its keys, what it refuses, and what of an upload outlives its being killed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseEnv } from 'node:util';
import { BunnyVideoStatus, bunnyStream, createBunnySigner } from '@storytime/signer/bunny';
import * as tus from 'tus-js-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runEitherEdge } from '../../../local/bunny/command.ts';
import { makeTestClip } from '../../../local/transcoder/test-clip.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';
import { KEYS, LIBRARY } from './fixture.ts';

const ENV = {
  BUNNY_TOKEN_KEY: KEYS.tokenKey,
  BUNNY_EMBED_TOKEN_KEY: KEYS.embedTokenKey,
  BUNNY_STREAM_API_KEY: KEYS.apiKey,
  BUNNY_STREAM_READ_ONLY_API_KEY: KEYS.readOnlyApiKey,
  BUNNY_STREAM_LIBRARY_ID: String(LIBRARY),
};

const folder = mkdtempSync(join(tmpdir(), 'storytime-bunny-command-'));
const directory = join(folder, 'zone');
let clip: Buffer;

beforeAll(async () => {
  mkdirSync(directory);
  await makeTestClip(join(folder, 'clip.mp4'), { durationSeconds: 4 });
  clip = readFileSync(join(folder, 'clip.mp4'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Listening {
  readonly url: string;
  readonly apiUrl: string;
  readonly zoneHost: string;
  readonly libraryId: number;
  readonly keysFile: string;
}

interface Run {
  readonly child: ChildProcess;
  readonly listening: Listening;
  readonly output: () => string;
}

const runs: ChildProcess[] = [];
afterEach(async () => {
  for (const child of runs.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
});

async function run(env: Record<string, string>): Promise<Run> {
  const { PATH = '', HOME = '', TMPDIR = '' } = process.env;
  const args = ['--bunny', '--directory', directory, '--port', '0', '--api-port', '0', '--json'];
  const child = spawn(process.execPath, ['--import', 'tsx/esm', 'local/edge.ts', ...args], {
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  runs.push(child);
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => null)]);
  if (first === null) throw new Error(`the edge has ended: ${output}`);
  return { child, listening: JSON.parse(first[0]) as Listening, output: () => output };
}

describe('the keys of a run', () => {
  it('are made where the environment has none, and handed out in a file that goes with the run', async () => {
    const { child, listening, output } = await run({});
    const { keysFile, zoneHost, libraryId, url, apiUrl } = listening;
    expect([zoneHost, libraryId]).toEqual(['vz-local.b-cdn.net', 1]);
    expect(statSync(keysFile).mode & 0o777).toBe(0o600);
    const variables = parseEnv(readFileSync(keysFile, 'utf8')) as Record<string, string>;
    expect(Object.keys(variables).sort()).toEqual(
      [...Object.keys(ENV), 'BUNNY_PULL_ZONE', 'BUNNY_STREAM_ENDPOINT'].sort(),
    );
    expect([variables.BUNNY_PULL_ZONE, variables.BUNNY_STREAM_ENDPOINT]).toEqual([url, apiUrl]);

    const { videoId } = await bunnyStream({
      libraryId: variables.BUNNY_STREAM_LIBRARY_ID ?? '',
      apiKey: variables.BUNNY_STREAM_API_KEY ?? '',
      endpoint: apiUrl,
    }).createVideo({ title: 'x' });
    const { url: signed } = createBunnySigner({
      pullZoneHost: zoneHost,
      tokenKey: variables.BUNNY_TOKEN_KEY ?? '',
    }).signPlaylistUrl(videoId, { expiresIn: '1h' });
    // The token is good, and nothing was uploaded.
    expect((await fetch(`${url}${new URL(signed).pathname}`)).status).toBe(404);

    // The README's examples, as a backend with these variables runs them.
    const readme = readFileSync('local/bunny/README.md', 'utf8');
    const [play = '', upload = ''] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    const runExample = (code: string) =>
      execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
        encoding: 'utf8',
        env: variables,
      });
    const [, id = ''] = /signPlaylistUrl\('([^']+)'/.exec(play) ?? [];
    mkdirSync(join(directory, id));
    writeFileSync(join(directory, id, 'playlist.m3u8'), '#EXTM3U\n');
    expect(runExample(play)).toBe('200\n');
    const [, uploaded = ''] =
      /^uploaded (\S+)\n$/.exec(runExample(upload.replace('./clip.mp4', join(folder, 'clip.mp4')))) ?? [];
    expect(readFileSync(join(directory, uploaded, 'original')).equals(clip)).toBe(true);

    const command = execFileSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' });
    for (const name of [
      'BUNNY_TOKEN_KEY',
      'BUNNY_EMBED_TOKEN_KEY',
      'BUNNY_STREAM_API_KEY',
      'BUNNY_STREAM_READ_ONLY_API_KEY',
    ]) {
      expect(variables[name]).toMatch(/^[\da-f-]{36}$/);
      expect(command).not.toContain(variables[name]);
      expect(output()).not.toContain(variables[name]);
    }
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
    expect(existsSync(keysFile)).toBe(false);
  }, 60_000);

  it('that the environment has are written nowhere', async () => {
    const { listening } = await run(ENV);
    expect(parseEnv(readFileSync(listening.keysFile, 'utf8'))).toEqual({
      BUNNY_PULL_ZONE: listening.url,
      BUNNY_STREAM_ENDPOINT: listening.apiUrl,
      BUNNY_STREAM_LIBRARY_ID: String(LIBRARY),
    });
  }, 60_000);

  it.each([
    ['a zone of its own', 'vz-1.b-cdn.net', 'vz-1.b-cdn.net'],
    ['an edge as the zone', 'http://127.0.0.1:4443', 'vz-local.b-cdn.net'],
  ])(
    'leave an environment with %s as it is',
    async (_, BUNNY_PULL_ZONE, zoneHost) => {
      const { listening } = await run({ ...ENV, BUNNY_PULL_ZONE });
      expect(listening.zoneHost).toBe(zoneHost);
      expect(parseEnv(readFileSync(listening.keysFile, 'utf8')).BUNNY_PULL_ZONE).toBe(
        zoneHost === BUNNY_PULL_ZONE ? zoneHost : listening.url,
      );
    },
    60_000,
  );
});

describe('a run that is killed', () => {
  const stream = (endpoint: string) => bunnyStream({ libraryId: LIBRARY, apiKey: KEYS.apiKey, endpoint });
  const headersFor = (videoId: string) => ({
    ...createBunnySigner({
      ...{ pullZoneHost: 'vz-local.b-cdn.net', tokenKey: KEYS.tokenKey },
      ...{ libraryId: LIBRARY, apiKey: KEYS.apiKey },
    }).signTusUpload({ videoId, expiresIn: '1h' }).headers,
  });
  const kill = async ({ child }: Run) => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  it('in the middle of an upload lets the next one continue it, up to a finished video', async () => {
    const first = await run(ENV);
    const { videoId } = await stream(first.listening.apiUrl).createVideo({ title: 'Clip' });
    const chunkSize = Math.ceil(clip.length / 4);
    const path = await new Promise<string>((resolve, reject) => {
      const upload = new tus.Upload(clip, {
        endpoint: `${first.listening.apiUrl}/tusupload`,
        retryDelays: null,
        chunkSize,
        headers: headersFor(videoId),
        metadata: { filetype: 'video/mp4', title: 'clip.mp4' },
        onChunkComplete: () => {
          kill(first).then(() => resolve(new URL(upload.url ?? '').pathname), reject);
        },
        onError: () => undefined,
      });
      upload.start();
    });

    const second = await run(ENV);
    const { apiUrl } = second.listening;
    const accepted: number[] = [];
    await new Promise<void>((resolve, reject) => {
      new tus.Upload(clip, {
        uploadUrl: `${apiUrl}${path}`,
        endpoint: `${apiUrl}/tusupload`,
        retryDelays: null,
        chunkSize,
        headers: headersFor(videoId),
        onChunkComplete: (_, bytes) => accepted.push(bytes),
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
    expect(accepted[0]).toBeGreaterThan(chunkSize);
    expect(readFileSync(join(directory, videoId, 'original')).equals(clip)).toBe(true);

    // Killed once more, in the transcode: the third run begins it again.
    await expect
      .poll(async () => (await stream(apiUrl).getVideo(videoId)).status, { timeout: 30_000 })
      .toBe(BunnyVideoStatus.Transcoding);
    await kill(second);
    const third = await run(ENV);
    await expect
      .poll(async () => (await stream(third.listening.apiUrl).getVideo(videoId)).status, { timeout: 90_000 })
      .toBe(BunnyVideoStatus.Finished);
  }, 240_000);
});

describe('npm run edge -- --bunny, asked wrongly', () => {
  const options = {
    bunny: true,
    directory,
    publicKey: [],
    port: '0',
    httpPort: '0',
    apiPort: '0',
    cache: true,
  };

  it.each([
    ['no folder', { ...options, directory: undefined }, {}, /needs --directory/],
    [
      'a folder that is not there',
      { ...options, directory: '/none' },
      {},
      /^--directory: expected a folder, got \/none$/,
    ],
    [
      'a zone that is a URL',
      { ...options, zone: 'https://vz-1.b-cdn.net' },
      {},
      /--zone: expected a host name/,
    ],
    [
      'a library that is not a number',
      { ...options, library: 'x' },
      {},
      /--library: expected a library's number/,
    ],
    ['an invalid country', { ...options, country: 'DEU' }, {}, /--country: expected two letters/],
    ['a webhook of another scheme', { ...options, webhook: 'file:///x' }, {}, /--webhook: expected an http/],
    ['an invalid port', { ...options, apiPort: 'x' }, {}, /--api-port: expected 0 to 65535/],
    [
      'a synthesized environment',
      { ...options, fromSynth: 'dev' },
      {},
      /--bunny serves a folder behind tokens/,
    ],
    [
      'one key twice',
      options,
      { BUNNY_TOKEN_KEY: 'same-secret', BUNNY_EMBED_TOKEN_KEY: 'same-secret' },
      /"BUNNY_TOKEN_KEY" and "BUNNY_EMBED_TOKEN_KEY": expected two different keys/,
    ],
    ['no --bunny', { ...options, bunny: false, country: 'DE' }, {}, /--(api-port|country) needs --bunny/],
  ])('refuses %s in one line', async (_, asked, env, message) => {
    const surroundings = { say: () => undefined, signal: AbortSignal.abort(), env };
    const refusal = await runEitherEdge(undefined, asked as never, surroundings).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as UsageError).message).toMatch(message);
    expect((refusal as UsageError).message).not.toMatch(/\n|same-secret/);
  });
});
