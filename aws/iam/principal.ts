/**
 * Who makes a request, and whom a resource policy speaks of. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
import type { PolicyPrincipal, Statement } from './document.ts';
import type { ConditionContext } from './request-context.ts';
import { anyOf, type Truth, truthOf } from './truth.ts';

export type Principal =
  | {
      readonly kind: 'account';
      readonly accountId: string;
      /** `aws:PrincipalArn`: the root, a user, or the role that a session has assumed. */
      readonly arn: string;
      /** The session's own ARN, when a role was assumed. */
      readonly sessionArn?: string;
    }
  | {
      readonly kind: 'service';
      readonly service: string;
      readonly sourceArn: string | undefined;
      readonly sourceAccount: string | undefined;
    }
  | { readonly kind: 'anonymous' };

/** Whether a principal of a policy is everybody: "Principal": "*" and "AWS": "*" say the same. */
export function isEverybody({ kind, id }: PolicyPrincipal): boolean {
  return id === '*' && (kind === '*' || kind === 'AWS');
}

/** Whether a resource policy's statement applies to the caller of the request. */
export function concernsPrincipal(
  { effect, principals, notPrincipals }: Statement,
  principal: Principal,
): Truth {
  if (notPrincipals === null) return anyOf(principals.map((wanted) => names(wanted, principal)));
  // "Using it with "Effect": "Allow" is not supported."
  return effect === 'Allow' ? 'unknown' : isNotAmong(notPrincipals, principal);
}

/** What conditions know about the caller. Every request that is judged here comes over TLS, or over loopback instead. */
export function principalContext(principal: Principal): ConditionContext {
  return {
    'aws:securetransport': 'true',
    's3:tlsversion': '1.3',
    'aws:principalisawsservice': String(principal.kind === 'service'),
    ...(principal.kind === 'account' && {
      'aws:principalarn': principal.arn,
      'aws:principalaccount': principal.accountId,
    }),
    ...(principal.kind === 'service' && { 'aws:principalservicename': principal.service }),
    ...(principal.kind === 'service' && principal.sourceArn && { 'aws:sourcearn': principal.sourceArn }),
    ...(principal.kind === 'service' &&
      principal.sourceAccount && { 'aws:sourceaccount': principal.sourceAccount }),
  };
}

/** An account's canonical id is known to S3 alone. */
function names(wanted: PolicyPrincipal, principal: Principal): Truth {
  if (isEverybody(wanted)) return 'yes';
  if (principal.kind === 'anonymous') return 'no';
  if (principal.kind === 'service')
    return truthOf(wanted.kind === 'Service' && wanted.id === principal.service);
  if (wanted.kind === 'CanonicalUser') return 'unknown';
  return truthOf(
    wanted.kind === 'AWS' && [...accountNames(principal), ...ownNames(principal)].includes(wanted.id),
  );
}

/**
 * "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access to the
 * entire account": where some of the names are there and others are not, nothing is sure.
 */
function isNotAmong(spared: readonly PolicyPrincipal[], principal: Principal): Truth {
  if (spared.some(isEverybody)) return 'unknown';
  if (principal.kind !== 'account') return truthOf(!spared.some((one) => names(one, principal) === 'yes'));
  const named = anyOf(spared.map((one) => names(one, principal)));
  if (named !== 'yes') return named === 'no' ? 'yes' : 'unknown';
  const ids = new Set(spared.filter(({ kind }) => kind === 'AWS').map(({ id }) => id));
  const isAccountNamed = accountNames(principal).some((name) => ids.has(name));
  return isAccountNamed && ownNames(principal).every((name) => ids.has(name)) ? 'no' : 'unknown';
}

type AccountPrincipal = Extract<Principal, { kind: 'account' }>;

/** The account's own name stands for everybody in it. */
function accountNames({ accountId, arn }: AccountPrincipal): string[] {
  const partition = arn.split(':')[1] ?? 'aws';
  return [accountId, `arn:${partition}:iam::${accountId}:root`];
}

function ownNames(principal: AccountPrincipal): string[] {
  const { arn, sessionArn } = principal;
  const own = [arn, ...(sessionArn === undefined ? [] : [sessionArn])];
  return own.filter((name) => !accountNames(principal).includes(name));
}
