/** A key from AWS Secrets Manager. */

import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { assertOptions, assertString } from '../arguments.ts';
import { SignerError, SignerTypeError } from '../errors.ts';
import type { HashAlgorithm, KeySource } from '../keys/key-source.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { readSecret, type SecretReading } from './read-secret.ts';
import { createRefreshingSource, type VersionedKey } from './refreshing-source.ts';

interface SecretsManagerKeyBase {
  /** Name or ARN of the secret: JSON with `keyPairId` and `privateKey`, or a bare PEM. */
  readonly secretId: string;
  /**
   * The key pair id of a secret that holds only a PEM. An id inside the secret wins.
   * @default - the secret must hold one
   */
  readonly keyPairId?: string;
  /**
   * The hash that is signed.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm;
  /**
   * Seconds after which the next use looks for a new version, in the background.
   * @default 300
   */
  readonly maxAgeSeconds?: number;
  /**
   * Seconds since the last successful look for which the key is still used while looking fails.
   * @default 86400
   */
  readonly maxStaleSeconds?: number;
  /**
   * Seconds after which one look, its retries included, is given up.
   * @default 10
   */
  readonly timeoutSeconds?: number;
  /**
   * The clock.
   * @default the system's
   */
  readonly now?: () => Date;
}

/** Give a client you have, or the configuration of one to be made here; without both, the SDK's defaults. */
export type SecretsManagerKeyOptions = SecretsManagerKeyBase &
  (
    | { readonly client?: SecretsManagerClient; readonly config?: never }
    | { readonly client?: never; readonly config?: SecretsManagerClientConfig }
  );

/**
 * The key in the current version of a secret (`AWSCURRENT`), fetched at first use. One fetch serves any
 * number of callers, a version is parsed once, and a new one replaces the key in use only after it has
 * proved that it can sign.
 *
 * The source's `get` throws SignerError `ERR_SECRET_FETCH`, `ERR_SECRET_FORMAT` or `ERR_KEY_…` while there
 * is no key yet, and after `maxStaleSeconds` of failures.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @example
 * const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 * const signer = createSigner({ key, domain: 'media.example.com' });
 */
export function secretsManagerKey(options: SecretsManagerKeyOptions): KeySource {
  assertOptions('secretsManagerKey', options, [
    'secretId',
    'keyPairId',
    'hashAlgorithm',
    'maxAgeSeconds',
    'maxStaleSeconds',
    'timeoutSeconds',
    'now',
    'client',
    'config',
  ]);
  const { secretId, keyPairId, hashAlgorithm, now = () => new Date() } = options;
  assertString('secretId', secretId);
  if (options.client && options.config) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', 'pass "client" or "config", not both');
  }
  const client = options.client ?? new SecretsManagerClient(options.config ?? {});
  const timeoutSeconds = parseSeconds('timeoutSeconds', options.timeoutSeconds ?? 10);
  const reading: SecretReading = { where: `the secret ${secretId}`, keyPairId, hashAlgorithm };

  async function load(current: VersionedKey | undefined): Promise<VersionedKey> {
    const output = await fetchCurrent(client, secretId, timeoutSeconds);
    // Only a version id can say "unchanged"; without one (AWS always sends it) each look parses.
    const versionId = output.VersionId ?? '';
    if (current && versionId !== '' && current.versionId === versionId) return current;
    return { versionId, key: readSecret(textOf(output, reading.where), reading) };
  }

  return createRefreshingSource({
    load,
    maxAgeSeconds: parseSeconds('maxAgeSeconds', options.maxAgeSeconds ?? 300),
    maxStaleSeconds: parseSeconds('maxStaleSeconds', options.maxStaleSeconds ?? 86_400),
    now,
  });
}

async function fetchCurrent(
  client: SecretsManagerClient,
  secretId: string,
  timeoutSeconds: number,
): Promise<GetSecretValueCommandOutput> {
  // The stage by name: a version without it is one that is still being rotated in.
  const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: 'AWSCURRENT' });
  try {
    return await client.send(command, { abortSignal: AbortSignal.timeout(timeoutSeconds * 1000) });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'an unknown error';
    throw new SignerError('ERR_SECRET_FETCH', `reading the secret ${secretId} failed: ${name}`, {
      cause: withoutResponse(error),
    });
  }
}

/** A response that is no JSON is quoted by the parser's message, and the response is the secret. */
function withoutResponse(error: unknown): unknown {
  return error instanceof SyntaxError ? new Error('the response could not be parsed') : error;
}

function textOf({ SecretString, SecretBinary }: GetSecretValueCommandOutput, where: string): string {
  const value = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
  if (!value) throw new SignerError('ERR_SECRET_FORMAT', `${where} is empty`);
  return value;
}
