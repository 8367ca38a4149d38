/** Decides one action by a bucket policy. Pure. */
import type { BucketPolicy, Statement } from './bucket-policy.ts';
import { type ConditionContext, meetsCondition } from './conditions.ts';
import type { Principal } from './principal.ts';
import { matchesWildcard } from './wildcard.ts';

export interface AccessRequest {
  readonly principal: Principal;
  /** `s3:GetObject`, … */
  readonly action: string;
  /** ARN of the bucket or object. */
  readonly resource: string;
}

/** An explicit Deny wins; the account itself needs no Allow; everybody else does. */
export function isAllowed(policy: BucketPolicy | undefined, request: AccessRequest): boolean {
  const matching = (policy?.statements ?? []).filter((statement) => matches(statement, request));
  if (matching.some(({ effect }) => effect === 'Deny')) return false;
  return request.principal.kind === 'account' || matching.some(({ effect }) => effect === 'Allow');
}

function matches(statement: Statement, request: AccessRequest): boolean {
  const context = conditionContext(request.principal);
  const action = request.action.toLowerCase();
  return (
    matchesPrincipal(statement.principals, request.principal) &&
    statement.actions.some((pattern) => matchesWildcard(pattern.toLowerCase(), action)) &&
    statement.resources.some((pattern) => matchesWildcard(pattern, request.resource)) &&
    statement.conditions.every((condition) => meetsCondition(condition, context))
  );
}

function matchesPrincipal(wanted: Statement['principals'], principal: Principal): boolean {
  if (wanted === '*') return true;
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'service') return wanted.includes(principal.service);
  return wanted.includes(principal.accountId) || wanted.includes(`arn:aws:iam::${principal.accountId}:root`);
}

function conditionContext(principal: Principal): ConditionContext {
  return {
    // Loopback stands for TLS here: a policy that wants TLS is kept as it is and met.
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    ...(principal.kind === 'service' && principal.sourceArn ? { 'aws:sourcearn': principal.sourceArn } : {}),
    ...(principal.kind === 'service' && principal.sourceAccount
      ? { 'aws:sourceaccount': principal.sourceAccount }
      : {}),
  };
}
