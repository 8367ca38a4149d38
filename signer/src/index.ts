/** `@storytime/signer`: signs what CloudFront enforces. */

export { createSigner } from './create-signer.ts';
export { SignerError, type SignerErrorCode, SignerTypeError, type SignerTypeErrorCode } from './errors.ts';
export { type EnvKeyOptions, type EnvKeySource, envKey } from './keys/env-key.ts';
export type { HashAlgorithm, KeySource, SigningAlgorithm, SigningKey } from './keys/key-source.ts';
export { type StaticKeyOptions, staticKey } from './keys/static-key.ts';
export { objectPath } from './policy/object-path.ts';
export { type Verbatim, verbatim } from './policy/verbatim.ts';
export type { SameSite } from './set-cookie.ts';
export type {
  ClearCookiesOptions,
  EnvSignerOptions,
  SignCookiesOptions,
  SignedCookies,
  SignedUrl,
  Signer,
  SignerOptions,
  SignUrlOptions,
  SignUrlsOptions,
  UrlScope,
} from './signer-types.ts';
