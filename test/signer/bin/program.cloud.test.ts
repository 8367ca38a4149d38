/** The package's program as a person runs it, a process of its own: it says what it says in this process. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { cookieHeader, ec, KEY_PAIR_ID, NOW, rsa, signerWith } from '../fixtures.ts';
import { type Run, type RunOptions, run } from './program.ts';

const PROGRAM = fileURLToPath(new URL('../../../signer/bin/storytime-signer.js', import.meta.url));
const URL_42 = 'https://media.example.com/books/42/index.m3u8';
const CLOCK = ['--now', NOW.toISOString()];

const folder = mkdtempSync(join(tmpdir(), 'storytime-program-'));
afterAll(() => rmSync(folder, { recursive: true }));
const publicKeyFile = join(folder, 'public.pem');
writeFileSync(publicKeyFile, ec.publicPem);
const trusted = ['--public-key', `${KEY_PAIR_ID}=${publicKeyFile}`];
const signer = signerWith(ec, { domain: 'media.example.com', cookieDomain: 'example.com' });
const cookies = cookieHeader((await signer.signCookies('/books/42/*', { expiresIn: '1h' })).cookies);

async function runProcess(args: readonly string[], { stdin = '', env = {} }: RunOptions): Promise<Run> {
  const child = spawn(PROGRAM, args, { env: { PATH: process.env.PATH ?? '', ...env } });
  // A program that refuses its arguments does not read what it was sent.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

// No private key among the arguments, which is refused as well: suites that run beside this one search every process for one.
it.each<[number, string, string[], RunOptions]>([
  [
    0,
    'cookies from standard input',
    ['explain', URL_42, '--cookie', '-', ...trusted, ...CLOCK],
    { stdin: cookies },
  ],
  [1, 'a request without a signature', ['explain', URL_42, ...trusted, ...CLOCK], {}],
  [2, 'an option that there is not', ['explain', URL_42, '--nonsense'], {}],
  [3, 'no public key', ['explain', URL_42, '--cookie', cookies, ...CLOCK], {}],
  [0, 'help', ['--help'], {}],
])('exits %i for %s', async (code, _, args, options) => {
  const ofProcess = await runProcess(args, options);

  expect(ofProcess.code).toBe(code);
  expect(ofProcess).toEqual(await run(args, options));
});

it('signs with a key and a domain from the environment', async () => {
  const env = {
    CLOUDFRONT_PRIVATE_KEY: rsa.privatePem,
    CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID,
    CLOUDFRONT_DOMAIN: 'media.example.com',
  };
  const args = ['sign-url', '/a.mp4', '--expires-at', new Date(Date.now() + 3_600_000).toISOString()];
  const ofProcess = await runProcess(args, { env });

  expect(ofProcess.code).toBe(0);
  expect(ofProcess.out).toMatch(/^https:\/\/media\.example\.com\/a\.mp4\?/);
  expect(ofProcess.out).toBe((await run(args, { env })).out);
});
