/** A secret of Secrets Manager and its versions. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface DescribedSecret {
  readonly arn: string;
  /** The last change of any kind. */
  readonly changedAt: Date;
  /** Whether its deletion is scheduled. */
  readonly isDeleted: boolean;
  /** Versions with a stage. */
  readonly staged: readonly Pick<SecretVersion<never>, 'versionId' | 'stages'>[];
}

/** A version with a stage. `Held` is what the reader took from its value; the value itself is not kept. */
export interface SecretVersion<Held> {
  readonly versionId: string;
  readonly stages: readonly string[];
  readonly createdAt: Date;
  readonly holds: Held;
}

/** @throws ResourceNotFoundException when there is no such secret */
export async function describeSecret(
  client: SecretsManagerClient,
  secretId: string,
): Promise<DescribedSecret> {
  const {
    ARN: arn = '',
    LastChangedDate,
    CreatedDate,
    DeletedDate,
    VersionIdsToStages = {},
  } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  const staged = Object.entries(VersionIdsToStages)
    .filter(([, stages]) => stages.length > 0)
    .map(([versionId, stages]) => ({ versionId, stages: [...stages].sort() }));
  // A secret that was not changed since its creation may have no date of a change.
  const changedAt = LastChangedDate ?? CreatedDate ?? new Date(0);
  return { arn, changedAt, isDeleted: DeletedDate !== undefined, staged };
}

export interface ReadVersionsOptions<Held> {
  readonly secretId: string;
  /** Takes what is needed from a value. */
  readonly heldIn: (text: string) => Held;
  /** Stands for a value that these credentials may not read, or not decrypt; throws to read nothing then. */
  readonly onDenied: (error: Error) => Held;
}

/** Every version with a stage, each value read once and given to `heldIn`. */
export async function readVersions<Held>(
  client: SecretsManagerClient,
  { staged, changedAt }: Pick<DescribedSecret, 'staged' | 'changedAt'>,
  { secretId, heldIn, onDenied }: ReadVersionsOptions<Held>,
): Promise<SecretVersion<Held>[]> {
  return Promise.all(
    staged.map(async (version) => {
      try {
        const { text, createdAt } = await readSecretValue(client, secretId, version.versionId);
        return { ...version, createdAt: createdAt ?? changedAt, holds: heldIn(text) };
      } catch (error) {
        if (!(error instanceof Error && /^(AccessDenied|DecryptionFailure)/.test(error.name))) throw error;
        return { ...version, createdAt: changedAt, holds: onDenied(error) };
      }
    }),
  );
}

/** The value of one version. The caller takes what it needs and does not keep the text. */
export async function readSecretValue(
  client: SecretsManagerClient,
  secretId: string,
  versionId: string,
): Promise<{ text: string; createdAt: Date | null }> {
  const { SecretString, SecretBinary, CreatedDate } = await client.send(
    new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
  );
  const text = SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8');
  return { text, createdAt: CreatedDate ?? null };
}
