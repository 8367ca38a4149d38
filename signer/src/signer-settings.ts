/** What a signer is made with: options in, every one of them checked, settings out. */

import { assertString, hasMethod, readClock, readOptions, wrongType } from './arguments.ts';
import { message, option, signerError } from './message.ts';
import { parseOrigin } from './policy/domain.ts';
import { directoryOf, type Resource } from './policy/resource.ts';
import { parseLimits } from './policy/time-window.ts';
import type { Verbatim } from './policy/verbatim.ts';
import { directoryAbove, parseAnyFile, parseAnyScope } from './policy/verbatim-resource.ts';
import { parseCookieDomain } from './set-cookie.ts';
import type { Signed, SigningSettings } from './sign-resource.ts';
import { createSignatureCache, remember } from './signature-cache.ts';
import type { EnvSignerOptions, SignerOptions } from './signer-types.ts';

const FOUR_HOURS = 4 * 60 * 60;

export interface Settings extends SigningSettings {
  readonly parse: Parsers;
  readonly cookieDomain: string | undefined;
}

/** Pure, so that `reuse` may remember what they gave. */
interface Parsers {
  readonly file: (input: string | Verbatim) => Resource;
  readonly directoryOfFile: (input: string | Verbatim) => Resource;
  readonly scope: (input: string | Verbatim) => Resource;
  readonly directoryAbove: (file: Resource, scope: string | Verbatim) => Resource;
}

const NAMES = [
  'key',
  'domain',
  'cookieDomain',
  'defaultExpiresIn',
  'maxExpiresIn',
  'reuse',
  'reuseEntries',
  'now',
] as const;

export function parseSettings(given: SignerOptions | EnvSignerOptions): Settings {
  const options = readOptions('createSigner', given, NAMES);
  const { key, cookieDomain, now } = options;
  if (!hasMethod(key, 'get')) throw wrongType(option('key'), 'a key source such as envKey()', key);
  const domain = options.domain ?? ('domain' in key ? key.domain : undefined);
  if (domain === undefined) {
    throw wrongType(option('domain'), 'a host name, or CLOUDFRONT_DOMAIN set beside envKey()', domain);
  }
  if (now !== undefined && typeof now !== 'function') {
    throw wrongType(option('now'), 'a function that gives a Date', now);
  }
  // `map` would step over the holes of a sparse list.
  const origins = Array.from(Array.isArray(domain) ? domain : [domain], parseOrigin);
  if (origins.length === 0)
    throw signerError('ERR_DOMAIN_INVALID', message`${option('domain')} needs at least one host name`);
  if (cookieDomain !== undefined) assertString('cookieDomain', cookieDomain);

  const limits = parseLimits(options, FOUR_HOURS);
  return {
    key,
    cookieDomain: cookieDomain === undefined ? undefined : parseCookieDomain(cookieDomain, origins),
    ...limits,
    ...keepers(limits.gridSeconds !== undefined, parseEntries(options), origins),
    nowSeconds: now === undefined ? systemSeconds : () => Math.floor(readClock(now) / 1000),
  };
}

function keepers(
  reuses: boolean,
  entries: number,
  origins: readonly string[],
): Pick<Settings, 'cache' | 'parse'> {
  const parse: Parsers = {
    file: (input) => parseAnyFile(input, origins),
    directoryOfFile: (input) => directoryOf(parseAnyFile(input, origins)),
    // Remembered for every caller, so each call checks for itself whether it may open the whole host.
    scope: (input) => parseAnyScope(input, origins),
    directoryAbove: (file, scope) => directoryAbove(file, scope, origins),
  };
  if (!reuses) return { cache: undefined, parse };
  return {
    cache: createSignatureCache<Signed>(entries),
    parse: {
      ...parse,
      file: remember(parse.file, entries),
      directoryOfFile: remember(parse.directoryOfFile, entries),
      scope: remember(parse.scope, entries),
    },
  };
}

function parseEntries({ reuseEntries = 1_000 }: Pick<SignerOptions, 'reuseEntries'>): number {
  if (!Number.isSafeInteger(reuseEntries) || reuseEntries < 1) {
    throw wrongType(option('reuseEntries'), 'a whole number of 1 or more', reuseEntries);
  }
  return reuseEntries;
}

function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
