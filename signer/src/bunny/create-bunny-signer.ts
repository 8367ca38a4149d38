/** The Bunny signer: options in, URLs out. Nothing here waits for anything. */

import { createSecretKey } from 'node:crypto';
import {
  assertBoolean,
  assertFunction,
  assertOneOf,
  readClock,
  readOptions,
  wrongType,
} from '../arguments.ts';
import { SignerTypeError } from '../errors.ts';
import { parseNamedOrigin } from '../policy/domain.ts';
import { parseLimits, resolveTimeWindow, type TimeLimits, type TimeWindow } from '../policy/time-window.ts';
import type { SignedUrl } from '../signer-types.ts';
import { addressBytes } from './address-bytes.ts';
import type {
  BunnyEmbedOptions,
  BunnySigner,
  BunnySignerOptions,
  BunnySignOptions,
  BunnyTimeOptions,
  BunnyTusOptions,
  BunnyTusUpload,
} from './bunny-signer.ts';
import { joinCountries } from './countries.ts';
import { parseEndpoint } from './endpoint.ts';
import { parseFilePath } from './file-path.ts';
import { assertKey, parseLibraryId } from './keys.ts';
import { type Conditions, signEmbedToken, signToken, signUpload } from './token.ts';
import { assertVideoId } from './video-id.ts';
import { PARAMETERS, PATH_TOKEN, PLAYER_HOSTS, QUERY_TOKEN, TUS_HEADERS } from './wire.ts';

const FIVE_MINUTES = 5 * 60;
const FOUR_HOURS = 4 * 60 * 60;
const ONE_DAY = 24 * 60 * 60;
const SIGNER_OPTIONS = [
  'pullZoneHost',
  'tokenKey',
  'embedTokenKey',
  'libraryId',
  'apiKey',
  'streamEndpoint',
  'defaultExpiresIn',
  'defaultEmbedExpiresIn',
  'maxExpiresIn',
  'now',
] as const;
const TIME_OPTIONS = ['expiresIn', 'expiresAt'] as const;
const SIGN_OPTIONS = [
  ...TIME_OPTIONS,
  'ipAddress',
  'countriesAllowed',
  'countriesBlocked',
  'speedLimitKBps',
  'ignoreParams',
] as const;
const EMBED_OPTIONS = [...TIME_OPTIONS, 'page'] as const;
const TUS_OPTIONS = [...TIME_OPTIONS, 'videoId', 'libraryId'] as const;
/** Without a prototype, as `readOptions` gives them. */
const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

const NO_CONDITIONS: Conditions = Object.freeze({
  address: undefined,
  countriesAllowed: undefined,
  countriesBlocked: undefined,
  speedLimit: undefined,
  ignoreParams: false,
});

/**
 * A signer for one pull zone of Bunny, and for the video library behind it. Options are checked here.
 *
 * @throws SignerError `ERR_DOMAIN_INVALID`, `ERR_BUNNY_KEY`, `ERR_BUNNY_LIBRARY_ID`, `ERR_EXPIRY_INVALID`,
 * `ERR_EXPIRY_OVER_CAP`; SignerTypeError `ERR_ARGUMENT_TYPE`, `ERR_ARGUMENT_UNKNOWN`
 * @example
 * const signer = createBunnySigner(bunnyEnv());
 * const { url, expiresIn } = await signer.signPlaylistUrl('eb1c4f77-0cda-46be-b47d-1118ad7c2ffe', { expiresIn: '4h' });
 */
export function createBunnySigner(given: BunnySignerOptions): BunnySigner {
  const options = readOptions('createBunnySigner', given, SIGNER_OPTIONS);
  const { tokenKey, embedTokenKey, apiKey, maxExpiresIn, now } = options;
  const origin = parseNamedOrigin('pullZoneHost', options.pullZoneHost, 'vz-1234abcd-567.b-cdn.net');
  assertKey('tokenKey', tokenKey);
  const zoneKey = createSecretKey(Buffer.from(tokenKey));
  if (embedTokenKey !== undefined) assertKey('embedTokenKey', embedTokenKey);
  if (apiKey !== undefined) assertKey('apiKey', apiKey);
  if (now !== undefined) assertFunction('now', now);
  const streamOrigin = parseEndpoint('streamEndpoint', options.streamEndpoint);
  const libraryId = options.libraryId === undefined ? undefined : parseLibraryId(options.libraryId);
  const { defaultExpiresIn, defaultEmbedExpiresIn } = options;
  // Each field is named, so that nothing of a polluted Object.prototype is read for it.
  const limitsFor = (given: number | string | undefined, usualSeconds: number, name?: string): TimeLimits =>
    parseLimits({ defaultExpiresIn: given, maxExpiresIn, reuse: undefined }, usualSeconds, name);
  const limits = limitsFor(defaultExpiresIn, FOUR_HOURS);
  const embedLimits = limitsFor(defaultEmbedExpiresIn, FIVE_MINUTES, 'defaultEmbedExpiresIn');
  const uploadLimits = limitsFor(undefined, ONE_DAY);
  const windowOf = (times: BunnyTimeOptions, within: TimeLimits): TimeWindow =>
    resolveTimeWindow(times, within, Math.floor((now === undefined ? Date.now() : readClock(now)) / 1000));

  return Object.freeze({
    signPlaylistUrl(videoId: string, given?: BunnySignOptions): SignedUrl {
      assertVideoId(videoId);
      const options = given === undefined ? NO_OPTIONS : readOptions('signPlaylistUrl', given, SIGN_OPTIONS);
      const window = windowOf(options, limits);
      const expires = window.dateLessThan;
      const opening = { path: `/${videoId}/`, tokenPath: `%2F${videoId}%2F`, expires };
      const { token, parameters } = signToken(zoneKey, opening, readConditions(options));
      const signed = `${PATH_TOKEN}=${token}${parameters}&${PARAMETERS.expires}=${expires}`;
      return toSignedUrl(`${origin}/${signed}/${videoId}/playlist.m3u8`, window);
    },

    signFileUrl(input: string, given?: BunnySignOptions): SignedUrl {
      const path = parseFilePath(input, origin);
      const options = given === undefined ? NO_OPTIONS : readOptions('signFileUrl', given, SIGN_OPTIONS);
      const window = windowOf(options, limits);
      const expires = window.dateLessThan;
      const opening = { path, tokenPath: undefined, expires };
      const { token, parameters } = signToken(zoneKey, opening, readConditions(options));
      const signed = `${QUERY_TOKEN}=${token}${parameters}&${PARAMETERS.expires}=${expires}`;
      return toSignedUrl(`${origin}${path}?${signed}`, window);
    },

    signEmbedUrl(videoId: string, given?: BunnyEmbedOptions): SignedUrl {
      assertVideoId(videoId);
      const options = given === undefined ? NO_OPTIONS : readOptions('signEmbedUrl', given, EMBED_OPTIONS);
      const { page = 'embed' } = options;
      assertOneOf('page', page, ['embed', 'play']);
      const key = required('embedTokenKey', embedTokenKey, 'signEmbedUrl');
      const library = required('libraryId', libraryId, 'signEmbedUrl');
      const window = windowOf(options, embedLimits);
      const token = signEmbedToken(key, videoId, window.dateLessThan);
      const query = `${QUERY_TOKEN}=${token}&${PARAMETERS.expires}=${window.dateLessThan}`;
      return toSignedUrl(`https://${PLAYER_HOSTS[0]}/${page}/${library}/${videoId}?${query}`, window);
    },

    signTusUpload(given: BunnyTusOptions): BunnyTusUpload {
      const options = readOptions('signTusUpload', given, TUS_OPTIONS);
      const { videoId } = options;
      assertVideoId(videoId);
      const key = required('apiKey', apiKey, 'signTusUpload');
      const library =
        options.libraryId === undefined
          ? required('libraryId', libraryId, 'signTusUpload')
          : parseLibraryId(options.libraryId);
      const { dateLessThan, expiresIn } = windowOf(options, uploadLimits);
      const headers = {
        [TUS_HEADERS.signature]: signUpload(key, library, dateLessThan, videoId),
        [TUS_HEADERS.expires]: String(dateLessThan),
        [TUS_HEADERS.libraryId]: library,
        [TUS_HEADERS.videoId]: videoId,
      };
      const expiresAt = new Date(dateLessThan * 1000);
      return { endpoint: `${streamOrigin}/tusupload`, headers, expiresIn, expiresAt };
    },
  });
}

function readConditions(options: BunnySignOptions): Conditions {
  if (options === NO_OPTIONS) return NO_CONDITIONS;
  const { ipAddress, countriesAllowed, countriesBlocked, speedLimitKBps, ignoreParams = false } = options;
  assertBoolean('ignoreParams', ignoreParams);
  if (countriesAllowed !== undefined && countriesBlocked !== undefined) {
    throw new SignerTypeError(
      'ERR_ARGUMENT_CONFLICT',
      'pass "countriesAllowed" or "countriesBlocked", not both: with a list of allowed countries all others are blocked',
    );
  }
  if (ignoreParams) refuseDropped({ countriesAllowed, countriesBlocked, speedLimitKBps });
  if (speedLimitKBps !== undefined && (!Number.isInteger(speedLimitKBps) || !isLimit(speedLimitKBps))) {
    throw wrongType('"speedLimitKBps"', 'a whole number from 1 to 2147483647', speedLimitKBps);
  }
  return {
    address: ipAddress === undefined ? undefined : addressBytes(ipAddress),
    countriesAllowed:
      countriesAllowed === undefined ? undefined : joinCountries('countriesAllowed', countriesAllowed),
    countriesBlocked:
      countriesBlocked === undefined ? undefined : joinCountries('countriesBlocked', countriesBlocked),
    speedLimit: speedLimitKBps,
    ignoreParams,
  };
}

/** All seven of Bunny's signers give the same token with and without them. */
function refuseDropped(limits: Readonly<Record<string, unknown>>): void {
  const dropped = Object.keys(limits).find((name) => limits[name] !== undefined);
  if (dropped === undefined) return;
  throw new SignerTypeError(
    'ERR_ARGUMENT_CONFLICT',
    `pass "ignoreParams" or "${dropped}", not both: such a token does not cover it, and Bunny's own signers drop it`,
  );
}

/** To Bunny 0 means that there is no limit, so it is refused: omit the option instead. */
function isLimit(value: number): boolean {
  return value >= 1 && value <= 2 ** 31 - 1;
}

function required(name: string, value: string | undefined, by: string): string {
  if (value !== undefined) return value;
  throw wrongType(`"${name}"`, `given to createBunnySigner for ${by}`, value);
}

function toSignedUrl(url: string, { dateLessThan, expiresIn }: TimeWindow): SignedUrl {
  return { url, expiresIn, expiresAt: new Date(dateLessThan * 1000) };
}
