/** Whether a signature opens a playlist's URI, as CloudFront's wildcards have it. On the signing side: `verify` has its own. */

import type { OwnUri } from './resolve-uri.ts';

/**
 * @param pattern what is signed, from the path's `/` on: `/books/42/*`, or any `verbatim` one. A `?` in it is read as the
 * wildcard for one character, never as the beginning of a query string, which covers no more.
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html#private-content-custom-policy-statement-values
 */
export function covers(pattern: string, { path, query }: Pick<OwnUri, 'path' | 'query'>): boolean {
  const wildcard = pattern.search(/[*?]/);
  if (wildcard === pattern.length - 1 && pattern.endsWith('*'))
    return asSent(path).startsWith(pattern.slice(0, -1));
  // A pattern without a query string covers one only by a `*` at its end.
  if (query !== '' && !pattern.endsWith('*')) return false;
  return matches(pattern, asSent(path));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them
const IS_ASCII = /^[\u0000-\u007f]*$/;

/** Wildcards count the characters that a client sends, and it percent-encodes what is not ASCII. */
function asSent(path: string): string {
  return IS_ASCII.test(path) ? path : new URL(`https://host${path}`).pathname;
}

/** Part by part between the stars, each as early as it can be, so nothing is tried twice. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  if (!isAt(first, text, 0)) return false;
  const last = parts.pop();
  if (last === undefined) return text.length === first.length;
  let at = first.length;
  for (const part of parts) {
    while (at + part.length <= text.length && !isAt(part, text, at)) at++;
    if (at + part.length > text.length) return false;
    at += part.length;
  }
  const end = text.length - last.length;
  return end >= at && isAt(last, text, end);
}

function isAt(part: string, text: string, at: number): boolean {
  if (at + part.length > text.length) return false;
  for (let index = 0; index < part.length; index++) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  }
  return true;
}
