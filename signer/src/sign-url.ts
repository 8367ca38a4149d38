/** One file's URL, on either side of its signature: what is to be signed, and what is given back. */

import { assertBoolean, wrongType } from './arguments.ts';
import { option } from './message.ts';
import { assertDirectory, assertSignedLength, type Resource, refuseWholeHost } from './policy/resource.ts';
import { Verbatim } from './policy/verbatim.ts';
import type { Plan, Signed } from './sign-resource.ts';
import type { Settings } from './signer-settings.ts';
import type { SignedUrl, SignUrlOptions } from './signer-types.ts';

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
  assertScopeType(scope);
  return parse.directoryAbove(file, scope);
}

/**
 * What is wrong with a scope whatever the file: a list has one for all its files, and must not lose them to it.
 *
 * @throws SignerError `ERR_RESOURCE_…`; SignerTypeError `ERR_ARGUMENT_TYPE`
 */
export function assertScope(options: SignUrlOptions, { parse }: Settings): void {
  const { scope = 'file' } = options;
  if (scope === 'file' || scope === 'directory') return;
  assertScopeType(scope);
  const directory = parse.scope(scope);
  assertDirectory(directory);
  checkWholeHost(directory, options);
}

function assertScopeType(scope: unknown): asserts scope is string | Verbatim {
  if (Verbatim.read(scope) !== undefined) return;
  if (typeof scope === 'string' && scope.includes('/')) return;
  throw wrongType(option('scope'), "'file', 'directory' or a directory such as \"/books/*\"", scope);
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
