/** What a signer takes and gives: the types of the package's main page. */

import type { KeySource } from './keys/key-source.ts';
import type { TimeOptions } from './policy/time-window.ts';
import type { SameSite } from './set-cookie.ts';

export interface SignerOptions {
  /** Where the key comes from: `staticKey`, `envKey`, `secretsManagerKey`, or your own. */
  readonly key: KeySource;
  /**
   * The distribution's domain name or its alias, in lower case, without scheme. Several when URLs of each
   * are to be signed; a path alone is signed for the first.
   */
  readonly domain: string | readonly string[];
  /**
   * The Domain attribute of cookies: the domain or a parent of it, so that a backend on another host of the
   * same site can set them.
   * @default - host-only cookies
   */
  readonly cookieDomain?: string;
  /**
   * Lifetime where a call does not say: seconds, or a number with a unit such as `'4h'`.
   * @default '4h'
   */
  readonly defaultExpiresIn?: number | string;
  /**
   * Longest lifetime, counted from now: seconds, or a number with a unit.
   * @default '7d'
   */
  readonly maxExpiresIn?: number | string;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: () => Date;
}

/** What both signing calls take. */
export interface SignOptions extends TimeOptions {
  /**
   * The viewer's IPv4 address or CIDR block. Needs a distribution without IPv6.
   * @default - any address
   */
  readonly ipAddress?: string;
  /**
   * `'canned'` gives a shorter result for exactly one URL, with an expiry as its only condition.
   * @default 'custom'
   */
  readonly policy?: 'custom' | 'canned';
}

export interface SignUrlOptions extends SignOptions {}

export interface SignCookiesOptions extends SignOptions {
  /**
   * `'None'` lets pages of other sites use the cookies.
   * @default 'Lax'
   */
  readonly sameSite?: SameSite;
  /**
   * The cookies' literal Path; it must cover the resource.
   * @default the resource without its `*`
   */
  readonly path?: string;
  /**
   * Lets `/*` through, which opens every file of the host.
   * @default false
   */
  readonly allowWholeHost?: boolean;
}

export interface ClearCookiesOptions extends Pick<SignCookiesOptions, 'sameSite' | 'path'> {}

export interface SignedUrl {
  readonly url: string;
  /** Seconds from now. */
  readonly expiresIn: number;
  /** First instant at which access is denied. */
  readonly expiresAt: Date;
}

export interface SignedCookies {
  /** Cookie name to value. */
  readonly cookies: Readonly<Record<string, string>>;
  /** The same as complete `Set-Cookie` header values, one per cookie. */
  readonly setCookie: string[];
  /** Seconds from now. */
  readonly expiresIn: number;
  /** First instant at which access is denied. */
  readonly expiresAt: Date;
}

export interface Signer {
  /**
   * A URL for one file, given as a path (`/books/42/index.m3u8`) or a whole `https` URL of a configured
   * domain. It is signed as given, byte for byte, or refused.
   *
   * @throws SignerError `ERR_RESOURCE_…`, `ERR_EXPIRY_…`, `ERR_WINDOW_EMPTY`, `ERR_IP_ADDRESS`,
   * `ERR_CANNED_CONDITION`, and what the key source throws
   */
  signUrl(resource: string, options?: SignUrlOptions): Promise<SignedUrl>;
  /**
   * Cookies for one file or for everything under a directory: `/books/42/*`.
   *
   * @throws SignerError what `signUrl` throws, `ERR_CANNED_WILDCARD`, `ERR_COOKIE_PATH`
   */
  signCookies(resource: string, options?: SignCookiesOptions): Promise<SignedCookies>;
  /**
   * `Set-Cookie` values that remove what `signCookies` set for the same resource: all five names. Path and
   * Domain must be those the cookies were set with.
   */
  clearCookies(resource: string, options?: ClearCookiesOptions): string[];
}
