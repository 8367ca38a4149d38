/** Policies of an account: of a bucket, of a KMS key, and those that behaviours and origins of CloudFront refer to. */
import {
  type CloudFrontClient,
  GetCachePolicyCommand,
  GetOriginAccessControlCommand,
  GetResponseHeadersPolicyCommand,
} from '@aws-sdk/client-cloudfront';
import { GetKeyPolicyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetBucketPolicyCommand, type S3Client } from '@aws-sdk/client-s3';

/** The policy's text; null when the bucket has none. */
export async function readBucketPolicy(client: S3Client, bucket: string): Promise<string | null> {
  try {
    return (await client.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return null;
    throw error;
  }
}

export async function readKeyPolicy(client: KMSClient, keyArn: string): Promise<string | null> {
  const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' }));
  return Policy ?? null;
}

export async function readCachePolicy(client: CloudFrontClient, id: string) {
  const { CachePolicy } = await client.send(new GetCachePolicyCommand({ Id: id }));
  return CachePolicy?.CachePolicyConfig;
}

export async function readResponseHeadersPolicy(client: CloudFrontClient, id: string) {
  const { ResponseHeadersPolicy } = await client.send(new GetResponseHeadersPolicyCommand({ Id: id }));
  return ResponseHeadersPolicy?.ResponseHeadersPolicyConfig;
}

export async function readOriginAccessControl(client: CloudFrontClient, id: string) {
  const { OriginAccessControl } = await client.send(new GetOriginAccessControlCommand({ Id: id }));
  return OriginAccessControl?.OriginAccessControlConfig;
}
