/** Causes in plain words, for the person on call. */

import { matchResource } from './match-resource.ts';
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
 * `signed for books/41/*, but the request is for books/42/index.m3u8`: the parts that differ, as short as they can be.
 * Query strings are omitted; they may contain what a log must not.
 */
export function describeMismatch(resource: string, url: RequestUrl): string {
  const origin = `${url.protocol}://${url.host}`;
  const signed = resource.replace(QUERY_STRING, '');
  if (!signed.toLowerCase().startsWith(`${origin}/`)) {
    return `signed for ${signed}, but the request is for ${origin}${url.path}`;
  }
  const signedPath = signed.slice(origin.length + 1);
  const askedPath = url.path.slice(1);
  const sent = asClientsSend(resource);
  if (sent !== undefined && matchResource(sent, url)) {
    return `signed for ${signedPath} ${namingEncoded(resource, sent)}`;
  }
  return signedPath === askedPath
    ? `signed for ${signedPath} with another query string`
    : `signed for ${signedPath}, but the request is for ${askedPath}`;
}

/** The characters that the URL parser percent-encodes in a query string, of those that signers leave as they are. */
const ENCODED_BY_CLIENTS: readonly (readonly [character: string, escaped: string])[] = [
  ["'", '%27'],
  [' ', '%20'],
  ['"', '%22'],
  ['<', '%3C'],
  ['>', '%3E'],
];

/**
 * What a browser makes of a URL before it asks for it.
 *
 * @returns `undefined` when it sends the URL as it is, or when it is no URL
 * @see https://url.spec.whatwg.org/#query-percent-encode-set
 */
function asClientsSend(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { href } = new URL(url);
  return href === url ? undefined : href;
}

function namingEncoded(signed: string, sent: string): string {
  const [character, escaped] =
    ENCODED_BY_CLIENTS.find(([one]) => signed.includes(one) && !sent.includes(one)) ?? [];
  return character === undefined
    ? 'in a form that browsers change before they send it; sign the value of new URL(url).href'
    : whyBareCharacter(character, escaped);
}

/** `with a bare "'", which browsers send as %27 …`, for a signature that would hold if it were sent bare. */
export function whyBareCharacter(character = "'", escaped = '%27'): string {
  return `with a bare "${character}", which browsers send as ${escaped}; sign it as ${escaped} (new URL(url).href does)`;
}
