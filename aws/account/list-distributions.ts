/** Every distribution of an account, as CloudFront's list tells it. */
import { type CloudFrontClient, paginateListDistributions } from '@aws-sdk/client-cloudfront';
import type { DistributionSummary } from '../cloudfront/distribution.ts';
import { summariseDistribution } from '../cloudfront/summarise-distribution.ts';

export async function listDistributions(client: CloudFrontClient): Promise<DistributionSummary[]> {
  const found: DistributionSummary[] = [];
  for await (const page of paginateListDistributions({ client }, {})) {
    found.push(...(page.DistributionList?.Items ?? []).map(summariseDistribution));
  }
  return found;
}
