/**
 * What may be signed. A resource is signed exactly as given or refused: a signer that rewrites a URL signs
 * something else than what the player will ask for. A string may hold an id from outside, so it is refused wherever an
 * id could widen it; `verbatim` is for resources that hold none.
 */

import { assertString } from '../arguments.ts';
import type { SignerErrorCode } from '../errors.ts';
import { inCode, type Message, message, option, signerError } from '../message.ts';
import { QUERY_NAMES } from '../wire.ts';
import { decodeFully } from './percent-encoding.ts';

export interface Resource {
  /** `<origin><path>[?query]`, with `/*` at the end for a directory. */
  readonly url: string;
  /** Starts with `/`; keeps wildcards, and the query string of a verbatim scope, where a `?` may be either. */
  readonly path: string;
  /** Covers more than one URL: a directory, or what a `*` matches. */
  readonly isDirectory: boolean;
  /** Covers the whole host, or everything at its top that a wildcard matches. */
  readonly opensHost: boolean;
}

/**
 * CloudFront's "maximum length of a URL", in bytes. Whatever is longer is refused before it is looked into.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-general
 */
export const MAX_URL_BYTES = 8_192;

/** RFC 3986's path characters; the rest must come percent-encoded, or clients will encode it after us. */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/;
/**
 * A path with nothing to look into: no empty segment, no dot segment, no percent-encoding. Most are like
 * this, and one test passes them; whatever it does not pass is judged check by check below.
 */
const PLAIN_PATH = /^(?=\/)(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9\-._~!$&'()*+,;=:@]+)*\/?$/;
/** The same, and `?`; not `'`, which the URL parser, and so every browser, encodes in a query string and nowhere else. */
const QUERY_CHARACTERS = /^[A-Za-z0-9\-._~!$&()*+,;=:@/%?]*$/;
/** How a query string begins that is meant as one; the rest of a path would not look like this. */
const NAME_AND_VALUE = /^[^/&=]+=/;
/** What a segment must not turn out to hold when somebody decodes it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const HIDDEN = /[*?/\\\u0000-\u001f\u007f]/;
/** Case-sensitive, as CloudFront reads them: `expires` and `policy` are names like any other. */
const RESERVED_QUERY_NAMES: ReadonlySet<string> = new Set(Object.values(QUERY_NAMES));

/** One file: no wildcard anywhere. */
export function parseFile(input: unknown, origins: readonly string[]): Resource {
  const { origin, path, query } = split(input, origins);
  if (path.includes('*')) {
    refuse(
      'ERR_RESOURCE_WILDCARD',
      message`a "*" in a URL would sign every match; sign one file, with ${option('scope', 'directory')} for its directory, or ${USE_COOKIES}${OR_VERBATIM}`,
    );
  }
  return { url: `${origin}${path}${query}`, path, isDirectory: false, opensHost: false };
}

/** Everything under a file's own directory: `/books/42/index.m3u8` gives `/books/42/*`. */
export function directoryOf(file: Resource): Resource {
  const path = `${file.path.slice(0, file.path.lastIndexOf('/'))}/*`;
  const origin = originOfUrl(file);
  // Only verbatim: in "/books/4?/index.m3u8" the directory to be signed would be "/books/*".
  if (file.url.slice(origin.length + file.path.length).includes('/')) {
    refuse(
      'ERR_RESOURCE_QUERY',
      'a "/" behind the "?" leaves open which directory is meant; sign a scope instead',
    );
  }
  return { url: `${origin}${path}`, path, isDirectory: true, opensHost: file.opensHost || path === '/*' };
}

/** @throws SignerError `ERR_RESOURCE_SCOPE` for what is not a directory, or has a wildcard other than the one at its end */
export function assertDirectory({ url }: Resource): void {
  if (/^[^*?]*\/\*$/.test(url)) return;
  refuse(
    'ERR_RESOURCE_SCOPE',
    message`${option('scope')} must be a directory that ends in "/*", such as "/books/*", with no other wildcard`,
  );
}

export function originOfUrl({ url }: Resource): string {
  return url.slice(0, url.indexOf('/', 'https://'.length));
}

/** One file, or everything under a directory: `/books/42/*`. The whole host passes: see `refuseWholeHost`. */
export function parseScope(input: unknown, origins: readonly string[]): Resource {
  const { origin, path, query } = split(input, origins);
  const star = path.indexOf('*');
  if (star === -1) {
    return { url: `${origin}${path}${query}`, path, isDirectory: false, opensHost: false };
  }

  if (star !== path.length - 1) {
    refuse(
      'ERR_RESOURCE_WILDCARD',
      message`a "*" may only stand at the very end, as in "/books/42/*"${OR_VERBATIM}`,
    );
  }
  if (!path.endsWith('/*')) {
    refuse(
      'ERR_RESOURCE_SCOPE',
      message`a scope must end in "/*": "/v/1*" would also cover "/v/10/"${OR_VERBATIM}`,
    );
  }
  if (query !== '')
    refuse('ERR_RESOURCE_QUERY', 'a directory scope covers every query string; remove the query string');
  return { url: `${origin}${path}`, path, isDirectory: true, opensHost: path === '/*' };
}

/** @throws SignerError `ERR_RESOURCE_SCOPE` for a string that ends in `/`, which opens one URL and no file below it */
export function refuseBareDirectory({ path }: Resource): void {
  if (!path.endsWith('/')) return;
  refuse(
    'ERR_RESOURCE_SCOPE',
    message`this gives access to nothing below the directory; end it in "/*", as in "/books/42/*"${OR_VERBATIM}`,
  );
}

/** @throws SignerError `ERR_RESOURCE_WHOLE_HOST` for `/*`, and for a wildcard in the first segment */
export function refuseWholeHost({ path, opensHost }: Resource): void {
  if (!opensHost) return;
  refuse(
    'ERR_RESOURCE_WHOLE_HOST',
    path === '/*'
      ? message`this gives access to the whole host; ${ALLOW}`
      : message`a wildcard in the first segment gives access to everything that it matches on the whole host; ${ALLOW}`,
  );
}

/** @throws SignerError `ERR_RESOURCE_LENGTH` for a URL that is too long once it carries its signature */
export function assertSignedLength(length: number): void {
  if (length <= MAX_URL_BYTES) return;
  refuse(
    'ERR_RESOURCE_LENGTH',
    'the signed URL is longer than 8,192 bytes, the most that CloudFront takes; shorten the path or the query string',
  );
}

interface Parts {
  readonly origin: string;
  readonly path: string;
  /** With its `?`; empty when there is none. */
  readonly query: string;
}

/** What refusals of an unusual resource end in. */
const OR_VERBATIM = inCode(
  'verbatim',
  '; if that is intended and it contains no id from outside, verbatim(…) signs it unchanged',
);
const OBJECT_PATH = inCode('object-path', ', objectPath for the key of an object');
const USE_COOKIES = inCode('sign-cookies', 'use signCookies');
const ALLOW = message`pass ${option('allowWholeHost', true)} if that is intended`;

function split(input: unknown, origins: readonly string[]): Parts {
  assertString('resource', input);
  // First of all: the checks below take time that grows with the text.
  assertLength(input.length);
  const parts = splitUrl(input, origins);
  assertLength(parts.origin.length + parts.path.length + parts.query.length);
  return parts;
}

/**
 * @param length in characters, which are no more than the bytes; of what passes every check they are as many
 * @throws SignerError `ERR_RESOURCE_LENGTH`
 */
export function assertLength(length: number): void {
  if (length <= MAX_URL_BYTES) return;
  refuse(
    'ERR_RESOURCE_LENGTH',
    'the URL is longer than 8,192 bytes, the most that CloudFront takes; shorten it',
  );
}

function splitUrl(input: string, origins: readonly string[]): Parts {
  if (PLAIN_PATH.test(input)) return { origin: origins[0] ?? '', path: input, query: '' };
  checkUnsendable(input);
  const { origin, rest } = splitOrigin(input, origins);
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? '' : rest.slice(mark);
  checkPath(path);
  if (query !== '') checkQuery(query.slice(1));
  return { origin, path, query };
}

export function splitOrigin(input: string, origins: readonly string[]): { origin: string; rest: string } {
  if (input.startsWith('/') && !input.startsWith('//')) return { origin: origins[0] ?? '', rest: input };

  const [, scheme, host, rest] = /^([^/?]*:)?\/\/([^/?]*)(.*)$/.exec(input) ?? [];
  if (host === undefined || rest === undefined) {
    refuse(
      'ERR_RESOURCE_FORM',
      'expected a path that starts with "/", or a whole https URL; is an id or a key empty?',
    );
  }
  const origin = `${scheme}//${host}`;
  if (!origins.includes(origin)) refuseOrigin(scheme, host, origins);
  if (!rest.startsWith('/'))
    refuse('ERR_RESOURCE_FORM', 'the URL has no path; a host alone cannot be signed');
  return { origin, rest };
}

function refuseOrigin(scheme: string | undefined, host: string, origins: readonly string[]): never {
  if (scheme !== 'https:') {
    refuse('ERR_RESOURCE_SCHEME', 'expected https: a signature for another scheme does not hold for https');
  }
  const plain = host.toLowerCase().replace(/:\d*$/, '');
  if (origins.includes(`https://${plain}`)) {
    refuse(
      'ERR_RESOURCE_HOST',
      host === host.toLowerCase()
        ? `the host has a port, which clients drop or which is not CloudFront's; write ${plain}`
        : `the host has capitals, which clients send in lower case; write ${plain}`,
    );
  }
  const known = origins.map((one) => one.replace(/^https:\/\//, ''));
  refuse('ERR_RESOURCE_HOST', `this host is not one the signer was made for: ${known.join(', ')}`);
}

/** What no client sends: refused in strings and verbatim alike. */
export function checkUnsendable(input: string): void {
  for (const character of input) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f)
      refuse('ERR_RESOURCE_CHARACTERS', 'the resource holds a control character');
  }
  if (input.includes('#')) {
    refuse('ERR_RESOURCE_FRAGMENT', 'a "#" never reaches CloudFront; remove it, or encode it as %23');
  }
}

function checkPath(path: string): void {
  if (PLAIN_PATH.test(path)) return;
  checkEncoding(path, PATH_CHARACTERS);
  if (path.includes('//')) {
    refuse(
      'ERR_RESOURCE_EMPTY_SEGMENT',
      message`the path has an empty segment; is an id in it empty?${OR_VERBATIM}`,
    );
  }
  if (path.split('/').some(isDotSegment)) {
    refuse('ERR_RESOURCE_TRAVERSAL', 'a "." or ".." segment is resolved by clients before they ask');
  }
  for (const segment of path.split('/')) {
    const decoded = decode(segment);
    if (decoded !== segment && (HIDDEN.test(decoded) || isDotSegment(decoded))) {
      refuse(
        'ERR_RESOURCE_ENCODED',
        message`the path hides a wildcard, a slash, a backslash or a dot segment in percent-encoding; does it contain an unchecked id?${OR_VERBATIM}`,
      );
    }
  }
}

function checkQuery(query: string): void {
  if (query === '') refuse('ERR_RESOURCE_QUERY', 'the URL ends in a "?" without a query string; remove it');
  if (query.includes("'")) {
    refuse(
      'ERR_RESOURCE_CHARACTERS',
      `browsers send a "'" in the query string as %27, which is another URL; write %27 (encodeURIComponent leaves "'" as it is)`,
    );
  }
  checkEncoding(query, QUERY_CHARACTERS);
  decode(query);
  if (/[*?]/.test(query)) {
    refuse(
      'ERR_RESOURCE_WILDCARD',
      message`a "*" or "?" in the query string is a wildcard; encode it as %2A or %3F (encodeURIComponent leaves "*" as it is, and "'", which must be %27)${OR_VERBATIM}`,
    );
  }
  refuseReservedNames(query, decode);
  // "/books/4?/index.m3u8": an id that ends in "?" would let the policy match "/books/41/index.m3u8".
  if (!NAME_AND_VALUE.test(query)) {
    refuse(
      'ERR_RESOURCE_WILDCARD',
      message`this "?" starts no query string such as "name=value", so it is a wildcard; does it contain an unchecked id?${OR_VERBATIM}`,
    );
  }
  // "/books/4?a=/index.m3u8": the "?" of an unchecked id cuts the path short, and matches the 1 of "/books/41a=/".
  if (query.includes('/')) {
    refuse(
      'ERR_RESOURCE_QUERY',
      message`a "/" behind the "?" leaves open where the path ends; does it contain an unchecked id? If not, encode it as %2F${OR_VERBATIM}`,
    );
  }
}

/** @param decodeName what a name of the query string may turn out to be */
export function refuseReservedNames(query: string, decodeName: (name: string) => string): void {
  for (const pair of query.split('&')) {
    if (RESERVED_QUERY_NAMES.has(decodeName(pair.split('=', 1)[0] ?? ''))) {
      refuse(
        'ERR_RESOURCE_RESERVED_QUERY',
        'the query string uses a name that CloudFront reserves for signing; rename the parameter',
      );
    }
  }
}

function checkEncoding(text: string, allowed: RegExp): void {
  if (!allowed.test(text)) {
    refuse(
      'ERR_RESOURCE_CHARACTERS',
      message`the resource holds a character that must be percent-encoded: encodeURIComponent for an id${OBJECT_PATH}`,
    );
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) {
    refuse('ERR_RESOURCE_CHARACTERS', 'the resource holds a "%" that starts no percent-encoding; write %25');
  }
}

function decode(text: string): string {
  const decoded = decodeFully(text);
  if (decoded === null) {
    refuse(
      'ERR_RESOURCE_ENCODED',
      'fully decoded, it is not UTF-8; encode ids with encodeURIComponent, and use no id ' +
        'that itself holds a "%" with two hexadecimal digits behind it',
    );
  }
  return decoded;
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..';
}

export function refuse(code: SignerErrorCode, said: string | Message): never {
  throw signerError(code, said);
}
