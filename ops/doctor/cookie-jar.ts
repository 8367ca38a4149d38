/** Which of the cookies that a backend set would a browser send with this request? Pure. */
import { isLoopbackHost } from '../../aws/values/loopback.ts';
import type { ViewerUrl } from './viewer-url.ts';

export interface StoredCookie {
  readonly name: string;
  readonly value: string;
  /** Null for a cookie of the host that set it alone, which is not known here. */
  readonly domain: string | null;
  /** @default `/`, where the header says none and the page that set it is not known */
  readonly path: string;
  readonly secure: boolean;
  /** Null for a cookie of the session. */
  readonly expiresAt: Date | null;
}

/** Without its value. */
export interface CookieKeptBack {
  readonly name: string;
  readonly why: string;
}

/**
 * The Cookie header that a browser makes of them, longest path first, and those that it keeps back.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.4
 */
export function cookiesFor(
  { protocol, host, path }: ViewerUrl,
  jar: readonly StoredCookie[],
  now: Date,
): { readonly cookies: string | null; readonly keptBack: readonly CookieKeptBack[] } {
  const sent: StoredCookie[] = [];
  const keptBack: CookieKeptBack[] = [];
  for (const cookie of jar) {
    const why = whyKeptBack(cookie, { protocol, host, path, now });
    if (why === null) sent.push(cookie);
    else keptBack.push({ name: cookie.name, why });
  }
  sort(sent);
  return {
    cookies: sent.length === 0 ? null : sent.map(({ name, value }) => `${name}=${value}`).join('; '),
    keptBack,
  };
}

/** One `Set-Cookie` value; null for a line that is none. */
export function parseSetCookie(text: string): StoredCookie | null {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
  const equals = pair.indexOf('=');
  if (equals < 1) return null;
  const named = new Map(
    attributes.map((attribute) => {
      const at = attribute.indexOf('=');
      return at === -1
        ? ([attribute.toLowerCase(), ''] as const)
        : ([attribute.slice(0, at).toLowerCase(), attribute.slice(at + 1)] as const);
    }),
  );
  const path = named.get('path');
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    domain: named.get('domain')?.replace(/^\./, '').toLowerCase() || null,
    path: path?.startsWith('/') ? path : '/',
    secure: named.has('secure'),
    expiresAt: expiryOf(named.get('max-age'), named.get('expires')),
  };
}

function whyKeptBack(
  { domain, path: cookiePath, secure, expiresAt }: StoredCookie,
  { protocol, host, path, now }: Pick<ViewerUrl, 'protocol' | 'host' | 'path'> & { now: Date },
): string | null {
  if (domain !== null && host !== domain && !host.endsWith(`.${domain}`)) {
    return `its Domain is ${domain}, the request goes to ${host}`;
  }
  if (!isPathCovered(cookiePath, path)) return `its Path is ${cookiePath}, the request is for ${path}`;
  // Browsers trust the laptop itself.
  if (secure && protocol === 'http' && !isLoopbackHost(host))
    return 'it is Secure, the request is plain http';
  if (expiresAt !== null && expiresAt <= now)
    return 'the browser has forgotten it: its Max-Age or Expires is over';
  return null;
}

function isPathCovered(cookiePath: string, path: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return cookiePath.endsWith('/') || path.length === cookiePath.length || path[cookiePath.length] === '/';
}

/** `Max-Age=0` clears; a positive one counts from a moment that is not known here. */
function expiryOf(maxAge: string | undefined, expires: string | undefined): Date | null {
  if (maxAge !== undefined) return Number(maxAge) > 0 ? null : new Date(0);
  const at = expires === undefined ? Number.NaN : Date.parse(expires);
  return Number.isNaN(at) ? null : new Date(at);
}

function sort(cookies: StoredCookie[]): void {
  cookies.sort((one, other) => other.path.length - one.path.length);
}
