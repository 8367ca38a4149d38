/**
 * Policy conditions: the operators and keys that the project's policies use. Any other is refused when the policy is
 * put, since a condition that is not understood would decide wrongly without a word.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { notImplemented } from '../aws-error.ts';
import { matchesWildcard } from './wildcard.ts';

/** Values by condition key in lower case; a key that the request does not have is missing. */
export type ConditionContext = Readonly<Record<string, string>>;

export interface Condition {
  readonly operator: string;
  /** In lower case: condition keys are not case-sensitive. */
  readonly key: string;
  readonly values: readonly string[];
}

type Operator = (actual: string, wanted: string) => boolean;

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringLike: (actual, wanted) => matchesWildcard(wanted, actual),
  // On AWS these two do the same.
  ArnEquals: (actual, wanted) => matchesArn(wanted, actual),
  ArnLike: (actual, wanted) => matchesArn(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericLessThan: (actual, wanted) => Number(actual) < Number(wanted),
};

const KEYS = new Set(['aws:securetransport', 'aws:sourcearn', 'aws:sourceaccount', 's3:tlsversion']);

/** @throws AwsError 501 naming an operator or key that is not evaluated here */
export function requireKnownCondition(condition: Condition): void {
  if (OPERATORS[condition.operator] === undefined)
    throw notImplemented(`the condition operator ${condition.operator}`);
  if (!KEYS.has(condition.key)) throw notImplemented(`the condition key ${condition.key}`);
}

/** Whether the request meets the condition. A key it does not have never matches. */
export function meetsCondition(condition: Condition, context: ConditionContext): boolean {
  const operator = OPERATORS[condition.operator];
  const actual = context[condition.key];
  return (
    operator !== undefined &&
    actual !== undefined &&
    condition.values.some((wanted) => operator(actual, wanted))
  );
}

/** Part by part: a `*` stays within its colons, except in the last part. */
function matchesArn(pattern: string, arn: string): boolean {
  const patternParts = splitArn(pattern);
  const arnParts = splitArn(arn);
  if (patternParts.length !== 6 || arnParts.length !== 6) return pattern === arn;
  return patternParts.every((part, index) => matchesWildcard(part, arnParts[index] ?? ''));
}

function splitArn(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}
