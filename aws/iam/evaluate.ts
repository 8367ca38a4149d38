/**
 * Decides one action by policies, as IAM does: an explicit Deny wins, and without an Allow nothing may be done. Pure; the
 * one judge of this house, whom the local AWS API, the edge, the doctor and the guardrails ask.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { meetsCondition } from './conditions.ts';
import type { PolicyDocument, Statement } from './document.ts';
import { concernsPrincipal, type Principal, principalContext } from './principal.ts';
import { type ConditionContext, lookupIn } from './request-context.ts';
import { allOf, anyOf, not, type Truth, truthOf } from './truth.ts';
import { expandedTokens, type Variables } from './variables.ts';
import { matchesTokens, matchesWildcard, matchesWithinParts } from './wildcard.ts';

export interface AccessRequest {
  /** `holder`: the user or role that has the policy, which is an identity policy without principals. */
  readonly principal: Principal | 'holder';
  /** `s3:GetObject`, … */
  readonly action: string;
  /** ARN of what is acted upon; `*` where the action has none. */
  readonly resource: string;
  /**
   * What conditions ask about in addition to the principal.
   * @default - nothing
   */
  readonly context?: ConditionContext;
  /**
   * What is said of a condition key that is neither in the context nor the principal's.
   * @default 'absent'
   */
  readonly otherKeys?: 'absent' | 'unknown';
}

/** `unknown`: a statement that would decide has an element that cannot be judged here. */
export type Judgement =
  | { readonly decision: 'allow' | 'deny'; readonly by: Statement }
  | { readonly decision: 'unknown'; readonly by: Statement; readonly element: StatementElement }
  | { readonly decision: 'none' };

export type StatementElement = 'Principal' | 'Action' | 'Resource' | 'Condition';

type Document = Pick<PolicyDocument, 'statements' | 'hasVariables'>;

/** Whether the policies, taken together, deny, allow or do not speak of the request, or whether that cannot be told. */
export function judge(policies: readonly Document[], request: AccessRequest): Judgement {
  const judged = policies.flatMap(({ statements, hasVariables }) =>
    statements.map((by) => ({ by, elements: elementsOf(by, request, hasVariables) })),
  );
  // In this order: a Deny that may hold is not overruled by an Allow that does.
  for (const effect of ['Deny', 'Allow'] as const) {
    const concerned = judged.filter(({ by }) => by.effect === effect);
    const certain = concerned.find(({ elements }) => allOf([...elements.values()]) === 'yes');
    if (certain) return { decision: effect === 'Deny' ? 'deny' : 'allow', by: certain.by };
    const unknown = concerned.find(({ elements }) => allOf([...elements.values()]) === 'unknown');
    const [element] = [...(unknown?.elements ?? [])].find(([, truth]) => truth === 'unknown') ?? [];
    if (unknown && element) return { decision: 'unknown', by: unknown.by, element };
  }
  return { decision: 'none' };
}

/** The same where somebody must be answered: what may deny denies, and what only may allow does not. */
export function decide(policy: Document | undefined, request: AccessRequest): 'deny' | 'allow' | 'none' {
  const judgement = judge(policy === undefined ? [] : [policy], request);
  if (judgement.decision !== 'unknown') return judgement.decision;
  return judgement.by.effect === 'Deny' ? 'deny' : 'none';
}

/** Whether a resource's own policy lets the request through: its account needs no Allow, everybody else does. */
export function isAllowed(policy: Document | undefined, request: AccessRequest): boolean {
  const decision = decide(policy, request);
  const isOwner = request.principal !== 'holder' && request.principal.kind === 'account';
  return decision === 'allow' || (decision === 'none' && isOwner);
}

/** Whether a statement speaks of a request, whatever its conditions. */
export function concerns(statement: Statement, request: AccessRequest, hasVariables: boolean): boolean {
  const { conditions: _, ...unconditional } = statement;
  const elements = elementsOf({ ...unconditional, conditions: [] }, request, hasVariables);
  return allOf([...elements.values()]) === 'yes';
}

/** Whether patterns of actions cover an action; case does not count. */
export function coversAction(patterns: readonly string[], action: string): boolean {
  const wanted = action.toLowerCase();
  return patterns.some((pattern) => {
    const lower = pattern.toLowerCase();
    // Most are no patterns, and there are hundreds.
    return lower === wanted || (/[*?]/.test(lower) && matchesWildcard(lower, wanted));
  });
}

function elementsOf(
  statement: Statement,
  { principal, action, resource, context, otherKeys = 'absent' }: AccessRequest,
  hasVariables: boolean,
): ReadonlyMap<StatementElement, Truth> {
  const { principals, notPrincipals, actions, notActions, resources, notResources, conditions } = statement;
  const own = principal === 'holder' ? {} : principalContext(principal);
  const lookup = lookupIn({ ...own, ...lowerCased(context) }, otherKeys);
  const variables = hasVariables ? lookup : null;
  const covers = (patterns: readonly string[]) => coversResource(patterns, resource, variables);
  const questions: readonly (readonly [StatementElement, () => Truth])[] = [
    [
      'Principal',
      () =>
        principal === 'holder'
          ? 'yes'
          : oneOf(principals, notPrincipals, () => concernsPrincipal(statement, principal)),
    ],
    [
      'Action',
      () =>
        oneOf(actions, notActions, (patterns) =>
          truthOf(coversAction(patterns, action) === (notActions === null)),
        ),
    ],
    [
      'Resource',
      () =>
        oneOf(resources, notResources, (patterns) =>
          notResources === null ? covers(patterns) : not(covers(patterns)),
        ),
    ],
    ['Condition', () => allOf(conditions.map((condition) => meetsCondition(condition, lookup, variables)))],
  ];
  const answers = new Map<StatementElement, Truth>();
  for (const [element, ask] of questions) {
    const answer = ask();
    answers.set(element, answer);
    // Whatever the others say, the statement is not about this request.
    if (answer === 'no') break;
  }
  return answers;
}

/** An element or its opposite; AWS takes no statement with both. */
function oneOf<T>(
  listed: readonly T[],
  inverted: readonly T[] | null,
  judged: (list: readonly T[]) => Truth,
): Truth {
  if (inverted === null) return judged(listed);
  return listed.length > 0 ? 'unknown' : judged(inverted);
}

function lowerCased(context: ConditionContext = {}): ConditionContext {
  return Object.fromEntries(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
}

/** Case counts. A `*` that ends a part of an ARN crosses colons; of others AWS does not say so, nor the opposite. */
function coversResource(patterns: readonly string[], resource: string, variables: Variables): Truth {
  return anyOf(
    patterns.map((pattern) => {
      const tokens = expandedTokens(pattern, variables);
      if (tokens === null) return 'unknown';
      if (!matchesTokens(tokens, resource)) return 'no';
      return matchesWithinParts(tokens, resource) ? 'yes' : 'unknown';
    }),
  );
}
