/**
 * The one pass over a playlist. Everything that is not a URI of its own host is passed on unchanged, byte for byte;
 * only a byte order mark, with which players must refuse a playlist, does not.
 */

import { SignerError } from '../errors.ts';
import { type Attribute, readAttributes } from './attribute-list.ts';
import { type KeyUrl, keyUriOf, TOKEN_NAME, TOKEN_REFERENCE } from './key-url.ts';
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
  /** What takes the place of the address of every content key. @default - an address is a URI like others */
  readonly keyUrl?: KeyUrl | undefined;
  /** A master defines the token of `keyUrl` for media playlists that import it. @default false */
  readonly passesToken?: boolean | undefined;
}

/** A URI of the own host that gets no signature, as it is to be written. */
export interface LeftAlone {
  readonly leftAs: string;
}

export interface RewrittenPlaylist {
  readonly playlist: string;
  /** How many URIs were replaced. */
  readonly count: number;
  /** How many addresses of keys were replaced. */
  readonly keyCount: number;
  readonly leftAlone: string[];
}

/** Where the version is in the output, and whether that is before every URI. */
interface VersionLine {
  readonly start: number;
  readonly end: number;
  readonly isFirst: boolean;
}

/** The first draft versions with `EXT-X-DEFINE`, and with its `QUERYPARAM`. */
const DEFINITION_VERSION = 8;
const QUERY_PARAMETER_VERSION = 11;
/** Tags that only a master playlist has, from which media playlists can import variables. */
const MASTER_TAGS: ReadonlySet<string> = new Set([
  'EXT-X-STREAM-INF',
  'EXT-X-MEDIA',
  'EXT-X-I-FRAME-STREAM-INF',
  'EXT-X-IMAGE-STREAM-INF',
  'EXT-X-SESSION-KEY',
]);
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
      version = { start, end: start + line.length, isFirst: uris.count + uris.keyCount === 0 };
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
  const definitions = [
    ...(uris.count > 0 ? rules.queryParameters.map(queryParameter) : []),
    ...tokenDefinitions(rules, uris),
  ];
  if (definitions.length > 0) playlist = defineVariables(playlist, definitions, version);
  return { playlist, count: uris.count, keyCount: uris.keyCount, leftAlone: [...uris.leftAlone] };
}

/** Takes a playlist line by line, in order. */
class UriRewriter {
  count = 0;
  keyCount = 0;
  isMaster = false;
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
    this.isMaster ||= MASTER_TAGS.has(tag);
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
      : this.#replaceAttributes(line, { tag, attributes, roles });
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

  #replaceAttributes(line: string, { tag, attributes, roles }: UriTag): string {
    const before = this.count + this.keyCount;
    const keyUri = this.#keyUri(tag, attributes);
    const isLoaded = isLoadedDateRange(attributes);
    let replaced = '';
    let copied = 0;
    for (const attribute of attributes) {
      const { name, value, start, end } = attribute;
      const role = roleOf(roles, attribute, isLoaded);
      if (role === undefined && (isUriName(name) || isAbsoluteUrl(value))) this.#report(value);
      const isKey = attribute === keyUri;
      if (role === undefined || (value === '' && !isKey)) continue;
      const replacement = isKey ? this.#keyUrl() : this.#replace(value, role);
      if (replacement !== value) this.#refuseBreakOut(replacement, line[start - 1] === '"');
      replaced += this.#keep(line.slice(copied, start)) + replacement;
      copied = end;
    }
    if (this.count + this.keyCount > before && !attributes.every(({ isClear }) => isClear)) {
      throw new SignerError(
        'ERR_PLAYLIST_FORM',
        `line ${this.#lineNumber}: players read these attributes in more ways than one; write NAME="value" with ` +
          'nothing but commas between them',
      );
    }
    return replaced + this.#keep(line.slice(copied));
  }

  #keyUri(tag: string, attributes: readonly Attribute[]): Attribute | undefined {
    if (this.#rules.keyUrl === undefined) return undefined;
    const substitute = (text: string) => this.#variables.substitute(text);
    return keyUriOf(tag, attributes, { line: this.#lineNumber, substitute });
  }

  #keyUrl(): string {
    this.keyCount += 1;
    return this.#rules.keyUrl?.url ?? '';
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
    this.#refuseSecretReference(text);
    // hls.js looks for the duration beyond the line's end, and takes `4//example.net/a.ts` for 4 seconds of a file there.
    if (text.trim() === '#EXTINF:') {
      throw new SignerError('ERR_PLAYLIST_FORM', `line ${this.#lineNumber}: EXTINF has no duration`);
    }
    return text;
  }

  /** Neither the viewer's signature nor the token for the key goes where a playlist wants it to go. */
  #refuseSecretReference(text: string): void {
    if (hasSigningReference(text)) this.#refuseSigningName();
    if (this.#rules.keyUrl !== undefined && text.includes(TOKEN_REFERENCE)) this.#refuseTokenName();
  }

  #refuseTokenName(): never {
    throw new SignerError(
      'ERR_PLAYLIST_VARIABLE',
      `line ${this.#lineNumber}: the variable ${TOKEN_NAME} holds the viewer's token for the key, and only "keyUrl" may ` +
        'define it or refer to it; use another name',
    );
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
    if (this.#definesToken(attributes)) return '';
    this.#variables.define(attributes);
    return this.#keep(line);
  }

  /** Of an earlier call, which wrote the one or the other. */
  #definesToken(attributes: readonly Attribute[]): boolean {
    if (this.#rules.keyUrl === undefined) return false;
    const isToken = attributes.some(({ name, value }) => DEFINED_NAME.has(name) && value === TOKEN_NAME);
    if (isToken && (attributes.length > 1 || attributes[0]?.name === 'NAME')) this.#refuseTokenName();
    return isToken;
  }

  #replace(written: string, role: UriRole): string {
    const substituted = this.#variables.substitute(written);
    const uri = resolveUri(substituted, this.#rules.location);
    const line = this.#lineNumber;
    switch (uri.kind) {
      case 'embedded':
      case 'foreign':
        this.#refuseSecretReference(substituted);
        if (uri.kind === 'foreign') this.#leaveForeign(written, role);
        return this.#keep(written);
      case 'refused':
        throw new SignerError('ERR_PLAYLIST_URI', `line ${line}: this URI cannot be signed: ${uri.why}`);
      case 'own':
        this.#refuseSecretReference(uri.head + uri.query + uri.fragment);
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

  /** A media playlist can import what its master defines, and send it wherever it likes. */
  #leaveForeign(written: string, role: UriRole): void {
    const { queryParameters, keyUrl, passesToken = false } = this.#rules;
    const definesSecrets =
      queryParameters.length > 0 || keyUrl?.refersToToken || (passesToken && keyUrl?.token !== undefined);
    if (role === 'playlist' && this.isMaster && definesSecrets) {
      throw new SignerError(
        'ERR_PLAYLIST_VARIABLE',
        `line ${this.#lineNumber}: this playlist is on another host, and could import the viewer's signature or token that the ` +
          'master defines for its own; remove it, or serve the master by signPlaylist with "variantUrl"',
      );
    }
    this.leftAlone.add(written);
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

interface UriTag {
  readonly tag: string;
  readonly attributes: readonly Attribute[];
  readonly roles: ReadonlyMap<string, UriRole>;
}

function queryParameter(name: string): string {
  return `QUERYPARAM="${name}"`;
}

/**
 * The player learns the token once, from the master: by its URL, or where a server wrote it in. Media playlists import it,
 * so that their own URLs, which CloudFront sees, do not carry it.
 */
function tokenDefinitions(
  { keyUrl, passesToken = false }: UriRules,
  { isMaster, keyCount }: Pick<UriRewriter, 'isMaster' | 'keyCount'>,
): string[] {
  if (keyUrl === undefined) return [];
  if (keyUrl.refersToToken) {
    if (isMaster) return [queryParameter(TOKEN_NAME)];
    return keyCount > 0 ? [`IMPORT="${TOKEN_NAME}"`] : [];
  }
  if (!isMaster || !passesToken || keyUrl.token === undefined) return [];
  return [`NAME="${TOKEN_NAME}",VALUE="${keyUrl.token}"`];
}

/** Before the first URI; the version that has them is stated, where it was lower or was not. */
function defineVariables(
  playlist: string,
  definitions: readonly string[],
  version: VersionLine | undefined,
): string {
  const needed = definitions.some((definition) => definition.startsWith('QUERYPARAM'))
    ? QUERY_PARAMETER_VERSION
    : DEFINITION_VERSION;
  const [firstLine = ''] = readLines(playlist);
  const lineEnd = terminatorOf(firstLine) || '\n';
  const defining = definitions.map((definition) => `#EXT-X-DEFINE:${definition}${lineEnd}`).join('');
  const head = playlist.slice(0, firstLine.length);
  const stating = `#EXT-X-VERSION:${needed}`;
  if (version === undefined) {
    return `${head}${stating}${lineEnd}${defining}${playlist.slice(firstLine.length)}`;
  }
  const { start, end, isFirst } = version;
  const line = playlist.slice(start, end);
  const isHighEnough = Number.parseInt(line.slice('#EXT-X-VERSION:'.length), 10) >= needed;
  const stated = isHighEnough ? line : stating + terminatorOf(line);
  return isFirst
    ? `${playlist.slice(0, start)}${stated}${defining}${playlist.slice(end)}`
    : `${head}${defining}${playlist.slice(firstLine.length, start)}${stated}${playlist.slice(end)}`;
}

function tagOf(line: string): string {
  const colon = line.indexOf(':');
  return colon === -1 ? line.trim().slice(1) : line.slice(1, colon);
}
