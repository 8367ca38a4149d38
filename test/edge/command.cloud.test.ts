/** `npm run edge -- --from-synth`: what a backend team points its own tests at. */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EdgeLogEntry } from '../../edge/index.ts';
import { humanLine } from '../../ops/edge/log.ts';
import { runEdgeCommand } from '../../ops/edge/start.ts';
import { UsageError } from '../../ops/terraform/targets.ts';
import { KEY_PAIR_ID, signerFor, trustedKey } from './fixture.ts';
import { type EdgeProcess, failedEdge, runEdgeProcess } from './run-command.ts';

const PLAYLIST = '/books/42/index.m3u8';

const folder = mkdtempSync(join(tmpdir(), 'storytime-edge-command-'));
const publicKey = `${KEY_PAIR_ID}=${join(folder, 'test-key.pem')}`;
const directory = join(folder, 'hls');

beforeAll(() => {
  mkdirSync(join(directory, 'books/42'), { recursive: true });
  writeFileSync(join(directory, PLAYLIST), '#EXTM3U\n');
  writeFileSync(join(folder, 'test-key.pem'), trustedKey.publicPem);
  writeFileSync(join(folder, 'private.pem'), trustedKey.privatePem);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run edge -- --from-synth dev, where neither Terraform nor Python is', () => {
  let edge: EdgeProcess;

  beforeAll(async () => {
    mkdirSync(join(folder, 'bin'));
    symlinkSync(process.execPath, join(folder, 'bin/node'));
    edge = await runEdgeProcess(
      ['--from-synth', 'dev', '--directory', directory, '--public-key', publicKey],
      { env: { PATH: join(folder, 'bin') } },
    );
  }, 30_000);
  afterAll(async () => {
    expect(await edge?.end()).toBe(0);
  });

  const get = (path: string) => fetch(`${edge.listening.url}${path}`);

  it('plays what the given key signs for the domain that it says', async () => {
    const { domain, keyPairIds } = edge.listening;
    expect(keyPairIds).toEqual([KEY_PAIR_ID]);
    const { url } = await signerFor(trustedKey, { domain, now: () => new Date() }).signUrl(PLAYLIST);
    const answer = await get(url.slice(url.indexOf(PLAYLIST)));
    expect([answer.status, await answer.text()]).toEqual([200, '#EXTM3U\n']);
    expect(JSON.parse(await edge.nextLine())).toMatchObject({
      event: 'request',
      path: PLAYLIST,
      verdict: 'allowed',
    });
  });

  it('refuses what is not signed, and says why in a line that holds no query', async () => {
    const answer = await get(`${PLAYLIST}?Signature=secret`);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('<Code>MissingKey</Code>'),
    ]);
    const line = await edge.nextLine();
    expect(JSON.parse(line)).toMatchObject({ path: PLAYLIST, status: 403, verdict: 'missing-key-pair-id' });
    expect(line).not.toContain('secret');
  });
});

describe('npm run edge, asked wrongly', () => {
  const options = { publicKey: [], port: '0', httpPort: '0', cache: true };
  const synth = { ...options, fromSynth: 'dev', directory };

  it.each([
    ['no environment', undefined, options, /no environment given: expected one of dev, prod, local/],
    ['an unknown environment', undefined, { ...synth, fromSynth: 'none' }, /unknown environment "none"/],
    [
      'both an applied and a synthesized one',
      'dev',
      synth,
      /expected an applied environment or --from-synth/,
    ],
    [
      'no objects',
      undefined,
      { ...options, fromSynth: 'dev' },
      /expected --directory <folder> or --s3-endpoint <url>, got neither/,
    ],
    ['two places for objects', undefined, { ...synth, s3Endpoint: 'http://x' }, /--s3-endpoint, got both/],
    [
      'a folder that is not there',
      undefined,
      { ...synth, directory: '/none' },
      /^--directory: expected a folder, got \/none$/,
    ],
    [
      'an S3 endpoint of another scheme',
      undefined,
      { ...options, fromSynth: 'dev', s3Endpoint: 'ftp://127.0.0.1' },
      /^--s3-endpoint: expected an http:\/\/ or https:\/\/ address, got ftp/,
    ],
    ['an invalid port', undefined, { ...synth, port: '65536' }, /--port: expected 0 to 65535, got "65536"/],
    [
      'a private key where the public one goes',
      undefined,
      { ...synth, publicKey: [`K2=${join(folder, 'private.pem')}`] },
      /^--public-key K2: expected a PEM "PUBLIC KEY", got [^-]*"PRIVATE KEY"[^-]*: openssl pkey -in/,
    ],
    [
      'a name that no host has',
      undefined,
      { ...synth, domain: 'https://media.example/' },
      /--domain: expected a host name, as in .*, got "https:/,
    ],
    ['one key twice', undefined, { ...synth, publicKey: [publicKey, publicKey] }, /given twice/],
    [
      'an applied one without an AWS API',
      'dev',
      options,
      /AWS_ENDPOINT_URL is not set to an AWS API on this machine\. Run npm start first/,
    ],
    ['an applied one and a folder', 'dev', { ...options, directory }, /--directory needs --from-synth/],
  ])('refuses %s in one line', async (_, environment, asked, message) => {
    const surroundings = { say: () => undefined, signal: AbortSignal.abort(), env: {} };
    const refusal = await runEdgeCommand(environment, asked, surroundings).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as UsageError).message).toMatch(message);
    expect((refusal as UsageError).message).not.toContain('\n');
  });

  it('refuses a port that is taken, in one line, and exits with a code', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      const { code, stderr } = await failedEdge([
        ...['--from-synth', 'dev', '--directory', directory],
        ...['--public-key', publicKey, '--port', String(port)],
      ]);
      expect(stderr).toMatch(
        new RegExp(`^port ${port} is already in use, so the edge cannot listen on it: .* with --port\n$`),
      );
      expect(code).toBe(2);
    } finally {
      holder.close();
    }
  });

  it('names the other option when the port of the redirects is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      const asked = { ...synth, httpPort: String(port), publicKey: [publicKey] };
      const surroundings = { say: () => undefined, signal: AbortSignal.abort(), env: {} };
      await expect(runEdgeCommand(undefined, asked, surroundings)).rejects.toThrow(
        /choose another port with --http-port$/,
      );
    } finally {
      holder.close();
    }
  });

  it('says what to start when no AWS API answers', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_REGION: 'eu-central-1' };
    const surroundings = { say: () => undefined, signal: AbortSignal.abort(), env };
    const refusal = await runEdgeCommand('local', { ...options, distribution: 'E1' }, surroundings).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as UsageError).message).toMatch(
      /^Cannot reach the AWS API at \S+ \(AWS_ENDPOINT_URL\)\. Is npm start still running\?; without an AWS API: --from-synth/,
    );
  });

  it('takes files from where npm was called, as npm --prefix does not', async () => {
    const said: string[] = [];
    const asked = { ...synth, directory: './hls', publicKey: [`${KEY_PAIR_ID}=test-key.pem`] };
    await runEdgeCommand(undefined, asked, {
      say: (line) => said.push(line),
      signal: AbortSignal.abort(),
      env: { INIT_CWD: folder },
    });
    expect(said).toContain(`trusted key pair ids: ${KEY_PAIR_ID}`);
  });

  it('warns that the example key opens nothing', async () => {
    const edge = await runEdgeProcess(['--from-synth', 'dev', '--directory', directory]);
    try {
      expect(edge.stderr()).toContain('whose private key nobody has');
    } finally {
      await edge.end();
    }
  });
});

describe('the line for people', () => {
  const entry = {
    at: new Date('2026-01-01T12:00:00Z'),
    method: 'GET',
    path: '/books/42/index.m3u8',
    bytes: 0,
    durationMs: 1,
  };
  const line = (rest: Pick<EdgeLogEntry, 'status' | 'verdict' | 'cache'>) =>
    humanLine({ ...entry, ...rest }, { colour: false });

  it.each([
    [{ status: 200, verdict: 'allowed', cache: 'Hit' }, /m3u8 {2}Hit$/],
    [
      { status: 403, verdict: 'allowed', cache: 'Error' },
      /Error: the viewer may, but there is no such object/,
    ],
    [{ status: 502, verdict: 'allowed', cache: 'Error' }, /Error: the viewer may, but the origin failed$/],
    [{ status: 416, verdict: 'allowed', cache: 'Error' }, /m3u8 {2}Error$/],
    [
      { status: 403, verdict: 'unknown-host', cache: 'Error' },
      /unknown-host: neither the distribution's domain/,
    ],
  ] as const)('of %j says why', (rest, expected) => {
    expect(line(rest)).toMatch(expected);
  });
});
