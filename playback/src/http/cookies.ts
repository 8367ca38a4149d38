/** Cookies of this package, as requests carry them and as answers set them. */

export interface CookieSettings {
  /** False leaves `Secure` and the prefixes out, for http:// on this machine. */
  readonly secure: boolean;
}

interface NewCookie extends CookieSettings {
  readonly value: string;
  readonly path: string;
  /** Seconds; 0 removes it. */
  readonly maxAge: number;
}

/**
 * The name by which browsers hold a cookie to what it says: with `__Host-` it belongs to this host alone and to all its paths,
 * with `__Secure-` it was set over https.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3
 */
export function cookieName(
  name: string,
  prefix: '__Host-' | '__Secure-',
  { secure }: CookieSettings,
): string {
  return secure ? `${prefix}${name}` : name;
}

/** @returns the values of all cookies of that name: with several paths there can be several */
export function readCookies(request: Request, name: string): string[] {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

/** Never readable by a script. `Lax`: not sent with what another site's page requests. */
export function formatCookie(name: string, { value, path, maxAge, secure }: NewCookie): string {
  return `${name}=${value}; Path=${path}; Max-Age=${maxAge}${secure ? '; Secure' : ''}; HttpOnly; SameSite=Lax`;
}
