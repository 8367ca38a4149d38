/** A HAR that a browser writes while the edge denies a page's request: the doctor takes that request and no other. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeFromHar } from '../../ops/doctor/har.ts';
import { parsePasted } from '../../ops/doctor/pasted.ts';
import { KEY_PAIR_ID, signerFor, trustedKey } from '../edge/fixture.ts';
import { type EdgeProcess, runEdgeProcess } from '../edge/run-command.ts';
import { type Chromium, openChromium } from './demo-page.ts';

const PLAYLIST = '/books/42/index.m3u8';
const folder = mkdtempSync(join(tmpdir(), 'storytime-doctor-har-'));
const har = join(folder, 'request.har');

let edge: EdgeProcess;
/** The customer's own site: another origin than the edge. */
let site: Server;
let siteUrl: string;
let text: string;

beforeAll(async () => {
  mkdirSync(join(folder, 'hls/books/42'), { recursive: true });
  writeFileSync(join(folder, 'hls', PLAYLIST), '#EXTM3U\n');
  writeFileSync(join(folder, 'key.pem'), trustedKey.publicPem);
  const publicKey = `${KEY_PAIR_ID}=${join(folder, 'key.pem')}`;
  const objects = ['--directory', join(folder, 'hls')];
  edge = await runEdgeProcess(['--from-synth', 'dev', ...objects, '--public-key', publicKey]);
  site = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html>'),
  );
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const browser = await openChromium([], { recordHar: har });
  try {
    await playWithExpiredCookies(browser);
  } finally {
    // Closing writes the HAR.
    await browser.close();
  }
  text = readFileSync(har, 'utf8');
}, 120_000);

afterAll(async () => {
  await edge?.end();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A page that signs in, asks for a playlist with cookies that have expired, and sends a heartbeat afterwards. */
async function playWithExpiredCookies({ context, page }: Chromium): Promise<void> {
  const past = new Date(Date.now() - 3_600_000);
  const { cookies } = await signerFor(trustedKey, {
    domain: edge.listening.domain,
    now: () => past,
  }).signCookies('/books/42/*', { expiresIn: 60 });
  const url = `http://127.0.0.1/`;
  await context.addCookies([
    { name: 'session', value: 'of-the-site', url },
    ...Object.entries(cookies).map(([name, value]) => ({ name, value, url })),
  ]);
  await page.goto(siteUrl);
  const denied = await page.evaluate<string>(
    `fetch('${edge.listening.url}${PLAYLIST}', { credentials: 'include' }).then(() => 'read', () => 'blocked')`,
  );
  expect(denied).toBe('blocked');
  await page.evaluate(`fetch('/api/heartbeat', { method: 'POST' }).then(() => null)`);
}

describe('the HAR of a page that was denied', () => {
  it('gives the request to the edge, and not the later one that has cookies too', () => {
    const requests = parsePasted(text).har ?? [];
    const hosts = {
      environment: 'local',
      names: [edge.listening.domain],
      edgePorts: [new URL(edge.listening.url).port],
    };
    const { request, taken } = takeFromHar(requests, hosts);

    expect(request).toMatchObject({
      method: 'GET',
      url: `${edge.listening.url}${PLAYLIST}`,
      origin: siteUrl,
    });
    expect(taken.of).toBe(requests.length);
  });
});
