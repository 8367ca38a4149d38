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
  /** The wire name that came more than once. */
  readonly duplicate?: string;
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
 * A fragment never reaches a server; a pasted one is dropped.
 */
const ABSOLUTE_URL = /^(https?):\/\/([^/?#]+)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/is;

const FIELD_OF_QUERY_NAME = fieldsByName(QUERY_NAMES);
const FIELD_OF_COOKIE_NAME = fieldsByName(COOKIE_NAMES);

/** @returns `null` when `url` is not an absolute http(s) URL */
export function parseRequest(url: string, cookieHeader: string | undefined): ParsedRequest | null {
  if (hasControlCharacter(url)) return null;
  const parts = ABSOLUTE_URL.exec(url);
  if (!parts?.[1] || !parts[2]) return null;

  const pairs = parts[4] ? parts[4].split('&') : [];
  const isSigning = (pair: string) => FIELD_OF_QUERY_NAME.has(splitPair(pair).name);
  const requestUrl: RequestUrl = {
    protocol: parts[1].toLowerCase(),
    host: parts[2].toLowerCase(),
    path: parts[3] ?? '/',
    query: pairs.filter((pair) => !isSigning(pair)).join('&'),
  };

  const cookiePairs = (cookieHeader ?? '').split(';').map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''));
  const inCookies = collect('cookies', cookiePairs, FIELD_OF_COOKIE_NAME);
  const signingPairs = pairs.filter(isSigning);
  const first = signingPairs[0];
  // Any one of the five names, even alone or empty, makes CloudFront judge by the URL.
  if (first !== undefined) {
    const signing = collect('url', signingPairs, FIELD_OF_QUERY_NAME);
    return inCookies.values.size > 0
      ? { url: requestUrl, signing, overridesCookies: splitPair(first).name }
      : { url: requestUrl, signing };
  }
  return inCookies.values.size > 0 ? { url: requestUrl, signing: inCookies } : { url: requestUrl };
}

function collect(
  via: SignedVia,
  pairs: readonly string[],
  fields: ReadonlyMap<string, WireField>,
): SigningFields {
  const values = new Map<WireField, string>();
  let duplicate: string | undefined;
  for (const pair of pairs) {
    const { name, value } = splitPair(pair);
    const field = fields.get(name);
    if (field === undefined) continue;
    if (values.has(field)) duplicate ??= name;
    else values.set(field, value);
  }
  return duplicate === undefined ? { via, values } : { via, values, duplicate };
}

function splitPair(pair: string): { name: string; value: string } {
  const equals = pair.indexOf('=');
  return equals === -1
    ? { name: pair, value: '' }
    : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

function fieldsByName(names: Readonly<Record<WireField, string>>): ReadonlyMap<string, WireField> {
  return new Map(Object.entries(names).map(([field, name]) => [name, field as WireField]));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
