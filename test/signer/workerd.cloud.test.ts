/** The signer in Cloudflare Workers: workerd itself, with `nodejs_compat`, serves a Worker that signs. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toolchain } from '../support/toolchain.ts';
import { ec, judge, KEY_PAIR_ID, NOW, rsa } from './fixtures.ts';

const WORKER = `
  import { createPrivateKey } from 'node:crypto';
  import { createSigner, staticKey } from '@storytime/signer';

  export default {
    async fetch(request, env) {
      const { privateKey, form, hashAlgorithm } = await request.json();
      try {
        const given = form === 'KeyObject' ? createPrivateKey(privateKey) : privateKey;
        const key = staticKey({ keyPairId: '${KEY_PAIR_ID}', privateKey: given, hashAlgorithm });
        const signer = createSigner({ key, domain: 'media.example.com', now: () => new Date(${NOW.getTime()}) });
        const { url } = await signer.signUrl('/books/42/index.m3u8');
        const list = await signer.signUrls(['/a.jpg', '/b.jpg']);
        const { cookies } = await signer.signCookies('/books/42/*');
        return Response.json({ urls: [url, signer.signUrlSync('/c.mp4').url, ...list.map((one) => one.url)], cookies });
      } catch (error) {
        return Response.json({ code: error.code, message: error.message, cause: String(error.cause) }, { status: 500 });
      }
    },
  };
`;

const CONFIG = `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (
    services = [(name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2025-09-01",
      compatibilityFlags = ["nodejs_compat"],
    ))],
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  );
`;

let folder = '';
let server: ChildProcess | undefined;
let origin = '';
let unavailable: string | undefined;

beforeAll(async () => {
  const tools = await toolchain();
  if ('unavailable' in tools) {
    unavailable = tools.unavailable;
    return;
  }
  const workerd: string = createRequire(join(tools.folder, 'package.json'))('workerd').default;
  folder = mkdtempSync(join(tmpdir(), 'signer-workerd-'));
  await build({
    stdin: { contents: WORKER, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'js' },
    outfile: join(folder, 'worker.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    // As Cloudflare's own bundler does: ESM where a package has it, and Node's modules by their full names.
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'import'],
    alias: { crypto: 'node:crypto', util: 'node:util', timers: 'node:timers' },
    external: ['node:*'],
  });
  writeFileSync(join(folder, 'config.capnp'), CONFIG);
  server = spawn(workerd, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`workerd ended with ${code} before it served`);
  });
  const [line] = await Promise.race([once(server.stdio[3] as Readable, 'data'), ended]);
  ended.catch(() => {});
  const { port } = JSON.parse(String(line).split('\n', 1)[0] ?? '') as { port: number };
  origin = `http://127.0.0.1:${port}`;
}, 300_000);
beforeEach(({ skip }) => skip(unavailable !== undefined, unavailable));
afterAll(async () => {
  if (server?.exitCode === null) {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('in workerd', () => {
  it.each([
    ['an RSA PEM', rsa, rsa.privatePem, 'text', 'SHA1'],
    ['an RSA PEM, SHA-256', rsa, rsa.privatePem, 'text', 'SHA256'],
    ['a P-256 PEM', ec, ec.privatePem, 'text', 'SHA1'],
    ['a P-256 PEM, SHA-256', ec, ec.privatePem, 'text', 'SHA256'],
    ['an RSA KeyObject', rsa, rsa.privatePem, 'KeyObject', 'SHA1'],
    ['base64 of a PEM', ec, Buffer.from(ec.privatePem).toString('base64'), 'text', 'SHA1'],
  ])(
    '%s signs URLs, lists and cookies that CloudFront allows',
    async (_, pair, privateKey, form, hashAlgorithm) => {
      const body = JSON.stringify({ privateKey, form, hashAlgorithm });
      const answer = (await (await fetch(origin, { method: 'POST', body })).json()) as {
        urls: string[];
        cookies: Record<string, string>;
      };
      expect(answer).toHaveProperty('urls');
      for (const url of answer.urls) expect(judge(pair, { url }).allowed).toBe(true);
      const cookies = Object.entries(answer.cookies)
        .map((cookie) => cookie.join('='))
        .join('; ');
      expect(judge(pair, { url: 'https://media.example.com/books/42/a.ts', cookies }).allowed).toBe(true);
    },
  );

  it('an invalid key is named as in Node', async () => {
    const body = JSON.stringify({ privateKey: rsa.publicPem, form: 'text', hashAlgorithm: 'SHA1' });
    expect(await (await fetch(origin, { method: 'POST', body })).json()).toMatchObject({
      code: 'ERR_KEY_KIND',
    });
  });
});
