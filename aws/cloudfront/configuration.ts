/** What CloudFront's configuration of a distribution says, where `DistributionConfig` and the list say it alike. Pure. */

import type {
  CacheBehavior,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';
import { bucketAt } from '../values/names.ts';
import type { BehaviourSummary, GeoRestriction } from './distribution.ts';

export type AnyBehaviour = CacheBehavior | DefaultCacheBehavior;

/** With their path patterns, in order of precedence; the default one is last, with the pattern `*`. */
export function behavioursOf({
  CacheBehaviors,
  DefaultCacheBehavior: defaultOne,
}: Partial<Pick<DistributionConfig, 'CacheBehaviors' | 'DefaultCacheBehavior'>>): (readonly [
  string,
  AnyBehaviour,
])[] {
  const listed = (CacheBehaviors?.Items ?? []).map(
    (behaviour) => [behaviour.PathPattern ?? '', behaviour] as const,
  );
  return defaultOne ? [...listed, ['*', defaultOne]] : listed;
}

/** What a behaviour says of requests, with CloudFront's own defaults. */
export function rulesOf(
  pathPattern: string,
  { ViewerProtocolPolicy, AllowedMethods }: AnyBehaviour,
): Pick<BehaviourSummary, 'pathPattern' | 'viewerProtocolPolicy' | 'allowedMethods'> {
  return {
    pathPattern,
    viewerProtocolPolicy: ViewerProtocolPolicy ?? 'allow-all',
    allowedMethods: AllowedMethods?.Items ?? ['GET', 'HEAD'],
  };
}

/** Ids of the trusted key groups; null for a behaviour that asks for no signature. */
export function keyGroupIdsOf({ TrustedKeyGroups: groups }: AnyBehaviour): readonly string[] | null {
  return groups?.Enabled ? (groups.Items ?? []) : null;
}

export function geoRestrictionOf({ Restrictions }: Pick<DistributionConfig, 'Restrictions'>): GeoRestriction {
  const geo = Restrictions?.GeoRestriction;
  return { type: geo?.RestrictionType ?? 'none', countries: geo?.Items ?? [] };
}

/** The bucket that an origin is, by its domain name; null for any other origin. */
export function bucketOf({ DomainName = '' }: Partial<Origin>): string | null {
  return bucketAt(DomainName);
}
