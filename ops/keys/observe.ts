/**
 * Reads the account and the files. Everything is found by its name, nothing through Terraform's state, so that anybody who
 * may read the account can look from any machine.
 */
import { listDistributions } from '../../aws/account/list-distributions.ts';
import { describeSecret, readVersions } from '../../aws/account/secret.ts';
import {
  type KeyGroup,
  listKeyGroups,
  listPublicKeys,
  type PublicKey,
} from '../../aws/account/trusted-keys.ts';
import type { DistributionSummary } from '../../aws/cloudfront/distribution.ts';
import { accountIn } from '../../aws/values/arns.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { resourcePrefix } from '../../envs/names.ts';
import { accountOf } from '../../envs/stack-props.ts';
import { keyFingerprint } from '../../modules/cloudfront_hls/index.ts';
import { UsageError } from '../terraform/targets.ts';
import type { KeysAccount } from './account.ts';
import { behavioursElsewhere } from './behaviours-elsewhere.ts';
import { parseKeyName } from './key-name.ts';
import type { CloudFrontKey, CommittedKey, Delivery, Held, Observation, Secret } from './observation.ts';
import { heldIn } from './secret-value.ts';

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
  const [publicKeys, keyGroups, secret] = await Promise.all([
    listPublicKeys(account.cloudFront),
    listKeyGroups(account.cloudFront),
    readSecret(account, config, committed),
  ]);
  // After the group: one that an apply has just changed is not called deployed by an older look at the distribution.
  const distributions = await listDistributions(account.cloudFront);
  const keyGroup = keyGroups.find(({ name }) => name === `${prefix}-viewers`) ?? null;
  return {
    observedAt: now(),
    environment: config.environment,
    active,
    committed,
    publicKeys: keysOf(publicKeys, prefix),
    keyGroup,
    distribution: deliveryBy(distributions, keyGroup, config),
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

/** Those with a name of this environment. */
function keysOf(publicKeys: readonly PublicKey[], prefix: string): CloudFrontKey[] {
  return publicKeys
    .flatMap(({ id, name, pem, createdAt }): CloudFrontKey[] => {
      const named = parseKeyName(name);
      if (named?.prefix !== prefix) return [];
      return [{ id, generation: named.generation, fingerprint: keyFingerprint(pem), createdAt }];
    })
    .sort(byGeneration);
}

/** By the distribution with this environment's comment; without one, by the distribution whose behaviours trust the group. */
function deliveryBy(
  distributions: readonly DistributionSummary[],
  group: KeyGroup | null,
  config: EnvironmentConfig,
): Delivery | null {
  const comment = `${resourcePrefix(config)}: private HLS`;
  const trusting = distributions.filter(({ behaviours }) =>
    behaviours.some(({ keyGroupIds }) => group !== null && keyGroupIds?.includes(group.id)),
  );
  const ours = distributions.find((one) => one.comment === comment) ?? trusting[0];
  if (ours === undefined) return null;
  return {
    id: ours.id,
    domainName: ours.domainName,
    // A second one that trusts the group has to know the key as well.
    isDeployed: [...new Set([ours, ...trusting])].every(({ isDeployed }) => isDeployed),
    elsewhere: behavioursElsewhere(ours.behaviours, group?.id, config),
  };
}

async function readSecret(
  { secrets }: Pick<KeysAccount, 'secrets'>,
  config: EnvironmentConfig,
  committed: readonly CommittedKey[],
): Promise<Secret | null> {
  const secretId = config.cloudfrontPrivateKeySecretName;
  const described = await describeSecret(secrets, secretId).catch((error) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
    throw error;
  });
  if (described === null) return null;
  const { arn, changedAt, isDeleted } = described;
  const account = accountIn(arn);
  if (account !== accountOf(config)) {
    throw new UsageError(
      `these credentials belong to account ${account}, but "${config.environment}" is in account ${accountOf(config)}`,
    );
  }
  if (isDeleted) {
    throw new UsageError(
      `the secret ${secretId} is to be deleted: aws secretsmanager restore-secret --secret-id ${secretId}`,
    );
  }
  const versions = await readVersions<Held>(secrets, described, {
    secretId,
    heldIn: (text) => namedByFile(heldIn(text), committed),
    onDenied: () => ({ kind: 'unreadable', why: 'denied' }),
  });
  return { arn, changedAt, versions };
}

/** A value that names no generation has that of the committed key that it holds. */
function namedByFile(held: Held, committed: readonly CommittedKey[]): Held {
  if (held.kind !== 'key' || held.generation !== null) return held;
  const known = committed.find(({ fingerprint }) => fingerprint === held.fingerprint)?.generation;
  return { ...held, generation: known ?? null };
}

function byGeneration(one: { generation: string }, other: { generation: string }): number {
  return one.generation < other.generation ? -1 : 1;
}
