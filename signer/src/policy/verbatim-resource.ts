/** Resources as callers pass them: strings, which are checked for what ids bring with them, and verbatim ones. */

import { message, option } from '../message.ts';
import { decodeFully } from './percent-encoding.ts';
import {
  assertDirectory,
  assertLength,
  checkUnsendable,
  originOfUrl,
  parseFile,
  parseScope,
  type Resource,
  refuse,
  refuseReservedNames,
  splitOrigin,
} from './resource.ts';
import { Verbatim, verbatim } from './verbatim.ts';

/** One file. A `*` in a verbatim one is the file's own name, and in a custom policy also a wildcard. */
export function parseAnyFile(input: unknown, origins: readonly string[]): Resource {
  const text = Verbatim.read(input);
  if (text === undefined) return parseFile(input, origins);
  const { origin, rest } = splitVerbatim(text, origins);
  if (rest.endsWith('?'))
    refuse('ERR_RESOURCE_QUERY', 'the URL ends in a "?" without a query string; remove it');
  const mark = rest.indexOf('?');
  return {
    url: `${origin}${rest}`,
    path: mark === -1 ? rest : rest.slice(0, mark),
    isDirectory: false,
    opensHost: opensOtherTops(rest),
  };
}

/** One file, a directory, or whatever the wildcards of a verbatim one cover. */
export function parseAnyScope(input: unknown, origins: readonly string[]): Resource {
  const text = Verbatim.read(input);
  if (text === undefined) return parseScope(input, origins);
  const { origin, rest } = splitVerbatim(text, origins);
  return {
    url: `${origin}${rest}`,
    path: rest,
    isDirectory: rest.includes('*'),
    opensHost: opensOtherTops(rest),
  };
}

/**
 * A directory that holds a file, which the file's URL is to be signed for: `/books/*` for `/books/42/index.m3u8`. A path alone
 * is on the file's own host.
 *
 * @throws SignerError `ERR_RESOURCE_SCOPE` for one that does not hold the file, and what `parseAnyScope` throws
 */
export function directoryAbove(
  file: Resource,
  scope: string | Verbatim,
  origins: readonly string[],
): Resource {
  const directory = parseAnyScope(onHostOf(file, scope), origins);
  assertDirectory(directory);
  if (file.url.startsWith(directory.url.slice(0, -1))) return directory;
  refuse(
    'ERR_RESOURCE_SCOPE',
    message`${option('scope')} does not hold the file: "/books/*" holds "/books/42/index.m3u8", written in the same percent-encoding`,
  );
}

function onHostOf(file: Resource, scope: string | Verbatim): string | Verbatim {
  const text = String(scope);
  if (!text.startsWith('/') || text.startsWith('//')) return scope;
  const url = `${originOfUrl(file)}${text}`;
  return typeof scope === 'string' ? url : verbatim(url);
}

function splitVerbatim(text: string, origins: readonly string[]): { origin: string; rest: string } {
  assertLength(text.length);
  checkUnsendable(text);
  if (text.startsWith('//')) {
    refuse(
      'ERR_RESOURCE_EMPTY_SEGMENT',
      'it begins with two slashes; does the key of the object begin with one? Remove it, or pass the whole URL',
    );
  }
  const { origin, rest } = splitOrigin(text, origins);
  const url = `${origin}${rest}`;
  // Text that is not ASCII is longer in bytes, and the URL parser changes it.
  assertLength(url.length);
  refuseWhatClientsChange(url);
  // The URL parser leaves one in a query string, where CloudFront reads "\?" as a "?" that is not a wildcard.
  if (rest.includes('\\'))
    refuse('ERR_RESOURCE_CHARACTERS', 'the resource holds a "\\"; write "?" without it, or %5C');
  const mark = rest.indexOf('?');
  if (mark !== -1) refuseReservedNames(rest.slice(mark + 1), (name) => decodeFully(name) ?? name);
  return { origin, rest };
}

/** @see https://url.spec.whatwg.org/#concept-basic-url-parser */
function refuseWhatClientsChange(url: string): void {
  const sent = URL.canParse(url) ? new URL(url).href : undefined;
  if (sent === url) return;
  const hasDotSegment = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i.test(url);
  refuse(
    hasDotSegment ? 'ERR_RESOURCE_TRAVERSAL' : 'ERR_RESOURCE_CHARACTERS',
    hasDotSegment
      ? 'a "." or ".." segment is resolved by clients before they ask'
      : 'clients ask for another spelling of this; write it as new URL(url).href gives it, percent-encoded',
  );
}

/**
 * Whether a policy for this covers more of the host than one file or directory at its top: a wildcard in the first
 * segment. A `?` there is none where it begins a query string that holds no other wildcard, or one with a `name=`.
 */
function opensOtherTops(rest: string): boolean {
  const slash = rest.indexOf('/', 1);
  const wildcard = rest.slice(0, slash === -1 ? undefined : slash).search(/[*?]/);
  if (wildcard === -1) return false;
  const behind = rest.slice(wildcard + 1);
  const isQuery = rest[wildcard] === '?' && (/^[^/&=*?]+=/.test(behind) || /^[^/*?]+$/.test(behind));
  return !isQuery;
}
