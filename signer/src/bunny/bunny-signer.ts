/** What the Bunny signer takes and gives. */

import type { TimeOptions } from '../policy/time-window.ts';
import type { SignedUrl } from '../signer-types.ts';

export interface BunnySignerOptions {
  /**
   * The pull zone's host name, such as `vz-1234abcd-567.b-cdn.net`, or a custom host name of it, without port and path. For
   * development, the whole origin of a server on this machine, such as `http://localhost:8104`.
   */
  readonly pullZoneHost: string;
  /** The zone's *URL token authentication key*. Neither the library's API key nor the storage zone's password. */
  readonly tokenKey: string;
  /**
   * The library's *embed view token authentication* key. The dashboard labels its field "API key", but it is another value
   * than the library's API key.
   * @default - `signEmbedUrl` is refused
   */
  readonly embedTokenKey?: string | undefined;
  /**
   * The video library's number.
   * @default - `signEmbedUrl` is refused, and `signTusUpload` needs it at each call
   */
  readonly libraryId?: string | number | undefined;
  /**
   * The library's API key, which also signs uploads.
   * @default - `signTusUpload` is refused
   */
  readonly apiKey?: string | undefined;
  /**
   * The origin of the Stream API, below which `signTusUpload` gives the upload endpoint: `https`, or `http` on this machine.
   * @default 'https://video.bunnycdn.com'
   */
  readonly streamEndpoint?: string | undefined;
  /**
   * Lifetime of a playlist's or a file's URL where a call does not say: seconds, or a number with a unit such as `'4h'`.
   * @default '4h', or `maxExpiresIn` if that is shorter
   */
  readonly defaultExpiresIn?: number | string | undefined;
  /**
   * Lifetime of an embed URL where a call does not say. Bunny advises one to five minutes.
   * @default 300, or `maxExpiresIn` if that is shorter
   */
  readonly defaultEmbedExpiresIn?: number | string | undefined;
  /**
   * Longest lifetime, counted from now, of everything that is signed.
   * @default '7d'
   */
  readonly maxExpiresIn?: number | string | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
}

/** As in the CloudFront signer. Bunny's tokens have no first second, so there is no `startsAt`. */
export type BunnyTimeOptions = Pick<TimeOptions, 'expiresIn' | 'expiresAt'>;

export interface BunnySignOptions extends BunnyTimeOptions {
  /**
   * The viewer's address: one IPv4 address; a /24 as `'203.0.113.0/24'`; an IPv6 address or its /64; both bind the
   * /64. `::ffff:203.0.113.7`, which Node's sockets report, is taken as the IPv4 address that it is.
   *
   * With *Token IP validation* a zone denies every token without an address, and serves IPv4 alone unless its IP family
   * policy is "IPv6 Only". Bunny does not document whether a zone without it checks an address that a token binds.
   * @default - any address
   */
  readonly ipAddress?: string | undefined;
  /**
   * ISO 3166-1 alpha-2 codes of the countries whose viewers are allowed; not together with `countriesBlocked`.
   * @default - any country
   */
  readonly countriesAllowed?: readonly string[] | undefined;
  /**
   * ISO 3166-1 alpha-2 codes of the countries whose viewers are kept out; not together with `countriesAllowed`.
   * @default - no country
   */
  readonly countriesBlocked?: readonly string[] | undefined;
  /**
   * The highest download speed, in kB/s: a whole number of 1 or more.
   * @default - no limit
   */
  readonly speedLimitKBps?: number | undefined;
  /**
   * Lets players append query parameters of their own. Refused together with countries and `speedLimitKBps`: Bunny's own
   * signers silently drop those from such a token.
   * @default false: a query parameter that was not signed is a 403
   */
  readonly ignoreParams?: boolean | undefined;
}

export interface BunnyEmbedOptions extends BunnyTimeOptions {
  /**
   * The page: the bare player for an `<iframe>`, or the page that plays directly.
   * @default 'embed'
   */
  readonly page?: 'embed' | 'play' | undefined;
}

export interface BunnyTusOptions extends BunnyTimeOptions {
  /** From `createVideo`. */
  readonly videoId: string;
  /**
   * The video library's number.
   * @default the signer's `libraryId`
   */
  readonly libraryId?: string | number | undefined;
}

/** What a browser needs to upload one video with a TUS client such as tus-js-client. */
export interface BunnyTusUpload {
  readonly endpoint: string;
  /** `AuthorizationSignature`, `AuthorizationExpire`, `LibraryId`, `VideoId`: to be sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds from now. */
  readonly expiresIn: number;
  /** First instant at which a request of the upload is refused. */
  readonly expiresAt: Date;
}

/**
 * Every method computes its result at once and returns it, not a promise; `await` takes both, so code that awaits works
 * with this signer and with CloudFront's. What is refused is thrown, as `await` would throw it.
 */
export interface BunnySigner {
  /**
   * The URL of a video's HLS playlist. Its token opens every file of the video and is part of the path, so segments inherit
   * it without a change to the player.
   *
   * @param videoId a GUID in lower case, as `parseBunnyVideoId` gives it
   * @throws SignerError `ERR_RESOURCE_VIDEO_ID`, `ERR_EXPIRY_…`, `ERR_IP_ADDRESS`, `ERR_BUNNY_COUNTRY`; SignerTypeError
   * `ERR_ARGUMENT_…`
   */
  signPlaylistUrl(videoId: string, options?: BunnySignOptions): SignedUrl;
  /**
   * The URL of one file, such as `/<videoId>/play_720p.mp4` or `/<videoId>/thumbnail.jpg`, given as a path or as a whole
   * `https` URL of the pull zone's host. Its token is in the query string and opens this path alone.
   *
   * Bunny's own signers disagree on everything but letters, digits, `-`, `.`, `_`, `~` and `/`, so the rest is refused.
   *
   * @throws SignerError `ERR_RESOURCE_…`, and what `signPlaylistUrl` throws
   */
  signFileUrl(path: string, options?: BunnySignOptions): SignedUrl;
  /**
   * The URL of Bunny's player for an `<iframe>`. Anyone who copies it can open it until it expires, which is why its
   * lifetime is 300 seconds by default. It must be valid when the player opens, not for as long as the video plays.
   *
   * @throws SignerError `ERR_RESOURCE_VIDEO_ID`, `ERR_EXPIRY_…`; SignerTypeError `ERR_ARGUMENT_…`, also when the signer has
   * no `embedTokenKey` or no `libraryId`
   */
  signEmbedUrl(videoId: string, options?: BunnyEmbedOptions): SignedUrl;
  /**
   * The right to upload one video. Bunny checks the expiry at every request of the upload, so its lifetime, a day by
   * default, must outlast the slowest upload with its pauses.
   *
   * @throws SignerError `ERR_RESOURCE_VIDEO_ID`, `ERR_BUNNY_LIBRARY_ID`, `ERR_EXPIRY_…`; SignerTypeError `ERR_ARGUMENT_…`,
   * also when the signer has no `apiKey`
   */
  signTusUpload(options: BunnyTusOptions): BunnyTusUpload;
}
