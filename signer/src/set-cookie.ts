/** `Set-Cookie` lines for CloudFront's cookies. */

import { SignerError } from './errors.ts';
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

/** One line for each cookie. Always Secure and HttpOnly: a player needs neither plain http nor a script that reads them. */
export function formatSetCookies(
  cookies: Readonly<Record<string, string>>,
  { path, sameSite, domain, maxAge }: CookieAttributes,
): string[] {
  const domainPart = domain === undefined ? '' : `; Domain=${domain}`;
  const maxAgePart = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  const attributes = `${domainPart}; Path=${path}; Secure; HttpOnly; SameSite=${sameSite}${maxAgePart}`;
  const lines: string[] = [];
  for (const name in cookies) lines.push(`${name}=${cookies[name]}${attributes}`);
  return lines;
}

/** All five names, whichever set they came from: one left over would break the next set. */
export function formatClearCookies(attributes: CookieAttributes): string[] {
  const emptied = Object.fromEntries(Object.values(COOKIE_NAMES).map((name) => [name, '']));
  return formatSetCookies(emptied, { ...attributes, maxAge: 0 });
}

/**
 * A cookie's Path is a literal prefix, never a wildcard: `/books/42/*` is sent back under `/books/42/`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4
 */
export function resolveCookiePath(resourcePath: string, path: string | undefined): string {
  const covered = resourcePath.endsWith('*') ? resourcePath.slice(0, -1) : resourcePath;
  if (path === undefined) return covered;
  if (!/^\/[A-Za-z0-9\-._~!$&'()+,=:@/%]*$/.test(path)) {
    throw new SignerError(
      'ERR_COOKIE_PATH',
      '"path" must be a literal path that starts with "/", no wildcard',
    );
  }
  const matches = covered === path || covered.startsWith(path.endsWith('/') ? path : `${path}/`);
  if (!matches) {
    throw new SignerError(
      'ERR_COOKIE_PATH',
      `"path" ${path} does not cover ${covered}; a browser would not send the cookies there`,
    );
  }
  return path;
}

/** @returns the Domain attribute, checked to be one that browsers accept for every configured host */
export function parseCookieDomain(cookieDomain: string, domains: readonly string[]): string {
  const bare = cookieDomain.replace(/^\./, '');
  const outside = domains.find((domain) => domain !== bare && !domain.endsWith(`.${bare}`));
  if (outside !== undefined || !bare.includes('.')) {
    throw new SignerError(
      'ERR_COOKIE_DOMAIN',
      `"cookieDomain" must be ${outside ?? 'the domain'} or a parent of it, such as example.com`,
    );
  }
  if (bare === 'cloudfront.net') {
    throw new SignerError(
      'ERR_COOKIE_DOMAIN',
      '"cookieDomain" cannot be cloudfront.net, a public suffix; give the distribution an alternate domain name',
    );
  }
  return bare;
}
