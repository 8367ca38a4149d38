/** Environment fields that are null for "not here", as the optional props that modules take. */

import type { HlsDistributionProps } from '../modules/cloudfront_hls/index.ts';
import { keyFingerprint } from '../modules/cloudfront_hls/index.ts';
import type { BackendPrincipal } from '../modules/iam_roles/index.ts';
import type { PrivateBucketProps } from '../modules/s3_bucket/index.ts';
import type { SigningSecretProps } from '../modules/secrets/index.ts';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';

export function bucketLifecycle(config: EnvironmentConfig): Pick<PrivateBucketProps, 'lifecycle'> {
  const { mastersGlacierAfterDays: archive, mastersNoncurrentExpiryDays: expiry } = config;
  if (archive === null && expiry === null) return {};
  return {
    lifecycle: {
      ...(archive !== null && { archiveAfterDays: archive }),
      ...(expiry !== null && { noncurrentExpiryDays: expiry }),
    },
  };
}

export function customDomain(config: EnvironmentConfig): Pick<HlsDistributionProps, 'customDomain'> {
  const { domainName, acmCertificateArn, hostedZoneId } = config;
  if (domainName === null || acmCertificateArn === null) return {};
  const zone = hostedZoneId === null ? {} : { hostedZoneId };
  return { customDomain: { name: domainName, certificateArn: acmCertificateArn, ...zone } };
}

/** The active generation's secret value where Terraform owns it. */
export function terraformOwnedValue(
  config: EnvironmentConfig,
  { active, generations }: TrustedKeys,
  keyPairId: string,
): Pick<SigningSecretProps, 'value'> {
  if (config.signingSecretValue !== 'terraform') return {};
  const pem = generations[active];
  if (pem === undefined) throw new Error(`active generation "${active}" has no public key`);
  return { value: { keyPairId, generation: active, fingerprint: keyFingerprint(pem) } };
}

/** A backend that is there already gets the policy attached; the other kinds get a role of their own. */
export function attachedPrincipal({ backendPrincipal }: EnvironmentConfig): { principal?: BackendPrincipal } {
  if (backendPrincipal?.kind !== 'role' && backendPrincipal?.kind !== 'user') return {};
  return { principal: { kind: backendPrincipal.kind, name: backendPrincipal.name } };
}
