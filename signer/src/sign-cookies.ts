/** A cookie set, on either side of its signature: what is to be signed, and what is given back. */

import { assertBoolean, assertOneOf, assertString, readOptions } from './arguments.ts';
import { type Resource, refuseBareDirectory } from './policy/resource.ts';
import type { TimeWindow } from './policy/time-window.ts';
import type { Verbatim } from './policy/verbatim.ts';
import {
  type CookieAttributes,
  formatClearCookies,
  formatSetCookies,
  resolveCookiePath,
} from './set-cookie.ts';
import { type Plan, plan, readConditions, type Signed, type WireValues } from './sign-resource.ts';
import { checkWholeHost, SIGN_OPTIONS, toDate } from './sign-url.ts';
import type { Settings } from './signer-settings.ts';
import type { ClearCookiesOptions, SignCookiesOptions, SignedCookies } from './signer-types.ts';
import { COOKIE_NAMES, type WireField } from './wire.ts';

const COOKIE_OPTIONS = [...SIGN_OPTIONS, 'sameSite', 'path', 'maxAge'] as const;
const CLEAR_OPTIONS = ['sameSite', 'path'] as const;
const COOKIES = Object.entries(COOKIE_NAMES) as [WireField, string][];

export interface AskedCookies {
  readonly planned: Plan;
  readonly attributes: CookieAttributes;
  /** Whether the browser is to forget the cookies at their expiry. */
  readonly hasMaxAge: boolean;
}

/** Every refusal there is comes from here, before a key is asked for; but for a policy too long for a cookie. */
export function askCookies(
  input: string | Verbatim,
  options: SignCookiesOptions,
  settings: Settings,
): AskedCookies {
  const signOptions = readOptions('signCookies', options, COOKIE_OPTIONS);
  const { maxAge = false } = signOptions;
  assertBoolean('maxAge', maxAge);
  const resource = settings.parse.scope(input);
  if (typeof input === 'string') refuseBareDirectory(resource);
  checkWholeHost(resource, signOptions);
  const attributes = cookieAttributes(resource, signOptions, settings);
  return { planned: plan(resource, readConditions(signOptions, settings)), attributes, hasMaxAge: maxAge };
}

/** @throws SignerError `ERR_RESOURCE_LENGTH` for a policy that does not fit into a cookie */
export function toSignedCookies(
  { planned, attributes, hasMaxAge }: AskedCookies,
  { values }: Signed,
): SignedCookies {
  const cookies = toCookies(values);
  const { expiresIn, dateLessThan } = planned.window;
  return {
    cookies,
    setCookie: formatSetCookies(cookies, { ...attributes, maxAge: hasMaxAge ? expiresIn : undefined }),
    expiresIn,
    expiresAt: toDate(dateLessThan),
    refreshAfter: toDate(refreshSecond(planned.window)),
  };
}

export function clearedCookies(
  input: string | Verbatim,
  options: ClearCookiesOptions,
  settings: Settings,
): string[] {
  const clearOptions = readOptions('clearCookies', options, CLEAR_OPTIONS);
  // Clearing the whole host opens nothing.
  const resource = settings.parse.scope(input);
  return formatClearCookies(cookieAttributes(resource, clearOptions, settings));
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
