/** A key from AWS Secrets Manager. */

import { assertOneOf, assertString, readOptions } from '../arguments.ts';
import type { HashAlgorithm, SigningKey } from '../keys/key-source.ts';
import type { KeyVersion, RefreshHooks } from './hooks.ts';
import { readSecret, type SecretReading } from './read-secret.ts';
import type { RefreshingSource, Versioned } from './refreshing-source.ts';
import { createSecretSource, type SecretSourceOptions, SOURCE_NAMES } from './secret-source.ts';

interface SecretsManagerKeyBase extends RefreshHooks {
  /** Name or ARN of the secret: JSON with `keyPairId` and `privateKey`, or a bare PEM. */
  readonly secretId: string;
  /**
   * The key pair id of a secret that holds only a PEM. An id inside the secret wins.
   * @default - the secret must hold one
   */
  readonly keyPairId?: string | undefined;
  /**
   * The hash that is signed.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined;
  /**
   * What an encrypted PEM in the secret is encrypted with.
   * @default - the key is not encrypted
   */
  readonly passphrase?: string | undefined;
}

export type SecretsManagerKeyOptions = SecretsManagerKeyBase & SecretSourceOptions;

const NAMES = ['keyPairId', 'hashAlgorithm', 'passphrase', ...SOURCE_NAMES] as const;

/**
 * The key in the current version of a secret (`AWSCURRENT`), fetched at first use. One fetch serves any
 * number of callers, a version is parsed once, and a new one replaces the key in use only after it has
 * proved that it can sign. After a failed look the pauses grow from 1 to 60 seconds, half of each at random.
 *
 * The source's `get` throws SignerError `ERR_SECRET_FETCH`, `ERR_SECRET_FORMAT` or `ERR_KEY_…` while there
 * is no key yet, and `ERR_KEY_STALE` after `maxStaleSeconds` of failures.
 *
 * @throws SignerError `ERR_EXPIRY_INVALID` for an invalid span; SignerTypeError `ERR_ARGUMENT_TYPE`,
 * `ERR_ARGUMENT_UNKNOWN`, `ERR_ARGUMENT_CONFLICT`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @example
 * const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 * const signer = createSigner({ key, domain: 'media.example.com' });
 */
export function secretsManagerKey(given: SecretsManagerKeyOptions): RefreshingSource {
  const options = readOptions('secretsManagerKey', given, NAMES);
  const { secretId, keyPairId, hashAlgorithm, passphrase } = options;
  assertString('secretId', secretId);
  if (keyPairId !== undefined) assertString('keyPairId', keyPairId);
  if (hashAlgorithm !== undefined) assertOneOf('hashAlgorithm', hashAlgorithm, ['SHA1', 'SHA256']);
  if (passphrase !== undefined) assertString('passphrase', passphrase);
  const where = `the secret ${secretId}`;
  const reading: SecretReading = { where, keyPairId, hashAlgorithm, passphrase };
  return createSecretSource(options, {
    where,
    parse: ({ current }) => readSecret(current, reading),
    describe,
    withPrevious: false,
  });
}

function describe({ value, versionId }: Versioned<SigningKey>): KeyVersion {
  return { keyPairId: value.keyPairId, versionId };
}
