/**
 * Reads what is. Everything is found by its name in the account, nothing through Terraform's state, so that whoever
 * may read the account can look from any machine.
 */
import {
  type CacheBehavior,
  type DefaultCacheBehavior,
  type DistributionSummary,
  ListKeyGroupsCommand,
  paginateListDistributions,
  paginateListPublicKeys,
} from '@aws-sdk/client-cloudfront';
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { accountIn } from '../../aws/values/arns.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { resourcePrefix } from '../../envs/names.ts';
import { accountOf } from '../../envs/stack-props.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysAccount } from './account.ts';
import type {
  CloudFrontKey,
  CommittedKey,
  Distribution,
  Held,
  KeyGroup,
  Observation,
  Secret,
  SecretVersion,
} from './observation.ts';
import { parseSecretValue } from './secret-value.ts';

export interface ObserveOptions {
  readonly config: EnvironmentConfig;
  /** `envs/keys/<environment>` */
  readonly keysDirectory: string;
  readonly account: Pick<KeysAccount, 'cloudFront' | 'secrets'>;
  readonly now: () => Date;
}

/**
 * The environment's keys as they are now. Private keys are read to see whose they are, and forgotten.
 *
 * @throws ConfigError for a directory of keys that cannot be used; UsageError for another account's secret, or a deleted one
 */
export async function observe({ config, keysDirectory, account, now }: ObserveOptions): Promise<Observation> {
  const { active, committed } = readCommitted(keysDirectory);
  const prefix = resourcePrefix(config);
  const [publicKeys, keyGroup, secret] = await Promise.all([
    readPublicKeys(account, prefix),
    readKeyGroup(account, `${prefix}-viewers`),
    readSecret(account, config, committed),
  ]);
  const distribution = await readDistribution(account, keyGroup, `${prefix}: private HLS`);
  return {
    observedAt: now(),
    environment: config.environment,
    active,
    committed,
    publicKeys,
    keyGroup,
    distribution,
    secret,
  };
}

function readCommitted(directory: string): Pick<Observation, 'active' | 'committed'> {
  const keys = readTrustedKeys(directory);
  const examples = exampleGenerations(keys);
  const pems = Object.entries(keys.generations).map(
    ([generation, pem]): CommittedKey => ({
      generation,
      kind: 'pem',
      fingerprint: keyFingerprint(pem),
      isExample: examples.includes(generation),
    }),
  );
  const inKms = Object.keys(keys.inKms).map(
    (generation): CommittedKey => ({ generation, kind: 'kms', fingerprint: null, isExample: false }),
  );
  return { active: keys.active, committed: [...pems, ...inKms].sort(byGeneration) };
}

/** As `modules/cloudfront_hls` names them: with the fingerprint's start, or without for a pair in KMS. */
async function readPublicKeys(
  { cloudFront }: Pick<KeysAccount, 'cloudFront'>,
  prefix: string,
): Promise<CloudFrontKey[]> {
  const found: CloudFrontKey[] = [];
  for await (const page of paginateListPublicKeys({ client: cloudFront }, {})) {
    for (const { Id, Name, EncodedKey, CreatedTime } of page.PublicKeyList?.Items ?? []) {
      const generation = Name?.startsWith(`${prefix}-`)
        ? /^(\d{4}-\d{2}-[a-z])(?:-[0-9a-f]{12})?$/.exec(Name.slice(prefix.length + 1))?.[1]
        : undefined;
      if (Id === undefined || generation === undefined || !EncodedKey || !CreatedTime) continue;
      found.push({ id: Id, generation, fingerprint: keyFingerprint(EncodedKey), createdAt: CreatedTime });
    }
  }
  return found.sort(byGeneration);
}

async function readKeyGroup(
  { cloudFront }: Pick<KeysAccount, 'cloudFront'>,
  name: string,
): Promise<KeyGroup | null> {
  let marker: string | undefined;
  do {
    const { KeyGroupList: list } = await cloudFront.send(
      new ListKeyGroupsCommand(marker === undefined ? {} : { Marker: marker }),
    );
    const found = list?.Items?.find(({ KeyGroup: group }) => group?.KeyGroupConfig?.Name === name)?.KeyGroup;
    if (found?.Id && found.LastModifiedTime) {
      return {
        id: found.Id,
        keyPairIds: found.KeyGroupConfig?.Items ?? [],
        modifiedAt: found.LastModifiedTime,
      };
    }
    marker = list?.NextMarker || undefined;
  } while (marker !== undefined);
  return null;
}

/** The one whose behaviours trust the group; by its comment when none does. */
async function readDistribution(
  { cloudFront }: Pick<KeysAccount, 'cloudFront'>,
  group: KeyGroup | null,
  comment: string,
): Promise<Distribution | null> {
  const found: DistributionSummary[] = [];
  for await (const page of paginateListDistributions({ client: cloudFront }, {})) {
    found.push(...(page.DistributionList?.Items ?? []));
  }
  const named = found.filter(({ Comment }) => Comment === comment);
  const trusting = found.filter((one) =>
    behavioursOf(one).some(([, { TrustedKeyGroups }]) => TrustedKeyGroups?.Items?.includes(group?.id ?? '')),
  );
  const [ours] = named.length > 0 ? named : trusting;
  if (ours?.Id === undefined || ours.DomainName === undefined) return null;
  return {
    id: ours.Id,
    domainName: ours.DomainName,
    // A second one that trusts the group has to know the key as well.
    isDeployed: [...new Set([ours, ...trusting])].every(({ Status }) => Status === 'Deployed'),
    elsewhere: behavioursOf(ours)
      .filter(([, { TrustedKeyGroups: groups }]) => groups?.Items?.join() !== group?.id)
      .map(([pattern]) => pattern),
  };
}

function behavioursOf({
  CacheBehaviors,
  DefaultCacheBehavior,
}: DistributionSummary): [string, CacheBehavior | DefaultCacheBehavior][] {
  const listed = (CacheBehaviors?.Items ?? []).map((behaviour): [string, CacheBehavior] => [
    behaviour.PathPattern ?? '',
    behaviour,
  ]);
  return DefaultCacheBehavior ? [...listed, ['*', DefaultCacheBehavior]] : listed;
}

async function readSecret(
  { secrets }: Pick<KeysAccount, 'secrets'>,
  config: EnvironmentConfig,
  committed: readonly CommittedKey[],
): Promise<Secret | null> {
  const secretId = config.cloudfrontPrivateKeySecretName;
  const described = await secrets.send(new DescribeSecretCommand({ SecretId: secretId })).catch((error) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
    throw error;
  });
  if (described === null) return null;
  const { ARN: arn = '', LastChangedDate, CreatedDate, DeletedDate, VersionIdsToStages = {} } = described;
  const account = accountIn(arn);
  if (account !== accountOf(config)) {
    throw new UsageError(
      `these credentials are of account ${account}, and "${config.environment}" lives in ${accountOf(config)}`,
    );
  }
  if (DeletedDate !== undefined) {
    throw new UsageError(
      `the secret ${secretId} is to be deleted: aws secretsmanager restore-secret --secret-id ${secretId}`,
    );
  }
  // What was never changed after its creation may have no date of its own.
  const changedAt = LastChangedDate ?? CreatedDate ?? new Date(0);
  const staged = Object.entries(VersionIdsToStages).filter(([, stages]) => stages.length > 0);
  const versions = await Promise.all(
    staged.map(async ([versionId, stages]): Promise<SecretVersion> => {
      const { createdAt, holds } = await readHeld(secrets, secretId, versionId, committed);
      return { versionId, stages: [...stages].sort(), createdAt: createdAt ?? changedAt, holds };
    }),
  );
  return { arn, changedAt, versions };
}

async function readHeld(
  secrets: KeysAccount['secrets'],
  secretId: string,
  versionId: string,
  committed: readonly CommittedKey[],
): Promise<{ createdAt: Date | null; holds: Held }> {
  const found = await readSecretVersion(secrets, secretId, versionId).catch((error) => {
    if (error instanceof Error && /^(AccessDenied|DecryptionFailure)/.test(error.name)) return null;
    throw error;
  });
  if (found === null) return { createdAt: null, holds: { kind: 'unreadable', why: 'denied' } };
  const { createdAt } = found;
  const value = parseSecretValue(found.text);
  if (value.kind === 'malformed') return { createdAt, holds: { kind: 'unreadable', why: 'malformed' } };
  if (value.kind === 'kms') return { createdAt, holds: value };
  const { keyPairId, fingerprint } = value;
  const known = committed.find((key) => key.fingerprint === fingerprint)?.generation;
  const generation = value.generation ?? known ?? null;
  return { createdAt, holds: { kind: 'key', generation, keyPairId, fingerprint } };
}

/** One version by its id. The caller takes what it needs and lets the text go. */
export async function readSecretVersion(
  secrets: KeysAccount['secrets'],
  secretId: string,
  versionId: string,
): Promise<{ text: string; createdAt: Date | null }> {
  const { SecretString, SecretBinary, CreatedDate } = await secrets.send(
    new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
  );
  const text = SecretString ?? Buffer.from(SecretBinary ?? []).toString('utf8');
  return { text, createdAt: CreatedDate ?? null };
}

function byGeneration(one: { generation: string }, other: { generation: string }): number {
  return one.generation < other.generation ? -1 : 1;
}
