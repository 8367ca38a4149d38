/** Names and ids as AWS's services take them. */
import { REGION } from './regions.ts';

/**
 * A bucket's name in any of its spellings. What may be asked for is more than what may be made: see `NEW_BUCKET_NAME`.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * A name for a bucket that is to be made: none of the prefixes and suffixes that S3 keeps for itself, and no dots,
 * which break TLS to `<bucket>.s3.<region>.amazonaws.com`.
 */
export const NEW_BUCKET_NAME =
  /^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|--x-s3|--table-s3)$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** `<bucket>.s3.<region>.amazonaws.com` */
export const REGIONAL_BUCKET_ADDRESS = new RegExp(
  `^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\\.s3\\.${REGION.source.slice(1, -1)}\\.amazonaws\\.com$`,
);

const S3_ADDRESS = /^(.+?)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$/;

/** The bucket that an S3 host name begins with (`<bucket>.s3.<region>.amazonaws.com`), or null for another host. */
export function bucketAt(host: string): string | null {
  return S3_ADDRESS.exec(host)?.[1] ?? null;
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names */
export const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;

/** A role's or user's name behind its path, as ARNs have it: `service/backend`. */
export const ROLE_NAME_WITH_PATH = /^(?=.{1,576}$)(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

/** A public zone's id of Route 53, without `/hostedzone/`. */
export const HOSTED_ZONE_ID = /^Z[A-Z0-9]{6,31}$/;

/**
 * An alias of KMS without `alias/`; AWS keeps `aws/` for its own keys.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
 */
export const KMS_ALIAS = /^(?!aws\/|alias\/)[\w/-]{1,250}$/;

/**
 * A host name with a domain, in lower case: labels of 1 to 63 letters, digits and inner dashes (RFC 1123), the last
 * one beginning with a letter, so that no IPv4 address passes.
 */
export const DOMAIN_NAME =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

export const EMAIL_ADDRESS = /^[^\s@]{1,64}@[^\s@]+\.[^\s@]+$/;

/**
 * A repository as the subjects of GitHub's OIDC tokens name it. Repositories made or renamed since mid-2026 carry ids
 * there: `owner@1/name@2`.
 */
export const GITHUB_REPOSITORY =
  /^(?:[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}|[A-Za-z0-9-]{1,39}@\d+\/[\w.-]{1,100}@\d+)$/;

/** A service account of Kubernetes, `namespace/name`. */
export const SERVICE_ACCOUNT = /^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/;
