/**
 * `npm run bench:edge`: what judging costs. The edge over a folder, its cache off, against a bare `node:http` server that
 * streams the same files to anybody: requests per second as ratios of rounds that alternate. Both answer `wrk` over
 * connections that stay open, with 1,000 distinct sets of cookies. Some two and a half minutes. Exits 0 even when a ratio is below
 * what is wanted, and says so; 1 with `--strict`.
 */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { quantile, type Rounds } from '../../signer/bench/measure.ts';
import { atLeast, formatTable, isOk, type Row, writeJson } from '../../signer/bench/report.ts';
import { mintCookieSets } from '../proofs/edge/load/cookie-sets.ts';
import { type ServerProcess, startServer } from '../proofs/edge/load/server-process.ts';

/** Sizes of objects and the share of the bare server's requests per second that is wanted for each. */
const SIZES = [
  { name: '1 KB', bytes: 1024, wanted: 0.7 },
  { name: '64 KB', bytes: 64 * 1024, wanted: 0.85 },
  { name: '2 MB', bytes: 2 * 1024 * 1024, wanted: 0.95 },
];
const SERVERS = ['edge', 'bare'] as const;
type Server = (typeof SERVERS)[number];
const EDGE_SERVER = new URL('../proofs/edge/load/edge-server.ts', import.meta.url);
const COOKIE_SETS = 1000;
const CONNECTIONS = 32;
/** Many short rounds: a moment in which the machine does something else spoils one ratio, and not the median. */
const ROUNDS = 11;
const ROUND_SECONDS = 2;

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = join('.storytime', 'bench', 'edge.json');
const { values } = parseArgs({ options: { strict: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'storytime-bench-edge-'));
const servers: ServerProcess[] = [];

try {
  const { keyPairId, publicKey, headers } = await mintCookieSets(COOKIE_SETS);
  const publicKeyFile = join(folder, 'public.pem');
  writeFileSync(publicKeyFile, publicKey);
  const cookies = join(folder, 'cookies');
  writeFileSync(cookies, `${headers.join('\n')}\n`, { mode: 0o600 });
  const files = writeFiles();
  const bare = await startServer(new URL('edge/bare-server.ts', import.meta.url), [files]);
  servers.push(bare);
  const edge = await startServer(EDGE_SERVER, [files, keyPairId, publicKeyFile]);
  servers.push(edge);
  const ports: Record<Server, number> = { bare: bare.port, edge: edge.port };

  const rows: Row[] = [];
  const times: Record<string, Rounds> = {};
  for (const size of SIZES) {
    const seconds = await secondsPerRequest(ports, pathOf(size.name), cookies);
    rows.push(
      atLeast(size.wanted, `the edge at ${size.name}, against node:http`, seconds.bare, seconds.edge),
    );
    for (const server of SERVERS) times[`${server}, ${size.name}`] = seconds[server];
  }

  console.log(`${formatTable(rows)}\n\nmedian of ${ROUNDS} rounds, ${CONNECTIONS} connections:`);
  for (const [name, rounds] of Object.entries(times)) {
    console.log(`  ${name.padEnd(12)}  ${Math.round(1 / quantile(rounds, 0.5))} requests/s`);
  }
  mkdirSync(join(root, '.storytime', 'bench'), { recursive: true });
  writeJson(join(root, report), rows, times);
  console.log(`\nNode ${process.version}; every round is in ${report}`);
  if (values.strict && !rows.every(isOk)) process.exitCode = 1;
} finally {
  await Promise.all(servers.map((server) => server.end()));
  rmSync(folder, { recursive: true, force: true });
}

/** One object of each size, of random bytes. */
function writeFiles(): string {
  const files = join(folder, 'objects');
  mkdirSync(join(files, 'books', '42'), { recursive: true });
  for (const { name, bytes } of SIZES) writeFileSync(join(files, pathOf(name)), randomBytes(bytes));
  return files;
}

function pathOf(size: string): string {
  return `/books/42/${size.replace(' ', '-').toLowerCase()}.ts`;
}

/** The servers take turns, and turns at being first; a round before the first is thrown away, for the compiler. */
async function secondsPerRequest(
  ports: Readonly<Record<Server, number>>,
  path: string,
  cookies: string,
): Promise<Record<Server, Rounds>> {
  const rounds: Record<Server, number[]> = { edge: [], bare: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const server of round % 2 === 0 ? SERVERS : SERVERS.toReversed()) {
      const seconds = await load(ports[server], path, cookies);
      if (round > 0) rounds[server].push(seconds);
    }
  }
  return rounds;
}

async function load(port: number, path: string, cookies: string): Promise<number> {
  const script = fileURLToPath(new URL('edge/requests.lua', import.meta.url));
  const args = [
    '-t',
    '1',
    '-c',
    String(CONNECTIONS),
    '-d',
    `${ROUND_SECONDS}s`,
    '--timeout',
    '30s',
    '-s',
    script,
  ];
  const { stdout } = await promisify(execFile)('wrk', [
    ...args,
    `http://127.0.0.1:${port}`,
    '--',
    path,
    cookies,
  ]).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw new Error('wrk is not on PATH: install Debian’s package wrk', { cause });
    throw cause;
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { requests, microseconds, refused, failed } = JSON.parse(line) as Record<string, number>;
  if (!requests || !microseconds || refused || failed) {
    throw new Error(`${refused} of ${requests} requests for ${path} were refused, ${failed} failed`);
  }
  return microseconds / 1e6 / requests;
}
