/** A URI of the playlist's host that no signature covers: refused, or left without one where the caller says so. */

import { wrongType } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import type { OwnUri } from './resolve-uri.ts';
import type { LeftAlone } from './rewrite-playlist.ts';

/** What a caller leaves without a signature, where no scope covers it. */
export type LeaveAlone = (uri: string, url: string) => boolean;

/**
 * What a URI outside every scope is written as, if the caller wants it left alone. It keeps the query string that it had,
 * without the parameters of an earlier signature.
 *
 * @param patterns what is signed, from the path's `/` on: `/books/42/*`
 * @param place `before` is written in front of the URI's rest: its own head, or where that leads
 * @throws SignerError `ERR_PLAYLIST_SCOPE`
 */
export function leaveOutside(
  { head, path, query, fragment }: OwnUri,
  leaveAlone: LeaveAlone | undefined,
  { patterns, origin, isAbsolute, line }: OutsidePlace,
): LeftAlone {
  const rest = query + fragment;
  const answer: unknown =
    leaveAlone === undefined ? false : leaveAlone(head + rest, `${origin}${path}${rest}`);
  // A promise would pass for a yes.
  if (typeof answer !== 'boolean') throw wrongType('what "leaveAlone" gives', 'true or false', answer);
  if (!answer) throw outOfScope(patterns, line);
  return { leftAs: `${isAbsolute ? `${origin}${path}` : head}${query}${fragment}` };
}

export interface OutsidePlace {
  readonly patterns: readonly string[];
  /** `https://<host>` of the playlist. */
  readonly origin: string;
  /** For a playlist that is served from elsewhere, where a relative URI would lead elsewhere too. */
  readonly isAbsolute: boolean;
  readonly line: number;
}

function outOfScope(patterns: readonly string[], line: number): SignerError {
  const [pattern = '', ...more] = patterns;
  const isDirectory = more.length === 0 && /^[^*?]*\/\*$/.test(pattern);
  const where = isDirectory ? `below ${pattern.slice(0, -1)}` : `covered by ${patterns.join(' or ')}`;
  return new SignerError(
    'ERR_PLAYLIST_SCOPE',
    `line ${line}: this URI is not ${where}, so it would not be signed; pass a wider "scope", or "leaveAlone" if it ` +
      'needs no signature',
  );
}
