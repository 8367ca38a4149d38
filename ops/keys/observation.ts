/** What is: the committed files, CloudFront and Secrets Manager, side by side and without a private key. */
import type { SecretVersion as VersionWith } from '../../aws/account/secret.ts';
import type { KeyGroup, PublicKey } from '../../aws/account/trusted-keys.ts';
import type { DistributionSummary } from '../../aws/cloudfront/distribution.ts';

export interface Observation {
  readonly observedAt: Date;
  readonly environment: string;
  /** What `active` names. */
  readonly active: string;
  readonly committed: readonly CommittedKey[];
  /** Every public key in CloudFront whose name is one of this environment's. */
  readonly publicKeys: readonly CloudFrontKey[];
  /** Null before the first apply. */
  readonly keyGroup: KeyGroup | null;
  /** Null before the first apply. */
  readonly distribution: Delivery | null;
  /** Null before the first apply. */
  readonly secret: Secret | null;
}

/** A generation with a file: the ones that an apply would trust. */
export interface CommittedKey {
  readonly generation: string;
  readonly kind: 'pem' | 'kms';
  /** Hex SHA-256 of the public key; null for a pair in KMS. */
  readonly fingerprint: string | null;
  /** One that came with the repository: nobody holds its private key. */
  readonly isExample: boolean;
}

/** A public key of this environment; `id` is the key pair id. */
export interface CloudFrontKey extends Pick<PublicKey, 'id' | 'createdAt'> {
  readonly generation: string;
  readonly fingerprint: string;
}

/** This environment's distribution, as far as its key group is concerned. */
export interface Delivery extends Pick<DistributionSummary, 'id' | 'domainName'> {
  /** Whether every distribution that trusts the key group is deployed. */
  readonly isDeployed: boolean;
  /** Path patterns of behaviours that trust another key group than this one, or none, or more. */
  readonly elsewhere: readonly string[];
}

export interface Secret {
  readonly arn: string;
  /** The last change of any kind. */
  readonly changedAt: Date;
  /** Those with a stage. */
  readonly versions: readonly SecretVersion[];
}

export type Stage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

export type SecretVersion = VersionWith<Held>;

/** What a version's value is about. */
export type Held =
  | {
      readonly kind: 'key';
      /** As the value says, or the committed one with the same key. */
      readonly generation: string | null;
      readonly keyPairId: string | null;
      /** The public key that belongs to the private key: SPKI PEM, and its hex SHA-256. */
      readonly publicKeyPem: string;
      readonly fingerprint: string;
    }
  | {
      readonly kind: 'kms';
      readonly generation: string;
      readonly keyPairId: string;
      readonly kmsKeyArn: string;
    }
  | { readonly kind: 'unreadable'; readonly why: 'denied' | 'malformed' };

/** The version with a stage; undefined for none, and for more than one, which the assessment names. */
export function versionAt(observation: Pick<Observation, 'secret'>, stage: Stage): SecretVersion | undefined {
  const found = (observation.secret?.versions ?? []).filter(({ stages }) => stages.includes(stage));
  return found.length === 1 ? found[0] : undefined;
}

/** Generation of what a version holds; null when it cannot be read or names none. */
export function generationOf(version: SecretVersion | undefined): string | null {
  return version === undefined || version.holds.kind === 'unreadable' ? null : version.holds.generation;
}

/** Whether CloudFront accepts signatures of this key pair id, once the group is deployed. */
export function isTrusted({ keyGroup }: Pick<Observation, 'keyGroup'>, keyPairId: string): boolean {
  return keyGroup?.keyPairIds.includes(keyPairId) ?? false;
}

/** The CloudFront key of a committed generation: of the same fingerprint where that is known. */
export function cloudFrontKeyOf(
  { publicKeys }: Pick<Observation, 'publicKeys'>,
  { generation, fingerprint }: CommittedKey,
): CloudFrontKey | undefined {
  return publicKeys.find(
    (key) => key.generation === generation && (fingerprint === null || key.fingerprint === fingerprint),
  );
}
