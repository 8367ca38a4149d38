/** A signer of one title's playlists, and hls.js's own parser as the judge of what they say. */

import {
  type SignedPlaylist,
  type SignPlaylistOptions,
  signPlaylist,
} from '../../../signer/src/playlist/index.ts';
import { DOMAIN, ec, signerWith } from '../fixtures.ts';

export const HOST = `https://${DOMAIN}`;
export const FOLDER = `${HOST}/books/42/`;
export const signer = signerWith(ec);

export type Options = Partial<SignPlaylistOptions>;

/** Signs a playlist stored at `/books/42/index_720p.m3u8`. */
export function sign(m3u8: string, options: Options = {}): Promise<SignedPlaylist> {
  return signPlaylist(m3u8, { signer, url: '/books/42/index_720p.m3u8', ...options });
}

/** What a playlist of one URI line makes of it: the signed line, its query replaced by `?SIGNED` or `&SIGNED`. */
export async function signOne(uri: string, options: Options = {}): Promise<string> {
  const { playlist } = await sign(`#EXTM3U\n#EXTINF:6,\n${uri}\n`, options);
  return masked(playlist.split('\n')[2] ?? '');
}

/** Signatures differ from run to run; what is around them must not. */
export function masked(text: string): string {
  return text.replaceAll(
    /Policy=[\w~-]+&Signature=[\w~-]+&Key-Pair-Id=\w+(&Hash-Algorithm=SHA256)?/g,
    'SIGNED',
  );
}

/** hls.js reads `self`, which Node lacks. */
Object.assign(globalThis, { self: globalThis });
const { M3U8Parser } = await import('hls.js');

/** The URLs that hls.js would ask for, or its complaint. */
export function segmentsByHlsJs(m3u8: string, url: string): string[] {
  const details = M3U8Parser.parseLevelPlaylist(m3u8, url, 0, 'main' as never, 0, null);
  if (details.playlistParsingError) throw details.playlistParsingError;
  return details.fragments.flatMap((fragment) => [
    ...(fragment.initSegment ? [fragment.initSegment.url] : []),
    fragment.url,
  ]);
}

/** The variant and rendition URLs that hls.js would ask for, or its complaint. */
export function variantsByHlsJs(m3u8: string, url: string): string[] {
  const parsed = M3U8Parser.parseMasterPlaylist(m3u8, url);
  const renditions = M3U8Parser.parseMasterPlaylistMedia(m3u8, url, parsed);
  if (parsed.playlistParsingError) throw parsed.playlistParsingError;
  return [
    ...parsed.levels.map((level) => level.url),
    ...parsed.iframeVariants.map((level) => level.url),
    ...Object.values(renditions).flatMap((group) => (group ?? []).map((rendition) => rendition.url)),
  ];
}

/** Every text that hls.js got out of a playlist, read as both kinds; none of one that it refuses to play. */
export function textsByHlsJs(m3u8: string, url: string): string[] {
  const level = M3U8Parser.parseLevelPlaylist(m3u8, url, 0, 'main' as never, 0, null);
  const master = M3U8Parser.parseMasterPlaylist(m3u8, url);
  const media = M3U8Parser.parseMasterPlaylistMedia(m3u8, url, master);
  const texts = new Set<string>();
  if (!level.playlistParsingError) collectTexts({ ...level, m3u8: '' }, texts, new Set());
  if (!master.playlistParsingError) collectTexts([master, media], texts, new Set());
  return [...texts];
}

/** As hls.js resolves it, and then the browser. */
export function hostByHlsJs(uri: string, url: string): string {
  try {
    return new URL(M3U8Parser.resolve(uri, url), url).host;
  } catch {
    // Neither asks anybody for this.
    return '';
  }
}

function collectTexts(value: unknown, texts: Set<string>, seen: Set<unknown>): void {
  if (typeof value === 'string') texts.add(value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  for (const one of Object.values(value)) collectTexts(one, texts, seen);
}
