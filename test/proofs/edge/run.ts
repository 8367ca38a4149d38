/**
 * `npm run prove:edge`: the edge holds nothing that it does not need, however many ask, and however badly they behave.
 * A million requests, 5,000 open connections, viewers who do not read and viewers who leave. Prints what it counted,
 * writes `.storytime/edge/load.json`, and exits 1 on a wrong answer or on something that stays.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mintCookieSets } from './load/cookie-sets.ts';
import { manyConnections, manyRequests, type Proven, slowReaders, viewersWhoLeave } from './load/proofs.ts';
import { startServer } from './load/server-process.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } });
const out = fileURLToPath(new URL('../../../.storytime/edge/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'storytime-load-'));
const objects = join(folder, 'objects');
for (const book of ['42', '43']) {
  mkdirSync(join(objects, 'books', book), { recursive: true });
  writeFileSync(join(objects, 'books', book, 'small.ts'), Buffer.alloc(1024, 's'));
}
writeFileSync(join(objects, 'books', '42', 'large.ts'), '');
// Sparse: it takes no room on the disk.
truncateSync(join(objects, 'books', '42', 'large.ts'), 256 * 1024 * 1024);

const { keyPairId, publicKey, headers: cookies, canned } = await mintCookieSets(1000);
const publicKeyFile = join(folder, 'public.pem');
writeFileSync(publicKeyFile, publicKey);
const server = await startServer(new URL('load/edge-server.ts', import.meta.url), [
  objects,
  keyPairId,
  publicKeyFile,
]);
try {
  const proofs: Proven[] = [];
  for (const prove of [
    () => manyRequests({ server, cookies, canned, requests: Number(values.requests) }),
    () => manyConnections({ server, cookies, connections: 5000 }),
    () => slowReaders({ server, cookies, viewers: 200 }),
    () => viewersWhoLeave({ server, cookies, viewers: 2000 }),
  ]) {
    const proven = await prove();
    proofs.push(proven);
    console.log(`${proven.isOk ? 'ok    ' : 'WRONG '} ${proven.what}\n       ${proven.found}`);
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'load.json'), `${JSON.stringify(proofs, null, 2)}\n`);
  process.exitCode = proofs.every(({ isOk }) => isOk) ? 0 : 1;
} finally {
  await server.end();
  rmSync(folder, { recursive: true, force: true });
}
