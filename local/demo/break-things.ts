/**
 * What only the demo of `local` has: ways to break a viewer's cookies, the rotation of the key, and the edge's own log.
 * A customer's backend has none of it.
 */

import type { SignedCookies, Signer } from '@storytime/signer';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { EdgeLogEntry } from '../../edge/index.ts';
import type { Library } from './library.ts';
import type { RequestFeed } from './request-feed.ts';
import type { Rotation, RotationProgress } from './rotation.ts';
import type { Sessions } from './sessions.ts';

export interface BreakThingsOptions {
  readonly signer: Signer;
  /** The backend's own: broken cookies are signed first, so only a signed-in user gets them. */
  readonly sessions: Sessions;
  readonly library: Library;
  /** Folder of titles. */
  readonly pathPrefix: string;
  /** Every request that the edge has judged. */
  readonly requests: RequestFeed<EdgeLogEntry>;
  readonly rotation: Rotation;
}

/** Long enough for a request or two that are still allowed. */
const SOON_SECONDS = 4;
const YEAR_SECONDS = 31_536_000;

type Sign = (resource: string, expiresIn?: number) => Promise<SignedCookies>;
/** Cookies for a book's folder, broken in one way, as `Set-Cookie` lines. */
type Breakage = (folder: string, sign: Sign, otherFolder: string) => Promise<readonly string[]>;

const BREAKAGES: Readonly<Record<string, Breakage>> = {
  expire: async (folder, sign) => (await sign(scopeOf(folder), SOON_SECONDS)).setCookie,
  tamper: async (folder, sign) =>
    withValue((await sign(scopeOf(folder))).setCookie, 'CloudFront-Signature', flipped),
  extend: async (folder, sign) =>
    withValue((await sign(scopeOf(folder))).setCookie, 'CloudFront-Policy', aYearLater),
  // A user who copies cookies of one book to the path of another sends these.
  'other-book': async (folder, sign, otherFolder) =>
    (await sign(scopeOf(otherFolder))).setCookie.map((line) =>
      line.replace(`Path=${otherFolder}/`, `Path=${folder}/`),
    ),
};

export function createBreakThings({
  signer,
  sessions,
  library,
  pathPrefix,
  requests,
  rotation,
}: BreakThingsOptions): Hono {
  const app = new Hono();
  const folderOf = (bookId: string) => `/${pathPrefix}/${bookId}`;
  const sign: Sign = (resource, expiresIn) =>
    signer.signCookies(resource, expiresIn === undefined ? {} : { expiresIn });

  app.use('/api/break/*', async (context, next) =>
    sessions.of(context) === undefined
      ? context.json({ error: 'you are signed out: sign in first' }, 401)
      : next(),
  );

  app.post('/api/break/books/:id/:how', async (context) => {
    const { id, how } = context.req.param();
    const titles = await library.titles();
    if (!titles.some((title) => title.id === id))
      return context.json({ error: 'there is no such title' }, 404);
    const other = titles.find((title) => title.id !== id);
    const breakage = Object.hasOwn(BREAKAGES, how) ? BREAKAGES[how] : undefined;
    // A set that is broken takes the place of a whole one, and none of it may stay.
    for (const line of signer.clearCookies(scopeOf(folderOf(id))))
      context.header('Set-Cookie', line, { append: true });
    if (how === 'drop') return context.json({ expiresIn: 0 });
    if (!breakage) return context.json({ error: 'there is no such way to break cookies' }, 404);
    // Signing out clears them.
    sessions.of(context)?.granted.add(id);
    const lines = await breakage(folderOf(id), sign, folderOf(other?.id ?? 'another'));
    for (const line of lines) context.header('Set-Cookie', line, { append: true });
    return context.json({ expiresIn: how === 'expire' ? SOON_SECONDS : null });
  });

  app.post('/api/break/rotation', (context) =>
    rotation.start()
      ? context.json({ started: true }, 202)
      : context.json({ error: 'a rotation is running already' }, 409),
  );

  app.get('/api/events', (context) =>
    streamSSE(context, async (stream) => {
      const { signal } = context.req.raw;
      const told = async (event: string, entries: AsyncGenerator<EdgeLogEntry | RotationProgress>) => {
        for await (const entry of entries) await stream.writeSSE({ event, data: JSON.stringify(entry) });
      };
      await Promise.all([
        told('request', requests.follow(signal)),
        told('rotation', rotation.progress.follow(signal)),
      ]);
    }),
  );

  return app;
}

function scopeOf(folder: string): string {
  return `${folder}/*`;
}

function withValue(lines: readonly string[], name: string, change: (value: string) => string): string[] {
  return lines.map((line) => {
    if (!line.startsWith(`${name}=`)) return line;
    const end = line.indexOf(';');
    return `${name}=${change(line.slice(name.length + 1, end))}${line.slice(end)}`;
  });
}

/** One letter of Base64 in the middle: still a signature by its form, and of nothing. */
function flipped(signature: string): string {
  const at = Math.floor(signature.length / 2);
  return `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`;
}

/** The policy as somebody would edit it who cannot sign. */
function aYearLater(policy: string): string {
  const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  const json = Buffer.from(base64, 'base64')
    .toString()
    .replace(/(?<="AWS:EpochTime":)\d+/, (seconds) => String(Number(seconds) + YEAR_SECONDS));
  return Buffer.from(json).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
