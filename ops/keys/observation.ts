/** What is: the committed files, CloudFront and Secrets Manager, side by side and without a private key. */

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
  readonly distribution: Distribution | null;
  /** Null before the first apply. */
  readonly secret: Secret | null;
}

/** A generation with a file: the ones that an apply would trust. */
export interface CommittedKey {
  readonly generation: string;
  readonly kind: 'pem' | 'kms';
  /** Hex SHA-256 of the public half; null for a pair in KMS. */
  readonly fingerprint: string | null;
  /** One that came with the repository: nobody holds its private half. */
  readonly isExample: boolean;
}

export interface CloudFrontKey {
  /** The key pair id. */
  readonly id: string;
  readonly generation: string;
  readonly fingerprint: string;
  readonly createdAt: Date;
}

export interface KeyGroup {
  readonly id: string;
  readonly keyPairIds: readonly string[];
  readonly modifiedAt: Date;
}

export interface Distribution {
  readonly id: string;
  readonly domainName: string;
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

export interface SecretVersion {
  readonly versionId: string;
  readonly stages: readonly string[];
  readonly createdAt: Date;
  readonly holds: Held;
}

/** What a version's value is about. */
export type Held =
  | {
      readonly kind: 'key';
      /** As the value says, or the committed one with the same key. */
      readonly generation: string | null;
      readonly keyPairId: string | null;
      /** Of the public half that belongs to the private key. */
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
