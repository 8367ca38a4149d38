/**
 * Every viewer of the proof, each with a connection of its own that it keeps, and everybody who should get nothing.
 * It judges nothing: what was sent and what came back goes to the process that started it.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential, FromViewers, MadeBy, Sent, ToViewers, ViewersStart } from './messages.ts';
import { prolonged } from './thief.ts';

type Scope = 'cookies' | 'directory' | 'file';

interface Viewer {
  readonly book: string;
  readonly agent: Agent;
  /** Between two requests. */
  readonly periodMs: number;
}

/** As many as ask at full speed, by what they play with and how they keep it; the rest of the speed is theirs. */
const VIEWERS: readonly {
  readonly scope: Scope;
  readonly keeps: 'renews' | 'to-the-end';
  readonly count: number;
}[] = [
  { scope: 'cookies', keeps: 'renews', count: 16 },
  { scope: 'cookies', keeps: 'to-the-end', count: 16 },
  { scope: 'directory', keeps: 'renews', count: 8 },
  { scope: 'directory', keeps: 'to-the-end', count: 8 },
  { scope: 'file', keeps: 'to-the-end', count: 4 },
];
/** Those who should get nothing, or nothing any more, ask so often. */
const SLOW_PERIOD_MS = 400;
/** What falls behind on a busy machine is caught up with, up to this much. */
const MOST_BEHIND_MS = 2000;
/** A request under way at the last moment is judged a little later. */
const BEFORE_END_MS = 700;

let options: ViewersStart;
let signers: readonly string[];
let isStopped = false;
let lastCredential = 0;
let seen: { credentials: Credential[]; sent: Sent[] } = { credentials: [], sent: [] };
const loops: Promise<void>[] = [];

process.on('disconnect', () => process.exit());
process.on('message', async (message: ToViewers) => {
  switch (message.kind) {
    case 'start':
      options = message.options;
      signers = options.signers;
      start();
      return;
    case 'signers':
      signers = message.urls;
      return;
    case 'stolen':
      loops.push(useForEver(newViewer(SLOW_PERIOD_MS, message.book), message.via, message.text, 'thief'));
      return;
    case 'returning':
      await watchOnce(message.url);
      say({ kind: 'returned' });
      return;
    case 'stop':
      isStopped = true;
      await Promise.all(loops);
      tellWhatWasSeen();
      say({ kind: 'stopped' });
  }
});

function start(): void {
  setInterval(tellWhatWasSeen, 500);
  const count = VIEWERS.reduce((sum, group) => sum + group.count, 0);
  const periodMs = (count * 1000) / options.requestsPerSecond;
  for (const { scope, keeps, count } of VIEWERS) {
    for (let index = 0; index < count; index += 1) loops.push(play(newViewer(periodMs), scope, keeps));
  }
  for (const via of ['cookies', 'url'] as const) {
    loops.push(outlive(newViewer(SLOW_PERIOD_MS), via));
    loops.push(tamper(newViewer(SLOW_PERIOD_MS), via));
  }
  loops.push(useForEver(newViewer(SLOW_PERIOD_MS), 'url', '', 'nobody'));
}

function newViewer(periodMs: number, book?: string): Viewer {
  const { books } = options;
  const any = books[Math.floor(Math.random() * books.length)] ?? '';
  return { book: book ?? any, agent: new Agent({ keepAlive: true, maxSockets: 1 }), periodMs };
}

/** Plays a book over and over. One renews at half the lifetime, the other takes the longest and uses it to its end. */
async function play(viewer: Viewer, scope: Scope, keeps: 'renews' | 'to-the-end'): Promise<void> {
  const { longestSignatureSeconds: longest } = options;
  const held = new Map<string, { readonly credential: Credential; readonly until: number }>();
  await each(viewer, async (path) => {
    // Not all alike: a session of its own length for everybody.
    const expiresIn = keeps === 'to-the-end' ? longest : Math.ceil(longest * (0.4 + 0.6 * Math.random()));
    const opens = scope === 'file' ? path : viewer.book;
    let known = held.get(opens);
    if (known === undefined || Date.now() >= known.until) {
      const credential = await signed(scope, viewer.book, path, expiresIn);
      if (credential === null) return;
      const lasts = (expiresIn - 1) * 1000 - BEFORE_END_MS;
      known = { credential, until: credential.askedAt + (keeps === 'renews' ? lasts / 2 : lasts) };
      held.set(opens, known);
    }
    const status = await send(viewer, path, known.credential);
    // As a page does that is refused: it asks its backend again.
    if (status !== 200) held.delete(opens);
  });
}

/** The first thing that a signer signs after it was idle, used for a book from its first file to its last. */
async function watchOnce(signer: string): Promise<void> {
  const viewer = newViewer(0);
  const paths = options.paths.filter((path) => path.startsWith(`${viewer.book}/`));
  const { longestSignatureSeconds } = options;
  const credential = await signed('cookies', viewer.book, '', longestSignatureSeconds, 'returning', [signer]);
  for (const path of paths) if (credential !== null) await send(viewer, path, credential);
  viewer.agent.destroy();
}

/** Goes on with what has ended. */
async function outlive(viewer: Viewer, via: Credential['via']): Promise<void> {
  let credential: Credential | null = null;
  let until = 0;
  await each(viewer, async (path) => {
    if (credential === null || Date.now() >= until) {
      credential = await signed(via === 'cookies' ? 'cookies' : 'directory', viewer.book, path, 3);
      until = Date.now() + 12_000;
    }
    if (credential !== null) await send(viewer, path, credential);
  });
}

/** Moves the end of what it was given a year on. */
async function tamper(viewer: Viewer, via: Credential['via']): Promise<void> {
  let credential: Credential | null = null;
  let until = 0;
  await each(viewer, async (path) => {
    if (credential === null || Date.now() >= until) {
      const given = await signed(
        via === 'cookies' ? 'cookies' : 'directory',
        viewer.book,
        path,
        5,
        'tampered',
      );
      until = Date.now() + 12_000;
      credential = given && remembered({ ...given, text: prolonged(given.text) });
    }
    if (credential !== null) await send(viewer, path, credential);
  });
}

async function useForEver(viewer: Viewer, via: Credential['via'], text: string, made: MadeBy): Promise<void> {
  const now = Date.now();
  const credential = remembered({ id: nextId(), via, text, made, askedAt: now, gotAt: now });
  await each(viewer, async (path) => void (await send(viewer, path, credential)));
}

/** The files of the viewer's book in the order of a player, again and again, at the viewer's speed. */
async function each(viewer: Viewer, ask: (path: string) => Promise<void>): Promise<void> {
  const paths = options.paths.filter((path) => path.startsWith(`${viewer.book}/`));
  // Not all at once.
  let due = Date.now() + Math.random() * viewer.periodMs;
  for (let turn = 0; !isStopped; turn += 1) {
    await sleep(Math.max(0, due - Date.now()));
    await ask(paths[turn % paths.length] ?? '');
    due = Math.max(due + viewer.periodMs, Date.now() - MOST_BEHIND_MS);
  }
  viewer.agent.destroy();
}

/** Asks any signer, and another one when that does not answer. Null, and told, when none does. */
async function signed(
  scope: Scope,
  book: string,
  path: string,
  expiresIn: number,
  made: MadeBy = 'signer',
  among: readonly string[] = signers,
): Promise<Credential | null> {
  const resource = scope === 'cookies' ? `${book}/*` : scope === 'directory' ? `${book}/index.m3u8` : path;
  const askedAt = Date.now();
  const start = Math.floor(Math.random() * among.length);
  let why = 'there is no signer';
  for (const signer of [...among.slice(start), ...among.slice(0, start)]) {
    try {
      const query = new URLSearchParams({ resource, expiresIn: String(expiresIn) });
      const answer = await fetch(`${signer}/${scope}?${query}`);
      const text = await answer.text();
      if (answer.ok) {
        const via = scope === 'cookies' ? 'cookies' : 'url';
        const credential = { id: nextId(), via, text, made, askedAt, gotAt: Date.now() } as const;
        return made === 'tampered' ? credential : remembered(credential);
      }
      why = text;
      say({ kind: 'refused', at: askedAt, why });
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  say({ kind: 'unsigned', at: askedAt, why });
  await sleep(500);
  return null;
}

function remembered(credential: Credential): Credential {
  seen.credentials.push(credential);
  return credential;
}

function nextId(): number {
  lastCredential += 1;
  return lastCredential;
}

/** @returns the answer's status; 0 for none */
function send({ agent }: Viewer, path: string, { id, via, text }: Credential): Promise<number> {
  const target = via === 'url' && text !== '' ? `${path}?${text}` : path;
  const headers = via === 'cookies' ? { cookie: text } : {};
  const sentAt = Date.now();
  return new Promise((resolve) => {
    const end = (status: number, code: string): void => {
      seen.sent.push([id, options.paths.indexOf(path), sentAt, Date.now(), status, code]);
      resolve(status);
    };
    const request = get(`${options.edgeUrl}${target}`, { agent, headers, timeout: 30_000 }, (response) => {
      const { statusCode = 0 } = response;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (statusCode !== 200) body += chunk;
      });
      response.once('end', () => end(statusCode, statusCode === 200 ? '' : codeIn(body)));
      response.once('error', (error) => end(0, error.message));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (error) => end(0, error.message));
  });
}

/** The code of CloudFront's XML; S3's own, which is about something else, is told apart. */
function codeIn(body: string): string {
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1] ?? 'no code';
  return body.includes('<RequestId>') ? `S3 ${code}` : code;
}

function tellWhatWasSeen(): void {
  if (seen.sent.length > 0 || seen.credentials.length > 0) say({ kind: 'seen', ...seen });
  seen = { credentials: [], sent: [] };
}

function say(message: FromViewers): void {
  process.send?.(message);
}
