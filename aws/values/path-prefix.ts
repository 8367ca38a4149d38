/** A folder that CloudFront's path patterns, S3 keys and signed resources all name literally. */

/**
 * Letters, digits, `_` and `-`, with slashes between folders and none at the ends: nothing that a path pattern or a policy
 * reads as a wildcard, nothing that a URL encodes, no dot that a URL resolves. 64 characters leave room for an id and a
 * file in a path pattern's 255.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */
export const PATH_PREFIX = /^(?=.{1,64}$)[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;

/** The same in words. */
export const PATH_PREFIX_WANTED =
  'a folder of 1 to 64 letters, digits, "_" and "-" such as "books": no slash at the ends, no dot, no wildcard';
