/**
 * Which attributes of which tags hold URIs, and of what. A URI on a line of its own is a variant's after
 * `EXT-X-STREAM-INF` and a media segment otherwise.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis
 */

/** A `file` is complete in itself; a `playlist` holds URIs that need a signature of their own. */
export type UriRole = 'file' | 'playlist';

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
