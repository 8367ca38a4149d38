/**
 * Does a bucket's or a key's policy allow CloudFront, for this distribution exactly? Pure.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 */
import { accountIn } from '../values/arns.ts';
import { type PolicyDocument, readPolicy, type Statement } from './document.ts';
import { type AccessRequest, concerns, judge, type StatementElement } from './evaluate.ts';
import { PolicyError } from './policy-error.ts';

export const CLOUDFRONT = 'cloudfront.amazonaws.com';

export interface CloudFrontRead {
  /** `s3:GetObject`, `s3:ListBucket`, `kms:Decrypt` */
  readonly action: string;
  /** ARN of the object, the bucket or the key. */
  readonly resource: string;
  readonly distributionArn: string;
}

/** `elsewhere`: it allows CloudFront for these distributions, and not for this one. */
export type PolicyFinding =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'denied'; readonly sid: string }
  | { readonly verdict: 'elsewhere'; readonly sourceArns: readonly string[] }
  | { readonly verdict: 'nobody' }
  | { readonly verdict: 'unread'; readonly why: string };

/** What CloudFront asks with origin access control: as a service of AWS, for one distribution and its account. */
export function cloudFrontRequest({ action, resource, distributionArn }: CloudFrontRead): AccessRequest {
  return {
    principal: {
      kind: 'service',
      service: CLOUDFRONT,
      sourceArn: distributionArn,
      sourceAccount: accountIn(distributionArn) || undefined,
    },
    action,
    resource,
  };
}

/**
 * What can be said from outside of a request that CloudFront makes: of the condition keys that it has only those above.
 *
 * @param policy its text; null for none
 */
export function readAccess(policy: string | null, read: CloudFrontRead): PolicyFinding {
  if (policy === null) return { verdict: 'nobody' };
  const document = readable(policy);
  if (document === null) return { verdict: 'unread', why: 'not JSON with statements' };
  const request: AccessRequest = { ...cloudFrontRequest(read), otherKeys: 'unknown' };
  const judgement = judge([document], request);
  switch (judgement.decision) {
    case 'allow':
      return { verdict: 'allowed' };
    case 'deny':
      return { verdict: 'denied', sid: judgement.by.name };
    case 'unknown':
      return { verdict: 'unread', why: unknownText(judgement.by, judgement.element) };
    case 'none': {
      const sourceArns = document.statements
        .filter((statement) => statement.effect === 'Allow' && namesCloudFront(statement))
        .filter((statement) => concerns(statement, request, document.hasVariables))
        .flatMap(sourceArnsOf);
      return sourceArns.length > 0 ? { verdict: 'elsewhere', sourceArns } : { verdict: 'nobody' };
    }
  }
}

function readable(text: string): PolicyDocument | null {
  try {
    return readPolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return null;
    throw error;
  }
}

function unknownText({ name }: Statement, element: StatementElement): string {
  return `statement "${name}" has a ${element.toLowerCase()} that cannot be evaluated here`;
}

function namesCloudFront({ principals }: Statement): boolean {
  return principals.some(({ kind, id }) => kind === 'Service' && id === CLOUDFRONT);
}

function sourceArnsOf({ conditions }: Statement): readonly string[] {
  return conditions.filter(({ key }) => key === 'aws:sourcearn').flatMap(({ values }) => values);
}
