/** The id of a Bunny video: a GUID, and what people paste instead of it. */

import { assertString } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { API_HOST, PATH_TOKEN, PLAYER_HOSTS } from './wire.ts';

const GUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const CANONICAL = new RegExp(`^${GUID}$`);
const BARE = new RegExp(`^(${GUID})$`, 'i');
/** A URL without its scheme, query and fragment, which say nothing of the id. */
const URL_PARTS = /^(?:(?:https?:)?\/\/)?([^/?#\s@]+)(\/[^?#]*)(?:[?#]|$)/i;
const PLAYER_PATH = new RegExp(`^/(?:embed|play)/\\d+/(${GUID})/?$`, 'i');
const API_PLAY_PATH = new RegExp(`^/play/\\d+/(${GUID})/?$`, 'i');
const PLAYLIST_PATH = new RegExp(`^(?:/${PATH_TOKEN}=[^/]*)?/(${GUID})/playlist\\.m3u8$`, 'i');
/** No URL of a player or a playlist is longer, signed or not. */
const MAX_LENGTH = 8_192;

const EXPECTED =
  'expected a Bunny video id (a GUID), an embed or play URL of player.mediadelivery.net or iframe.mediadelivery.net, or a ' +
  'playlist URL that ends in /<id>/playlist.m3u8';

/**
 * The video's id in lower case, from what an administrator pastes: the bare GUID; an embed or play URL of Bunny's player;
 * the URL of the video's playlist on any host, signed or not. Store this and nothing else of the text: its host, library
 * and token are not checked.
 *
 * @throws SignerError `ERR_RESOURCE_VIDEO_ID`, with `status: 400`; SignerTypeError `ERR_ARGUMENT_TYPE`
 * @see https://docs.bunny.net/stream/storage-structure
 * @example
 * parseBunnyVideoId('https://iframe.mediadelivery.net/embed/759/EB1C4F77-0CDA-46BE-B47D-1118AD7C2FFE?autoplay=true');
 * // 'eb1c4f77-0cda-46be-b47d-1118ad7c2ffe'
 */
export function parseBunnyVideoId(text: string): string {
  assertString('text', text);
  const id = text.length <= MAX_LENGTH ? findId(text.trim()) : undefined;
  if (id === undefined) throw refuse(EXPECTED);
  return id.toLowerCase();
}

/** @throws SignerError `ERR_RESOURCE_VIDEO_ID` for anything but a GUID in lower case */
export function assertVideoId(videoId: unknown): asserts videoId is string {
  assertString('videoId', videoId);
  if (!CANONICAL.test(videoId)) {
    throw refuse(
      '"videoId" must be a GUID in lower case; pass what was stored through parseBunnyVideoId first',
    );
  }
}

function findId(text: string): string | undefined {
  const bare = BARE.exec(text)?.[1];
  if (bare !== undefined) return bare;
  const [, host = '', path = ''] = URL_PARTS.exec(text) ?? [];
  const isPlayer = (PLAYER_HOSTS as readonly string[]).includes(host.toLowerCase());
  if (isPlayer) return PLAYER_PATH.exec(path)?.[1];
  if (host.toLowerCase() === API_HOST) return API_PLAY_PATH.exec(path)?.[1];
  return isHost(host) ? PLAYLIST_PATH.exec(path)?.[1] : undefined;
}

/** At least one dot: `files/<id>/playlist.m3u8` is a path and no URL. */
function isHost(host: string): boolean {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?$/i.test(host);
}

function refuse(message: string): SignerError {
  return new SignerError('ERR_RESOURCE_VIDEO_ID', message);
}
