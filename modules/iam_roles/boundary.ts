/** The permissions boundary of a role: what it may never do, whatever its policies allow. */
import { POLICY_ARN } from '../../aws/values/arns.ts';
import { requireMatch } from '../checks.ts';

/**
 * The role's argument; empty without a boundary.
 *
 * @throws TypeError for what is not the ARN of a managed policy
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function boundary({ permissionsBoundaryArn: arn }: { readonly permissionsBoundaryArn?: string }) {
  if (arn === undefined) return {};
  requireMatch('permissionsBoundaryArn', arn, POLICY_ARN, 'the ARN of a managed policy');
  return { permissionsBoundary: arn };
}
