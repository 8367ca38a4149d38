/** The signer: options in, URLs and cookies out. */

import { assertBoolean, assertOneOf, assertOptions, assertString, wrongType } from './arguments.ts';
import { SignerError } from './errors.ts';
import { type MintSettings, plan, type Signed, seal, type WireValues } from './mint.ts';
import {
  directoryOf,
  parseDomain,
  parseFile,
  parseScope,
  type Resource,
  refuseWholeHost,
} from './policy/resource.ts';
import { parseSeconds, type TimeWindow } from './policy/time-window.ts';
import {
  type CookieAttributes,
  formatClearCookies,
  formatSetCookie,
  parseCookieDomain,
  resolveCookiePath,
} from './set-cookie.ts';
import { createSignatureCache, remember } from './signature-cache.ts';
import type {
  ClearCookiesOptions,
  EnvSignerOptions,
  SignCookiesOptions,
  SignedCookies,
  SignedUrl,
  Signer,
  SignerOptions,
  SignUrlOptions,
} from './signer.ts';
import { COOKIE_NAMES, type WireField } from './wire.ts';

const FOUR_HOURS = 4 * 60 * 60;
const SEVEN_DAYS = 7 * 24 * 60 * 60;
const SIGN_OPTIONS = ['expiresIn', 'expiresAt', 'startsAt', 'ipAddress', 'policy', 'allowWholeHost'] as const;
const URL_OPTIONS = [...SIGN_OPTIONS, 'scope'] as const;
const COOKIE_OPTIONS = [...SIGN_OPTIONS, 'sameSite', 'path', 'maxAge'] as const;
const NO_OPTIONS = Object.freeze({});

interface Settings extends MintSettings {
  readonly domains: readonly string[];
  readonly parse: Parsers;
  readonly cookieDomain: string | undefined;
}

/** Pure, so that `reuse` may remember what they gave. */
interface Parsers {
  readonly file: (input: string) => Resource;
  readonly directoryOfFile: (input: string) => Resource;
  readonly scope: (input: string) => Resource;
}

/**
 * A signer for one distribution. Options are checked here; the key is fetched at the first signature.
 *
 * @throws SignerError `ERR_DOMAIN_INVALID`, `ERR_COOKIE_DOMAIN`, `ERR_EXPIRY_INVALID`, `ERR_EXPIRY_OVER_CAP`;
 * SignerTypeError `ERR_ARGUMENT_TYPE`, `ERR_ARGUMENT_UNKNOWN`
 * @example
 * const signer = createSigner({ key: envKey(), domain: 'media.example.com' });
 * const { url, expiresIn } = await signer.signUrl('/books/42/index.m3u8');
 */
export function createSigner(options: SignerOptions | EnvSignerOptions): Signer {
  const settings = parseSettings(options);

  return Object.freeze({
    async signUrl(input: string, signOptions: SignUrlOptions = NO_OPTIONS): Promise<SignedUrl> {
      if (signOptions !== NO_OPTIONS) assertOptions('signUrl', signOptions, URL_OPTIONS);
      const file = settings.parse.file(input);
      const scope = isDirectoryScope(signOptions) ? settings.parse.directoryOfFile(input) : file;
      checkWholeHost(scope, signOptions);
      const planned = plan(scope, signOptions, settings);
      const sealed = seal(planned, await settings.key.get(), settings);
      // No turn of the event loop for a signature that is there: hot titles live on this path.
      const { query } = sealed instanceof Promise ? await sealed : sealed;
      const { expiresIn, dateLessThan } = planned.window;
      const url = `${file.url}${file.url.includes('?') ? '&' : '?'}${query}`;
      return { url, expiresIn, expiresAt: toDate(dateLessThan) };
    },

    async signCookies(input: string, signOptions: SignCookiesOptions = NO_OPTIONS): Promise<SignedCookies> {
      assertOptions('signCookies', signOptions, COOKIE_OPTIONS);
      const { maxAge = false } = signOptions;
      assertBoolean('maxAge', maxAge);
      const resource = settings.parse.scope(input);
      checkWholeHost(resource, signOptions);
      const attributes = cookieAttributes(resource, signOptions, settings);
      const planned = plan(resource, signOptions, settings);
      const { values } = await seal(planned, await settings.key.get(), settings);
      const cookies = toCookies(values);
      const { expiresIn, dateLessThan } = planned.window;
      return {
        cookies,
        setCookie: Object.entries(cookies).map(([name, value]) =>
          formatSetCookie(name, value, maxAge ? { ...attributes, maxAge: expiresIn } : attributes),
        ),
        expiresIn,
        expiresAt: toDate(dateLessThan),
        refreshAfter: toDate(refreshSecond(planned.window)),
      };
    },

    clearCookies(input: string, clearOptions: ClearCookiesOptions = {}): string[] {
      assertOptions('clearCookies', clearOptions, ['sameSite', 'path']);
      // Clearing the whole host opens nothing.
      const resource = settings.parse.scope(input);
      return formatClearCookies(cookieAttributes(resource, clearOptions, settings));
    },
  });
}

function parseSettings(options: SignerOptions | EnvSignerOptions): Settings {
  assertOptions('createSigner', options, [
    'key',
    'domain',
    'cookieDomain',
    'defaultExpiresIn',
    'maxExpiresIn',
    'reuse',
    'reuseEntries',
    'now',
  ]);
  const { key, cookieDomain, now } = options;
  if (typeof key?.get !== 'function') throw wrongType('"key"', 'a key source such as envKey()', key);
  const domain = options.domain ?? ('domain' in key ? key.domain : undefined);
  if (domain === undefined) {
    throw wrongType('"domain"', 'a host name, or CLOUDFRONT_DOMAIN set beside envKey()', domain);
  }
  if (now !== undefined && typeof now !== 'function') {
    throw wrongType('"now"', 'a function that gives a Date', now);
  }
  const domains = (Array.isArray(domain) ? domain : [domain]).map(parseDomain);
  if (domains.length === 0)
    throw new SignerError('ERR_DOMAIN_INVALID', '"domain" needs at least one host name');
  if (cookieDomain !== undefined) assertString('cookieDomain', cookieDomain);

  const maxExpiresIn = parseSeconds('maxExpiresIn', options.maxExpiresIn ?? SEVEN_DAYS);
  const gridSeconds = options.reuse === undefined ? undefined : parseSeconds('reuse', options.reuse);
  // Near the cap nothing can be rounded up, so the default keeps away from it by one step of the grid.
  const longest = maxExpiresIn - (gridSeconds ?? 0);
  const defaultExpiresIn = parseSeconds(
    'defaultExpiresIn',
    options.defaultExpiresIn ?? Math.max(1, Math.min(FOUR_HOURS, longest)),
  );
  if (defaultExpiresIn > longest) {
    throw new SignerError(
      'ERR_EXPIRY_OVER_CAP',
      gridSeconds === undefined
        ? '"defaultExpiresIn" is longer than "maxExpiresIn"'
        : '"defaultExpiresIn" and "reuse" together are longer than "maxExpiresIn"',
    );
  }
  return {
    key,
    domains,
    cookieDomain: cookieDomain === undefined ? undefined : parseCookieDomain(cookieDomain, domains),
    defaultExpiresIn,
    maxExpiresIn,
    gridSeconds,
    ...keepers(gridSeconds !== undefined, parseEntries(options), domains),
    nowSeconds: now === undefined ? systemSeconds : () => readClock(now),
  };
}

function keepers(
  reuses: boolean,
  entries: number,
  domains: readonly string[],
): Pick<Settings, 'cache' | 'parse'> {
  const parse: Parsers = {
    file: (input) => parseFile(input, domains),
    directoryOfFile: (input) => directoryOf(parseFile(input, domains)),
    // Remembered for every caller, so each call checks for itself whether it may open the whole host.
    scope: (input) => parseScope(input, domains, { allowWholeHost: true }),
  };
  if (!reuses) return { parse };
  return {
    cache: createSignatureCache<Signed>(entries),
    parse: {
      file: remember(parse.file, entries),
      directoryOfFile: remember(parse.directoryOfFile, entries),
      scope: remember(parse.scope, entries),
    },
  };
}

function parseEntries({ reuseEntries = 1_000 }: Pick<SignerOptions, 'reuseEntries'>): number {
  if (!Number.isSafeInteger(reuseEntries) || reuseEntries < 1) {
    throw wrongType('"reuseEntries"', 'a whole number of 1 or more', reuseEntries);
  }
  return reuseEntries;
}

function isDirectoryScope({ scope = 'file' }: SignUrlOptions): boolean {
  if (scope === 'file') return false;
  assertOneOf('scope', scope, ['file', 'directory']);
  return true;
}

function checkWholeHost(resource: Resource, { allowWholeHost = false }: SignUrlOptions): void {
  if (allowWholeHost === true) return;
  assertBoolean('allowWholeHost', allowWholeHost);
  refuseWholeHost(resource);
}

function cookieAttributes(
  resource: Resource,
  { sameSite = 'Lax', path }: ClearCookiesOptions,
  { cookieDomain }: Settings,
): CookieAttributes {
  assertOneOf('sameSite', sameSite, ['Strict', 'Lax', 'None']);
  if (path !== undefined) assertString('path', path);
  return { path: resolveCookiePath(resource.path, path), sameSite, domain: cookieDomain };
}

function toCookies(values: WireValues): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const [field, name] of Object.entries(COOKIE_NAMES) as [WireField, string][]) {
    const value = values[field];
    if (value !== undefined) cookies[name] = value;
  }
  return cookies;
}

/** The last quarter of the time in which access is allowed; rounded so that it starts before the end. */
function refreshSecond({ dateLessThan, dateGreaterThan = 0, expiresIn }: TimeWindow): number {
  const open = Math.min(expiresIn, dateLessThan - dateGreaterThan - 1);
  return dateLessThan - Math.ceil(open / 4);
}

function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

function readClock(now: () => Date): number {
  const at: unknown = now();
  const seconds = at instanceof Date ? Math.floor(at.getTime() / 1000) : Number.NaN;
  // An invalid time would pass every comparison with a limit.
  if (!Number.isSafeInteger(seconds)) throw wrongType('what "now" gives', 'a valid Date', at);
  return seconds;
}

function toDate(seconds: number): Date {
  return new Date(seconds * 1000);
}
