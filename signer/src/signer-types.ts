/** What a signer takes and gives: the types of the package's main page. */

import type { EnvKeySource } from './keys/env-key.ts';
import type { KeySource } from './keys/key-source.ts';
import type { TimeOptions } from './policy/time-window.ts';
import type { Verbatim } from './policy/verbatim.ts';
import type { SameSite } from './set-cookie.ts';

export interface SignerOptions {
  /** Where the key comes from: `staticKey`, `envKey`, `secretsManagerKey`, `kmsKey`, or your own. */
  readonly key: KeySource;
  /**
   * The distribution's domain name or its alias, also as configuration has it (`https://media.example.com/`). Several when
   * URLs of each are to be signed; a path alone is signed for the first. For development, the whole origin of a server on
   * this machine: `http://localhost:8103`.
   */
  readonly domain: string | readonly string[];
  /**
   * The Domain attribute of cookies: the domain or a parent of it, so that a backend on another host of the
   * same site can set them. No public suffix such as `co.uk` or `github.io`: browsers take no cookie for one.
   * @default - host-only cookies
   */
  readonly cookieDomain?: string | undefined;
  /**
   * Lifetime where a call does not say: seconds, or a number with a unit such as `'4h'`.
   * @default '4h'
   */
  readonly defaultExpiresIn?: number | string | undefined;
  /**
   * Longest lifetime, counted from now: seconds, or a number with a unit. `reuse` stays below it as well.
   * @default '7d'
   */
  readonly maxExpiresIn?: number | string | undefined;
  /**
   * Signs equal requests once: a lifetime counted from now is rounded up to end on a multiple of this span
   * (seconds, or a number with a unit such as `'5m'`), and calls that end on the same second share one
   * signature. A lifetime is never shorter than asked, never longer than asked plus this span, and never
   * longer than `maxExpiresIn`. An `expiresAt` is an instant and stays as it is. Only signatures by the
   * key object in use are kept, so a key source must give the same object while the key is the same.
   * @default - every call makes a new signature
   */
  readonly reuse?: number | string | undefined;
  /**
   * How many signatures `reuse` keeps, 1 or more; the least recently used goes first. One takes about 1 kB.
   * @default 1000
   */
  readonly reuseEntries?: number | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

/** `envKey()` brings `CLOUDFRONT_DOMAIN` with it; every other source needs `domain` beside it. */
export type EnvSignerOptions = Omit<SignerOptions, 'key' | 'domain'> & {
  readonly key: EnvKeySource;
  readonly domain?: SignerOptions['domain'] | undefined;
};

/** What both signing calls take. */
export interface SignOptions extends TimeOptions {
  /**
   * The viewer's IPv4 address or CIDR block. Needs a distribution without IPv6.
   * @default - any address
   */
  readonly ipAddress?: string | undefined;
  /**
   * `'canned'` gives a shorter result for exactly one URL, with an expiry as its only condition.
   * @default 'custom'
   */
  readonly policy?: 'custom' | 'canned' | undefined;
}

/** What may open the whole host only when asked in so many words. */
interface WholeHostOptions {
  /**
   * Lets `/*` through, which opens every file of the host, and a `verbatim` wildcard in the first segment.
   * @default false
   */
  readonly allowWholeHost?: boolean | undefined;
}

export interface SignUrlOptions extends SignOptions, WholeHostOptions {
  /**
   * What the signature opens: the file alone; everything under the file's directory; or everything under a directory above
   * it, such as `'/u/1/*'`, on the file's host. The same query string then fits every file there. The URL is the file's in
   * all cases.
   * @default 'file'
   */
  readonly scope?: UrlScope | undefined;
}

/** The two words, or a directory that ends in `/*`: a path, a whole URL, or such a pattern made by `verbatim`. */
export type UrlScope = 'file' | 'directory' | (string & {}) | Verbatim;

export interface SignUrlsOptions extends SignUrlOptions {
  /**
   * What a resource that is refused does: `'throw'` refuses the whole call before anything is signed; `'null'` leaves a
   * `null` in its place. Options that are refused throw in both cases.
   * @default 'throw'
   */
  readonly onRefused?: 'throw' | 'null' | undefined;
}

export interface SignCookiesOptions extends SignOptions, WholeHostOptions {
  /**
   * `'None'` lets pages of other sites use the cookies.
   * @default 'Lax'
   */
  readonly sameSite?: SameSite | undefined;
  /**
   * The cookies' literal Path; it must cover the resource.
   * @default the resource up to the last `/` before its first wildcard
   */
  readonly path?: string | undefined;
  /**
   * Adds `Max-Age`, so that the browser forgets the cookies at `expiresAt`, and keeps them until then when
   * it is closed. Without it they are session cookies.
   * @default false
   */
  readonly maxAge?: boolean | undefined;
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
  /**
   * From this instant on, a backend that hears from the viewer should sign and set new cookies: the last
   * quarter of the time for which these are valid, which is at least one second before `expiresAt`.
   */
  readonly refreshAfter: Date;
}

export interface Signer {
  /**
   * A URL for one file, given as a path (`/books/42/index.m3u8`) or a whole `https` URL of a configured
   * domain. It is signed as given, byte for byte, or refused. A `?` begins its query string, and all before it is
   * what is opened: put ids through `encodeURIComponent`. `verbatim` signs what is refused in a string.
   *
   * @throws SignerError `ERR_RESOURCE_…`, `ERR_EXPIRY_…`, `ERR_STARTS_AT_INVALID`, `ERR_WINDOW_EMPTY`,
   * `ERR_IP_ADDRESS`, `ERR_IP_ADDRESS_V6`, `ERR_CANNED_CONDITION`, `ERR_CANNED_WILDCARD`, and what the key
   * source throws; SignerTypeError `ERR_ARGUMENT_…`
   */
  signUrl(resource: string | Verbatim, options?: SignUrlOptions): Promise<SignedUrl>;
  /**
   * As `signUrl`, at once, with a key that is in memory: that of `staticKey`, `envKey`, or `secretsManagerKey` after its first
   * fetch.
   *
   * @throws what `signUrl` throws, and SignerError `ERR_KEY_ASYNC` for a key that was not fetched yet or that signs
   * elsewhere, as `kmsKey`'s does
   */
  signUrlSync(resource: string | Verbatim, options?: SignUrlOptions): SignedUrl;
  /**
   * A URL for each of many files, in their order and with one expiry. Files of one directory share a signature where `scope`
   * says so. RSA signatures are made on Node's thread pool, so that the event loop continues.
   *
   * @returns as many as `resources`; `null` for a refused one where `onRefused` is `'null'`
   * @throws what `signUrl` throws; the message of a refused resource begins with its index
   */
  signUrls(
    resources: readonly (string | Verbatim)[],
    options?: SignUrlsOptions & { readonly onRefused?: 'throw' },
  ): Promise<SignedUrl[]>;
  signUrls(
    resources: readonly (string | Verbatim)[],
    options: SignUrlsOptions,
  ): Promise<(SignedUrl | null)[]>;
  /**
   * Cookies for one file, for everything under a directory (`/books/42/*`), or for a `verbatim` pattern. Their Path is
   * the part up to the last `/` before the first wildcard, so cookies for two patterns that begin alike replace each other.
   *
   * @throws SignerError what `signUrl` throws, `ERR_RESOURCE_SCOPE` (also for a directory without its `*`), `ERR_COOKIE_PATH`
   */
  signCookies(resource: string | Verbatim, options?: SignCookiesOptions): Promise<SignedCookies>;
  /**
   * As `signCookies`, at once, with a key that is in memory: see `signUrlSync`.
   *
   * @throws what `signCookies` throws, and SignerError `ERR_KEY_ASYNC`
   */
  signCookiesSync(resource: string | Verbatim, options?: SignCookiesOptions): SignedCookies;
  /**
   * `Set-Cookie` values that remove what `signCookies` set for the same resource: all five names. Path and
   * Domain must be those the cookies were set with.
   */
  clearCookies(resource: string | Verbatim, options?: ClearCookiesOptions): string[];
}
