/** A playlist's place on CloudFront and the directory that one signature is to cover. */

import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { assertLength, MAX_URL_BYTES } from '../policy/resource.ts';
import { Verbatim, verbatim } from '../policy/verbatim.ts';
import type { OwnUri } from './resolve-uri.ts';

export interface PlaylistUrl {
  /** `https://<host>` as the caller wrote it; absent when only a path was given. */
  readonly origin: string | undefined;
  readonly path: string;
  readonly directory: string;
}

const URL_FORM =
  /^([A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]+)?(\/(?!\/)[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*)(?:[?#][^/\r\n]*)?$/;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * A query string or fragment in `url` does not matter: relative URIs ignore it. One with a `/` is refused: in
 * `/books/4?/index.m3u8` an id holds a `?`, and the directory to be signed would be `/books/*`.
 */
export function parsePlaylistUrl(url: unknown): PlaylistUrl {
  assertString('url', url);
  assertLength(url.length);
  const [, origin, path] = URL_FORM.exec(url) ?? [];
  if (path === undefined || DOT_SEGMENT.test(path)) {
    throw new SignerError(
      'ERR_RESOURCE_FORM',
      '"url" must be where the playlist is on CloudFront: a path that starts with "/", or a whole https URL, ' +
        'with no "/" behind a "?" or "#"',
    );
  }
  return { origin, path, directory: path.slice(0, path.lastIndexOf('/') + 1) };
}

/** @returns what to sign: `scope`, or else the playlist's directory */
export function scopeOf({ origin = '', directory }: PlaylistUrl, scope: unknown): string | Verbatim {
  if (scope === undefined) return `${origin}${directory}*`;
  const asItStands = Verbatim.read(scope);
  if (asItStands !== undefined) return verbatim(isPath(asItStands) ? `${origin}${asItStands}` : asItStands);
  assertString('scope', scope);
  if (!scope.endsWith('/*')) {
    throw new SignerError(
      'ERR_RESOURCE_SCOPE',
      '"scope" must be a directory that ends in "/*", or a pattern made by verbatim(…)',
    );
  }
  return scope.startsWith('/') ? `${origin}${scope}` : scope;
}

function isPath(resource: string): boolean {
  return resource.startsWith('/') && !resource.startsWith('//');
}

/** @param length in characters, which are no more than the bytes that are sent */
export function assertUriLength(length: number, line: number): void {
  if (length <= MAX_URL_BYTES) return;
  throw new SignerError(
    'ERR_PLAYLIST_URI',
    `line ${line}: this URI cannot be signed: it would be longer than 8,192 bytes, the most that CloudFront takes`,
  );
}

/**
 * A relative URI must not have a colon in its first segment, before which some read a scheme: hls.js does so in `12:30.ts`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-4.2
 */
export function assertNoColonFirst({ head }: OwnUri, line: number): void {
  if (/^https?:/i.test(head) || !/^[^/:]*:/.test(head)) return;
  throw new SignerError(
    'ERR_PLAYLIST_URI',
    `line ${line}: this URI has a ":" in its first segment, which some players read as a scheme; write "./" in front of it`,
  );
}
