/** Every error this package throws on purpose. Codes are stable, messages are for people. */

/** What went wrong, as a name to switch on. The README's table says what to do about each. */
export type PlaybackErrorCode =
  | 'ERR_ARGUMENT'
  // tokens
  | 'ERR_TOKEN_SECRET'
  // configuration
  | 'ERR_ENV_MISSING'
  | 'ERR_ENV_INVALID'
  | 'ERR_ENV_RUN_TOGETHER'
  // stores
  | 'ERR_STORE_VALUE'
  | 'ERR_STORE_CURSOR'
  | 'ERR_STORE_BUSY'
  | 'ERR_STORE_CALL'
  | 'ERR_CONTENT_KEY_EXISTS'
  // content keys
  | 'ERR_MASTER_KEY'
  | 'ERR_CONTENT_KEY_UNWRAP'
  | 'ERR_KMS_CALL';

/** A refusal or a failure. Its message names the remedy and never holds a key, a token or a secret. */
export class PlaybackError extends Error {
  override readonly name = 'PlaybackError';
  readonly code: PlaybackErrorCode;

  constructor(code: PlaybackErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
