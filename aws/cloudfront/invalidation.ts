/**
 * Which cached objects an invalidation names. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
 */

/** What was cached: the path as a viewer sent it, and the part of the query that the cache key has. */
export interface CachedObject {
  readonly path: string;
  /** Without the question mark; empty where the cache key has no query. */
  readonly query: string;
}

/**
 * Milliseconds for which an edge of this project may answer from its cache by what it last read of the invalidations,
 * counted from the moment before it asked for them. The local AWS API calls an invalidation `Completed` when it is as
 * old as that: every answer from a cache after it knows of it, however many edges run.
 */
export const INVALIDATION_LEASE_MS = 500;

const MAX_PATH_LENGTH = 4000;
/** RFC 1738's unsafe characters, a tilde among them, which CloudFront takes in no spelling. */
const UNSAFE = /[^\x21-\x7e]|[<>"#{}|\\^~[\]`]|%(?![0-9a-f]{2})/i;

/** Whether CloudFront takes this as a path to invalidate. */
export function isInvalidationPath(path: string): boolean {
  return path.startsWith('/') && path.length <= MAX_PATH_LENGTH && !UNSAFE.test(path);
}

/** Whether the path stands for all that begin with it: an asterisk is a wildcard at the end alone. */
export function isWildcard(path: string): boolean {
  return path.endsWith('*');
}

/**
 * Tells whether one of the paths names an object. A path without a wildcard and without a query names the object that
 * is cached without one; upper and lower case differ. A viewer's needless percent-encoding makes no other object, while
 * a path to invalidate must be encoded where it has to be and nowhere else.
 */
export function invalidationMatcher(paths: readonly string[]): (object: CachedObject) => boolean {
  const spelt = paths.map(upperCaseEscapes);
  const exact = new Set(spelt.filter((path) => !isWildcard(path)));
  const beginnings = spelt.filter(isWildcard).map((path) => path.slice(0, -1));
  return ({ path, query }) => {
    const inPath = respelt(path, KEPT_IN_PATH);
    const whole = query === '' ? inPath : `${inPath}?${respelt(query, KEPT_IN_QUERY)}`;
    return exact.has(whole) || beginnings.some((beginning) => whole.startsWith(beginning));
  };
}

/** Characters that stay encoded because they would mean something else: besides those that are unsafe. */
const KEPT_IN_PATH = '%?#';
const KEPT_IN_QUERY = '%#&=+';

/** In the one spelling that a path to invalidate has. */
function respelt(text: string, kept: string): string {
  return text.replace(/%[0-9a-f]{2}|[^\x21-\x7e]|[<>"#{}|\\^[\]`]/giu, (found) => {
    if (found.length < 3) return percentEncoded(found);
    const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
    const isPlain = /[\x21-\x7e]/.test(character) && !/[<>"{}|\\^[\]`]/.test(character);
    return isPlain && !kept.includes(character) ? character : found.toUpperCase();
  });
}

/** Node reads each byte of a request line as one character. */
function percentEncoded(character: string): string {
  const bytes = Buffer.from(character, character.charCodeAt(0) < 0x100 ? 'latin1' : 'utf8');
  return [...bytes].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function upperCaseEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (found) => found.toUpperCase());
}
