/** What administrators paste for one video, and what names none. Both the package and the PHP function are held to it. */

import { HOST, VIDEO } from './fixtures.ts';

const TOKEN = 'HS256-vkv1D6nQCEQPGYypD1gYpE8Z3qPFb6ulu-medWYY0K8';

export const ACCEPTED: readonly string[] = [
  VIDEO,
  VIDEO.toUpperCase(),
  `  ${VIDEO}\n`,
  `https://player.mediadelivery.net/embed/759/${VIDEO}`,
  `https://player.mediadelivery.net/play/759/${VIDEO}?t=30s`,
  `https://iframe.mediadelivery.net/embed/759/${VIDEO}?autoplay=true&loop=false`,
  `https://iframe.mediadelivery.net/play/759/${VIDEO}/`,
  `https://iframe.mediadelivery.net/embed/759/${VIDEO}?token=5a5de480&expires=1456761770`,
  `HTTPS://Player.MediaDelivery.net/embed/759/${VIDEO.toUpperCase()}#start`,
  `//iframe.mediadelivery.net/embed/759/${VIDEO}`,
  `https://${HOST}/${VIDEO}/playlist.m3u8`,
  `https://video.example.com/${VIDEO}/playlist.m3u8?token=${TOKEN}&expires=1598024587`,
  `https://${HOST}/bcdn_token=${TOKEN}&token_path=%2F${VIDEO}%2F&expires=1598024587/${VIDEO}/playlist.m3u8`,
  `https://${HOST}/${VIDEO.toUpperCase()}/playlist.m3u8`,
];

export const REFUSED: readonly string[] = [
  '',
  ' ',
  'lecture-1',
  VIDEO.slice(1),
  `${VIDEO}0`,
  `{${VIDEO}}`,
  VIDEO.replaceAll('-', ''),
  `${VIDEO} ${VIDEO}`,
  `<iframe src="https://iframe.mediadelivery.net/embed/759/${VIDEO}"></iframe>`,
  `https://player.mediadelivery.net/embed/${VIDEO}`,
  `https://player.mediadelivery.net/embed/abc/${VIDEO}`,
  `https://player.mediadelivery.net/${VIDEO}/playlist.m3u8`,
  `https://example.com/embed/759/${VIDEO}`,
  `https://${HOST}/${VIDEO}/`,
  `https://${HOST}/${VIDEO}/play_720p.mp4`,
  `https://${HOST}/${VIDEO}/x/playlist.m3u8`,
  `https://${HOST}/x/${VIDEO}/playlist.m3u8`,
  `https://${HOST}/${VIDEO}/..%2f/playlist.m3u8`,
  `https://${HOST}/x/playlist.m3u8`,
  `/${VIDEO}/playlist.m3u8`,
  `javascript://${HOST}/${VIDEO}/playlist.m3u8`,
  `https://user@${HOST}/${VIDEO}/playlist.m3u8`,
  `https://${HOST}/?${VIDEO}/playlist.m3u8`,
];
