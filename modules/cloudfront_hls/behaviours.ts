/** Which paths there are and how each is cached: one ordered table, in which CloudFront takes the first match. */

/** What is behind a path: decides over cache time and compression. */
export type HlsContent = 'playlist' | 'segment' | 'thumbnail';

export interface HlsBehaviour {
  /** `*` crosses `/`, and letters count as they are: `.M3U8` is not `.m3u8`. */
  readonly pathPattern: string;
  readonly serves: HlsContent;
}

/** Keys of titles in the HLS bucket begin with it, and so do the paths below. */
export const HLS_KEY_PREFIX = 'books/';

/**
 * Every path pattern in the order in which CloudFront tries them; what none covers is the default behaviour's, a segment.
 *
 * The catch-all `books/*` comes last and serves what a player asks for under a name that is not listed: it is longer
 * in the cache than a playlist may be, so a new kind of playlist gets a line of its own above it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export const HLS_BEHAVIOURS: readonly HlsBehaviour[] = [
  { pathPattern: 'books/*.m3u8', serves: 'playlist' },
  { pathPattern: 'books/*/thumbnails/*', serves: 'thumbnail' },
  { pathPattern: 'books/*.ts', serves: 'segment' },
  { pathPattern: 'books/*.m4s', serves: 'segment' },
  // What MediaConvert calls CMAF's video and sound.
  { pathPattern: 'books/*.cmfv', serves: 'segment' },
  { pathPattern: 'books/*.cmfa', serves: 'segment' },
  { pathPattern: 'books/*.mp4', serves: 'segment' },
  { pathPattern: 'books/*.aac', serves: 'segment' },
  { pathPattern: 'books/*.vtt', serves: 'segment' },
  { pathPattern: 'books/*', serves: 'segment' },
];

/** Whether CloudFront compresses (gzip, Brotli) what is there: text only, since video and pictures are compressed already. */
export function isCompressed(content: HlsContent): boolean {
  return content === 'playlist';
}
