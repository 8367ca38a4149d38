/** The signer: options in, URLs and cookies out. */

import { assertBoolean, assertOneOf, assertString, readOptions } from './arguments.ts';
import { plan, seal, type WireValues } from './mint.ts';
import {
  assertSignedLength,
  type Resource,
  refuseBareDirectory,
  refuseWholeHost,
} from './policy/resource.ts';
import type { TimeWindow } from './policy/time-window.ts';
import type { Verbatim } from './policy/verbatim.ts';
import {
  type CookieAttributes,
  formatClearCookies,
  formatSetCookies,
  resolveCookiePath,
} from './set-cookie.ts';
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
import { parseSettings, type Settings } from './signer-settings.ts';
import { COOKIE_NAMES, type WireField } from './wire.ts';

const SIGN_OPTIONS = ['expiresIn', 'expiresAt', 'startsAt', 'ipAddress', 'policy', 'allowWholeHost'] as const;
const URL_OPTIONS = [...SIGN_OPTIONS, 'scope'] as const;
const COOKIE_OPTIONS = [...SIGN_OPTIONS, 'sameSite', 'path', 'maxAge'] as const;
const COOKIES = Object.entries(COOKIE_NAMES) as [WireField, string][];
const CLEAR_OPTIONS = ['sameSite', 'path'] as const;
/** Without a prototype, as `readOptions` gives them. */
const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

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
    async signUrl(input: string | Verbatim, options?: SignUrlOptions): Promise<SignedUrl> {
      const signOptions: SignUrlOptions =
        options === undefined ? NO_OPTIONS : readOptions('signUrl', options, URL_OPTIONS);
      const file = settings.parse.file(input);
      const scope = isDirectoryScope(signOptions) ? settings.parse.directoryOfFile(input) : file;
      checkWholeHost(scope, signOptions);
      const planned = plan(scope, signOptions, settings);
      const sealed = seal(planned, await settings.key.get(), settings);
      // No turn of the event loop for a signature that is there: hot titles live on this path.
      const { query } = sealed instanceof Promise ? await sealed : sealed;
      const { expiresIn, dateLessThan } = planned.window;
      const url = `${file.url}${file.url.includes('?') ? '&' : '?'}${query}`;
      assertSignedLength(url.length);
      return { url, expiresIn, expiresAt: toDate(dateLessThan) };
    },

    async signCookies(
      input: string | Verbatim,
      options: SignCookiesOptions = NO_OPTIONS,
    ): Promise<SignedCookies> {
      const signOptions = readOptions('signCookies', options, COOKIE_OPTIONS);
      const { maxAge = false } = signOptions;
      assertBoolean('maxAge', maxAge);
      const resource = settings.parse.scope(input);
      if (typeof input === 'string') refuseBareDirectory(resource);
      checkWholeHost(resource, signOptions);
      const attributes = cookieAttributes(resource, signOptions, settings);
      const planned = plan(resource, signOptions, settings);
      const { values } = await seal(planned, await settings.key.get(), settings);
      const cookies = toCookies(values);
      const { expiresIn, dateLessThan } = planned.window;
      return {
        cookies,
        setCookie: formatSetCookies(cookies, { ...attributes, maxAge: maxAge ? expiresIn : undefined }),
        expiresIn,
        expiresAt: toDate(dateLessThan),
        refreshAfter: toDate(refreshSecond(planned.window)),
      };
    },

    clearCookies(input: string | Verbatim, options: ClearCookiesOptions = NO_OPTIONS): string[] {
      const clearOptions = readOptions('clearCookies', options, CLEAR_OPTIONS);
      // Clearing the whole host opens nothing.
      const resource = settings.parse.scope(input);
      return formatClearCookies(cookieAttributes(resource, clearOptions, settings));
    },
  });
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
  for (const [field, name] of COOKIES) {
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

function toDate(seconds: number): Date {
  return new Date(seconds * 1000);
}
