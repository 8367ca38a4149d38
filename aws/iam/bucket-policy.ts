/** Bucket policies as S3 takes them. Pure. */
import type { PolicyDocument } from './document.ts';
import { type ResourcePolicyRules, readResourcePolicy } from './resource-policy.ts';

/** What the policy of a bucket may say: S3's actions, on this bucket and its objects. */
export function bucketPolicyRules(bucket: string): ResourcePolicyRules {
  const ownArn = `arn:aws:s3:::${bucket}`;
  return {
    service: 's3',
    takesResource: (arn) => arn === ownArn || arn.startsWith(`${ownArn}/`),
  };
}

/** @throws PolicyError as `readResourcePolicy` */
export function readBucketPolicy(text: string, bucket: string): PolicyDocument {
  return readResourcePolicy(text, bucketPolicyRules(bucket));
}
