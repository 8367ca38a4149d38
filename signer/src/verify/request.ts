/** What a request carries: its URL without the signing parameters, and the signing fields of one origin. */

import { COOKIE_NAMES, QUERY_NAMES, type WireField } from '../wire.ts';
import type { SignedVia } from './verdict.ts';

/** A request URL in CloudFront's four sections, the signing parameters taken out. */
export interface RequestUrl {
  readonly protocol: string;
  readonly host: string;
  /** Starts with `/`. */
  readonly path: string;
  /** Without the `?`; empty when there is none. */
  readonly query: string;
}

export interface SigningFields {
  readonly via: SignedVia;
  readonly values: ReadonlyMap<WireField, string>;
  /** The first wire name that came, if any did. */
  readonly first: string | undefined;
  /** The first wire name that came again. */
  readonly duplicate: string | undefined;
}

export interface ParsedRequest {
  readonly url: RequestUrl;
  /** - absent when the request carries none of the ten names */
  readonly signing?: SigningFields;
  /** The first signing parameter in the query: it makes CloudFront ignore the cookies that also came. */
  readonly overridesCookies?: string;
}

/**
 * Not the WHATWG parser: it would collapse `..` and re-encode, and CloudFront compares what was sent.
 * A `#` is no part of a request's URL (RFC 9112, section 3.2): what is behind it would be judged by nobody, and
 * would still name another object to an origin.
 */
const ABSOLUTE_URL = /^(https?):\/\/([^/?#\s\u0080-\uffff]+)(\/[^?#]*)?(?:\?([^#]*))?$/is;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

const FIELD_OF_QUERY_NAME = fieldsByName(QUERY_NAMES);
const FIELD_OF_COOKIE_NAME = fieldsByName(COOKIE_NAMES);

/** @returns `null` when `url` is not an absolute http(s) URL */
export function parseRequest(url: string, cookieHeader: string | undefined): ParsedRequest | null {
  if (CONTROL_CHARACTER.test(url)) return null;
  const parts = ABSOLUTE_URL.exec(url);
  if (!parts?.[1] || !parts[2]) return null;

  const query = parts[4] ?? '';
  const inQuery = collect('url', query, FIELD_OF_QUERY_NAME);
  const requestUrl: RequestUrl = {
    protocol: parts[1].toLowerCase(),
    host: parts[2].toLowerCase(),
    path: parts[3] ?? '/',
    query: inQuery.first === undefined ? query : withoutSigning(query),
  };
  const inCookies = collect('cookies', cookieHeader ?? '', FIELD_OF_COOKIE_NAME);
  // Any one of the five names, even alone or empty, makes CloudFront judge by the URL.
  if (inQuery.first !== undefined) {
    return inCookies.first === undefined
      ? { url: requestUrl, signing: inQuery }
      : { url: requestUrl, signing: inQuery, overridesCookies: inQuery.first };
  }
  return inCookies.first === undefined ? { url: requestUrl } : { url: requestUrl, signing: inCookies };
}

/** One pass without intermediate lists: a Cookie header is longer than everything else in a request. */
function collect(via: SignedVia, text: string, fields: ReadonlyMap<string, WireField>): SigningFields {
  const separator = via === 'url' ? '&' : ';';
  const values = new Map<WireField, string>();
  let first: string | undefined;
  let duplicate: string | undefined;
  for (let start = 0; start < text.length; start++) {
    const next = text.indexOf(separator, start);
    const stop = next === -1 ? text.length : next;
    let end = stop;
    if (via === 'cookies') {
      while (start < end && isBlank(text.charCodeAt(start))) start++;
      while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
    }
    const pair = text.slice(start, end);
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const field = fields.get(name);
    if (field !== undefined) {
      first ??= name;
      if (values.has(field)) duplicate ??= name;
      else values.set(field, equals === -1 ? '' : pair.slice(equals + 1));
    }
    start = stop;
  }
  return { via, values, first, duplicate };
}

function withoutSigning(query: string): string {
  const isOther = (pair: string) => !FIELD_OF_QUERY_NAME.has(pair.split('=', 1)[0] ?? '');
  return query.split('&').filter(isOther).join('&');
}

function fieldsByName(names: Readonly<Record<WireField, string>>): ReadonlyMap<string, WireField> {
  return new Map(Object.entries(names).map(([field, name]) => [name, field as WireField]));
}

/** Spaces and tabs only: `trim()` would also take characters that RFC 6265 leaves in a value. */
function isBlank(charCode: number): boolean {
  return charCode === 0x20 || charCode === 0x09;
}
