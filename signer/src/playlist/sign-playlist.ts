/** A playlist whose every URI carries one signature: the way to play HLS where no cookie arrives. */

import {
  assertFunction,
  assertOneOf,
  assertString,
  hasMethod,
  readOptions,
  wrongType,
} from '../arguments.ts';
import { SignerError, SignerTypeError } from '../errors.ts';
import type { TimeOptions } from '../policy/time-window.ts';
import type { Verbatim } from '../policy/verbatim.ts';
import type { SignCookiesOptions, Signer } from '../signer-types.ts';
import { COOKIE_NAMES, QUERY_NAMES, type WireField } from '../wire.ts';
import { covers } from './coverage.ts';
import { readKeyUrl } from './key-url.ts';
import { assertUriLength, parsePlaylistUrl, scopeOf } from './location.ts';
import { type LeaveAlone, leaveOutside } from './outside.ts';
import { extendQuery, type OwnUri } from './resolve-uri.ts';
import { assertPlaylist, rewritePlaylist } from './rewrite-playlist.ts';
import { readDefinitions } from './variables.ts';

export interface SignPlaylistOptions
  extends TimeOptions,
    Pick<SignCookiesOptions, 'ipAddress' | 'allowWholeHost'> {
  /** Signs once for each scope, whatever the playlist's length. */
  readonly signer: Signer;
  /** Where the playlist is on CloudFront, path or whole URL: what its relative URIs are relative to. */
  readonly url: string;
  /**
   * The directory that the signature opens: `/books/42/*`; or a `verbatim` pattern. Every URI must be covered by it.
   * @default - the directory of `url`
   */
  readonly scope?: string | Verbatim | undefined;
  /**
   * Several scopes, instead of `scope`, for a playlist that refers to more than its own directory: a shared key, a bumper.
   * Each is signed, and a URI gets the signature of the first that covers it.
   * @default - `scope` counts
   */
  readonly scopes?: readonly (string | Verbatim)[] | undefined;
  /**
   * Asked about each URI of the same host that no scope covers, such as that of a steering server: `true` leaves it without
   * a signature, as an absolute URL, and reports it in `leftAlone`. `uri` is what the playlist says, `url` where it leads.
   * @default - such a URI is refused
   */
  readonly leaveAlone?: LeaveAlone | undefined;
  /**
   * What the master playlist defines, by name: a media playlist may take it over by `EXT-X-DEFINE:IMPORT` and use it in
   * its URIs.
   * @default - only the player knows: an imported variable in a path is refused
   */
  readonly definitions?: Readonly<Record<string, string>> | undefined;
  /**
   * Gives the URL, on your server, at which the player gets another signed playlist: a
   * variant, a rendition, a rendition report. It must not be CloudFront's, whose copy is unsigned inside.
   * `uri` is what the playlist says, `url` the same resolved on CloudFront, both without signing parameters. A relative
   * `uri` may be given back as it is; everything else must be a URL in ASCII, so put parts of it through `encodeURIComponent`.
   * @default - a playlist that refers to others is refused, unless `variants` is `'prepared'`
   */
  readonly variantUrl?: ((uri: string, url: string) => string) | undefined;
  /**
   * `'prepared'`: the other playlists are stored as `preparePlaylist` made them, so they are signed like any
   * other file and come from CloudFront.
   * @default - `variantUrl` says where other playlists are
   */
  readonly variants?: 'prepared' | undefined;
  /**
   * Where the player gets the content key, on your server: takes the place of the address in every `EXT-X-KEY` and
   * `EXT-X-SESSION-KEY` of AES-128 and SAMPLE-AES. It gets no signature. With the viewer's token in it, as `t=<token>`, every
   * player plays: the playlist then is as secret as the token. In a master whose variants are `'prepared'`, that token is
   * defined for them, so CloudFront does not see it. `t={$t}` is filled in by the player, as `preparePlaylist` has it.
   * @default - addresses of keys stay as they are; one on this host is signed
   */
  readonly keyUrl?: string | undefined;
}

export interface SignedPlaylist {
  /** To be served as `application/vnd.apple.mpegurl`, and kept by no shared cache. */
  readonly playlist: string;
  /** How many URIs were changed: signed, or given by `variantUrl`. */
  readonly signedCount: number;
  /** How many addresses of keys are `keyUrl` now. */
  readonly keyCount: number;
  /**
   * URIs without a signature, each once: those of other hosts, `skd:` and the like, in tags unknown here, and those that
   * `leaveAlone` chose.
   */
  readonly leftAlone: string[];
  /** Seconds from now. */
  readonly expiresIn: number;
  /** First instant at which access is denied. */
  readonly expiresAt: Date;
}

/**
 * Puts one wildcard policy's query (or that of several `scopes`) on every URI of a media or master playlist, as absolute CloudFront URLs.
 * Players drop the query of a playlist's own URL, so signing that URL alone leaves its segments unsigned.
 *
 * A URI of this host that the policy would not cover, or that clients would read in more ways than one, is
 * refused; signing parameters already there are replaced. `data:` URIs stay, and are not reported: they may
 * hold a key. What is inside other files is not looked at: asset lists, session data, a steering server's JSON.
 *
 * @throws SignerError `ERR_PLAYLIST_FORM`, `ERR_PLAYLIST_URI`, `ERR_PLAYLIST_SCOPE`, `ERR_PLAYLIST_VARIABLE`,
 * `ERR_PLAYLIST_VARIANTS`, `ERR_PLAYLIST_VARIANT_URL`, `ERR_PLAYLIST_KEY_URL`, and what `signer.signCookies` throws
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-4
 * @example
 * const { playlist } = await signPlaylist(text, {
 *   signer,
 *   url: '/books/42/index.m3u8',
 *   variantUrl: (uri) => `/api/books/42/${uri}`,
 * });
 */
export async function signPlaylist(m3u8: string, options: SignPlaylistOptions): Promise<SignedPlaylist> {
  const {
    signer,
    url,
    scope,
    scopes,
    variantUrl,
    variants,
    leaveAlone,
    definitions,
    keyUrl: givenKeyUrl,
    ...conditions
  } = parseOptions(m3u8, options);
  const defined = readDefinitions(definitions);
  const keyUrl = readKeyUrl(givenKeyUrl);
  const place = parsePlaylistUrl(url);
  const wanted = scopes === undefined ? [scopeOf(place, scope)] : scopes.map((one) => scopeOf(place, one));
  // No cookie is set: its Path is not to be a reason to refuse.
  const asked = { ...conditions, path: '/' };
  const signed = await Promise.all(wanted.map((one) => signer.signCookies(one, asked)));
  const opened = signed.map(({ cookies }) => ({ ...readResource(cookies), query: toQuery(cookies) }));
  const origin = place.origin ?? opened[0]?.origin ?? '';
  if (opened.some((one) => one.origin !== origin)) {
    throw new SignerError(
      'ERR_PLAYLIST_SCOPE',
      '"scope" and "url" are on different hosts; write both in lower case and without a port',
    );
  }

  const outside = { patterns: opened.map(({ pattern }) => pattern), origin, isAbsolute: true };
  const { playlist, count, keyCount, leftAlone } = rewritePlaylist(m3u8, {
    location: { ...place, origin },
    definitions: defined,
    queryParameters: [],
    keyUrl,
    passesToken: variants === 'prepared',
    replace(uri, role, line) {
      if (role === 'playlist' && variants === undefined)
        return askVariantUrl(variantUrl, { uri, origin, line });
      const by = opened.find(({ pattern }) => covers(pattern, uri));
      if (by === undefined) return leaveOutside(uri, leaveAlone, { ...outside, line });
      const extended = extendQuery(uri.query, by.query);
      assertUriLength(origin.length + uri.path.length + extended.length, line);
      return `${origin}${uri.path}${extended}${uri.fragment}`;
    },
  });
  const { expiresIn, expiresAt } = signed.reduce((first, one) =>
    one.expiresIn < first.expiresIn ? one : first,
  );
  return { playlist, signedCount: count, keyCount, leftAlone, expiresIn, expiresAt };
}

const NAMES = [
  'signer',
  'url',
  'scope',
  'scopes',
  'variantUrl',
  'variants',
  'leaveAlone',
  'definitions',
  'keyUrl',
  'expiresIn',
  'expiresAt',
  'startsAt',
  'ipAddress',
  'allowWholeHost',
] as const;

function parseOptions(m3u8: string, given: SignPlaylistOptions): SignPlaylistOptions {
  assertString('m3u8', m3u8);
  const options = readOptions('signPlaylist', given, NAMES);
  const { signer, scope, scopes, variantUrl, variants, leaveAlone } = options;
  if (!hasMethod(signer, 'signCookies')) {
    throw wrongType('"signer"', 'a signer made by createSigner', signer);
  }
  if (variants !== undefined) assertOneOf('variants', variants, ['prepared']);
  if (variantUrl !== undefined && typeof variantUrl !== 'function') {
    throw wrongType('"variantUrl"', 'a function that gives a URL', variantUrl);
  }
  if (variants !== undefined && variantUrl !== undefined) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', 'pass "variantUrl" or "variants", not both');
  }
  if (leaveAlone !== undefined) assertFunction('leaveAlone', leaveAlone);
  if (scope !== undefined && scopes !== undefined) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', 'pass "scope" or "scopes", not both');
  }
  // Before a signature is spent on it.
  assertPlaylist(m3u8);
  return scopes === undefined ? options : { ...options, scopes: readScopes(scopes) };
}

/** A copy: what is checked is what is signed. */
function readScopes(scopes: unknown): (string | Verbatim)[] {
  if (!Array.isArray(scopes) || scopes.length === 0) {
    throw wrongType('"scopes"', 'a list of at least one scope', scopes);
  }
  return Array.from(scopes, (scope: unknown) => {
    if (scope === undefined) throw wrongType('a scope in "scopes"', 'a string', scope);
    return scope as string | Verbatim;
  });
}

/** What was signed is what counts: a path alone is signed for the signer's first domain. */
function readResource(cookies: Readonly<Record<string, string>>): { origin: string; pattern: string } {
  try {
    const encoded = cookies[COOKIE_NAMES.policy] ?? '';
    const policy = Buffer.from(encoded.replaceAll('~', '/').replaceAll('_', '='), 'base64').toString();
    const resource: string = JSON.parse(policy).Statement[0].Resource;
    const slash = resource.indexOf('/', 'https://'.length);
    return { origin: resource.slice(0, slash), pattern: resource.slice(slash) };
  } catch {
    // A signer of somebody else's. No cause: JSON.parse quotes the policy.
    throw wrongType('what "signer" gives', 'cookies with a custom policy', cookies);
  }
}

/** A cookie set and a URL's parameters are the same values under other names. */
function toQuery(cookies: Readonly<Record<string, string>>): string {
  return Object.entries(COOKIE_NAMES)
    .filter(([, name]) => cookies[name] !== undefined)
    .map(([field, name]) => `${QUERY_NAMES[field as WireField]}=${cookies[name]}`)
    .join('&');
}

function askVariantUrl(
  variantUrl: SignPlaylistOptions['variantUrl'],
  { uri, origin, line }: { uri: OwnUri; origin: string; line: number },
): string {
  if (variantUrl === undefined) {
    throw new SignerError(
      'ERR_PLAYLIST_VARIANTS',
      `line ${line}: this URI refers to another playlist, whose own URIs need signatures too; pass "variantUrl", ` +
        'or store playlists as preparePlaylist makes them and pass "variants: \'prepared\'"',
    );
  }
  const rest = uri.query + uri.fragment;
  const written = uri.head + rest;
  const given: unknown = variantUrl(written, `${origin}${uri.path}${rest}`);
  // What stood there may stand there again, spaces and letters of any alphabet included: players read it as before.
  if (given === written && isRelative(written)) return written;
  if (typeof given !== 'string') throw wrongType('what "variantUrl" gives', 'a string', given);
  // Nothing that would end a line or an attribute, or turn the line into a comment.
  if (!/^(?!#)[\u0021\u0023-\u007e]+$/.test(given)) {
    throw new SignerError(
      'ERR_PLAYLIST_VARIANT_URL',
      `line ${line}: "variantUrl" must give the relative URI that it got, or a URL in ASCII without spaces and quotes; ` +
        'encodeURIComponent its parts',
    );
  }
  return given;
}

function isRelative(uri: string): boolean {
  return /^(?!#|\/\/|[A-Za-z][A-Za-z0-9+.-]*:)./.test(uri);
}
