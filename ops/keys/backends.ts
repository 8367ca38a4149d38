/**
 * Guards a move to or from a key in KMS, where the secret does not decide with which key a backend signs. Pure.
 *
 * A signer that reads the secret follows AWSCURRENT. One that signs by KMS has the key and its id in its own settings and
 * does not read the secret: if that key is removed before its next deployment, CloudFront denies every viewer. Nothing in
 * the account shows what backends are deployed with, so a person must confirm it.
 */
import { resourcePrefix } from '../../envs/names.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysContext } from './context.ts';
import type { SecretVersion } from './observation.ts';

export interface BackendOptions {
  /** Whether every backend is deployed so that it can sign with the new key. @default false */
  readonly kmsBackends?: boolean;
}

/** The key that is to become active. */
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
      ? 'keep signing with the key in their settings, because they do not read the secret'
      : 'need a private key from the secret, which will not have one';
    throw new UsageError(
      `${generation} is in KMS, and backends ${others}; deploy every backend with kmsKey({ keyId: '${kmsAlias(config, generation)}', ` +
        `keyPairId: '${keyPairId}' }) of @storytime/signer/kms, then run this again with --kms-backends`,
    );
  }
  if (!isFromKms) return;
  throw new UsageError(
    `${generation} is in the secret, and backends that sign by KMS do not read it; deploy every backend so that it reads ` +
      'the secret (@storytime/signer/secrets-manager), then run this again with --kms-backends',
  );
}
