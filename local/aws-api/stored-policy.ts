/** Policies that a service keeps with its resources, with the errors that the service answers. */
import type { PolicyDocument } from '../../aws/iam/document.ts';
import { PolicyError } from '../../aws/iam/policy-error.ts';
import { type ResourcePolicyRules, readResourcePolicy } from '../../aws/iam/resource-policy.ts';
import { AwsError, notImplemented } from './aws-error.ts';

export interface PolicyRules extends ResourcePolicyRules {
  /** Code of the service's error for a policy that it cannot read. */
  readonly malformedCode: string;
}

/** @throws AwsError the service's own for a malformed policy; 501 for elements, operators and keys not evaluated here */
export function parsePolicy(text: string, { malformedCode, ...rules }: PolicyRules): PolicyDocument {
  try {
    return readResourcePolicy(text, rules);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw error.kind === 'malformed'
      ? new AwsError(400, malformedCode, error.message)
      : notImplemented(error.message);
  }
}
