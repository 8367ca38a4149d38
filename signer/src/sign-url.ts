/** One file's URL, on either side of its signature: what is to be signed, and what is given back. */

import { assertBoolean, wrongType } from './arguments.ts';
import { type Plan, plan, type Signed } from './mint.ts';
import { assertSignedLength, type Resource, refuseWholeHost } from './policy/resource.ts';
import type { Verbatim } from './policy/verbatim.ts';
import type { SignedUrl, SignUrlOptions } from './signer.ts';
import type { Settings } from './signer-settings.ts';

/** What both signing calls take. */
export const SIGN_OPTIONS = [
  'expiresIn',
  'expiresAt',
  'startsAt',
  'ipAddress',
  'policy',
  'allowWholeHost',
] as const;
export const URL_OPTIONS = [...SIGN_OPTIONS, 'scope'] as const;

export interface AskedUrl {
  readonly file: Resource;
  /** The file, or a directory that holds it. */
  readonly opened: Resource;
}

/** @throws SignerError `ERR_RESOURCE_…` */
export function askUrl(input: string | Verbatim, options: SignUrlOptions, { parse }: Settings): AskedUrl {
  const { scope = 'file' } = options;
  const file = parse.file(input);
  const opened = scope === 'file' ? file : openedBy(scope, file, input, parse);
  checkWholeHost(opened, options);
  return { file, opened };
}

function openedBy(
  scope: unknown,
  file: Resource,
  input: string | Verbatim,
  parse: Settings['parse'],
): Resource {
  if (scope === 'directory') return parse.directoryOfFile(input);
  if (typeof scope !== 'string' || !scope.includes('/')) {
    throw wrongType('"scope"', "'file', 'directory' or a directory such as \"/books/*\"", scope);
  }
  return parse.scopeOfFile(file, scope);
}

/** @throws SignerError for times, an address or a policy that is refused */
export function planUrl({ opened }: AskedUrl, options: SignUrlOptions, settings: Settings): Plan {
  return plan(opened, options, settings);
}

/** @throws SignerError `ERR_RESOURCE_LENGTH` for a URL that its signature makes too long */
export function toSignedUrl({ file }: AskedUrl, { window }: Plan, { query }: Signed): SignedUrl {
  const url = `${file.url}${file.url.includes('?') ? '&' : '?'}${query}`;
  assertSignedLength(url.length);
  return { url, expiresIn: window.expiresIn, expiresAt: toDate(window.dateLessThan) };
}

export function checkWholeHost(resource: Resource, { allowWholeHost = false }: SignUrlOptions): void {
  if (allowWholeHost === true) return;
  assertBoolean('allowWholeHost', allowWholeHost);
  refuseWholeHost(resource);
}

/** @param seconds since 1970 */
export function toDate(seconds: number): Date {
  return new Date(seconds * 1000);
}
