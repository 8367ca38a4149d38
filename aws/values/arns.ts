/**
 * ARNs of what the library names, whole and without wildcards, in the commercial partition: CloudFront knows no other
 * but China's, and every ARN that the library writes itself begins with `arn:aws:`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */

export const ACCOUNT_ID = /^\d{12}$/;

/** CloudFront reads its certificates in us-east-1. */
export const CERTIFICATE_ARN = /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;

/** A web ACL for CloudFront, which lives in us-east-1: `arn:aws:wafv2:us-east-1:444455556666:global/webacl/name/id` */
export const WEB_ACL_ARN = /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]+\/[\w-]+$/;

export const BUCKET_ARN = /^arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A role or user with its path; a session of an assumed role is none, its principal is the role. */
export const ROLE_OR_USER_ARN = /^arn:aws:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]{1,576}$/;

export const ROLE_ARN = /^arn:aws:iam::\d{12}:role\/(?:[\w+=,.@-]{1,128}\/){0,8}[\w+=,.@-]{1,64}$/;

/** A managed policy of an account, or one of AWS's own, with its path. */
export const POLICY_ARN =
  /^arn:aws:iam::(?:\d{12}|aws):policy\/(?:[\w+=,.@-]{1,128}\/){0,8}[\w+=,.@-]{1,128}$/;

/** A role, a user, or an account's root user, which means every principal that the account's administrators allow. */
export const PRINCIPAL_ARN = /^arn:aws:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]{1,576})$/;

/** Whom a resource's policy may name: an account's root, a role, a user, a session; no pattern, IAM takes none here. */
export const IDENTITY_ARN = /^arn:aws:(?:iam|sts)::\d{12}:[\w+=,.@/-]+$/;

export const OIDC_PROVIDER_ARN = /^arn:aws:iam::\d{12}:oidc-provider\/[\w.-]+(?:\/[\w.-]+)*$/;

export const GITHUB_PROVIDER_ARN =
  /^arn:aws:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/;

export const MEDIACONVERT_QUEUE_ARN = /^arn:aws:mediaconvert:[a-z0-9-]+:\d{12}:queues\/[\w-]+$/;

/** One KMS key by its id, of one region or of several (`mrk-…`); an alias is none. */
export const KMS_KEY_ARN =
  /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

export const SQS_QUEUE_ARN = /^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w-]+(?:\.fifo)?$/;

/** In a policy: one secret, and instead of the six characters that Secrets Manager appends to its name, `??????`. */
export const SECRET_ARN_PATTERN = /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\?{6}$/;

/** The region in an ARN, its fourth part; empty in an ARN without one, and in a text that is not an ARN. */
export function regionIn(arn: string): string {
  return partOf(arn, 3);
}

/** The account in an ARN, its fifth part; empty in an ARN without one, and in a text that is not an ARN. */
export function accountIn(arn: string): string {
  return partOf(arn, 4);
}

/** The account that a policy's principal names as a whole, by its id or its root user; null for any other. */
export function wholeAccountIn(principal: string): string | null {
  if (ACCOUNT_ID.test(principal)) return principal;
  return resourceIn(principal) === 'root' ? accountIn(principal) : null;
}

/** What is behind the fifth colon of an ARN, colons included; empty in a text that is not an ARN. */
export function resourceIn(arn: string): string {
  return partOf(arn, 5);
}

function partOf(arn: string, index: number): string {
  const [scheme, ...parts] = arn.split(':');
  if (scheme !== 'arn') return '';
  return index === 5 ? parts.slice(4).join(':') : (parts[index - 1] ?? '');
}
