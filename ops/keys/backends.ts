/**
 * When the secret is not what decides with which key a backend signs. Pure.
 *
 * A signer that reads the secret follows AWSCURRENT by itself. One that signs by KMS has key and key pair id among its own
 * settings, and signs on with them whatever the secret says: dropped before its next deployment, they shut out every
 * viewer. Nothing in the account tells what backends are deployed with, so a person has to.
 */
import { resourcePrefix } from '../../envs/names.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';
import type { SecretVersion } from './observation.ts';

export interface BackendOptions {
  /** Whether every backend has what it takes to sign with the key that signers move to, now. @default false */
  readonly kmsBackends?: boolean;
}

/** A key that signers move to. */
interface Successor {
  readonly kind: 'pem' | 'kms';
  readonly generation: string;
  readonly keyPairId: string;
}

/** The alias that `modules/secrets` gives a generation's key. */
export function kmsAlias(config: KeysContext['config'], generation: string): string {
  return `alias/${resourcePrefix(config)}-signing-${generation}`;
}

/**
 * @param current - what signers have now; undefined while nothing signs
 * @throws UsageError to or from a key in KMS, unless a person has said that backends are deployed for it
 */
export function requireBackends(
  { config }: Pick<KeysContext, 'config'>,
  current: SecretVersion | undefined,
  { kind, generation, keyPairId }: Successor,
  { kmsBackends = false }: BackendOptions,
): void {
  if (kmsBackends || current === undefined) return;
  const isFromKms = current.holds.kind === 'kms';
  if (kind === 'kms') {
    const others = isFromKms
      ? 'sign on with the key among their settings, whatever the secret says'
      : 'sign with a private key from the secret, which has none then';
    throw new UsageError(
      `${generation} is in KMS, and backends ${others}: deploy every backend with kmsKey({ keyId: '${kmsAlias(config, generation)}', ` +
        `keyPairId: '${keyPairId}' }) of @storytime/signer/kms, then the same again with --kms-backends`,
    );
  }
  if (!isFromKms) return;
  throw new UsageError(
    `${generation} is in the secret, and backends sign by KMS, whatever the secret says: deploy every backend so that it reads ` +
      'the secret (@storytime/signer/secrets-manager), then the same again with --kms-backends',
  );
}
