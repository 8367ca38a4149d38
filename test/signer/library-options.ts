/** The names of the options that a signer and its keys take. */

import type {
  EnvKeyOptions,
  EnvSignerOptions,
  SignCookiesOptions,
  SignerOptions,
  SignUrlsOptions,
  StaticKeyOptions,
} from '../../signer/src/index.ts';

type LibraryOption = keyof (SignerOptions &
  EnvSignerOptions &
  SignUrlsOptions &
  SignCookiesOptions &
  StaticKeyOptions &
  EnvKeyOptions);
/** The type makes it complete. */
export const LIBRARY_OPTIONS = Object.keys({
  allowWholeHost: true,
  cookieDomain: true,
  defaultExpiresIn: true,
  domain: true,
  env: true,
  expiresAt: true,
  expiresIn: true,
  hashAlgorithm: true,
  ipAddress: true,
  key: true,
  keyPairId: true,
  maxAge: true,
  maxExpiresIn: true,
  now: true,
  onRefused: true,
  passphrase: true,
  path: true,
  policy: true,
  privateKey: true,
  reuse: true,
  reuseEntries: true,
  sameSite: true,
  scope: true,
  startsAt: true,
} satisfies Record<LibraryOption, true>);
