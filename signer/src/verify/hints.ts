/** Causes in plain words, for the person on call. */

import type { RequestUrl } from './request.ts';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** A `?` may be a wildcard as well; one that begins a query string has a `=` behind it. */
const QUERY_STRING = /\\?\?[^?]*=.*$/s;

/** `3 minutes`, `1 hour`: the largest whole unit. */
export function spell(seconds: number): string {
  const [size, name] = UNITS.find(([unitSeconds]) => seconds >= unitSeconds) ?? [1, 'second'];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/**
 * `signed for books/41/*, asked for books/42/index.m3u8`: the parts that differ, as short as they can be.
 * Query strings are left out; they may carry what a log must not.
 */
export function describeMismatch(resource: string, url: RequestUrl): string {
  const origin = `${url.protocol}://${url.host}`;
  const signed = resource.replace(QUERY_STRING, '');
  if (!signed.toLowerCase().startsWith(`${origin}/`)) {
    return `signed for ${signed}, asked for ${origin}${url.path}`;
  }
  const signedPath = signed.slice(origin.length + 1);
  const askedPath = url.path.slice(1);
  return signedPath === askedPath
    ? `signed for ${signedPath} with another query string`
    : `signed for ${signedPath}, asked for ${askedPath}`;
}
