/** Decides one action by a resource policy. Pure. */
import { type ConditionContext, meetsCondition } from './conditions.ts';
import type { PolicyDocument, Statement } from './document.ts';
import type { Principal } from './principal.ts';
import { matchesWildcard } from './wildcard.ts';

export interface AccessRequest {
  readonly principal: Principal;
  /** `s3:GetObject`, … */
  readonly action: string;
  /** ARN of what is acted upon. */
  readonly resource: string;
  /** What conditions ask about besides the principal; keys in lower case. */
  readonly context?: ConditionContext;
}

/** An explicit Deny wins; the account itself needs no Allow; everybody else does. */
export function isAllowed(policy: PolicyDocument | undefined, request: AccessRequest): boolean {
  const decision = decide(policy, request);
  return decision === 'allow' || (decision === 'none' && request.principal.kind === 'account');
}

/** Whether the policy denies, allows or does not speak of the request; for resources that nobody may use by default. */
export function decide(
  policy: PolicyDocument | undefined,
  request: AccessRequest,
): 'deny' | 'allow' | 'none' {
  const matching = (policy?.statements ?? []).filter((statement) => matches(statement, request));
  if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'none';
}

function matches(statement: Statement, request: AccessRequest): boolean {
  const context = { ...principalContext(request.principal), ...request.context };
  const action = request.action.toLowerCase();
  return (
    matchesPrincipal(statement.principals, request.principal) &&
    statement.actions.some((pattern) => matchesWildcard(pattern.toLowerCase(), action)) &&
    statement.resources.some((pattern) => matchesWildcard(pattern, request.resource)) &&
    statement.conditions.every((condition) => meetsCondition(condition, context))
  );
}

/** The account's own name stands for everybody in it. */
function matchesPrincipal(wanted: Statement['principals'], principal: Principal): boolean {
  if (wanted === '*') return true;
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'service') return wanted.includes(principal.service);
  const { accountId, arn, sessionArn } = principal;
  const names = [accountId, `arn:aws:iam::${accountId}:root`, arn, ...(sessionArn ? [sessionArn] : [])];
  return names.some((name) => wanted.includes(name));
}

function principalContext(principal: Principal): ConditionContext {
  return {
    // Loopback stands for TLS here: a policy that wants TLS is kept as it is and met.
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    ...(principal.kind === 'account' && {
      'aws:principalarn': principal.arn,
      'aws:principalaccount': principal.accountId,
    }),
    ...(principal.kind === 'service' && principal.sourceArn && { 'aws:sourcearn': principal.sourceArn }),
    ...(principal.kind === 'service' &&
      principal.sourceAccount && { 'aws:sourceaccount': principal.sourceAccount }),
  };
}
