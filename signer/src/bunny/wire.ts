/**
 * The names and hosts that Bunny reads. The one table that the signing side and `explainBunny` share; everything else is
 * written twice on purpose, so that neither can hide the other's mistake.
 *
 * @see https://docs.bunny.net/cdn/security/token-authentication/advanced
 * @see https://docs.bunny.net/stream/token-authentication
 * @see https://docs.bunny.net/stream/tus-resumable-uploads
 */

/** What a signed CDN URL carries, in its query string or in its first path segment. */
export const PARAMETERS = {
  expires: 'expires',
  tokenPath: 'token_path',
  countriesAllowed: 'token_countries',
  countriesBlocked: 'token_countries_blocked',
  ignoreParams: 'token_ignore_params',
  speedLimit: 'limit',
} as const;

/** The token's own name: `token` in a query string, `bcdn_token` where it begins the path. */
export const QUERY_TOKEN = 'token';
export const PATH_TOKEN = 'bcdn_token';

/** In front of a token that is an HMAC-SHA256; `1-` behind it says that an address is bound. */
export const HMAC_PREFIX = 'HS256-';
export const ADDRESS_FLAG = '1-';

/** Where Bunny's player lives: the first is the present host, the second the one of older pages. */
export const PLAYER_HOSTS = ['player.mediadelivery.net', 'iframe.mediadelivery.net'] as const;
/** The Stream API, its upload endpoint and older play pages. */
export const API_HOST = 'video.bunnycdn.com';
/** Every pull zone has a host below this. */
export const ZONE_SUFFIX = '.b-cdn.net';

export const TUS_HEADERS = {
  signature: 'AuthorizationSignature',
  expires: 'AuthorizationExpire',
  libraryId: 'LibraryId',
  videoId: 'VideoId',
} as const;
