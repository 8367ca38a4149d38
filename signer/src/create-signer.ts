/** The signer: options in, URLs and cookies out. */

import { assertOneOf, assertOptions, assertString, wrongType } from './arguments.ts';
import { SignerError } from './errors.ts';
import { type MintSettings, mint } from './mint.ts';
import { parseDomain, parseFile, parseScope, type Resource } from './policy/resource.ts';
import { parseSeconds, type TimeWindow } from './policy/time-window.ts';
import {
  type CookieAttributes,
  formatClearCookies,
  formatSetCookie,
  parseCookieDomain,
  resolveCookiePath,
} from './set-cookie.ts';
import type {
  ClearCookiesOptions,
  SignCookiesOptions,
  SignedCookies,
  SignedUrl,
  Signer,
  SignerOptions,
  SignUrlOptions,
} from './signer.ts';
import { COOKIE_NAMES, QUERY_NAMES } from './wire.ts';

const FOUR_HOURS = 4 * 60 * 60;
const SEVEN_DAYS = 7 * 24 * 60 * 60;
const SIGN_OPTIONS = ['expiresIn', 'expiresAt', 'startsAt', 'ipAddress', 'policy'] as const;

interface Settings extends MintSettings {
  readonly domains: readonly string[];
  readonly cookieDomain: string | undefined;
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
