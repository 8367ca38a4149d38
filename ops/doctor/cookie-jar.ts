/** Tells which of the cookies that a backend set a browser would send with a request, and why not the others. Pure. */
import { Cookie, domainMatch, pathMatch } from 'tough-cookie';
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
  const cookie = Cookie.parse(text);
  if (cookie === undefined || cookie.key === '') return null;
  return {
    name: cookie.key,
    value: cookie.value,
    domain: cookie.domain,
    path: cookie.path ?? '/',
    secure: cookie.secure,
    expiresAt: expiryOf(cookie),
  };
}

function whyKeptBack(
  { domain, path: cookiePath, secure, expiresAt }: StoredCookie,
  { protocol, host, path, now }: Pick<ViewerUrl, 'protocol' | 'host' | 'path'> & { now: Date },
): string | null {
  if (domain !== null && !domainMatch(host, domain)) {
    return `its Domain is ${domain}, the request goes to ${host}`;
  }
  if (!pathMatch(path, cookiePath)) return `its Path is ${cookiePath}, the request is for ${path}`;
  // Browsers send them to their own machine without TLS.
  if (secure && protocol === 'http' && !isLoopbackHost(host))
    return 'it is Secure, the request is plain http';
  if (expiresAt !== null && expiresAt <= now) return 'it has expired, by its Max-Age or Expires';
  return null;
}

/** `Max-Age=0` clears; a positive one counts from a moment that is not known here. */
function expiryOf({ maxAge, expires }: Cookie): Date | null {
  if (typeof maxAge === 'number') return maxAge > 0 ? null : new Date(0);
  return expires instanceof Date ? expires : null;
}

function sort(cookies: StoredCookie[]): void {
  cookies.sort((one, other) => other.path.length - one.path.length);
}
