/** What an edge must bear. Each looks at its process before and after, when everything that can be freed is. */
import { setTimeout as wait } from 'node:timers/promises';
import { adversarialCookie } from './adversarial-cookies.ts';
import { CANNED_PATH } from './cookie-sets.ts';
import type { ServerProcess, Usage } from './server-process.ts';
import { connectSlowly, Viewer } from './viewer.ts';

export interface Proven {
  readonly what: string;
  readonly found: string;
  readonly isOk: boolean;
}

interface Load {
  readonly server: ServerProcess;
  /** `Cookie` headers, all good. */
  readonly cookies: readonly string[];
}

const SMALL = '/books/42/small.ts';
const LARGE = '/books/42/large.ts';
const MISSING = '/books/42/missing.ts';
const OTHER_BOOK = '/books/43/small.ts';
const KEPT_OPEN = 32;
const LOOKS = 10;
/** What a megabyte of heap more or less says about a process of this kind: nothing. */
const NOISE_BYTES = 4 * 1024 * 1024;
/** A connection that nobody reads from may hold what is on its way: a chunk of the file and the socket's buffers. */
const BYTES_PER_SLOW_READER = 1024 * 1024;
const SETTLING_MS = 10_000;

/** Allowances and denials of every kind; what the process holds after a tenth of them is what it holds after all. */
export async function manyRequests({
  server,
  cookies,
  canned,
  requests,
}: Load & { readonly canned: readonly string[]; readonly requests: number }): Promise<Proven> {
  const viewers = await Promise.all(Array.from({ length: KEPT_OPEN }, () => Viewer.connect(server.port)));
  const looks: Usage[] = [];
  let sent = 0;
  let wrong = 0;
  let denied = 0;
  const run = async (viewer: Viewer, until: number) => {
    while (sent < until) {
      const { path, cookie, wanted } = requestNumber(sent++, cookies, canned);
      const status = await viewer.get(path, cookie);
      if (status !== wanted) wrong++;
      if (status === 403) denied++;
    }
  };
  for (let look = 1; look <= LOOKS; look++) {
    const until = Math.round((requests * look) / LOOKS);
    await Promise.all(viewers.map((viewer) => run(viewer, until)));
    looks.push(await server.usage());
  }
  await Promise.all(viewers.map((viewer) => viewer.close()));

  const held = looks.map(({ heapBytes, externalBytes }) => heapBytes + externalBytes);
  // The second tenth still fills caches that have a bound.
  const [, second = 0, ...later] = held;
  const grown = Math.max(...later) - second;
  return {
    what: `${sent} requests, ${denied} of them denied, over ${KEPT_OPEN} connections`,
    found: `${wrong} wrong answers; heap and buffers after each tenth: ${held.map(megabytes).join(' ')} MB`,
    isOk: wrong === 0 && denied > 0 && grown < NOISE_BYTES,
  };
}

/**
 * One in ten is denied in each of four ways, and one asks for what is not there, which S3 denies. What is asked for
 * with the wrong cookies exists, so an edge that accepted them would answer 200.
 */
function requestNumber(index: number, cookies: readonly string[], canned: readonly string[]) {
  const cookie = cookies[index % cookies.length] ?? '';
  switch (index % 10) {
    case 0:
      return { path: SMALL, cookie: null, wanted: 403 };
    case 1:
      return { path: OTHER_BOOK, cookie, wanted: 403 };
    case 2:
      // A signature that was never seen, each time: nothing is kept of what nobody can use.
      return { path: SMALL, cookie: tampered(cookie, index), wanted: 403 };
    case 3:
      return { path: MISSING, cookie, wanted: 403 };
    case 4: {
      const round = Math.floor(index / 10);
      const sets = { custom: cookie, canned: canned[(index - 1) % canned.length] ?? '' };
      return {
        path: round % 2 === 0 ? OTHER_BOOK : SMALL,
        cookie: adversarialCookie(round, sets),
        wanted: 403,
      };
    }
    case 5:
      return { path: CANNED_PATH, cookie: canned[(index - 2) % canned.length] ?? '', wanted: 200 };
    default:
      return { path: SMALL, cookie, wanted: 200 };
  }
}

function tampered(cookie: string, index: number): string {
  const digits = index.toString(36).padStart(8, '0');
  return cookie.replace(/(CloudFront-Signature=).{8}/, `$1${digits}`);
}

/** All of them stay open, and each is answered twice. */
export async function manyConnections({
  server,
  cookies,
  connections,
}: Load & { readonly connections: number }): Promise<Proven> {
  const before = await server.usage();
  const viewers: Viewer[] = [];
  let answered = 0;
  try {
    while (viewers.length < connections) {
      // A backlog holds some hundreds that nobody has accepted yet.
      const batch = Array.from({ length: Math.min(250, connections - viewers.length) }, () =>
        Viewer.connect(server.port),
      );
      viewers.push(...(await Promise.all(batch)));
    }
    for (let round = 0; round < 2; round++) {
      const statuses = await Promise.all(
        viewers.map((viewer, index) => viewer.get(SMALL, cookies[index % cookies.length] ?? '')),
      );
      answered += statuses.filter((status) => status === 200).length;
    }
  } finally {
    await Promise.all(viewers.map((viewer) => viewer.close()));
  }
  const after = await settled(server, before);
  return {
    what: `${connections} connections open at once, two requests on each`,
    found: `${answered} answered; ${stays(before, after)}`,
    isOk: answered === 2 * connections && isSettled(before, after),
  };
}

/** Viewers who ask for a large object and do not read: it stays on the disk. */
export async function slowReaders({
  server,
  cookies,
  viewers: count,
}: Load & { readonly viewers: number }): Promise<Proven> {
  const before = await server.usage();
  const viewers = await Promise.all(
    Array.from({ length: count }, (_, index) => connectSlowly(server.port, LARGE, cookies[index] ?? '')),
  );
  await Promise.all(viewers.map(({ began }) => began));
  const stuck = await stable(server);
  await Promise.all(viewers.map((viewer) => viewer.leave()));
  const after = await settled(server, before);
  const held = (stuck.heapBytes + stuck.externalBytes - before.heapBytes - before.externalBytes) / count;
  return {
    what: `${count} viewers of 256 MB who read nothing, and leave`,
    found: `${(held / 1024).toFixed(0)} KB held for each; ${stays(before, after)}`,
    isOk: held < BYTES_PER_SLOW_READER && isSettled(before, after),
  };
}

/** Viewers who leave with the first bytes, some at once. */
export async function viewersWhoLeave({
  server,
  cookies,
  viewers: count,
}: Load & { readonly viewers: number }): Promise<Proven> {
  const before = await server.usage();
  const one = async (index: number) => {
    const viewer = await connectSlowly(server.port, LARGE, cookies[index % cookies.length] ?? '');
    if (index % 4 > 0) await viewer.began;
    await viewer.leave();
  };
  for (let started = 0; started < count; started += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => one(started + index)));
  }
  const after = await settled(server, before);
  return {
    what: `${count} downloads broken off`,
    found: stays(before, after),
    isOk: isSettled(before, after),
  };
}

/** The process once it holds no more than before, or after ten seconds of waiting for that. */
async function settled(server: ServerProcess, before: Usage): Promise<Usage> {
  const until = Date.now() + SETTLING_MS;
  let usage = await server.usage();
  while (!isSettled(before, usage) && Date.now() < until) {
    await wait(100);
    usage = await server.usage();
  }
  return usage;
}

/** The process once it reads no more: twice the same within a hundredth. */
async function stable(server: ServerProcess): Promise<Usage> {
  const until = Date.now() + SETTLING_MS;
  let earlier = await server.usage();
  while (Date.now() < until) {
    await wait(200);
    const usage = await server.usage();
    if (Math.abs(usage.externalBytes - earlier.externalBytes) < earlier.externalBytes / 100) return usage;
    earlier = usage;
  }
  return earlier;
}

function isSettled(before: Usage, after: Usage): boolean {
  const grown = after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes;
  return grown < NOISE_BYTES && (after.openFiles ?? 0) <= (before.openFiles ?? 0);
}

function stays(before: Usage, after: Usage): string {
  const grown = after.heapBytes + after.externalBytes - before.heapBytes - before.externalBytes;
  const files =
    before.openFiles === null ? '' : `, ${(after.openFiles ?? 0) - before.openFiles} open files more`;
  return `afterwards ${megabytes(grown)} MB more than before${files}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
