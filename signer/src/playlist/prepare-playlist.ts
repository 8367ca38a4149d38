/** A playlist that passes the signature of its own URL on to its URIs: made once, stored, cached for everybody. */

import { assertBoolean, assertFunction, assertOneOf, assertString, readOptions } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import type { HashAlgorithm } from '../keys/key-source.ts';
import { isLoopbackOrigin, parseOrigin } from '../policy/domain.ts';
import { refuseWholeHost } from '../policy/resource.ts';
import type { Verbatim } from '../policy/verbatim.ts';
import { parseAnyScope } from '../policy/verbatim-resource.ts';
import { QUERY_NAMES, type WireField } from '../wire.ts';
import { covers } from './coverage.ts';
import { readKeyUrl } from './key-url.ts';
import { assertNoColonFirst, assertUriLength, parsePlaylistUrl, scopeOf } from './location.ts';
import { type LeaveAlone, leaveOutside } from './outside.ts';
import { extendQuery } from './resolve-uri.ts';
import { rewritePlaylist } from './rewrite-playlist.ts';
import { readDefinitions } from './variables.ts';

export interface PreparePlaylistOptions {
  /** Where the playlist will be on CloudFront, as a whole URL: what its relative URIs are relative to. */
  readonly url: string;
  /**
   * The directory that signatures will open: `https://media.example.com/books/42/*` or its path; or a `verbatim`
   * pattern. Every URI must be covered by it.
   * @default - the directory of `url`
   */
  readonly scope?: string | Verbatim | undefined;
  /**
   * The hash of the key that will sign; `'SHA256'` travels as a parameter of its own, which the stored playlist
   * must name. Players refuse a playlist when its URL lacks a named parameter.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined;
  /**
   * Lets a playlist at the top of its host through, whose scope `/*` opens every file.
   * @default false
   */
  readonly allowWholeHost?: boolean | undefined;
  /**
   * Asked about each URI of the same host that `scope` does not cover, such as that of a steering server: `true` leaves it
   * as it is, without a signature, and reports it in `leftAlone`. `uri` is what the playlist says, `url` where it leads.
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
   * Where the player gets the content key, on your server: takes the place of the address in every `EXT-X-KEY` and
   * `EXT-X-SESSION-KEY` of AES-128 and SAMPLE-AES. It gets no signature. End it in `t={$t}` for players that can send the
   * viewer's token in no other way: the player then fills in the `t` of the URL by which it asked for the master, and refuses
   * a master whose URL has none. Media playlists take it from the master, so CloudFront sees it in that one URL only.
   * @default - addresses of keys stay as they are; one on this host is signed
   */
  readonly keyUrl?: string | undefined;
}

export interface PreparedPlaylist {
  /** To be stored in the place of the original. */
  readonly playlist: string;
  /** How many URIs will carry the signature. */
  readonly preparedCount: number;
  /** How many addresses of keys are `keyUrl` now. */
  readonly keyCount: number;
  /** URIs that lead elsewhere or that `leaveAlone` chose, and stay as they are, each once. */
  readonly leftAlone: string[];
}

const NAMES = [
  'url',
  'scope',
  'hashAlgorithm',
  'allowWholeHost',
  'leaveAlone',
  'definitions',
  'keyUrl',
] as const;

/**
 * Rewrites a master or media playlist, once, when it is published: every URI gets `?Policy={$Policy}&…`, and
 * `EXT-X-DEFINE:QUERYPARAM` tells the player to fill these in from the URL by which it asked for the playlist.
 * At request time only that URL is signed: `signer.signUrl(url, { scope: 'directory' })`.
 *
 * Needs no key. Every playlist of a title must be prepared, not the master alone. Preparing twice changes
 * nothing. Relative URIs stay relative. The player must know `QUERYPARAM`: hls.js does since 1.4 (not its light
 * build). Shaka 5.2 leaves `{$Key-Pair-Id}` as it is, and plays with a request filter that fills it in; video.js 8.24,
 * Chromium's own HLS and ffmpeg do not play prepared playlists; media3 1.10 reads `QUERYPARAM` in its source, which
 * was not run. Other players get theirs from `signPlaylist`, which takes prepared playlists as well.
 *
 * @throws SignerError `ERR_PLAYLIST_FORM`, `ERR_PLAYLIST_URI`, `ERR_PLAYLIST_SCOPE`, `ERR_PLAYLIST_VARIABLE`,
 * `ERR_PLAYLIST_KEY_URL`, `ERR_RESOURCE_…`, `ERR_DOMAIN_INVALID`
 * @see https://datatracker.ietf.org/doc/html/draft-pantos-hls-rfc8216bis#section-4.4.2.3
 * @example
 * const { playlist } = preparePlaylist(text, { url: 'https://media.example.com/books/42/index.m3u8' });
 */
export function preparePlaylist(m3u8: string, options: PreparePlaylistOptions): PreparedPlaylist {
  assertString('m3u8', m3u8);
  const own = readOptions('preparePlaylist', options, NAMES);
  const { url, scope, hashAlgorithm = 'SHA1', allowWholeHost = false, leaveAlone } = own;
  assertOneOf('hashAlgorithm', hashAlgorithm, ['SHA1', 'SHA256']);
  assertBoolean('allowWholeHost', allowWholeHost);
  if (leaveAlone !== undefined) assertFunction('leaveAlone', leaveAlone);
  const definitions = readDefinitions(own.definitions);
  const keyUrl = readKeyUrl(own.keyUrl);
  if (keyUrl?.token !== undefined) {
    throw new SignerError(
      'ERR_PLAYLIST_KEY_URL',
      '"keyUrl" holds a viewer\'s token, and a prepared playlist is stored for every viewer; write "t={$t}"',
    );
  }
  const place = parsePlaylistUrl(url);
  if (place.origin === undefined) {
    throw new SignerError('ERR_RESOURCE_FORM', '"url" must be whole here, with its host: https://…');
  }
  const host = place.origin.slice(place.origin.indexOf('//') + 2);
  const origin = parseOrigin(isLoopbackOrigin(place.origin) ? place.origin : host);
  const covered = parseAnyScope(scopeOf(place, scope), [origin]);
  if (!allowWholeHost) refuseWholeHost(covered);

  const names = parameterNames(hashAlgorithm);
  const placeholders = names.map((name) => `${name}={$${name}}`).join('&');
  const outside = { patterns: [covered.path], origin, isAbsolute: false };
  const { playlist, count, keyCount, leftAlone } = rewritePlaylist(m3u8, {
    location: { ...place, origin },
    definitions,
    queryParameters: names,
    keyUrl,
    replace(uri, _role, line) {
      if (!covers(covered.path, uri)) return leaveOutside(uri, leaveAlone, { ...outside, line });
      assertNoColonFirst(uri, line);
      const query = extendQuery(uri.query, placeholders);
      assertUriLength(origin.length + uri.path.length + query.length, line);
      return `${uri.head}${query}${uri.fragment}`;
    },
  });
  return { playlist, preparedCount: count, keyCount, leftAlone };
}

function parameterNames(hashAlgorithm: HashAlgorithm): string[] {
  const fields: WireField[] = ['policy', 'signature', 'keyPairId'];
  if (hashAlgorithm === 'SHA256') fields.push('hashAlgorithm');
  return fields.map((field) => QUERY_NAMES[field]);
}
