/**
 * Lists the attributes that hold URIs, by tag, and what each URI names. A URI on a line of its own is a variant's after
 * `EXT-X-STREAM-INF` and a media segment otherwise.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
 */

import type { Attribute } from './attribute-list.ts';

/** A `file` is complete in itself; a `playlist` holds URIs that need a signature of their own. */
export type UriRole = 'file' | 'playlist';

/** Tags that are followed by a URI and nothing else: hints of low-latency HLS as Twitch, Amazon IVS and ffmpeg write them. */
export const BARE_URI_TAGS: ReadonlySet<string> = new Set(['EXT-X-PREFETCH', 'EXT-X-TWITCH-PREFETCH']);

/** Date ranges whose `X-URI` the player loads: appendices E and F of the draft. */
const LOADING_CLASSES: ReadonlySet<string> = new Set([
  'com.apple.hls.preload',
  'com.apple.hls.daterange-schedule',
]);
const PLAYLIST_NAME = /\.m3u8?(?:[?#]|$)/i;
/** What names of attributes with URIs end in, those that nobody here knows included. */
const URI_NAME = /(?:URI|URL)$/;
/** The same in a tag whose attribute list may be none. */
const UNKNOWN_URI = /[:,;][ \t]*[A-Z0-9-]*(?:URI|URL)[ \t]*=[ \t]*(?:"([^"]*)"|([^",;\s]+))/g;
const ABSOLUTE_URL = /(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s",;]+/g;
/** A tag that is followed by a path and nothing else. */
const BARE_PATH = /^[^:]*:[ \t]*(\/[^\s",;]+)/;

const FILE = new Map<string, UriRole>([['URI', 'file']]);
const PLAYLIST = new Map<string, UriRole>([['URI', 'playlist']]);

export const URI_TAGS: ReadonlyMap<string, ReadonlyMap<string, UriRole>> = new Map([
  ['EXT-X-KEY', FILE],
  ['EXT-X-MAP', FILE],
  ['EXT-X-PART', FILE],
  ['EXT-X-PRELOAD-HINT', FILE],
  ['EXT-X-SESSION-DATA', FILE],
  ['EXT-X-SESSION-KEY', FILE],
  ['EXT-X-MEDIA', PLAYLIST],
  ['EXT-X-I-FRAME-STREAM-INF', PLAYLIST],
  ['EXT-X-RENDITION-REPORT', PLAYLIST],
  // Not in the draft: thumbnails as Roku, Shaka and others read them.
  ['EXT-X-IMAGE-STREAM-INF', PLAYLIST],
  ['EXT-X-CONTENT-STEERING', new Map<string, UriRole>([['SERVER-URI', 'file']])],
  [
    'EXT-X-DATERANGE',
    new Map<string, UriRole>([
      ['X-ASSET-LIST', 'file'],
      ['X-ASSET-URI', 'playlist'],
    ]),
  ],
]);

/** Whether a tag with these attributes is a date range whose `X-URI` the player loads. */
export function isLoadedDateRange(attributes: readonly Attribute[]): boolean {
  return attributes.some(({ name, value }) => name === 'CLASS' && LOADING_CLASSES.has(value));
}

/**
 * @param isLoaded what `isLoadedDateRange` says of the tag
 * @returns `undefined` for an attribute that holds no URI, or one that no player is known to load
 */
export function roleOf(
  roles: ReadonlyMap<string, UriRole>,
  { name, value }: Attribute,
  isLoaded: boolean,
): UriRole | undefined {
  if (name !== 'X-URI') return roles.get(name);
  if (!isLoaded) return undefined;
  return PLAYLIST_NAME.test(value) ? 'playlist' : 'file';
}

export function isAbsoluteUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

export function isUriName(name: string): boolean {
  return URI_NAME.test(name);
}

/** The URIs of a tag that nobody here knows, as far as they can be told. */
export function urisOfUnknownTag(line: string): string[] {
  const named = [...line.matchAll(UNKNOWN_URI)].map(([, quoted, unquoted]) => quoted ?? unquoted ?? '');
  const absolute = [...line.replace(UNKNOWN_URI, ' ').matchAll(ABSOLUTE_URL)].map(([url]) => url);
  const path = BARE_PATH.exec(line)?.[1];
  return [...named, ...absolute, ...(path === undefined ? [] : [path])];
}
