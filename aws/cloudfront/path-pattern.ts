/**
 * Which behaviour a path falls under. Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
 */

/** Whether a path, normalised, is covered by a behaviour's pattern; the pattern's leading slash is optional. */
export function matchPathPattern(pattern: string, path: string): boolean {
  const wanted = pattern.startsWith('/') || pattern === '*' ? pattern : `/${pattern}`;
  // Two pointers with one way back, since a regular expression of many `*` can take exponential time.
  let [at, inPattern] = [0, 0];
  let [starAt, afterStar] = [0, -1];
  while (at < path.length) {
    if (wanted[inPattern] === '*') {
      [starAt, afterStar] = [at, ++inPattern];
    } else if (wanted[inPattern] === '?' || wanted[inPattern] === path[at]) {
      at++;
      inPattern++;
    } else if (afterStar !== -1) {
      at = ++starAt;
      inPattern = afterStar;
    } else {
      return false;
    }
  }
  while (wanted[inPattern] === '*') inPattern++;
  return inPattern === wanted.length;
}

/**
 * A raw path as behaviours see it: unreserved characters decoded, slashes collapsed, dot segments resolved (RFC 3986,
 * section 6.2.2). Only behaviours are chosen by it; signature and origin get the path as it was sent.
 */
export function normalisePath(rawPath: string): string {
  const decoded = rawPath.replace(/%[0-9a-f]{2}/gi, (sequence) => {
    const character = String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : sequence.toUpperCase();
  });
  const segments: string[] = [];
  const given = decoded.split('/').slice(1);
  for (const [index, segment] of given.entries()) {
    const isLast = index === given.length - 1;
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
    if (isLast && (segment === '' || segment === '.' || segment === '..')) segments.push('');
  }
  return `/${segments.join('/')}`;
}
