/** What play starts and heartbeats share: their options, and what they hand out. */

import { assertFunction, assertHas, assertInteger, assertOneOf, refused } from '../arguments.ts';
import type { DeviceCookie } from '../devices/device-cookie.ts';
import { formatStreamCookie } from '../devices/stream-cookie.ts';
import { type CookieSettings, cookieName, formatCookie } from '../http/cookies.ts';
import { type FailureContext, type RouteOptions, tell } from '../http/route.ts';
import type { AccessEntry, PlaybackStore } from '../store/store.ts';
import type { TokenTitle } from '../tokens/claims.ts';
import type { IssuedToken, PlaybackTokens } from '../tokens/playback-tokens.ts';
import { ACCESS_LOG_NAMES, type AccessLog, type AccessLogOptions, accessLog } from './access-log.ts';
import type { Authorize, AuthorizedTitle } from './authorize.ts';

/** What is used of the signer. Of either of its builds: the class of its patterns, which differs, is not in here. */
export interface CookieSigner {
  signCookies(
    resource: string,
    options: { readonly expiresIn: number; readonly maxAge: boolean },
  ): Promise<{ readonly setCookie: readonly string[] }>;
  clearCookies(resource: string): readonly string[];
}

export interface SessionOptions extends RouteOptions, AccessLogOptions {
  /** Your own rules. */
  readonly authorize: Authorize;
  /** Of `createSigner`: signs the cookies of a title. */
  readonly signer: CookieSigner;
  /** The signer's `domain`: the host of the videos, or for development the whole origin of a server on this machine. */
  readonly domain: string;
  readonly tokens: PlaybackTokens;
  readonly store: PlaybackStore;
  /**
   * How many streams of a user may play at once, 1 to 100. One counts for 75 seconds after its last heartbeat, and not while it
   * is paused.
   * @default - any number
   */
  readonly streamLimit?: number | undefined;
  /**
   * What happens while the store fails: `'refuse'` answers 500; `'allow'` lets people play without devices, streams, progress and
   * access log, and `onError` is told.
   * @default 'refuse'
   */
  readonly whenStoreFails?: 'refuse' | 'allow' | undefined;
  /**
   * Lifetime of a title's cookies in seconds, 60 to 3,600. A viewer who is refused plays on for so long at most; the player's
   * heartbeats, every 30 seconds, renew them.
   * @default 300
   */
  readonly cookieSeconds?: number | undefined;
  /**
   * The path of your key endpoint without the lesson: the token is put into cookies below that path as well, for players that send
   * no header. Null for no such cookies.
   * @default '/api/video-keys'
   */
  readonly keyPath?: string | null | undefined;
  /**
   * False for http:// on this machine: browsers take no `Secure` cookie there.
   * @default true
   */
  readonly secureCookies?: boolean | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

/** The names of `SessionOptions`. */
export const SESSION_NAMES = [
  'authorize',
  'signer',
  'domain',
  'tokens',
  'store',
  'streamLimit',
  'whenStoreFails',
  'cookieSeconds',
  'keyPath',
  'secureCookies',
  'now',
  ...ACCESS_LOG_NAMES,
  'origins',
  'onError',
] as const;

/** A stream counts for so long after a heartbeat: two and a half of the 30 seconds between two. */
const COUNTED_MS = 75_000;
/** The most that a store counts, where there is no limit. */
const MOST_STREAMS = 100;
const TOKEN_COOKIE = 'storytime-token';

export interface Session {
  readonly now: () => Date;
  readonly cookies: CookieSettings;
  readonly hasStreamLimit: boolean;
  /** What `beatStream` is told. */
  streamBounds(at: Date): { readonly limit: number; readonly at: Date; readonly countedSince: Date };
  /** @returns what `use` gives; `undefined` where the store failed and `whenStoreFails` is `'allow'` */
  withStore<Result>(use: (store: PlaybackStore) => Promise<Result>): Promise<Result | undefined>;
  /** Tells `onAccess` what `write` has logged. */
  log(write: (accesses: AccessLog, store: PlaybackStore) => Promise<AccessEntry | undefined>): Promise<void>;
  /** Set-Cookie lines that open the title's files. */
  open(title: AuthorizedTitle): Promise<string[]>;
  /** Set-Cookie lines that remove what a session set for a lesson, as far as its title is known. */
  close(
    lessonId: string,
    title: { readonly id?: string; readonly playlistPath?: string | undefined },
  ): string[];
  /** Set-Cookie lines of the play start itself: its token, for the key endpoint alone, and its stream. */
  remember(request: Request, start: PlayStart): Promise<string[]>;
  playbackUrl(title: AuthorizedTitle): string;
  issue(
    start: Omit<PlayStart, 'issued'> & { readonly userId: string; readonly device: DeviceCookie },
  ): Promise<IssuedToken>;
}

interface PlayStart {
  readonly lessonId: string;
  readonly streamId: string;
  readonly title: AuthorizedTitle;
  /** - no token is handed out this time */
  readonly issued: IssuedToken | undefined;
}

/** @throws PlaybackError `ERR_ARGUMENT` */
export function createSession(handler: FailureContext['handler'], options: SessionOptions): Session {
  const { authorize, signer, tokens, store, streamLimit, onError } = options;
  const { whenStoreFails = 'refuse', cookieSeconds = 300, keyPath = '/api/video-keys' } = options;
  const { secureCookies = true, now = () => new Date() } = options;
  assertFunction('authorize', authorize);
  assertFunction('now', now);
  assertHas('signer', signer, ['signCookies', 'clearCookies']);
  assertHas('tokens', tokens, ['issue', 'verify']);
  assertHas('store', store, ['registerDevice', 'beatStream', 'updateProgress', 'logAccess']);
  if (streamLimit !== undefined) assertInteger('streamLimit', streamLimit, { least: 1, most: MOST_STREAMS });
  assertOneOf('whenStoreFails', whenStoreFails, ['refuse', 'allow']);
  assertInteger('cookieSeconds', cookieSeconds, { least: 60, most: 3_600 });
  if (keyPath !== null && !/^\/[\w/.~-]*[\w.~-]$/.test(keyPath)) {
    throw refused('"keyPath" must be a path such as /api/video-keys, or null');
  }
  const mediaOrigin = readDomain(options.domain);
  const cookies = { secure: secureCookies };
  const accesses = accessLog(options);

  async function withStore<Result>(use: (store: PlaybackStore) => Promise<Result>) {
    try {
      return await use(store);
    } catch (error) {
      if (whenStoreFails === 'refuse') throw error;
      ignore(error);
      return undefined;
    }
  }

  function ignore(error: unknown): void {
    tell(onError, error, { handler, isIgnored: true });
  }

  return {
    now,
    cookies,
    hasStreamLimit: streamLimit !== undefined,

    streamBounds: (at) => ({
      limit: streamLimit ?? MOST_STREAMS,
      at,
      countedSince: new Date(at.getTime() - COUNTED_MS),
    }),

    withStore,

    async log(write) {
      const logged = await withStore((there) => write(accesses, there));
      if (logged !== undefined) new Promise((resolve) => resolve(options.onAccess?.(logged))).catch(ignore);
    },

    async open({ playlistPath }) {
      if (playlistPath === undefined) return [];
      const everyFile = `${mediaOrigin}${folderOf(playlistPath)}*`;
      const { setCookie } = await signer.signCookies(everyFile, { expiresIn: cookieSeconds, maxAge: true });
      return [...setCookie];
    },

    close(lessonId, { id, playlistPath }) {
      const ofTitle =
        playlistPath === undefined ? [] : signer.clearCookies(`${mediaOrigin}${folderOf(playlistPath)}*`);
      return [...ofTitle, ...tokenCookies([lessonId, id], '', 0)];
    },

    async remember(request, { lessonId, streamId, title, issued }) {
      return [
        ...(issued && title.encrypted
          ? tokenCookies([lessonId, title.id], issued.token, issued.expiresIn)
          : []),
        await formatStreamCookie(request, { lessonId, streamId }, cookies),
      ];
    },

    playbackUrl: ({ playlistPath, playbackUrl }) => playbackUrl ?? `${mediaOrigin}${playlistPath}`,

    issue: ({ userId, lessonId, streamId, device, title }) =>
      tokens.issue({ userId, lessonId, streamId, deviceId: device.deviceId, title: tokenTitle(title) }),
  };

  /**
   * Of the key's own addresses alone, by lesson and by title: tokens of several lessons do not meet, and no other request gets
   * longer by them.
   */
  function tokenCookies(ids: readonly (string | undefined)[], value: string, maxAge: number): string[] {
    if (keyPath === null) return [];
    const paths = new Set(
      ids.flatMap((id) => (id === undefined ? [] : `${keyPath}/${encodeURIComponent(id)}`)),
    );
    return [...paths].map((path) =>
      formatCookie(tokenCookieName(cookies), { value, path, maxAge, ...cookies }),
    );
  }
}

export function tokenCookieName(cookies: CookieSettings): string {
  return cookieName(TOKEN_COOKIE, '__Secure-', cookies);
}

function tokenTitle({ id, encrypted, version = 1 }: AuthorizedTitle): TokenTitle | undefined {
  return encrypted ? { id, version } : undefined;
}

function folderOf(playlistPath: string): string {
  return playlistPath.slice(0, playlistPath.lastIndexOf('/') + 1);
}

function readDomain(domain: unknown): string {
  const origin = typeof domain === 'string' && /^https?:\/\//.test(domain) ? domain : `https://${domain}`;
  if (typeof domain !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw refused(
      '"domain" must be the host name of the videos, such as media.example.com, as the signer has it',
    );
  }
  return origin;
}
