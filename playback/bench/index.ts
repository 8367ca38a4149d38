/** Of `npm run bench`: the key endpoint against bare verification by jose, behind the same adapter of Hono for Node. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { jwtVerify } from 'jose';
import { measure } from '../../signer/bench/measure.ts';
import { atLeast, formatTable, formatTimes, isOk, type Row } from '../../signer/bench/report.ts';
import { keyHandler, masterKeyWrapper, memoryStore, playbackTokens } from '../src/index.ts';

/** The share of its speed that the key endpoint keeps for lesson, version, device, bound, cache and headers. */
const WANTED = 0.8;

const secret = 'q7Zk0bT3xM9vR2cW8nL5yJ4hF6gD1sAe';
const audience = 'https://api.example.com';
const title = { id: 'title-42', version: 1 };
const tokens = playbackTokens({ secrets: secret, audience });
const store = memoryStore();
const keys = masterKeyWrapper({ masterKey: '8f'.repeat(32) });
await store.putContentKey((await keys.create({ titleId: title.id, version: title.version })).wrapped);
/** Of many play starts, because each may ask only so often in a minute. */
const issued = await Promise.all(
  Array.from({ length: 1_000 }, async (_, index) => {
    const ids = { userId: `user-${index}`, lessonId: '42', deviceId: 'device-1' };
    return (await tokens.issue({ ...ids, title })).token;
  }),
);
const getKey = keyHandler({
  tokens,
  store,
  keys,
  origins: ['https://app.example.com'],
  requestsPerMinute: 10_000,
});

const imported = await crypto.subtle.importKey(
  'raw',
  new TextEncoder().encode(secret),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['verify'],
);
const sixteenBytes = new Uint8Array(16);
const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' };

/** What the shortest correct key endpoint would do. */
async function bare(request: Request): Promise<Response> {
  await jwtVerify(request.headers.get('x-video-token') ?? '', imported, {
    algorithms: ['HS256'],
    audience,
    typ: 'playback+jwt',
  });
  return new Response(sixteenBytes, { headers });
}

/** Each by a server of its own, over one connection that stays open. */
const servers = await Promise.all(
  [bare, (request: Request) => getKey(request, { lessonId: '42' })].map(listen),
);
const [bareUrl = '', keyUrl = ''] = servers.map(({ url }) => url);
const ask = (url: string) => async (index: number) => {
  const answer = await fetch(url, { headers: { 'x-video-token': issued[index % issued.length] ?? '' } });
  if (answer.status !== 200 || (await answer.arrayBuffer()).byteLength !== 16)
    throw new Error(`${answer.status}`);
};
const times = await measure({ bare: ask(bareUrl), key: ask(keyUrl) }, { batchMs: 20, batches: 20 });
for (const { server } of servers) server.close();

const rows: Row[] = [atLeast(WANTED, 'key endpoint, of bare jwtVerify over HTTP', times.bare, times.key)];
console.log(`${formatTable(rows)}\n\nmedian of five rounds:\n${formatTimes(times)}\n`);
if (!rows.every(isOk) && process.argv.includes('--strict')) process.exitCode = 1;

async function listen(fetch: (request: Request) => Promise<Response>) {
  const server = createAdaptorServer({ fetch }) as Server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/video-keys/42?v=1` };
}
