/** A distribution of CloudFront's list: what it says itself, with references as ids. Pure. */
import type { DistributionSummary as ListedDistribution, Origin } from '@aws-sdk/client-cloudfront';
import {
  type AnyBehaviour,
  behavioursOf,
  bucketOf,
  geoRestrictionOf,
  keyGroupIdsOf,
  rulesOf,
} from './configuration.ts';
import type { BehaviourSummary, DistributionSummary, OriginSummary } from './distribution.ts';

export function summariseDistribution(listed: ListedDistribution): DistributionSummary {
  return {
    id: listed.Id ?? '',
    arn: listed.ARN ?? '',
    comment: listed.Comment ?? '',
    domainName: listed.DomainName ?? '',
    aliases: listed.Aliases?.Items ?? [],
    enabled: listed.Enabled ?? false,
    isDeployed: listed.Status === 'Deployed',
    geoRestriction: geoRestrictionOf(listed),
    webAcl: listed.WebACLId || null,
    behaviours: behavioursOf(listed).map(([pattern, one]) => summariseBehaviour(pattern, one)),
    origins: (listed.Origins?.Items ?? []).map(summariseOrigin),
  };
}

function summariseBehaviour(pathPattern: string, behaviour: AnyBehaviour): BehaviourSummary {
  return {
    ...rulesOf(pathPattern, behaviour),
    keyGroupIds: keyGroupIdsOf(behaviour),
    originId: behaviour.TargetOriginId ?? '',
    responseHeadersPolicyId: behaviour.ResponseHeadersPolicyId || null,
  };
}

function summariseOrigin(origin: Origin): OriginSummary {
  return {
    id: origin.Id ?? '',
    bucket: bucketOf(origin),
    path: origin.OriginPath ?? '',
    accessControlId: origin.OriginAccessControlId || null,
  };
}
