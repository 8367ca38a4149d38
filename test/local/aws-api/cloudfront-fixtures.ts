/** Smallest CloudFront resources that the API takes. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type CloudFrontClient,
  CreateCachePolicyCommand,
  CreateDistributionCommand,
  CreateKeyGroupCommand,
  CreatePublicKeyCommand,
  type DistributionConfig,
} from '@aws-sdk/client-cloudfront';

let serial = 0;

/** A name not given before. */
export function freshName(kind: string): string {
  serial += 1;
  return `${kind}-${serial}`;
}

/** P-256, which is made in no time. */
export function publicPem(): string {
  return pemOf(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey);
}

export function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

export async function createPublicKey(cloudFront: CloudFrontClient) {
  const name = freshName('key');
  const config = { CallerReference: name, Name: name, EncodedKey: publicPem(), Comment: '' };
  const { PublicKey, ETag } = await cloudFront.send(new CreatePublicKeyCommand({ PublicKeyConfig: config }));
  return { id: PublicKey?.Id ?? '', etag: ETag ?? '', config };
}

export async function createKeyGroup(cloudFront: CloudFrontClient, keyIds: string[]) {
  const config = { Name: freshName('group'), Items: keyIds };
  const { KeyGroup, ETag } = await cloudFront.send(new CreateKeyGroupCommand({ KeyGroupConfig: config }));
  return { id: KeyGroup?.Id ?? '', etag: ETag ?? '', config };
}

export async function createCachePolicy(cloudFront: CloudFrontClient) {
  const config = { Name: freshName('cache'), MinTTL: 0, DefaultTTL: 60, MaxTTL: 60 };
  const { CachePolicy, ETag } = await cloudFront.send(
    new CreateCachePolicyCommand({ CachePolicyConfig: config }),
  );
  return { id: CachePolicy?.Id ?? '', etag: ETag ?? '', config };
}

/** An AWS-managed one, so that a distribution needs no policy of its own. */
const CACHING_OPTIMIZED = '658327ea-f89d-4fab-a63d-7e88639e58f6';

export function distributionConfig(
  overrides: {
    keyGroupIds?: string[];
    cachePolicyId?: string;
    originAccessControlId?: string;
    aliases?: string[];
  } = {},
): DistributionConfig {
  const { keyGroupIds = [], aliases = [] } = overrides;
  return {
    CallerReference: freshName('distribution'),
    Comment: '',
    Enabled: true,
    ...(aliases.length > 0 ? { Aliases: { Quantity: aliases.length, Items: aliases } } : {}),
    Origins: {
      Quantity: 1,
      Items: [
        {
          Id: 'hls',
          DomainName: 'hls.s3.us-east-1.amazonaws.com',
          OriginAccessControlId: overrides.originAccessControlId ?? '',
          S3OriginConfig: { OriginAccessIdentity: '' },
        },
      ],
    },
    DefaultCacheBehavior: {
      TargetOriginId: 'hls',
      ViewerProtocolPolicy: 'redirect-to-https',
      CachePolicyId: overrides.cachePolicyId ?? CACHING_OPTIMIZED,
      ...(keyGroupIds.length > 0
        ? { TrustedKeyGroups: { Enabled: true, Quantity: keyGroupIds.length, Items: keyGroupIds } }
        : {}),
    },
  };
}

export async function createDistribution(cloudFront: CloudFrontClient, config: DistributionConfig) {
  const { Distribution, ETag } = await cloudFront.send(
    new CreateDistributionCommand({ DistributionConfig: config }),
  );
  return { id: Distribution?.Id ?? '', arn: Distribution?.ARN ?? '', etag: ETag ?? '', config };
}
