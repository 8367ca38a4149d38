import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HOST = 'registry.terraform.io';
const TUNNEL = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** A proxy that answers for the registry itself, over TLS with a certificate for its name. */
let folder: string;
let answer: { status: number; body: string };
const tunnels: string[] = [];
const closers: (() => void)[] = [];
let proxy: string;
/** A process that trusts the certificate: reads an environment, a line each, and writes whether the registry answers. */
let asker: ReturnType<typeof startAsker>;
let said: AsyncIterator<string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'storytime-registry-'));
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject],
    {
      stdio: 'ignore',
    },
  );
  const registry = createTlsServer(
    { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
    (_, response) => response.writeHead(answer.status).end(answer.body),
  );
  const registryPort = await listening(registry);
  const forward = createHttpServer().on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    const upstream = connect(registryPort, '127.0.0.1', () => {
      socket.write(TUNNEL);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [upstream, socket]) end.on('error', () => {});
  });
  asker = startAsker();
  closers.push(() => asker.kill());
  said = createInterface(asker.stdout)[Symbol.asyncIterator]();
  proxy = `http://127.0.0.1:${await listening(forward)}`;
});
afterAll(() => {
  for (const close of closers) close();
  rmSync(folder, { recursive: true });
});

describe('Terraform’s registry', () => {
  const DISCOVERY = { status: 200, body: '{"modules.v1":"/v1/modules/","providers.v1":"/v1/providers/"}' };

  it('answers through HTTPS_PROXY, in upper and in lower case, with and without a scheme', async () => {
    answer = DISCOVERY;
    tunnels.length = 0;
    expect(await answers({ HTTPS_PROXY: proxy })).toBe(true);
    expect(await answers({ https_proxy: proxy.replace('http://', '') })).toBe(true);
    expect(tunnels).toEqual([`${HOST}:443`, `${HOST}:443`]);
  });

  it('is not asked through the proxy where NO_PROXY names it', async () => {
    answer = DISCOVERY;
    tunnels.length = 0;
    await answers({ HTTPS_PROXY: proxy, NO_PROXY: HOST });
    expect(tunnels).toEqual([]);
  });

  it.each([
    ['a page to sign in', { status: 200, body: '<html>' }],
    ['a refusal', { status: 403, body: DISCOVERY.body }],
    ['another service', { status: 200, body: '{"modules.v1":"/v1/modules/"}' }],
    ['no object', { status: 200, body: 'null' }],
  ])('does not answer where the proxy sends %s', async (_, sent) => {
    answer = sent;
    expect(await answers({ HTTPS_PROXY: proxy })).toBe(false);
  });

  // undici alone would wait for five minutes, and this test no longer than its limit.
  it.each([
    ['accepts and says nothing', () => {}],
    ['opens the tunnel and says nothing in it', (socket: Socket) => socket.write(TUNNEL)],
    ['never ends its header', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nX-A: ')],
  ])('does not answer where the proxy %s', async (_, behave) => {
    const silent = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => behave(socket));
      closers.push(() => socket.destroy());
    });
    const port = await listening(silent);
    expect(await answers({ HTTPS_PROXY: `http://127.0.0.1:${port}` })).toBe(false);
  });

  it('does not answer where the proxy is not there', async () => {
    expect(await answers({ HTTPS_PROXY: 'http://127.0.0.1:9' })).toBe(false);
  });
});

function startAsker() {
  const module = import.meta.resolve('../../ops/terraform/registry.ts');
  const code = `const { createInterface } = await import('node:readline');
    const { registryAnswers } = await import(${JSON.stringify(module)});
    for await (const line of createInterface(process.stdin))
      console.log(await registryAnswers(${JSON.stringify(HOST)}, JSON.parse(line)));`;
  return spawn(process.execPath, ['--import', 'tsx/esm', '--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function answers(env: Record<string, string>): Promise<boolean> {
  asker.stdin.write(`${JSON.stringify(env)}\n`);
  const { value } = await said.next();
  return value === 'true';
}

async function listening(server: Server & { closeAllConnections?: () => void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    server.closeAllConnections?.();
  });
  return (server.address() as AddressInfo).port;
}
