/**
 * The one pass over a playlist. Everything that is not a URI of its own host is passed on unchanged, byte for byte;
 * only a byte order mark, with which players must refuse a playlist, does not.
 */

import { SignerError } from '../errors.ts';
import { type Attribute, readAttributes } from './attribute-list.ts';
import { readLines, terminatorOf } from './lines.ts';
import { assertUriLength } from './location.ts';
import { type OwnUri, type PlaylistLocation, resolveUri } from './resolve-uri.ts';
import {
  BARE_URI_TAGS,
  isAbsoluteUrl,
  isLoadedDateRange,
  isUriName,
  roleOf,
  URI_TAGS,
  type UriRole,
  urisOfUnknownTag,
} from './uri-tags.ts';
import { hasReference, hasSigningReference, SIGNING_NAMES, Variables } from './variables.ts';

export interface UriRules {
  readonly location: PlaylistLocation;
  /** What takes the place of a URI: signed, or left without a signature and reported. */
  replace(uri: OwnUri, role: UriRole, line: number): string | LeftAlone;
  /** What the master defines, by name, for `EXT-X-DEFINE:IMPORT`. */
  readonly definitions: ReadonlyMap<string, string>;
  /** Names of `EXT-X-DEFINE:QUERYPARAM` that the playlist is to have. */
  readonly queryParameters: readonly string[];
}

/** A URI of the own host that gets no signature, as it is to be written. */
export interface LeftAlone {
  readonly leftAs: string;
}

export interface RewrittenPlaylist {
  readonly playlist: string;
  /** How many URIs were replaced. */
  readonly count: number;
  readonly leftAlone: string[];
}

/** Where the version is in the output, and whether that is before every URI. */
interface VersionLine {
  readonly start: number;
  readonly end: number;
  readonly isFirst: boolean;
}

/** The first draft version with `QUERYPARAM`. */
const QUERY_PARAMETER_VERSION = 11;
const HASH = 0x23;
/** Where hls.js (its `.` stops at the last two), Python's `splitlines` and others also end a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const OTHER_LINE_END = /[\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/;
const DEFINED_NAME: ReadonlySet<string> = new Set(['NAME', 'IMPORT', 'QUERYPARAM']);

/** @throws SignerError `ERR_PLAYLIST_FORM` */
export function assertPlaylist(m3u8: string): void {
  if (!/^\uFEFF?#EXTM3U(?:[ \t\r\n]|$)/.test(m3u8)) {
    throw new SignerError('ERR_PLAYLIST_FORM', 'not a playlist: its first line must be #EXTM3U');
  }
}

export function rewritePlaylist(m3u8: string, rules: UriRules): RewrittenPlaylist {
  assertPlaylist(m3u8);
  const text = m3u8.startsWith('\uFEFF') ? m3u8.slice(1) : m3u8;
  refuseOtherLineEnds(text);
  const uris = new UriRewriter(rules);
  let version: VersionLine | undefined;

  // Summed up, not joined: V8 strings the parts together and copies them once, when somebody reads them.
  let playlist = '';
  let copied = 0;
  let at = 0;
  for (const line of readLines(text)) {
    if (version === undefined && line.startsWith('#EXT-X-VERSION:')) {
      const start = playlist.length + at - copied;
      version = { start, end: start + line.length, isFirst: uris.count === 0 };
    }
    const replaced = uris.replaceIn(line);
    if (replaced !== line) {
      playlist += text.slice(copied, at);
      playlist += replaced;
      copied = at + line.length;
    }
    at += line.length;
  }
  playlist += text.slice(copied);
  if (uris.count > 0 && rules.queryParameters.length > 0) {
    playlist = defineQueryParameters(playlist, rules.queryParameters, version);
  }
  return { playlist, count: uris.count, leftAlone: [...uris.leftAlone] };
}

/** Takes a playlist line by line, in order. */
class UriRewriter {
  count = 0;
  readonly leftAlone = new Set<string>();
  readonly #rules: UriRules;
  readonly #variables: Variables;
  #lineNumber = 0;
  #isVariantNext = false;

  constructor(rules: UriRules) {
    this.#rules = rules;
    this.#variables = new Variables(rules.definitions);
  }

  replaceIn(line: string): string {
    this.#lineNumber += 1;
    if (line.charCodeAt(0) !== HASH) return this.#replaceLine(line);
    if (!line.startsWith('#EXT-X-')) return this.#keep(line);
    const tag = tagOf(line);
    if (tag === 'EXT-X-STREAM-INF') this.#isVariantNext = true;
    return this.#replaceInTag(line, tag);
  }

  #replaceLine(line: string): string {
    const uri = line.trim();
    // Blank, or a comment that is indented.
    if (uri === '' || uri.charCodeAt(0) === HASH) return this.#keep(line);
    const replaced = this.#replace(uri, this.#isVariantNext ? 'playlist' : 'file');
    this.#isVariantNext = false;
    const start = line.length - line.trimStart().length;
    return line.slice(0, start) + replaced + line.slice(start + uri.length);
  }

  #replaceInTag(line: string, tag: string): string {
    const roles = URI_TAGS.get(tag);
    if (roles === undefined && tag !== 'EXT-X-DEFINE') {
      if (BARE_URI_TAGS.has(tag)) return this.#replaceBare(line, tag);
      for (const unknown of urisOfUnknownTag(line)) this.#report(unknown);
      return this.#keep(line);
    }
    const end = line.length - terminatorOf(line).length;
    const attributes = readAttributes(line.slice(0, end), tag.length + 2);
    if (attributes === null) {
      throw new SignerError(
        'ERR_PLAYLIST_FORM',
        `line ${this.#lineNumber}: ${tag} has a quote that is not closed`,
      );
    }
    return roles === undefined
      ? this.#define(line, attributes)
      : this.#replaceAttributes(line, attributes, roles);
  }

  /** No player fills variables in here: in a playlist that is prepared, such a hint stays as it is. */
  #replaceBare(line: string, tag: string): string {
    const start = tag.length + 2;
    const uri = line.slice(start).trim();
    if (uri === '') return this.#keep(line);
    if (this.#rules.queryParameters.length > 0) {
      this.#report(uri);
      return this.#keep(line);
    }
    const at = line.indexOf(uri, start);
    return this.#keep(line.slice(0, at)) + this.#replace(uri, 'file') + line.slice(at + uri.length);
  }

  /** A `data:` URI may hold a key, and asks nobody. */
  #report(uri: string): void {
    if (uri !== '' && !/^data:/i.test(uri)) this.leftAlone.add(uri);
  }

  #replaceAttributes(
    line: string,
    attributes: readonly Attribute[],
    roles: ReadonlyMap<string, UriRole>,
  ): string {
    const before = this.count;
    const isLoaded = isLoadedDateRange(attributes);
    let replaced = '';
    let copied = 0;
    for (const attribute of attributes) {
      const { name, value, start, end } = attribute;
      const role = roleOf(roles, attribute, isLoaded);
      if (role === undefined && (isUriName(name) || isAbsoluteUrl(value))) this.#report(value);
      if (role === undefined || value === '') continue;
      const replacement = this.#replace(value, role);
      if (replacement !== value) this.#refuseBreakOut(replacement, line[start - 1] === '"');
      replaced += this.#keep(line.slice(copied, start)) + replacement;
      copied = end;
    }
    if (this.count > before && !attributes.every(({ isClear }) => isClear)) {
      throw new SignerError(
        'ERR_PLAYLIST_FORM',
        `line ${this.#lineNumber}: players read these attributes in more ways than one; write NAME="value" with ` +
          'nothing but commas between them',
      );
    }
    return replaced + this.#keep(line.slice(copied));
  }

  /** A variable's value must not end the attribute: what is behind it would be another one, with the signature in it. */
  #refuseBreakOut(replacement: string, isQuoted: boolean): void {
    if (!(isQuoted ? /"/ : /[",\s]/).test(replacement)) return;
    throw new SignerError(
      'ERR_PLAYLIST_VARIABLE',
      `line ${this.#lineNumber}: with its variables filled in, this URI would end its attribute; give variables no value ` +
        'with a quote, and write attributes as NAME="value"',
    );
  }

  /** What stays as it is: a player must not fill the viewer's signature into it, nor take its next line for its own. */
  #keep(text: string): string {
    if (hasSigningReference(text)) this.#refuseSigningName();
    // hls.js looks for the duration beyond the line's end, and takes `4//example.net/a.ts` for 4 seconds of a file there.
    if (text.trim() === '#EXTINF:') {
      throw new SignerError('ERR_PLAYLIST_FORM', `line ${this.#lineNumber}: EXTINF has no duration`);
    }
    return text;
  }

  #refuseSigningName(): never {
    throw new SignerError(
      'ERR_PLAYLIST_VARIABLE',
      `line ${this.#lineNumber}: the variables ${[...SIGNING_NAMES].join(', ')} hold the viewer's signature, and only ` +
        'preparePlaylist may define them or refer to them; use another name',
    );
  }

  /** Definitions that `preparePlaylist` made go: the next ones take their place, or nothing refers to them. */
  #define(line: string, attributes: readonly Attribute[]): string {
    const isSigning = attributes.some(
      ({ name, value }) => DEFINED_NAME.has(name) && SIGNING_NAMES.has(value),
    );
    if (isSigning) {
      if (attributes.length > 1 || attributes[0]?.name !== 'QUERYPARAM') this.#refuseSigningName();
      return '';
    }
    this.#variables.define(attributes);
    return this.#keep(line);
  }

  #replace(written: string, role: UriRole): string {
    const substituted = this.#variables.substitute(written);
    const uri = resolveUri(substituted, this.#rules.location);
    const line = this.#lineNumber;
    switch (uri.kind) {
      case 'embedded':
      case 'foreign':
        if (hasSigningReference(substituted)) this.#refuseSigningName();
        if (uri.kind === 'foreign') this.leftAlone.add(written);
        return this.#keep(written);
      case 'refused':
        throw new SignerError('ERR_PLAYLIST_URI', `line ${line}: this URI cannot be signed: ${uri.why}`);
      case 'own':
        if (hasSigningReference(uri.head + uri.query + uri.fragment)) this.#refuseSigningName();
        if (hasReference(uri.head)) {
          throw new SignerError(
            'ERR_PLAYLIST_VARIABLE',
            `line ${line}: only the player knows where this URI leads; define its variable with NAME and VALUE, or pass "definitions"`,
          );
        }
        assertUriLength(substituted.length, line);
        return this.#take(written, this.#rules.replace(uri, role, line));
    }
  }

  #take(written: string, replaced: string | LeftAlone): string {
    if (typeof replaced === 'string') {
      this.count += 1;
      return replaced;
    }
    this.leftAlone.add(written);
    return this.#keep(replaced.leftAs);
  }
}

/** @throws SignerError `ERR_PLAYLIST_FORM` */
function refuseOtherLineEnds(text: string): void {
  const at = text.search(OTHER_LINE_END);
  if (at === -1) return;
  const line = [...readLines(text.slice(0, at + 1))].length;
  throw new SignerError(
    'ERR_PLAYLIST_FORM',
    `line ${line}: it contains a character that some players read as the end of a line, such as U+2028; remove it`,
  );
}

/** Before the first URI; the version that has them is stated, where it was lower or was not. */
function defineQueryParameters(
  playlist: string,
  names: readonly string[],
  version: VersionLine | undefined,
): string {
  const [firstLine = ''] = readLines(playlist);
  const lineEnd = terminatorOf(firstLine) || '\n';
  const definitions = names.map((name) => `#EXT-X-DEFINE:QUERYPARAM="${name}"${lineEnd}`).join('');
  const head = playlist.slice(0, firstLine.length);
  const stating = `#EXT-X-VERSION:${QUERY_PARAMETER_VERSION}`;
  if (version === undefined) {
    return `${head}${stating}${lineEnd}${definitions}${playlist.slice(firstLine.length)}`;
  }
  const { start, end, isFirst } = version;
  const line = playlist.slice(start, end);
  const isHighEnough = Number.parseInt(line.slice('#EXT-X-VERSION:'.length), 10) >= QUERY_PARAMETER_VERSION;
  const stated = isHighEnough ? line : stating + terminatorOf(line);
  return isFirst
    ? `${playlist.slice(0, start)}${stated}${definitions}${playlist.slice(end)}`
    : `${head}${definitions}${playlist.slice(firstLine.length, start)}${stated}${playlist.slice(end)}`;
}

function tagOf(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? line.trim().slice(1) : line.slice(1, colon);
}
