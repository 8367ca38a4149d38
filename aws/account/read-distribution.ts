/** One distribution as the AWS API tells it: CloudFront's configuration with what it refers to. */
import {
  type CloudFrontClient,
  GetCachePolicyCommand,
  GetDistributionCommand,
  GetKeyGroupCommand,
  GetOriginAccessControlCommand,
  GetPublicKeyCommand,
  GetResponseHeadersPolicyCommand,
} from '@aws-sdk/client-cloudfront';
import {
  assembleDistribution,
  type ReferredParts,
  referencesOf,
} from '../cloudfront/assemble-distribution.ts';
import type { Distribution } from '../cloudfront/distribution.ts';

/**
 * Reads the distribution and all that it refers to.
 *
 * @throws UnsupportedDistributionError when it has something that the edge would have to leave out
 * @throws CloudFrontServiceException when there is no such distribution
 */
export async function readDistribution(client: CloudFrontClient, id: string): Promise<Distribution> {
  const { Distribution: found } = await client.send(new GetDistributionCommand({ Id: id }));
  const config = found?.DistributionConfig;
  if (!found?.ARN || !found.DomainName || !config?.DefaultCacheBehavior) {
    throw new TypeError(`the AWS API's answer for distribution ${id} has no configuration`);
  }
  const ids = referencesOf(config);
  const [keyGroups, cachePolicies, responseHeadersPolicies, accessControls] = await Promise.all([
    byId(ids.keyGroups, (keyGroupId) => readKeyGroup(client, keyGroupId)),
    byId(ids.cachePolicies, async (Id) => {
      const answer = await client.send(new GetCachePolicyCommand({ Id }));
      return answer.CachePolicy?.CachePolicyConfig;
    }),
    byId(ids.responseHeadersPolicies, async (Id) => {
      const answer = await client.send(new GetResponseHeadersPolicyCommand({ Id }));
      return answer.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig;
    }),
    byId(ids.accessControls, async (Id) => {
      const answer = await client.send(new GetOriginAccessControlCommand({ Id }));
      return answer.OriginAccessControl?.OriginAccessControlConfig;
    }),
  ]);
  const referred: ReferredParts = { keyGroups, cachePolicies, responseHeadersPolicies, accessControls };
  return assembleDistribution({ id, arn: found.ARN, domainName: found.DomainName, config, referred });
}

async function readKeyGroup(client: CloudFrontClient, id: string): Promise<Map<string, string>> {
  const answer = await client.send(new GetKeyGroupCommand({ Id: id }));
  return byId(answer.KeyGroup?.KeyGroupConfig?.Items ?? [], async (Id) => {
    const { PublicKey: publicKey } = await client.send(new GetPublicKeyCommand({ Id }));
    return publicKey?.PublicKeyConfig?.EncodedKey ?? '';
  });
}

async function byId<T>(
  ids: readonly string[],
  read: (id: string) => Promise<T | undefined>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  const reading = ids.map(async (id) => {
    const one = await read(id);
    if (one !== undefined) found.set(id, one);
  });
  await Promise.all(reading);
  return found;
}
