/** A key from AWS Secrets Manager. */

import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { assertFunction, assertOneOf, assertSignal, assertString, readOptions } from '../arguments.ts';
import { type DeadlineOptions, withDeadline } from '../deadline.ts';
import { SignerError, SignerTypeError } from '../errors.ts';
import type { HashAlgorithm } from '../keys/key-source.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { withoutResponse } from '../service-failure.ts';
import type { RefreshHooks } from './hooks.ts';
import { readSecret, type SecretReading } from './read-secret.ts';
import { createRefreshingSource, type RefreshingSource, type VersionedKey } from './refreshing-source.ts';

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
  /**
   * Seconds after which a use waits for a check for a new version, so that no use continues with a key for
   * longer; what is there is used if the look fails. Up to a fifth earlier, at random, a use starts a look in
   * the background, so that a busy process never waits and processes started together do not ask together.
   * @default 300
   */
  readonly maxAgeSeconds?: number | undefined;
  /**
   * Seconds since the last successful look for which the key is still used while looking fails; not less
   * than `maxAgeSeconds`.
   * @default 86400
   */
  readonly maxStaleSeconds?: number | undefined;
  /**
   * Seconds after which one look, its retries included, is given up.
   * @default 10
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Ends the look under way and refuses further ones, as at shutdown; a key already there stays usable.
   * @default - looks end by themselves
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: (() => Date) | undefined;
  /**
   * A number from 0 up to 1 for every pause and age that is varied at random; 0 leaves it whole.
   * @default Math.random
   */
  readonly random?: (() => number) | undefined;
}

/** Give a client you have, or the configuration of one to be made here; without both, the SDK's defaults. */
export type SecretsManagerKeyOptions = SecretsManagerKeyBase &
  (
    | { readonly client?: SecretsManagerClient | undefined; readonly config?: never }
    | { readonly client?: never; readonly config?: SecretsManagerClientConfig }
  );

const NAMES = [
  'secretId',
  'keyPairId',
  'hashAlgorithm',
  'passphrase',
  'maxAgeSeconds',
  'maxStaleSeconds',
  'timeoutSeconds',
  'signal',
  'now',
  'random',
  'onRefresh',
  'onError',
  'onRotate',
  'client',
  'config',
] as const;

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
  const {
    secretId,
    keyPairId,
    hashAlgorithm,
    passphrase,
    signal,
    now = () => new Date(),
    random = Math.random,
  } = options;
  assertString('secretId', secretId);
  if (keyPairId !== undefined) assertString('keyPairId', keyPairId);
  if (hashAlgorithm !== undefined) assertOneOf('hashAlgorithm', hashAlgorithm, ['SHA1', 'SHA256']);
  if (passphrase !== undefined) assertString('passphrase', passphrase);
  if (signal !== undefined) assertSignal('signal', signal);
  const { onRefresh = ignore, onError = ignore, onRotate = ignore } = options;
  const functions = { now, random, onRefresh, onError, onRotate };
  for (const [name, value] of Object.entries(functions)) assertFunction(name, value);
  if (options.client && options.config) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', 'pass "client" or "config", not both');
  }
  const maxAgeSeconds = parseSeconds('maxAgeSeconds', options.maxAgeSeconds ?? 300);
  const maxStaleSeconds = parseSeconds(
    'maxStaleSeconds',
    options.maxStaleSeconds ?? Math.max(86_400, maxAgeSeconds),
  );
  if (maxStaleSeconds < maxAgeSeconds) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', '"maxStaleSeconds" is less than "maxAgeSeconds"');
  }
  const deadline = { timeoutSeconds: parseSeconds('timeoutSeconds', options.timeoutSeconds ?? 10), signal };
  const client = options.client ?? new SecretsManagerClient(options.config ?? {});
  const reading: SecretReading = { where: `the secret ${secretId}`, keyPairId, hashAlgorithm, passphrase };
  /** A version never changes, so one that is not a key is not parsed again. */
  let rejected: { readonly versionId: string; readonly error: unknown } | undefined;

  async function load(current: VersionedKey | undefined): Promise<VersionedKey> {
    const output = await fetchCurrent(client, secretId, deadline);
    // Only a version id can say "unchanged"; without one (AWS always sends it) each look parses.
    const versionId = output.VersionId ?? '';
    if (current && versionId !== '' && current.versionId === versionId) return current;
    if (rejected && versionId !== '' && rejected.versionId === versionId) throw rejected.error;
    try {
      return { versionId, key: readSecret(textOf(output, reading.where), reading) };
    } catch (error) {
      rejected = { versionId, error };
      throw error;
    }
  }

  return createRefreshingSource({ load, maxAgeSeconds, maxStaleSeconds, ...functions });
}

function ignore(): void {}

async function fetchCurrent(
  client: SecretsManagerClient,
  secretId: string,
  deadline: DeadlineOptions,
): Promise<GetSecretValueCommandOutput> {
  // The stage by name: a version without it is one that is still being rotated in.
  const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: 'AWSCURRENT' });
  try {
    return await withDeadline((abortSignal) => client.send(command, { abortSignal }), deadline);
  } catch (error) {
    const cause = withoutResponse(error);
    throw new SignerError('ERR_SECRET_FETCH', `reading the secret ${secretId} failed: ${cause.name}`, {
      cause,
    });
  }
}

function textOf({ SecretString, SecretBinary }: GetSecretValueCommandOutput, where: string): string {
  const value: unknown = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
  if (!value) throw new SignerError('ERR_SECRET_FORMAT', `${where} is empty`);
  // The client passes on what came, also where its types say otherwise.
  if (typeof value !== 'string') throw new SignerError('ERR_SECRET_FORMAT', `${where} is not text`);
  return value;
}
