/** What every source of a secret shares: its options, one look at Secrets Manager, and which versions it has seen. */

import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { assertFunction, assertSignal, assertString } from '../arguments.ts';
import { type DeadlineOptions, withDeadline } from '../deadline.ts';
import { SignerError, SignerTypeError } from '../errors.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { withoutResponse } from '../service-failure.ts';
import type { RefreshHooks, SecretVersion } from './hooks.ts';
import { createRefreshingValue, type RefreshingValue, type Versioned } from './refreshing-source.ts';

interface SecretSourceBase {
  /**
   * Seconds after which a use waits for a check for a new version, so that no use continues with a value for
   * longer; what is there is used if the look fails. Up to a fifth earlier, at random, a use starts a look in
   * the background, so that a busy process never waits and processes started together do not ask together.
   * @default 300
   */
  readonly maxAgeSeconds?: number | undefined;
  /**
   * Seconds since the last successful look for which the value is still used while looking fails; not less
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
   * Ends the look under way and refuses further ones, as at shutdown; a value already there stays usable.
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
export type SecretSourceOptions = SecretSourceBase &
  (
    | { readonly client?: SecretsManagerClient | undefined; readonly config?: never }
    | { readonly client?: never; readonly config?: SecretsManagerClientConfig }
  );

/** The names of `SecretSourceOptions`, of `secretId` and of the hooks. */
export const SOURCE_NAMES = [
  'secretId',
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

/** The texts of a secret's versions. */
export interface SecretTexts {
  /** Of `AWSCURRENT`. */
  readonly current: string;
  /** Of `AWSPREVIOUS`; - absent where it is not read, or where there is none. */
  readonly previous?: string;
}

export interface SecretReader<Value, Version extends SecretVersion> {
  /** What errors call the secret. */
  readonly where: string;
  /** Called once for each version, or for each pair of versions. */
  readonly parse: (texts: SecretTexts) => Value | Promise<Value>;
  /** What hooks are told, without the value. */
  readonly describe: (versioned: Versioned<Value>) => Version;
  /** Whether `AWSPREVIOUS` is read as well. */
  readonly withPrevious: boolean;
}

/**
 * A value of a secret that renews itself. Options are checked here; `AWSCURRENT` is read at the first use.
 *
 * @throws SignerError `ERR_EXPIRY_INVALID`; SignerTypeError `ERR_ARGUMENT_TYPE`, `ERR_ARGUMENT_CONFLICT`
 */
export function createSecretSource<Value, Version extends SecretVersion, Failure extends Error>(
  options: SecretSourceOptions & RefreshHooks<Version, Failure> & { readonly secretId: string },
  { where, parse, describe, withPrevious }: SecretReader<Value, Version>,
): RefreshingValue<Value> {
  const { secretId, signal, now = () => new Date(), random = Math.random } = options;
  assertString('secretId', secretId);
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
  /** The ids of the versions in use. A version never changes, so one that was refused is not parsed again either. */
  let inUse: string | undefined;
  let rejected: { readonly ids: string; readonly error: unknown } | undefined;

  async function load(current: Versioned<Value> | undefined): Promise<Versioned<Value>> {
    const output = await fetchStage(client, secretId, 'AWSCURRENT', deadline);
    // Behind the current one: a rotation between the two reads then gives one version twice, and none is missed.
    const before = withPrevious ? await fetchPrevious(client, secretId, deadline) : undefined;
    // Only a version id can say "unchanged"; without one (AWS always sends it) each look parses.
    const versionId = output.VersionId ?? '';
    const previousVersionId = before?.VersionId;
    const ids = versionId === '' ? undefined : `${versionId} ${previousVersionId}`;
    if (current && ids !== undefined && ids === inUse) return current;
    if (rejected && rejected.ids === ids) throw rejected.error;
    try {
      const previous = before && { previous: textOf(before, where) };
      const value = await parse({ current: textOf(output, where), ...previous });
      inUse = ids;
      return { versionId, ...(previousVersionId === undefined ? {} : { previousVersionId }), value };
    } catch (error) {
      if (ids !== undefined) rejected = { ids, error };
      throw error;
    }
  }

  return createRefreshingValue<Value, Version, Failure>({
    load,
    describe,
    maxAgeSeconds,
    maxStaleSeconds,
    ...functions,
  });
}

function ignore(): void {}

async function fetchStage(
  client: SecretsManagerClient,
  secretId: string,
  stage: 'AWSCURRENT' | 'AWSPREVIOUS',
  deadline: DeadlineOptions,
): Promise<GetSecretValueCommandOutput> {
  // The stage by name: a version without it is one that is still being rotated in.
  const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
  try {
    return await withDeadline((abortSignal) => client.send(command, { abortSignal }), deadline);
  } catch (error) {
    const cause = withoutResponse(error);
    throw new SignerError('ERR_SECRET_FETCH', `reading the secret ${secretId} failed: ${cause.name}`, {
      cause,
    });
  }
}

/** @returns `undefined` for a secret that has had one version only */
async function fetchPrevious(
  client: SecretsManagerClient,
  secretId: string,
  deadline: DeadlineOptions,
): Promise<GetSecretValueCommandOutput | undefined> {
  try {
    return await fetchStage(client, secretId, 'AWSPREVIOUS', deadline);
  } catch (error) {
    const { cause } = error as SignerError;
    if (cause instanceof Error && cause.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function textOf({ SecretString, SecretBinary }: GetSecretValueCommandOutput, where: string): string {
  const value: unknown = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
  if (!value) throw new SignerError('ERR_SECRET_FORMAT', `${where} is empty`);
  // The client passes on what came, also where its types say otherwise.
  if (typeof value !== 'string') throw new SignerError('ERR_SECRET_FORMAT', `${where} is not text`);
  return value;
}
