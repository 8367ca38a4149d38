/** The signer: options in, URLs and cookies out. */

import { assertOneOf, assertOptions, assertString, wrongType } from './arguments.ts';
import { SignerError } from './errors.ts';
import { hashOf, type KeySource } from './keys/key-source.ts';
import { encodeBase64 } from './policy/encode-base64.ts';
import { type PolicyStatement, policyText } from './policy/policy-text.ts';
import { parseDomain, parseFile, parseScope, type Resource } from './policy/resource.ts';
import { resolveSourceIp } from './policy/source-ip.ts';
import { parseSeconds, resolveTimeWindow, type TimeOptions, type TimeWindow } from './policy/time-window.ts';
import {
  type CookieAttributes,
  formatClearCookies,
  formatSetCookie,
  parseCookieDomain,
  resolveCookiePath,
  type SameSite,
} from './set-cookie.ts';
import { COOKIE_NAMES, QUERY_NAMES, type WireField } from './wire.ts';

const FOUR_HOURS = 4 * 60 * 60;
const SEVEN_DAYS = 7 * 24 * 60 * 60;

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

interface SignOptions extends TimeOptions {
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

/**
 * A signer for one distribution. Options are checked here; the key is fetched at the first signature.
 *
 * @throws SignerError `ERR_DOMAIN_INVALID`, `ERR_COOKIE_DOMAIN`, `ERR_EXPIRY_INVALID`, `ERR_EXPIRY_OVER_CAP`
 * @example
 * const signer = createSigner({ key: envKey(), domain: 'media.example.com' });
 * const { url, expiresIn } = await signer.signUrl('/books/42/index.m3u8');
 */
export function createSigner(options: SignerOptions): Signer {
  const settings = parseSettings(options);

  return Object.freeze({
    async signUrl(input: string, signOptions: SignUrlOptions = {}): Promise<SignedUrl> {
      assertOptions('signUrl', signOptions, SIGN_OPTIONS);
      const resource = parseFile(input, settings.domains);
      const { fields, window } = await mint(resource, signOptions, settings);
      const query = fields.map(([field, value]) => `${QUERY_NAMES[field]}=${value}`).join('&');
      const url = `${resource.url}${resource.url.includes('?') ? '&' : '?'}${query}`;
      return { url, ...describe(window) };
    },

    async signCookies(input: string, signOptions: SignCookiesOptions = {}): Promise<SignedCookies> {
      assertOptions('signCookies', signOptions, [...SIGN_OPTIONS, 'sameSite', 'path', 'allowWholeHost']);
      const allowWholeHost = signOptions.allowWholeHost === true;
      const resource = parseScope(input, settings.domains, { allowWholeHost });
      const attributes = cookieAttributes(resource, signOptions, settings);
      const { fields, window } = await mint(resource, signOptions, settings);
      const cookies = fields.map(([field, value]) => [COOKIE_NAMES[field], value] as const);
      return {
        cookies: Object.fromEntries(cookies),
        setCookie: cookies.map(([name, value]) => formatSetCookie(name, value, attributes)),
        ...describe(window),
      };
    },

    clearCookies(input: string, clearOptions: ClearCookiesOptions = {}): string[] {
      assertOptions('clearCookies', clearOptions, ['sameSite', 'path']);
      // Clearing the whole host opens nothing.
      const resource = parseScope(input, settings.domains, { allowWholeHost: true });
      return formatClearCookies(cookieAttributes(resource, clearOptions, settings));
    },
  });
}

const SIGN_OPTIONS = ['expiresIn', 'expiresAt', 'startsAt', 'ipAddress', 'policy'] as const;

interface Settings {
  readonly key: KeySource;
  readonly domains: readonly string[];
  readonly cookieDomain: string | undefined;
  readonly defaultExpiresIn: number;
  readonly maxExpiresIn: number;
  readonly now: () => Date;
}

function parseSettings(options: SignerOptions): Settings {
  assertOptions('createSigner', options, [
    'key',
    'domain',
    'cookieDomain',
    'defaultExpiresIn',
    'maxExpiresIn',
    'now',
  ]);
  const { key, domain, cookieDomain, now = () => new Date() } = options;
  if (typeof key?.get !== 'function') throw wrongType('"key"', 'a key source such as envKey()', key);
  if (typeof now !== 'function') throw wrongType('"now"', 'a function that gives a Date', now);
  const domains = (Array.isArray(domain) ? domain : [domain]).map(parseDomain);
  if (domains.length === 0)
    throw new SignerError('ERR_DOMAIN_INVALID', '"domain" needs at least one host name');
  if (cookieDomain !== undefined) assertString('cookieDomain', cookieDomain);

  const maxExpiresIn = parseSeconds('maxExpiresIn', options.maxExpiresIn ?? SEVEN_DAYS);
  const defaultExpiresIn = parseSeconds(
    'defaultExpiresIn',
    options.defaultExpiresIn ?? Math.min(FOUR_HOURS, maxExpiresIn),
  );
  if (defaultExpiresIn > maxExpiresIn) {
    throw new SignerError('ERR_EXPIRY_OVER_CAP', '"defaultExpiresIn" is longer than "maxExpiresIn"');
  }
  return {
    key,
    domains,
    cookieDomain: cookieDomain === undefined ? undefined : parseCookieDomain(cookieDomain, domains),
    defaultExpiresIn,
    maxExpiresIn,
    now,
  };
}

interface Minted {
  /** Wire fields in the order they are written. */
  readonly fields: readonly (readonly [WireField, string])[];
  readonly window: TimeWindow;
}

async function mint(resource: Resource, options: SignOptions, settings: Settings): Promise<Minted> {
  const nowSeconds = Math.floor(settings.now().getTime() / 1000);
  const window = resolveTimeWindow(options, { ...settings, nowSeconds });
  const canned = isCanned(resource, options);
  const text = policyText(toStatement(resource, window, options));
  const key = await settings.key.get();

  const bytes = Buffer.from(text);
  const fields: [WireField, string][] = [
    canned ? ['expires', String(window.dateLessThan)] : ['policy', encodeBase64(bytes)],
    ['signature', encodeBase64(await key.sign(bytes))],
    ['keyPairId', key.keyPairId],
  ];
  // Left out for SHA-1, which CloudFront assumes.
  if (hashOf(key.algorithm) === 'SHA256') fields.push(['hashAlgorithm', 'SHA256']);
  return { fields, window };
}

function isCanned(resource: Resource, { policy = 'custom', startsAt, ipAddress }: SignOptions): boolean {
  assertOneOf('policy', policy, ['custom', 'canned']);
  if (policy === 'custom') return false;
  if (startsAt !== undefined || ipAddress !== undefined) {
    throw new SignerError(
      'ERR_CANNED_CONDITION',
      'a canned policy has no "startsAt" and no "ipAddress"; use a custom policy',
    );
  }
  if (resource.isDirectory) {
    throw new SignerError(
      'ERR_CANNED_WILDCARD',
      'a canned policy over "/*" never matches; use a custom policy',
    );
  }
  return true;
}

function toStatement(resource: Resource, window: TimeWindow, { ipAddress }: SignOptions): PolicyStatement {
  const { dateLessThan, dateGreaterThan } = window;
  return {
    resource: resource.url,
    dateLessThan,
    ...(dateGreaterThan === undefined ? {} : { dateGreaterThan }),
    ...(ipAddress === undefined ? {} : { sourceIp: resolveSourceIp(ipAddress) }),
  };
}

function cookieAttributes(
  resource: Resource,
  { sameSite = 'Lax', path }: ClearCookiesOptions,
  { cookieDomain }: Settings,
): CookieAttributes {
  assertOneOf('sameSite', sameSite, ['Strict', 'Lax', 'None']);
  if (path !== undefined) assertString('path', path);
  const attributes = { path: resolveCookiePath(resource.path, path), sameSite };
  return cookieDomain === undefined ? attributes : { ...attributes, domain: cookieDomain };
}

function describe({ expiresIn, dateLessThan }: TimeWindow): { expiresIn: number; expiresAt: Date } {
  return { expiresIn, expiresAt: new Date(dateLessThan * 1000) };
}
