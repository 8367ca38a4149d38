/** What a bucket policy lets CloudFront do, for an origin that is a folder and asks nobody. Pure. */

import type { Distribution } from '../aws/cloudfront/distribution.ts';
import { readBucketPolicy } from '../aws/iam/bucket-policy.ts';
import { cloudFrontRequest } from '../aws/iam/cloudfront-read.ts';
import { isAllowed } from '../aws/iam/evaluate.ts';

export interface BucketAccess {
  readonly mayRead: (key: string) => boolean;
  /** Whether a missing object is a 404 and not a 403. */
  readonly mayList: boolean;
}

/** Principals that are only known after an apply: no caller here has one. */
const UNRESOLVED = /\$\{[^}"]*\}/g;
const SOMEBODY_ELSE = 'arn:aws:iam::000000000000:role/known-after-apply';
const MOST_KNOWN_KEYS = 10_000;

/**
 * The policy's word on `s3:GetObject` and `s3:ListBucket` by `cloudfront.amazonaws.com` for this distribution; without
 * a policy nothing is allowed, as nobody but the bucket's account has rights then.
 *
 * @throws PolicyError for a policy that S3 would refuse, or that has an element not evaluated here
 */
export function bucketAccess(
  policyText: string | undefined,
  { bucket, distribution }: { readonly bucket: string; readonly distribution: Distribution },
): BucketAccess {
  const policy =
    policyText === undefined
      ? undefined
      : readBucketPolicy(policyText.replace(UNRESOLVED, SOMEBODY_ELSE), bucket);
  const allows = (action: string, resource: string) =>
    isAllowed(policy, cloudFrontRequest({ action, resource, distributionArn: distribution.arn }));
  const known = new Map<string, boolean>();
  return {
    mayList: allows('s3:ListBucket', `arn:aws:s3:::${bucket}`),
    mayRead: (key) => {
      const earlier = known.get(key);
      if (earlier !== undefined) return earlier;
      if (known.size >= MOST_KNOWN_KEYS) known.clear();
      const decision = allows('s3:GetObject', `arn:aws:s3:::${bucket}/${key}`);
      known.set(key, decision);
      return decision;
    },
  };
}
