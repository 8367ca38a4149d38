/**
 * Does a policy's `Resource` cover a request? CloudFront divides both into protocol, domain, path and
 * query string, and a wildcard stays inside its section, with the exceptions that the functions below name.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */

import type { RequestUrl } from './request.ts';

/** `*` is zero or more characters, `?` exactly one, in both path and query; `*` in a path crosses `/`. */
export function matchResource(resource: string, url: RequestUrl): boolean {
  if (resource === '*') return true;

  const scheme = resource.indexOf('://');
  const protocol = scheme === -1 ? '*' : resource.slice(0, scheme);
  const rest = scheme === -1 ? resource : resource.slice(scheme + 3);
  // Only a resource that starts with `*` may leave the protocol out.
  if (scheme === -1 && !rest.startsWith('*')) return false;
  if (!matchGlob(protocol.toLowerCase(), url.protocol)) return false;

  const slash = rest.indexOf('/');
  const domain = slash === -1 ? rest : rest.slice(0, slash);
  // Lower case makes a "k" of the Kelvin sign, and no request can name such a host.
  if (/[^!-~]/.test(domain) || !matchGlob(domain.toLowerCase(), url.host)) return false;
  // `http://example.com*` means `http://example.com*/*\?*`; without the star, the root.
  if (slash === -1) return domain.endsWith('*') || (url.path === '/' && url.query === '');

  return matchPathAndQuery(rest.slice(slash), url);
}

function matchPathAndQuery(pattern: string, url: RequestUrl): boolean {
  const escaped = pattern.indexOf('\\?');
  if (escaped !== -1) {
    return matchGlob(pattern.slice(0, escaped), url.path) && matchGlob(pattern.slice(escaped + 2), url.query);
  }
  // `/hello*` means `/hello*\?*`.
  if (matchGlob(pattern, url.path) && (url.query === '' || pattern.endsWith('*'))) return true;
  // The page says both that "?" matches exactly one character and "don't use a backslash character (\) to escape
  // the question mark character (?) that begins the query string", so a bare one may be either.
  const first = pattern.indexOf('?');
  if (first === -1) return false;
  if (matchGlob(pattern.slice(0, first), url.path) && matchGlob(pattern.slice(first + 1), url.query))
    return true;
  if (!pattern.includes('?', first + 1)) return false;
  const heads = matchingPrefixes(pattern, url.path);
  const tails = matchingPrefixes(reversed(pattern), reversed(url.query));
  for (let mark = pattern.indexOf('?', first + 1); mark !== -1; mark = pattern.indexOf('?', mark + 1)) {
    if (heads[mark] === 1 && tails[pattern.length - mark - 1] === 1) return true;
  }
  return false;
}

/**
 * Which beginnings of a pattern match the whole text, by their lengths. All of them in one pass: to match each by
 * itself takes as many passes as a policy has question marks.
 */
export function matchingPrefixes(pattern: string, text: string): Uint8Array {
  let reached = new Uint8Array(pattern.length + 1);
  reached[0] = 1;
  passStars(pattern, reached);
  for (let t = 0; t < text.length; t++) {
    const next = new Uint8Array(pattern.length + 1);
    for (let p = 0; p <= pattern.length; p++) {
      if (reached[p] === 0) continue;
      if (pattern.charCodeAt(p - 1) === STAR) next[p] = 1;
      const wanted = pattern.charCodeAt(p);
      if (wanted === QUESTION_MARK || wanted === text.charCodeAt(t)) next[p + 1] = 1;
    }
    passStars(pattern, next);
    reached = next;
  }
  return reached;
}

/** A `*` also stands for nothing. */
function passStars(pattern: string, reached: Uint8Array): void {
  for (let p = 0; p < pattern.length; p++) {
    if (reached[p] === 1 && pattern.charCodeAt(p) === STAR) reached[p + 1] = 1;
  }
}

/** By code units, as everything here compares them. */
function reversed(text: string): string {
  return text.split('').reverse().join('');
}

const STAR = 0x2a;
const QUESTION_MARK = 0x3f;

/** Greedy with one step back to the last `*`: no recursion, so no input can make it explode. */
export function matchGlob(pattern: string, text: string): boolean {
  // Whatever its wildcards, a pattern matches its own text.
  if (pattern === text) return true;
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern.charCodeAt(p);
    if (wanted === STAR) {
      star = p++;
      resume = t;
    } else if (wanted === QUESTION_MARK || wanted === text.charCodeAt(t)) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}
