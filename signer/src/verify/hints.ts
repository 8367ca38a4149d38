/** Causes in plain words, for the person on call. */

import type { RequestUrl } from './request.ts';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `3 minutes`, `1 hour`: the largest whole unit. */
export function spell(seconds: number): string {
  const [size, name] = UNITS.find(([unitSeconds]) => seconds >= unitSeconds) ?? [1, 'second'];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** `signed for books/41/*, asked for books/42/index.m3u8`: the parts that differ, as short as they can be. */
export function describeMismatch(resource: string, url: RequestUrl): string {
  const asked = `${url.path}${url.query === '' ? '' : `?${url.query}`}`;
  const origin = `${url.protocol}://${url.host}`;
  return resource.toLowerCase().startsWith(`${origin}/`)
    ? `signed for ${resource.slice(origin.length + 1)}, asked for ${asked.slice(1)}`
    : `signed for ${resource}, asked for ${origin}${asked}`;
}
