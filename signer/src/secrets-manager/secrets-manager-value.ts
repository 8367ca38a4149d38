/** Any other value that a secret holds, kept fresh by the code that keeps signing keys fresh. */

import { assertBoolean, assertFunction, assertString, readOptions } from '../arguments.ts';
import type { RefreshHooks, SecretVersion } from './hooks.ts';
import type { RefreshingValue, Versioned } from './refreshing-source.ts';
import {
  createSecretSource,
  type SecretSourceOptions,
  type SecretTexts,
  SOURCE_NAMES,
} from './secret-source.ts';

interface SecretsManagerValueBase<Value> extends RefreshHooks<SecretVersion, Error> {
  /** Name or ARN of the secret. */
  readonly secretId: string;
  /**
   * Makes the value. Called once for each version; what it throws reaches the caller of `get` as it is, and `onError`, and
   * leaves the value of the version before in use. Keep the text out of its errors.
   */
  readonly parse: (texts: SecretTexts) => Value | Promise<Value>;
  /**
   * Whether the version before (`AWSPREVIOUS`) is read as well, for a value that stays trusted while it retires.
   * @default false
   */
  readonly withPrevious?: boolean | undefined;
}

export type SecretsManagerValueOptions<Value> = SecretsManagerValueBase<Value> & SecretSourceOptions;

const NAMES = ['parse', 'withPrevious', ...SOURCE_NAMES] as const;

/**
 * What `parse` makes of the current version of a secret, renewed as it is used: by the same rules as the key of
 * `secretsManagerKey`, and with the same options.
 *
 * Its `get` throws SignerError `ERR_SECRET_FETCH`, `ERR_SECRET_FORMAT` for an empty secret, or what `parse` threw, while there
 * is no value yet, and `ERR_KEY_STALE` after `maxStaleSeconds` of failures.
 *
 * @throws SignerError `ERR_EXPIRY_INVALID` for an invalid span; SignerTypeError `ERR_ARGUMENT_TYPE`,
 * `ERR_ARGUMENT_UNKNOWN`, `ERR_ARGUMENT_CONFLICT`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 * @example
 * const apiKey = secretsManagerValue({ secretId: 'storytime/prod/api_key', parse: ({ current }) => current.trim() });
 * const headers = { accesskey: await apiKey.get() };
 */
export function secretsManagerValue<Value>(given: SecretsManagerValueOptions<Value>): RefreshingValue<Value> {
  const options = readOptions('secretsManagerValue', given, NAMES);
  const { secretId, parse, withPrevious = false } = options;
  assertString('secretId', secretId);
  assertFunction('parse', parse);
  assertBoolean('withPrevious', withPrevious);
  return createSecretSource<Value, SecretVersion, Error>(options, {
    where: `the secret ${secretId}`,
    parse,
    describe,
    withPrevious,
  });
}

function describe({ versionId, previousVersionId }: Versioned<unknown>): SecretVersion {
  return { versionId, ...(previousVersionId === undefined ? {} : { previousVersionId }) };
}
