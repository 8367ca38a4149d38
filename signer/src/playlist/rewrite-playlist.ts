/**
 * The one pass over a playlist. Everything that is no URI of its own host leaves as it came, byte for byte;
 * only a byte order mark, with which players must refuse a playlist, does not.
 */

import { SignerError } from '../errors.ts';
import { QUERY_NAMES } from '../wire.ts';
import { type Attribute, readAttributes } from './attribute-list.ts';
import { type OwnUri, type PlaylistLocation, resolveUri } from './resolve-uri.ts';
import { URI_TAGS, type UriRole } from './uri-tags.ts';
import { attributeValue, hasReference, Variables } from './variables.ts';

export interface UriRules {
  readonly location: PlaylistLocation;
  /** What takes the place of a URI. */
  replace(uri: OwnUri, role: UriRole, line: number): string;
  /** Names of `EXT-X-DEFINE:QUERYPARAM` that the playlist is to have. */
  readonly queryParameters: readonly string[];
}

export interface RewrittenPlaylist {
  readonly playlist: string;
  /** How many URIs were replaced. */
  readonly count: number;
  readonly leftAlone: string[];
}

interface VersionLine {
  readonly index: number;
  /** Stands before every URI. */
  readonly isFirst: boolean;
}

/** The first draft version with `QUERYPARAM`. */
const QUERY_PARAMETER_VERSION = 11;
const HASH = 0x23;
const LINES = /[^\r\n]+(?:\r\n?|\n)?|\r\n?|\n/g;
const UNKNOWN_URI = /[:,]\s*URI="([^"]*)"/;
const SIGNING_NAMES: ReadonlySet<string> = new Set(Object.values(QUERY_NAMES));

/** @throws SignerError `ERR_PLAYLIST_FORM` */
export function assertPlaylist(m3u8: string): void {
  if (!/^\uFEFF?#EXTM3U(?:[ \t\r\n]|$)/.test(m3u8)) {
    throw new SignerError('ERR_PLAYLIST_FORM', 'not a playlist: its first line must be #EXTM3U');
  }
}

export function rewritePlaylist(m3u8: string, rules: UriRules): RewrittenPlaylist {
  assertPlaylist(m3u8);
  const lines = (m3u8.startsWith('\uFEFF') ? m3u8.slice(1) : m3u8).match(LINES) ?? [];
  const uris = new UriRewriter(rules);
  let version: VersionLine | undefined;
  let isVariantNext = false;

  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    if (line.charCodeAt(0) !== HASH) {
      const replaced = uris.replaceLine(line, isVariantNext ? 'playlist' : 'file', index + 1);
      if (replaced === null) continue;
      lines[index] = replaced;
      isVariantNext = false;
    } else if (line.startsWith('#EXT-X-')) {
      const tag = tagOf(line);
      if (tag === 'EXT-X-STREAM-INF') isVariantNext = true;
      else if (tag === 'EXT-X-VERSION') version ??= { index, isFirst: uris.count === 0 };
      else lines[index] = uris.replaceInTag(line, tag, index + 1);
    }
  }
  if (uris.count > 0 && rules.queryParameters.length > 0) {
    defineQueryParameters(lines, rules.queryParameters, version);
  }
  // Not `join`: V8 strings a sum together without copying, until somebody reads it.
  let playlist = '';
  for (const line of lines) playlist += line;
  return { playlist, count: uris.count, leftAlone: [...uris.leftAlone] };
}

class UriRewriter {
  count = 0;
  readonly leftAlone = new Set<string>();
  readonly #rules: UriRules;
  readonly #variables = new Variables();

  constructor(rules: UriRules) {
    this.#rules = rules;
  }

  /** `null` for a blank line or an indented comment. */
  replaceLine(line: string, role: UriRole, number: number): string | null {
    const uri = line.trim();
    if (uri === '' || uri.charCodeAt(0) === HASH) return null;
    const start = line.indexOf(uri);
    const replaced = this.#replace(uri, role, number);
    return line.slice(0, start) + replaced + line.slice(start + uri.length);
  }

  replaceInTag(line: string, tag: string, number: number): string {
    const roles = URI_TAGS.get(tag);
    if (roles === undefined && tag !== 'EXT-X-DEFINE') {
      const unknown = UNKNOWN_URI.exec(line)?.[1];
      if (unknown) this.leftAlone.add(unknown);
      return line;
    }
    const end = line.length - terminatorOf(line).length;
    const attributes = readAttributes(line.slice(0, end), tag.length + 2);
    if (attributes === null) {
      throw new SignerError('ERR_PLAYLIST_FORM', `line ${number}: ${tag} has a quote that is not closed`);
    }
    return roles === undefined
      ? this.#define(line, attributes)
      : this.#replaceAttributes(line, attributes, roles, number);
  }

  #replaceAttributes(
    line: string,
    attributes: readonly Attribute[],
    roles: ReadonlyMap<string, UriRole>,
    number: number,
  ): string {
    let replaced = '';
    let copied = 0;
    for (const { name, value, start, end } of attributes) {
      const role = roles.get(name);
      if (role === undefined || value === '') continue;
      replaced += line.slice(copied, start) + this.#replace(value, role, number);
      copied = end;
    }
    return replaced + line.slice(copied);
  }

  /** Definitions that `preparePlaylist` made go: the next ones take their place, or nothing refers to them. */
  #define(line: string, attributes: readonly Attribute[]): string {
    if (SIGNING_NAMES.has(attributeValue(attributes, 'QUERYPARAM') ?? '')) return '';
    this.#variables.define(attributes);
    return line;
  }

  #replace(written: string, role: UriRole, number: number): string {
    const substituted = this.#variables.substitute(written);
    const uri = resolveUri(substituted, this.#rules.location);
    switch (uri.kind) {
      case 'embedded':
        return written;
      case 'foreign':
        this.leftAlone.add(written);
        return written;
      case 'refused':
        throw new SignerError('ERR_PLAYLIST_URI', `line ${number}: this URI cannot be signed: ${uri.why}`);
      case 'own':
        if (hasReference(uri.head)) {
          throw new SignerError(
            'ERR_PLAYLIST_VARIABLE',
            `line ${number}: only the player knows where this URI leads; define its variable by NAME and VALUE`,
          );
        }
        this.count += 1;
        return this.#rules.replace(uri, role, number);
    }
  }
}

/** Before the first URI; the version that has them is stated, where it was lower or was not. */
function defineQueryParameters(
  lines: string[],
  names: readonly string[],
  version: VersionLine | undefined,
): void {
  const lineEnd = terminatorOf(lines[0] ?? '') || '\n';
  const definitions = names.map((name) => `#EXT-X-DEFINE:QUERYPARAM="${name}"${lineEnd}`);
  if (version === undefined) {
    definitions.unshift(`#EXT-X-VERSION:${QUERY_PARAMETER_VERSION}${lineEnd}`);
  } else {
    const stated = lines[version.index] ?? '';
    const number = Number.parseInt(stated.slice('#EXT-X-VERSION:'.length), 10);
    if (!(number >= QUERY_PARAMETER_VERSION)) {
      lines[version.index] = `#EXT-X-VERSION:${QUERY_PARAMETER_VERSION}${terminatorOf(stated)}`;
    }
  }
  const after = version?.isFirst ? version.index : 0;
  lines[after] = (lines[after] ?? '') + definitions.join('');
}

function tagOf(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? line.trim().slice(1) : line.slice(1, colon);
}

function terminatorOf(line: string): string {
  if (line.endsWith('\r\n')) return '\r\n';
  return line.endsWith('\n') ? '\n' : line.endsWith('\r') ? '\r' : '';
}
