/** `Set-Cookie` lines for CloudFront's cookies. */

import { message, option, signerError } from './message.ts';
import { PUBLIC_SUFFIXES } from './public-suffixes.ts';
import { COOKIE_NAMES } from './wire.ts';

export type SameSite = 'Strict' | 'Lax' | 'None';

export interface CookieAttributes {
  readonly path: string;
  readonly sameSite: SameSite;
  /** - host-only */
  readonly domain?: string | undefined;
  /** Seconds; - a session cookie */
  readonly maxAge?: number | undefined;
}

const PATH = option('path');
const COOKIE_DOMAIN = option('cookieDomain');
/** Browsers ignore an attribute that is longer, and then take another Path than the one that was meant. */
const MAX_PATH_BYTES = 1_024;
/** A cookie's name and value together; browsers drop a cookie that is longer. */
const MAX_COOKIE_BYTES = 4_096;

/**
 * One line for each cookie. Always Secure and HttpOnly: a player needs neither plain http nor a script that reads them.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.6
 */
export function formatSetCookies(
  cookies: Readonly<Record<string, string>>,
  { path, sameSite, domain, maxAge }: CookieAttributes,
): string[] {
  const domainPart = domain === undefined ? '' : `; Domain=${domain}`;
  const maxAgePart = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  const attributes = `${domainPart}; Path=${path}; Secure; HttpOnly; SameSite=${sameSite}${maxAgePart}`;
  const lines: string[] = [];
  for (const [name, value] of Object.entries(cookies)) {
    if (name.length + value.length > MAX_COOKIE_BYTES) {
      throw signerError(
        'ERR_RESOURCE_LENGTH',
        'the policy does not fit into a cookie: browsers accept at most 4,096 bytes; sign a shorter path',
      );
    }
    lines.push(`${name}=${value}${attributes}`);
  }
  return lines;
}

/** All five names, whichever set they came from: one left over would break the next set. */
export function formatClearCookies(attributes: CookieAttributes): string[] {
  const emptied = Object.fromEntries(Object.values(COOKIE_NAMES).map((name) => [name, '']));
  return formatSetCookies(emptied, { ...attributes, maxAge: 0 });
}

/**
 * A cookie's Path is a literal prefix, never a wildcard: `/books/42/*` is sent back under `/books/42/`, and `/videos/*` with
 * more behind it under `/videos/`. It holds any
 * character but control characters and `;`, which would begin the next attribute.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4
 */
export function resolveCookiePath(resourcePath: string, path: string | undefined): string {
  const wildcard = resourcePath.search(/[*?]/);
  const covered =
    wildcard === -1 ? resourcePath : resourcePath.slice(0, resourcePath.lastIndexOf('/', wildcard) + 1);
  if ((path ?? covered).length > MAX_PATH_BYTES) {
    throw signerError(
      'ERR_COOKIE_PATH',
      message`browsers ignore a cookie's Path of more than 1,024 bytes; pass a shorter ${PATH} that covers the resource`,
    );
  }
  if (path === undefined) {
    if (covered.includes(';')) {
      throw signerError(
        'ERR_COOKIE_PATH',
        message`a ";" in the path would end the cookie's Path; encode it as %3B here and in the URLs (encodeURIComponent does), or pass a ${PATH} above it`,
      );
    }
    return covered;
  }
  if (!/^\/[A-Za-z0-9\-._~!$&'()+,=:@/%]*$/.test(path)) {
    throw signerError(
      'ERR_COOKIE_PATH',
      message`${PATH} must be a literal path that starts with "/", without a wildcard`,
    );
  }
  const matches = covered === path || covered.startsWith(path.endsWith('/') ? path : `${path}/`);
  if (!matches) {
    throw signerError(
      'ERR_COOKIE_PATH',
      message`${PATH} ${path} does not cover ${covered}; a browser would not send the cookies there`,
    );
  }
  return path;
}

/** @returns the Domain attribute, checked to be one that browsers accept for every configured host */
export function parseCookieDomain(cookieDomain: string, origins: readonly string[]): string {
  const bare = cookieDomain.replace(/^\./, '');
  const outside = origins
    .map((origin) => new URL(origin).hostname)
    .find((hostName) => hostName !== bare && !hostName.endsWith(`.${bare}`));
  if (outside !== undefined || !bare.includes('.')) {
    throw signerError(
      'ERR_COOKIE_DOMAIN',
      message`${COOKIE_DOMAIN} must be ${outside ?? 'the domain'} or a parent of it, such as example.com`,
    );
  }
  if (PUBLIC_SUFFIXES.has(bare)) {
    throw signerError(
      'ERR_COOKIE_DOMAIN',
      message`${COOKIE_DOMAIN} cannot be ${bare}, a public suffix, for which browsers take no cookie; ${
        bare === 'cloudfront.net'
          ? 'give the distribution an alternate domain name'
          : 'name the domain below it that is yours'
      }`,
    );
  }
  return bare;
}
