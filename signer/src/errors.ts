/** Every error this package throws on purpose. Codes are stable, messages are for people. */

import { acceptEitherBuild } from './either-build.ts';

export { ServiceFailure, withoutResponse } from './service-failure.ts';

/** What went wrong, as a name to switch on. The README's table says what to do about each. */
export type SignerErrorCode =
  // a resource we refuse to sign
  | 'ERR_RESOURCE_FORM'
  | 'ERR_RESOURCE_LENGTH'
  | 'ERR_RESOURCE_SCHEME'
  | 'ERR_RESOURCE_HOST'
  | 'ERR_RESOURCE_CHARACTERS'
  | 'ERR_RESOURCE_FRAGMENT'
  | 'ERR_RESOURCE_TRAVERSAL'
  | 'ERR_RESOURCE_ENCODED'
  | 'ERR_RESOURCE_EMPTY_SEGMENT'
  | 'ERR_RESOURCE_WILDCARD'
  | 'ERR_RESOURCE_SCOPE'
  | 'ERR_RESOURCE_WHOLE_HOST'
  | 'ERR_RESOURCE_QUERY'
  | 'ERR_RESOURCE_RESERVED_QUERY'
  | 'ERR_RESOURCE_VIDEO_ID'
  // a condition we refuse to sign
  | 'ERR_EXPIRY_INVALID'
  | 'ERR_EXPIRY_PAST'
  | 'ERR_EXPIRY_OVER_CAP'
  | 'ERR_STARTS_AT_INVALID'
  | 'ERR_WINDOW_EMPTY'
  | 'ERR_IP_ADDRESS'
  | 'ERR_IP_ADDRESS_V6'
  | 'ERR_CANNED_CONDITION'
  | 'ERR_CANNED_WILDCARD'
  // a cookie no browser would send back
  | 'ERR_COOKIE_PATH'
  | 'ERR_COOKIE_DOMAIN'
  // a playlist that would not play
  | 'ERR_PLAYLIST_FORM'
  | 'ERR_PLAYLIST_URI'
  | 'ERR_PLAYLIST_SCOPE'
  | 'ERR_PLAYLIST_VARIABLE'
  | 'ERR_PLAYLIST_VARIANTS'
  | 'ERR_PLAYLIST_VARIANT_URL'
  | 'ERR_PLAYLIST_KEY_URL'
  // configuration
  | 'ERR_DOMAIN_INVALID'
  | 'ERR_ENV_MISSING'
  | 'ERR_ENV_RUN_TOGETHER'
  // keys
  | 'ERR_KEY_PAIR_ID'
  | 'ERR_KEY_ENCODING'
  | 'ERR_KEY_TRUNCATED'
  | 'ERR_KEY_KIND'
  | 'ERR_KEY_ENCRYPTED'
  | 'ERR_KEY_UNSUPPORTED'
  | 'ERR_KEY_BROKEN'
  | 'ERR_KEY_ASYNC'
  // Secrets Manager
  | 'ERR_SECRET_FETCH'
  | 'ERR_SECRET_FORMAT'
  | 'ERR_KEY_STALE'
  // KMS
  | 'ERR_KMS_CALL'
  // Bunny
  | 'ERR_BUNNY_KEY'
  | 'ERR_BUNNY_LIBRARY_ID'
  | 'ERR_BUNNY_COUNTRY'
  | 'ERR_BUNNY_CALL'
  | 'ERR_BUNNY_CREDENTIALS'
  | 'ERR_BUNNY_REFUSED'
  | 'ERR_BUNNY_NOT_FOUND'
  | 'ERR_BUNNY_ANSWER';

/** The code of every `TypeError`: the call itself is wrong and will be at every try. */
export type SignerTypeErrorCode = 'ERR_ARGUMENT_TYPE' | 'ERR_ARGUMENT_UNKNOWN' | 'ERR_ARGUMENT_CONFLICT';

/**
 * A refusal or a failure. Its message names the remedy and never holds key material, a signature, a
 * cookie or a query string. `instanceof` is true for the error of either build, ESM and CommonJS.
 */
export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerErrorCode;
  /**
   * 400 for every `ERR_RESOURCE_…`: the resource usually holds something that the request brought. Express and Fastify
   * answer with it where nobody catches the error; absent for everything else, which is the server's own.
   */
  declare readonly status?: 400;

  static {
    acceptEitherBuild(SignerError, 'SignerError');
  }

  constructor(code: SignerErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    if (/^ERR_RESOURCE_/.test(code)) this.status = 400;
  }
}

/**
 * A wrong JavaScript type, an unknown option or two options that exclude each other. `instanceof` is true for the error of
 * either build, ESM and CommonJS.
 */
export class SignerTypeError extends TypeError {
  readonly code: SignerTypeErrorCode;

  static {
    acceptEitherBuild(SignerTypeError, 'SignerTypeError');
  }

  constructor(code: SignerTypeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
