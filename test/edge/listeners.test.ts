/** The edge's listeners: TLS, HTTP/2, what is told to people, and what a viewer may not do to it. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Edge, type EdgeLogEntry, type RunOptions, startEdgeFromStack } from '../../edge/index.ts';
import { selfSignedCertificate } from '../../edge/self-signed.ts';
import { dev } from '../../envs/dev.ts';
import { newKeys, synthesized } from '../envs/synthesized.ts';
import { bookCookies, DOMAIN, KEY_PAIR_ID, NOW, trustedKey } from './fixture.ts';

const PLAYLIST = '/books/42/index.m3u8';
const LARGE = '/books/42/large.ts';
const LARGE_BYTES = 3_000_000;

const directory = mkdtempSync(join(tmpdir(), 'storytime-listeners-'));
const geoBlocking = synthesized({ ...dev, geoAllowList: ['DE'] }, newKeys('2026-11-a'));
let edge: Edge;
let log: EdgeLogEntry[];
let warnings: string[];
let cookie: string;

beforeAll(async () => {
  mkdirSync(join(directory, 'books/42'), { recursive: true });
  writeFileSync(join(directory, PLAYLIST), '#EXTM3U\n');
  writeFileSync(join(directory, LARGE), Buffer.alloc(LARGE_BYTES, 7));
  cookie = await bookCookies();
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(() => edge?.close());

async function start(options: RunOptions = {}): Promise<void> {
  log = [];
  warnings = [];
  edge = await startEdgeFromStack({
    stack: geoBlocking,
    origin: { directory },
    publicKeys: new Map([[KEY_PAIR_ID, trustedKey.publicPem]]),
    domainName: DOMAIN,
    now: () => NOW,
    onRequest: (entry) => log.push(entry),
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

async function get(
  base: string,
  path: string,
  headers: Record<string, string> = {},
  ca?: string,
): Promise<Answer> {
  const ask = base.startsWith('https:') ? httpsRequest : httpRequest;
  const outgoing = ask(`${base}${path}`, { headers, agent: false, ...(ca && { ca }) });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode, headers: incoming.headers, text };
}

/** Sends bytes as they are and gives the status line of the answer. */
async function statusLineTo(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString().split('\r\n', 1)[0] ?? '';
}

const tls = await selfSignedCertificate(new Date());

describe('with https', () => {
  it('speaks TLS with the certificate it is given, and is judged as https', async () => {
    await start({ https: tls });
    expect(edge.url).toMatch(/^https:/);
    const answer = await get(edge.url, PLAYLIST, { cookie }, tls.cert);
    expect([answer.status, answer.text]).toEqual([200, '#EXTM3U\n']);
  });

  it('speaks HTTP/2, by the authority instead of Host, with large answers whole', async () => {
    await start({ https: tls });
    const session = connectHttp2(edge.url, { ca: tls.cert });
    try {
      const ask = async (path: string, headers: Record<string, string>) => {
        const stream = session.request({ ':path': path, ...headers });
        const [head] = await once(stream, 'response');
        let length = 0;
        for await (const chunk of stream) length += chunk.length;
        return [head[':status'], length];
      };
      expect(await ask(PLAYLIST, { cookie, ':authority': DOMAIN })).toEqual([200, 8]);
      expect(await ask(LARGE, { cookie })).toEqual([200, LARGE_BYTES]);
      expect((await ask(PLAYLIST, {}))[0]).toBe(403);
      expect((await ask(PLAYLIST, { cookie, ':authority': 'other.example' }))[0]).toBe(403);
      expect(session.alpnProtocol).toBe('h2');
    } finally {
      session.close();
    }
  });

  it('redirects a loopback request from port 80 to the TLS listener', async () => {
    await start({ https: 'self-signed' });
    const answer = await get(edge.httpUrl, `${PLAYLIST}?a=1`);
    expect([answer.status, answer.headers.location]).toEqual([301, `${edge.url}${PLAYLIST}?a=1`]);
  });

  it('makes a certificate for this machine’s names that is good for a week, and another each time', async () => {
    const certificate = new X509Certificate(tls.cert);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6);
    expect(days).toBeLessThan(8);
    expect((await selfSignedCertificate(new Date())).cert).not.toBe(tls.cert);
  });
});

describe('what is told', () => {
  it('is nothing of the judgement in an answer, unless asked for', async () => {
    await start();
    expect((await get(edge.url, PLAYLIST)).headers).not.toHaveProperty('x-storytime-explain');
  });

  it('with explain is the verdict and the hint, on one line of ASCII', async () => {
    await start({ explain: true });
    expect((await get(edge.url, PLAYLIST, { cookie })).headers['x-storytime-explain']).toBe('allowed');
    const denied = await get(edge.url, '/books/43/%C3%A4.m3u8', { cookie });
    expect(denied.headers['x-storytime-explain']).toMatch(/^resource-mismatch; [\x20-\x7e]+$/);
  });

  it('in the log is the key that signed and the bytes that were sent, and no secret', async () => {
    await start();
    await get(edge.url, LARGE, { cookie });
    await get(edge.url, `${PLAYLIST}?Signature=secret`, { cookie });
    expect(log).toMatchObject([
      { verdict: 'allowed', keyPairId: KEY_PAIR_ID, bytes: LARGE_BYTES, status: 200 },
      { verdict: 'missing-key-pair-id', status: 403 },
    ]);
    expect(log[1]).not.toHaveProperty('keyPairId');
    const signature = /CloudFront-Signature=([^;]+)/.exec(cookie)?.[1] ?? '-';
    expect(JSON.stringify(log)).not.toContain('secret');
    expect(JSON.stringify(log)).not.toContain(signature);
  });
});

describe('countries', () => {
  it('are not taken from a viewer by default', async () => {
    await start();
    expect((await get(edge.url, PLAYLIST, { cookie, 'x-storytime-country': 'FR' })).status).toBe(200);
  });

  it('can be named per request in tests', async () => {
    await start({ countryHeader: true });
    const statuses = ['DE', 'FR'].map(
      async (country) => (await get(edge.url, PLAYLIST, { cookie, 'x-storytime-country': country })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 403]);
  });
});

describe('without a cache', () => {
  it('asks the origin every time', async () => {
    await start({ cache: false });
    for (let count = 0; count < 2; count++) await get(edge.url, PLAYLIST, { cookie });
    expect(log.map(({ cache }) => cache)).toEqual(['Miss', 'Miss']);
  });
});

describe('requests beyond the limits', () => {
  it.each([
    ['plain HTTP', undefined],
    ['TLS', tls],
  ])('are those of more than 32 KiB, over %s', async (_, https) => {
    await start(https ? { https } : {});
    const statusWith = async (bytes: number) =>
      (await get(edge.url, PLAYLIST, { cookie, 'x-long': 'a'.repeat(bytes) }, https?.cert)).status;

    expect([await statusWith(30_000), await statusWith(33_000)]).toEqual([200, 413]);
  });

  it.each([
    [
      'a URL of 8,193 bytes',
      `GET /${'a'.repeat(8192)} HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n\r\n`,
      413,
    ],
    ['headers of 32 KiB', `GET / HTTP/1.1\r\nHost: ${DOMAIN}\r\nX-A: ${'a'.repeat(33_000)}\r\n\r\n`, 413],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a target that is not a path', `GET * HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n\r\n`, 400],
  ])('%s is answered and the connection closed', async (_, bytes, status) => {
    await start();
    expect(await statusLineTo(bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('a viewer who leaves in the middle is nobody’s failure, and is logged', async () => {
    await start();
    const socket = connect(Number(new URL(edge.url).port), '127.0.0.1');
    socket.write(`GET ${LARGE} HTTP/1.1\r\nHost: ${DOMAIN}\r\nCookie: ${cookie}\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => log.length).toBe(1);
    expect([log[0]?.status, warnings]).toEqual([200, []]);
    expect((await get(edge.url, PLAYLIST, { cookie })).status).toBe(200);
  });
});
