/**
 * Writes to the signing secret. Always with stages by name, and with version ids that follow from what is written, so
 * that a repeated call is the same version and not another one.
 */
import { createHash } from 'node:crypto';
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { readSecretValue } from '../../aws/account/secret.ts';
import type { KeysAccount } from './account.ts';
import { KeysError } from './failures.ts';
import { type HeldKeyPair, parseSecretValue, type SecretValue } from './secret-value.ts';

export interface SecretWriter {
  readonly account: Pick<KeysAccount, 'secrets'>;
  readonly secretId: string;
  /** @throws UsageError when this run may not write any more */
  readonly requireLock: () => Promise<void>;
}

/** What signers get: id and key in one version, so that they switch together. */
export type CurrentValue =
  | {
      readonly kind: 'key';
      readonly generation: string;
      readonly keyPairId: string;
      readonly pair: KeyToStore;
    }
  | {
      readonly kind: 'kms';
      readonly generation: string;
      readonly keyPairId: string;
      readonly kmsKeyArn: string;
    };

type KeyToStore = Pick<HeldKeyPair, 'privateKey' | 'fingerprint'>;

/** Puts `{ generation, privateKey }` under AWSPENDING; no signer asks for that. */
export async function storePending(
  { account, secretId, requireLock }: SecretWriter,
  generation: string,
  { privateKey, fingerprint }: KeyToStore,
): Promise<void> {
  await requireLock();
  const token = tokenOf(['pending', secretId, generation, fingerprint]);
  const { VersionStages: stages = [] } = await account.secrets.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: token,
      SecretString: JSON.stringify({ generation, privateKey }),
      VersionStages: ['AWSPENDING'],
    }),
  );
  if (stages.includes('AWSPENDING')) return;
  // This very value was there before: a repeated put changes nothing, its stages neither.
  await account.secrets.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: 'AWSPENDING',
      MoveToVersionId: token,
    }),
  );
}

/**
 * Makes a value the current one. Version and stage come into being in one call, so that signers get the old value or
 * the new one, and AWSPREVIOUS follows by itself.
 *
 * @param replaces - the version that is current now: the same value after another one is another version
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export async function makeCurrent(
  { account, secretId, requireLock }: SecretWriter,
  value: CurrentValue,
  replaces: string | null,
): Promise<void> {
  await requireLock();
  const { generation, keyPairId } = value;
  const what = value.kind === 'key' ? value.pair.fingerprint : value.kmsKeyArn;
  await account.secrets.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      ClientRequestToken: tokenOf(['current', secretId, generation, keyPairId, what, replaces ?? '']),
      SecretString: JSON.stringify(
        value.kind === 'key'
          ? { keyPairId, privateKey: value.pair.privateKey, generation }
          : { keyPairId, generation, kmsKeyArn: value.kmsKeyArn },
      ),
      VersionStages: ['AWSCURRENT'],
    }),
  );
}

/**
 * Takes AWSPENDING away, which does not go by itself. Secrets Manager refuses it where the stage is on another version by
 * now.
 */
export async function endPending(
  { account, secretId, requireLock }: SecretWriter,
  versionId: string,
): Promise<void> {
  await requireLock();
  await account.secrets.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: versionId,
    }),
  );
}

/** @throws KeysError for a value that cannot be read */
export async function readVersion(
  { account, secretId }: Pick<SecretWriter, 'account' | 'secretId'>,
  versionId: string,
): Promise<Exclude<SecretValue, { kind: 'malformed' }>> {
  const value = parseSecretValue((await readSecretValue(account.secrets, secretId, versionId)).text);
  if (value.kind === 'malformed') throw new KeysError(`version ${versionId} of the secret cannot be read`);
  return value;
}

/** A UUID out of text: what Secrets Manager takes for a version id. */
function tokenOf(parts: readonly string[]): string {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
