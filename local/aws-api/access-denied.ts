/** Refusals in the words of IAM, for services that name the caller and the action. */

import type { Principal } from '../../aws/iam/principal.ts';
import { AwsError } from './aws-error.ts';

interface Refusal {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  /** Kind of policy that decided: `resource-based`, … */
  readonly decision: 'deny' | 'none';
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
export function accessDeniedException({ principal, action, resource, decision }: Refusal): AwsError {
  const why =
    decision === 'deny'
      ? 'with an explicit deny in a resource-based policy'
      : `because no resource-based policy allows the ${action} action`;
  const message = `User: ${nameOf(principal)} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
  return new AwsError(400, 'AccessDeniedException', message);
}

function nameOf(principal: Principal): string {
  if (principal.kind === 'account') return principal.sessionArn ?? principal.arn;
  return principal.kind === 'service' ? principal.service : 'anonymous';
}
