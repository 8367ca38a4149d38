/** Reads CloudFront's side: the distribution by the environment's names, what it trusts and what it answers pages with. */
import {
  type CacheBehavior,
  type DefaultCacheBehavior,
  type DistributionSummary,
  GetOriginAccessControlCommand,
  GetResponseHeadersPolicyCommand,
  ListKeyGroupsCommand,
  type Origins,
  paginateListDistributions,
  paginateListPublicKeys,
} from '@aws-sdk/client-cloudfront';
import { bucketAt } from '../../aws/values/names.ts';
import type { DoctorAccount } from './account.ts';
import type { Behaviour, Cors, Distribution, KeyGroup, Origin, PublicKey } from './observation.ts';

type Reader = Pick<DoctorAccount, 'cloudFront'>;

/** Every distribution of the account. */
export async function readDistributions({ cloudFront }: Reader): Promise<Distribution[]> {
  const found: Distribution[] = [];
  for await (const page of paginateListDistributions({ client: cloudFront }, {})) {
    for (const summary of page.DistributionList?.Items ?? []) found.push(distributionOf(summary));
  }
  return found;
}

/** Every public key of the account: those of other environments are what a wrong id is often of. */
export async function readPublicKeys({ cloudFront }: Reader): Promise<PublicKey[]> {
  const found: PublicKey[] = [];
  for await (const page of paginateListPublicKeys({ client: cloudFront }, {})) {
    for (const { Id, Name, EncodedKey } of page.PublicKeyList?.Items ?? []) {
      if (Id !== undefined && EncodedKey) found.push({ id: Id, name: Name ?? '', pem: EncodedKey });
    }
  }
  return found;
}

export async function readKeyGroups({ cloudFront }: Reader): Promise<KeyGroup[]> {
  const found: KeyGroup[] = [];
  let marker: string | undefined;
  do {
    const { KeyGroupList: list } = await cloudFront.send(
      new ListKeyGroupsCommand(marker === undefined ? {} : { Marker: marker }),
    );
    for (const { KeyGroup: group } of list?.Items ?? []) {
      if (group?.Id === undefined) continue;
      const { Name = '', Items = [] } = group.KeyGroupConfig ?? {};
      found.push({ id: group.Id, name: Name, keyPairIds: Items });
    }
    marker = list?.NextMarker || undefined;
  } while (marker !== undefined);
  return found;
}

/** Null for a behaviour without a response headers policy, and for a policy without CORS. */
export async function readCors({ cloudFront }: Reader, behaviour: Behaviour | null): Promise<Cors | null> {
  if (!behaviour?.responseHeadersPolicyId) return null;
  const { ResponseHeadersPolicy: policy } = await cloudFront.send(
    new GetResponseHeadersPolicyCommand({ Id: behaviour.responseHeadersPolicyId }),
  );
  const cors = policy?.ResponseHeadersPolicyConfig?.CorsConfig;
  return cors === undefined
    ? null
    : {
        allowOrigins: cors.AccessControlAllowOrigins?.Items ?? [],
        allowCredentials: cors.AccessControlAllowCredentials ?? false,
      };
}

/** Whether CloudFront signs what it asks of this origin. */
export async function readOriginAccess({ cloudFront }: Reader, origin: Origin | undefined): Promise<boolean> {
  if (!origin?.accessControlId) return false;
  const { OriginAccessControl: control } = await cloudFront.send(
    new GetOriginAccessControlCommand({ Id: origin.accessControlId }),
  );
  return control?.OriginAccessControlConfig?.SigningBehavior !== 'never';
}

function distributionOf(summary: DistributionSummary): Distribution {
  const geo = summary.Restrictions?.GeoRestriction;
  return {
    id: summary.Id ?? '',
    arn: summary.ARN ?? '',
    comment: summary.Comment ?? '',
    domainName: summary.DomainName ?? '',
    aliases: summary.Aliases?.Items ?? [],
    enabled: summary.Enabled ?? false,
    isDeployed: summary.Status === 'Deployed',
    geo: { type: geo?.RestrictionType ?? 'none', countries: geo?.Items ?? [] },
    webAcl: summary.WebACLId || null,
    // Not in the list of distributions, and this stack has none.
    defaultRootObject: '',
    behaviours: [
      ...(summary.CacheBehaviors?.Items ?? []).map((one) => behaviourOf(one.PathPattern ?? '', one)),
      ...(summary.DefaultCacheBehavior ? [behaviourOf('*', summary.DefaultCacheBehavior)] : []),
    ],
    origins: originsOf(summary.Origins),
  };
}

function behaviourOf(pathPattern: string, behaviour: CacheBehavior | DefaultCacheBehavior): Behaviour {
  const { TrustedKeyGroups: groups } = behaviour;
  return {
    pathPattern,
    viewerProtocolPolicy: behaviour.ViewerProtocolPolicy ?? 'allow-all',
    allowedMethods: behaviour.AllowedMethods?.Items ?? ['GET', 'HEAD'],
    keyGroupIds: groups?.Enabled ? (groups.Items ?? []) : null,
    originId: behaviour.TargetOriginId ?? '',
    responseHeadersPolicyId: behaviour.ResponseHeadersPolicyId || null,
  };
}

function originsOf(list: Origins | undefined): Origin[] {
  return (list?.Items ?? []).map((origin) => ({
    id: origin.Id ?? '',
    bucket: bucketAt(origin.DomainName ?? ''),
    path: origin.OriginPath ?? '',
    accessControlId: origin.OriginAccessControlId || null,
  }));
}
