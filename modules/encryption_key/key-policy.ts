/** What a KMS key's policy says so that a private bucket, a secret and their readers can use the key. */
import { requireAccountId } from '../checks.ts';
import type { PolicyStatement } from '../policy-document.ts';

export interface KeyPolicyProps {
  /** The account that owns the key and everything under it, 12 digits. */
  readonly accountId: string;
  /** ARNs of the CloudFront distributions that decrypt what they read from a bucket. */
  readonly distributionArns: readonly string[];
}

/**
 * Statements of a key that a stack makes: IAM in the account decides who administers and uses it, and each distribution
 * decrypts.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function ownKeyStatements({ accountId, distributionArns }: KeyPolicyProps): PolicyStatement[] {
  return [administerByIam(accountId), ...decryptByCloudFront(distributionArns)];
}

/**
 * Statements that a key made elsewhere must have in addition to its own: IAM in the account decides who uses it, and each
 * distribution decrypts. They allow nobody to administer it.
 *
 * @throws TypeError for an account id that is not twelve digits
 */
export function givenKeyStatements({ accountId, distributionArns }: KeyPolicyProps): PolicyStatement[] {
  requireAccountId('accountId', accountId);
  return [useByIam(accountId), ...decryptByCloudFront(distributionArns)];
}

/** Without it nobody could change the key's policy again, and IAM policies on the key would have no effect. */
function administerByIam(accountId: string): PolicyStatement {
  return {
    Sid: 'AdministerByIam',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
}

/** Every use by the backend, MediaConvert, deploys and rotations; their own IAM policies say through which service. */
function useByIam(accountId: string): PolicyStatement {
  return {
    Sid: 'UseByIam',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: '*',
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html#oac-permissions-sse-kms */
function decryptByCloudFront(distributionArns: readonly string[]): PolicyStatement[] {
  if (distributionArns.length === 0) return [];
  return [
    {
      Sid: 'AllowCloudFrontDecrypt',
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      // AWS's example also lets it encrypt; this distribution only reads.
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'AWS:SourceArn': distributionArns } },
    },
  ];
}
