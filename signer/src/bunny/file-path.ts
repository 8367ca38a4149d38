/** The path of one file, as every signer of Bunny's signs it alike. */

import { assertString } from '../arguments.ts';
import { refuse } from '../policy/resource.ts';
import { PARAMETERS, PATH_TOKEN, QUERY_TOKEN } from './wire.ts';

const UNRESERVED_PATH = /^[A-Za-z0-9\-._~/]*$/;
/** Both as in the CloudFront signer: what is longer is refused before it is looked into. */
const MAX_LENGTH = 8_192;

/**
 * @param input a path that begins with `/`, or a whole URL of `origin`
 * @returns the path
 * @throws SignerError `ERR_RESOURCE_…`
 */
export function parseFilePath(input: unknown, origin: string): string {
  assertString('path', input);
  if (input.length > MAX_LENGTH) refuse('ERR_RESOURCE_LENGTH', 'the path is longer than 8,192 bytes');
  const path = withoutOrigin(input, origin);
  if (path.includes('#')) refuse('ERR_RESOURCE_FRAGMENT', 'the path contains a "#"; remove the fragment');
  refuseSigned(path);
  if (path.includes('?')) {
    refuse(
      'ERR_RESOURCE_QUERY',
      'query parameters are part of what Bunny signs, and its own signers disagree on their order and on "+"; sign the ' +
        'path without them, and pass ignoreParams: true if they are to be appended',
    );
  }
  if (!UNRESERVED_PATH.test(path)) {
    refuse(
      'ERR_RESOURCE_CHARACTERS',
      'the path holds more than letters, digits, "-", ".", "_", "~" and "/": some of Bunny\'s signers sign it ' +
        'percent-encoded and some decoded; rename the file',
    );
  }
  if (path.includes('//')) refuse('ERR_RESOURCE_EMPTY_SEGMENT', 'the path holds "//"; is an id empty?');
  if (/\/\.{1,2}(?:\/|$)/.test(path)) {
    refuse('ERR_RESOURCE_TRAVERSAL', 'a "." or ".." segment is resolved by clients before they ask');
  }
  if (path.endsWith('/')) {
    refuse(
      'ERR_RESOURCE_SCOPE',
      'the path ends in "/", so it is not a file; for a whole video use signPlaylistUrl',
    );
  }
  return path;
}

function withoutOrigin(input: string, origin: string): string {
  if (input.startsWith('/') && !input.startsWith('//')) return input;
  const [, scheme, authority, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/s.exec(input) ?? [];
  if (scheme === undefined) {
    refuse(
      'ERR_RESOURCE_FORM',
      'expected a path that begins with one "/", or a whole https URL of the pull zone',
    );
  }
  const isOurs = `${scheme}://${authority}` === origin;
  if (!isOurs && scheme !== 'https')
    refuse('ERR_RESOURCE_SCHEME', 'expected an https URL; a token is good for the path of one host');
  if (!isOurs) {
    refuse(
      'ERR_RESOURCE_HOST',
      'the URL\'s host is not "pullZoneHost", or is written in capitals or with a port; pass the path alone',
    );
  }
  if (!rest.startsWith('/')) refuse('ERR_RESOURCE_FORM', 'the URL has no path; expected one of a file');
  return rest;
}

/** Bunny's Node and Python signers would write `token` and `expires` twice. */
function refuseSigned(path: string): void {
  const names = path.split(/[?&]/).map((pair) => pair.split('=', 1)[0]);
  const reserved = new Set<string | undefined>([
    QUERY_TOKEN,
    PATH_TOKEN,
    `/${PATH_TOKEN}`,
    ...Object.values(PARAMETERS),
  ]);
  // A path's own last segment may be called "limit": only names with a value, or behind the "?", are parameters.
  const isSigned = path.startsWith(`/${PATH_TOKEN}=`) || names.slice(1).some((name) => reserved.has(name));
  if (!isSigned) return;
  refuse(
    'ERR_RESOURCE_RESERVED_QUERY',
    'the URL is signed already, or uses a name that Bunny reserves for signing; sign the bare path of the file',
  );
}
