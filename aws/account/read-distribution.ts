/** One distribution as the AWS API tells it: CloudFront's configuration with what it refers to. */
import { type CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import {
  assembleDistribution,
  type ReferredParts,
  referencesOf,
} from '../cloudfront/assemble-distribution.ts';
import type { Distribution } from '../cloudfront/distribution.ts';
import { readCachePolicy, readOriginAccessControl, readResponseHeadersPolicy } from './policies.ts';
import { readGroupKeys } from './trusted-keys.ts';

/**
 * Reads the distribution and all that it refers to.
 *
 * @throws UnsupportedDistributionError when it uses something that the edge does not support
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
    byId(ids.keyGroups, (one) => readGroupKeys(client, one)),
    byId(ids.cachePolicies, (one) => readCachePolicy(client, one)),
    byId(ids.responseHeadersPolicies, (one) => readResponseHeadersPolicy(client, one)),
    byId(ids.accessControls, (one) => readOriginAccessControl(client, one)),
  ]);
  const referred: ReferredParts = { keyGroups, cachePolicies, responseHeadersPolicies, accessControls };
  return assembleDistribution({ id, arn: found.ARN, domainName: found.DomainName, config, referred });
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
