/** Environment fields that are null for "not here", as the optional props that modules take. */
import type { HlsDistributionProps } from '../modules/cloudfront_hls/index.ts';
import { keyFingerprint } from '../modules/cloudfront_hls/index.ts';
import type { AppRoleTrust, ExistingPrincipal, OutputsAccess } from '../modules/iam_roles/index.ts';
import type { TranscodeQueueProps } from '../modules/mediaconvert/index.ts';
import type { PlaybackTableProps } from '../modules/playback_store/index.ts';
import type { BucketLifecycle } from '../modules/s3_bucket/index.ts';
import type { SigningSecretProps, TerraformOwnedValue } from '../modules/secrets/index.ts';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';
import { deployRolesName, resourcePrefix } from './names.ts';
import { otherDomains } from './other-domains.ts';

/** The buckets of `local` are removed with the run, and the provider waits a minute for every lifecycle. */
const NOTHING_AGES = 'none';

type DefinedProps<T> = { readonly [K in keyof T]?: Exclude<T[K], null | undefined> };

/** The same props without those that are null or undefined: optional props take no such thing. */
export function definedProps<T extends object>(props: T): DefinedProps<T> {
  return Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== null && value !== undefined),
  ) as DefinedProps<T>;
}

/** The one account of an environment. */
export function accountOf({ allowedAccountIds: [accountId = ''] }: EnvironmentConfig): string {
  return accountId;
}

/** A key that is deleted takes everything under it along, so it goes as slowly as KMS allows where videos must stay. */
export function keyDeletion({ preventDestroy }: EnvironmentConfig) {
  return { deletionWindowDays: preventDestroy ? 30 : 7, preventDestroy };
}

/** What may remove the table of playback: destroying the environment where that destroys its videos, too. */
export function playbackKept(config: EnvironmentConfig): Omit<PlaybackTableProps, 'name' | 'accountId'> {
  const { deletionWindowDays: keyDeletionWindowDays, preventDestroy } = keyDeletion(config);
  return { keyDeletionWindowDays, deletionProtection: !config.forceDestroy, preventDestroy };
}

/** Masters age, and the records beside them (the catalogue, the claims) do not. */
export function mastersLifecycle({
  localPorts,
  uploadKeyPrefix: prefix,
  mastersGlacierAfterDays: archiveAfterDays,
  mastersArchiveClass: archiveClass,
  mastersExpireAfterDays: expireAfterDays,
  mastersNoncurrentExpiryDays: noncurrentExpiryDays,
}: EnvironmentConfig): BucketLifecycle | 'none' {
  return localPorts === null
    ? definedProps({ prefix, archiveAfterDays, archiveClass, expireAfterDays, noncurrentExpiryDays })
    : NOTHING_AGES;
}

export function outputsLifecycle({
  localPorts,
  outputsInfrequentAccessAfterDays: infrequentAccessAfterDays,
  outputsVersioning,
}: EnvironmentConfig): BucketLifecycle | 'none' {
  const noncurrentExpiryDays = outputsVersioning?.noncurrentExpiryDays;
  return localPorts === null
    ? definedProps({ infrequentAccessAfterDays, noncurrentExpiryDays })
    : NOTHING_AGES;
}

/** What the backend may do with playlists; null where it needs nothing of the bucket. */
export function outputsAccess(
  { backendOutputsAccess: access, pathPrefix }: EnvironmentConfig,
  bucketArn: string,
): OutputsAccess | null {
  return access === 'none' ? null : { bucketArn, keyPrefix: `${pathPrefix}/`, access };
}

export function jobTemplate(config: EnvironmentConfig): Omit<TranscodeQueueProps, 'name'> {
  const { ladder, segmentSeconds, packaging, audio, iFramePlaylists, jobPriority, jobHop } = config;
  return {
    ladder,
    segmentSeconds,
    packaging,
    audio,
    iFramePlaylists,
    ...(jobPriority !== 0 && { priority: jobPriority }),
    ...definedProps({ hop: jobHop }),
  };
}

export function customDomain(config: EnvironmentConfig): Pick<HlsDistributionProps, 'customDomain'> {
  const { domainName: name, acmCertificateArn: certificateArn, hostedZoneId } = config;
  if (name === null) return {};
  return {
    customDomain: { name, others: otherDomains(config), ...definedProps({ certificateArn, hostedZoneId }) },
  };
}

/** The active generation's secret value where Terraform owns it, and the key is not in KMS. */
export function terraformOwnedValue(
  { signingSecretValue }: EnvironmentConfig,
  { active, generations }: TrustedKeys,
  keyPairId: string,
): TerraformOwnedValue | null {
  const pem = generations[active];
  if (signingSecretValue !== 'terraform' || pem === undefined) return null;
  return { keyPairId, generation: active, fingerprint: keyFingerprint(pem) };
}

/** Those who sign, and the role of the scheduled rotation, where anybody is named: all others are denied the key then. */
export function secretReaders(config: EnvironmentConfig): Pick<SigningSecretProps, 'readers'> {
  const signers = keySigners(config);
  return signers === null ? {} : { readers: [...signers, ...rotateRole(config)] };
}

/** The backend (path and name) and the operators, where anybody is named. */
export function keySigners(config: EnvironmentConfig): readonly string[] | null {
  const { backendPrincipal: backend, secretOperators: operators } = config;
  if (backend === null || operators.length === 0) return null;
  const { kind, name } = 'name' in backend ? backend : { kind: 'role', name: appRoleName(config) };
  return [`arn:aws:iam::${accountOf(config)}:${kind}/${name}`, ...operators];
}

/** By its name: the role is made beside the state, before this stack. */
function rotateRole(config: EnvironmentConfig): string[] {
  if (config.deployment === null || config.signingSecretValue !== 'keys') return [];
  return [`arn:aws:iam::${accountOf(config)}:role/${deployRolesName(config)}-rotate`];
}

/** A backend that is there already, and gets the policy attached: IAM wants its name without the path there. */
export function existingBackend({ backendPrincipal: backend }: EnvironmentConfig): ExistingPrincipal | null {
  if (backend === null || !('name' in backend)) return null;
  const { kind, name } = backend;
  return { kind, name: name.slice(name.lastIndexOf('/') + 1) };
}

/** Where a backend runs that gets a role of its own. */
export function backendTrust({ backendPrincipal: backend }: EnvironmentConfig): AppRoleTrust | null {
  return backend === null || 'name' in backend ? null : backend;
}

export function appRoleName(config: EnvironmentConfig): string {
  return `${resourcePrefix(config)}-app`;
}
