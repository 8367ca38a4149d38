/** `@storytime/signer`: mints what CloudFront enforces. */

export {
  type ClearCookiesOptions,
  createSigner,
  type SignCookiesOptions,
  type SignedCookies,
  type SignedUrl,
  type Signer,
  type SignerOptions,
  type SignUrlOptions,
} from './create-signer.ts';
export { SignerError, type SignerErrorCode, SignerTypeError, type SignerTypeErrorCode } from './errors.ts';
export { type EnvKeyOptions, envKey } from './keys/env-key.ts';
export type { HashAlgorithm, KeySource, SigningAlgorithm, SigningKey } from './keys/key-source.ts';
export { type StaticKeyOptions, staticKey } from './keys/static-key.ts';
export type { SameSite } from './set-cookie.ts';
