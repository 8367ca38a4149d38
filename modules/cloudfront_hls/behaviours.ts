/** The paths and how each is cached: one ordered table, in which CloudFront takes the first match. */

/** What kind of file a path leads to: it decides the cache time and the compression. */
export type HlsContent = 'playlist' | 'segment' | 'thumbnail';

export interface HlsBehaviour {
  /** `*` also matches `/`, and patterns are case-sensitive: `.M3U8` is not `.m3u8`. */
  readonly pathPattern: string;
  readonly serves: HlsContent;
}

/** Folder of titles if none is given. */
export const DEFAULT_PATH_PREFIX = 'books';

/**
 * Every path pattern below a folder of titles in the order in which CloudFront tries them; the default behaviour serves the rest as segments.
 *
 * The catch-all comes last and serves what a player requests under a name that is not listed. It caches longer
 * than a playlist allows, so a new kind of playlist needs its own line above it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export function hlsBehaviours(pathPrefix: string): readonly HlsBehaviour[] {
  return BELOW_PREFIX.map(({ pathPattern, serves }) => ({
    pathPattern: `${pathPrefix}/${pathPattern}`,
    serves,
  }));
}

const BELOW_PREFIX: readonly HlsBehaviour[] = [
  { pathPattern: '*.m3u8', serves: 'playlist' },
  { pathPattern: '*/thumbnails/*', serves: 'thumbnail' },
  { pathPattern: '*.ts', serves: 'segment' },
  { pathPattern: '*.m4s', serves: 'segment' },
  // What MediaConvert calls CMAF's video and sound.
  { pathPattern: '*.cmfv', serves: 'segment' },
  { pathPattern: '*.cmfa', serves: 'segment' },
  { pathPattern: '*.mp4', serves: 'segment' },
  { pathPattern: '*.aac', serves: 'segment' },
  { pathPattern: '*.vtt', serves: 'segment' },
  { pathPattern: '*', serves: 'segment' },
];

/** Whether CloudFront compresses (gzip, Brotli) these files: text only, because video and pictures are compressed already. */
export function isCompressed(content: HlsContent): boolean {
  return content === 'playlist';
}
