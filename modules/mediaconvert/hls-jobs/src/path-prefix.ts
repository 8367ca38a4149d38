/** The folder of titles: what an S3 key, a path pattern of CloudFront and a signed path all name literally. */
import { refuse } from './refuse.ts';

export const DEFAULT_PATH_PREFIX = 'books';

/**
 * @throws TypeError for anything but folders of letters, digits, `_` and `-`: a wildcard or a dot would open or miss other
 *   paths, and MediaConvert reads a `$` as a format identifier
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export function requirePathPrefix(pathPrefix: string): void {
  const isUsable =
    typeof pathPrefix === 'string' &&
    pathPrefix.length <= 64 &&
    /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/.test(pathPrefix);
  if (isUsable) return;
  refuse(
    'pathPrefix',
    'a folder of 1 to 64 letters, digits, _ and -, without a slash at the ends',
    pathPrefix,
  );
}
