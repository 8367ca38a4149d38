/**
 * Where a playlist's URI leads. Written out after RFC 3986, because a URL parser would re-encode what a
 * playlist holds; what browsers would read differently from it is refused, in the end by asking their parser.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-5.2
 */

import { SIGNING_NAMES } from './variables.ts';

/** Where a playlist is stored; its URIs are relative to this. */
export interface PlaylistLocation {
  /** Scheme and host in lower case; a port only where it is not the scheme's own. */
  readonly origin: string;
  /** Starts with `/`. */
  readonly path: string;
  /** The path up to and with its last `/`. */
  readonly directory: string;
}

/** A URI of the playlist's own host. */
export interface OwnUri {
  readonly kind: 'own';
  /** As written, up to the `?` or `#`. */
  readonly head: string;
  /** Resolved, without dot segments; starts with `/`. */
  readonly path: string;
  /** With its `?`, without signing parameters; empty when there is none. */
  readonly query: string;
  /** With its `#`; empty when there is none. */
  readonly fragment: string;
}

export type ResolvedUri =
  | OwnUri
  /** Another host, or a scheme such as `skd:` that asks no host for anything. */
  | { readonly kind: 'foreign' }
  /** `data:`, which is its own content. */
  | { readonly kind: 'embedded' }
  | { readonly kind: 'refused'; readonly why: string };

/** Most of all URIs; the rest takes a closer look. */
const PLAIN = /^[\w~-][\w~.-]*(?:\/[\w~-][\w~.-]*)*$/;
const URI = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/s;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
/** What players and the URL parser drop before they read a URI, each another set. */
const OUTER_BLANK = /^[\s\p{Cf}]|[\s\p{Cf}]$/u;
const BLANK_BUT_SPACE = /[^\S ]/;
const ENCODED_DOT_SEGMENT = /(?:^|\/)(?:%2e|\.%2e|%2e\.|%2e%2e)(?:\/|$)/i;

/** hls.js takes what is behind the `;` for parameters of RFC 2396, and resolves the dots before it. */
const DOT_SEGMENT_WITH_PARAMETERS = /(?:^|\/)\.{1,2};/;

export function resolveUri(uri: string, location: PlaylistLocation): ResolvedUri {
  if (PLAIN.test(uri)) {
    return {
      kind: 'own',
      head: uri,
      path: location.directory + uri,
      query: '',
      fragment: '',
    };
  }
  const [, scheme, authority, rawPath = '', query = '', fragment = ''] = URI.exec(uri) ?? [];
  const [ownScheme = '', ownHost] = location.origin.split('://');
  const lowerScheme = scheme?.toLowerCase() ?? ownScheme;
  if (lowerScheme === 'data') return { kind: 'embedded' };
  if (lowerScheme !== 'https' && lowerScheme !== 'http') return { kind: 'foreign' };

  if (CONTROL_CHARACTER.test(uri)) return refused('it holds a control character');
  if (OUTER_BLANK.test(uri))
    return refused('it starts or ends with white space, which players drop; remove it');
  // Browsers read `\` as `/`, and `https:a.ts` as relative.
  const head = uri.slice(0, uri.length - query.length - fragment.length);
  if (head.includes('\\')) return refused('it holds a "\\"; write "/", or %5C');
  if (scheme !== undefined && !authority) return refused('it has a scheme and no host');
  if (authority !== undefined) {
    const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
    const usualPort = lowerScheme === 'http' ? /:(?:80)?$/ : /:(?:443)?$/;
    if (host !== ownHost && host.replace(usualPort, '') !== ownHost) return { kind: 'foreign' };
    if (lowerScheme !== ownScheme) {
      return refused(`it is ${lowerScheme}, and a signature holds for ${ownScheme} only`);
    }
    if (authority.includes('@')) return refused('it holds a user name');
  }
  if (ENCODED_DOT_SEGMENT.test(rawPath)) return refused('it hides a dot segment in percent-encoding');
  if (DOT_SEGMENT_WITH_PARAMETERS.test(rawPath))
    return refused('it holds a dot segment with a ";" behind it, which some players resolve; write %3B');
  if (BLANK_BUT_SPACE.test(uri)) return refused('it holds white space; percent-encode it');
  const path = resolvePath(rawPath, authority !== undefined, location);
  if (!isReadAlike(uri, path, location))
    return refused('a URL parser reads it differently; write it plainly');
  return { kind: 'own', head, path, query: withoutSigning(query), fragment };
}

/** @see https://url.spec.whatwg.org/#concept-basic-url-parser */
function isReadAlike(uri: string, path: string, location: PlaylistLocation): boolean {
  try {
    const read = new URL(uri, location.origin + location.path);
    const meant = new URL(location.origin + path);
    return read.origin === meant.origin && read.username === '' && read.pathname === meant.pathname;
  } catch {
    return false;
  }
}

/** A URI's own query first, then `addition`. */
export function extendQuery(query: string, addition: string): string {
  if (query === '' || query === '?') return `?${addition}`;
  return query.endsWith('&') ? query + addition : `${query}&${addition}`;
}

function resolvePath(path: string, isAbsolute: boolean, location: PlaylistLocation): string {
  if (path === '') return isAbsolute ? '/' : location.path;
  return removeDotSegments(path.startsWith('/') ? path : location.directory + path);
}

/** @see https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 */
function removeDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const segments = path.split('/');
  const kept: string[] = [];
  for (const segment of segments) {
    // The first is the empty one before the leading slash.
    if (segment === '..') kept.splice(Math.max(1, kept.length - 1));
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return kept.join('/');
}

/** A playlist that was signed or prepared before: one set of parameters must remain. */
function withoutSigning(query: string): string {
  if (query === '') return query;
  const pairs = query.slice(1).split('&');
  const kept = pairs.filter((pair) => !SIGNING_NAMES.has(pair.split('=', 1)[0] ?? ''));
  if (kept.length === pairs.length) return query;
  if (kept.length === 0) return '';
  // A last empty pair is what a trailing `&` leaves, and `extendQuery` put the signature right behind that.
  return `?${kept.join('&')}${kept.at(-1) === '' ? '&' : ''}`;
}

function refused(why: string): ResolvedUri {
  return { kind: 'refused', why };
}
