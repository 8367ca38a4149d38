/**
 * Policy conditions: the operators and keys that the project's policies use. Any other is refused, since a condition
 * that is not understood would decide wrongly without a word.
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

type Match = (actual: string, wanted: string) => boolean;

interface Operator {
  readonly match: Match;
  /** Met when no value matches, and so also by a request that does not have the key. */
  readonly negated: boolean;
}

const equals: Match = (actual, wanted) => actual === wanted;
const like: Match = (actual, wanted) => matchesWildcard(wanted, actual);
const equalsIgnoringCase: Match = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase();
// On AWS ArnEquals and ArnLike do the same.
const arnLike: Match = (actual, wanted) => matchesArn(wanted, actual);

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: { match: equals, negated: false },
    StringNotEquals: { match: equals, negated: true },
    StringEqualsIgnoreCase: { match: equalsIgnoringCase, negated: false },
    StringNotEqualsIgnoreCase: { match: equalsIgnoringCase, negated: true },
    StringLike: { match: like, negated: false },
    StringNotLike: { match: like, negated: true },
    ArnEquals: { match: arnLike, negated: false },
    ArnNotEquals: { match: arnLike, negated: true },
    ArnLike: { match: arnLike, negated: false },
    ArnNotLike: { match: arnLike, negated: true },
    Bool: { match: equalsIgnoringCase, negated: false },
    NumericLessThan: {
      match: (actual: string, wanted: string) => Number(actual) < Number(wanted),
      negated: false,
    },
  }),
);
const IF_EXISTS = /IfExists$/;

const KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceowner',
  'kms:signingalgorithm',
  'kms:viaservice',
  's3:tlsversion',
  's3:x-amz-acl',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-server-side-encryption-customer-algorithm',
]);

/** @throws AwsError 501 naming an operator, key or value that is not evaluated here */
export function requireKnownCondition({ operator, key, values }: Condition): void {
  const isKnown = operator === 'Null' || OPERATORS.has(operator.replace(IF_EXISTS, ''));
  if (!isKnown) throw notImplemented(`the condition operator ${operator}`);
  if (!KEYS.has(key)) throw notImplemented(`the condition key ${key}`);
  if (values.some((value) => value.includes('${'))) throw notImplemented('policy variables');
}

/** Whether the request meets the condition. A key that it does not have meets negated operators and no others. */
export function meetsCondition({ operator, key, values }: Condition, context: ConditionContext): boolean {
  const actual = context[key];
  if (operator === 'Null')
    return values.some((wanted) => (wanted.toLowerCase() === 'true') === (actual === undefined));
  const { match, negated } = OPERATORS.get(operator.replace(IF_EXISTS, '')) ?? NEVER;
  if (actual === undefined) return negated || IF_EXISTS.test(operator);
  return values.some((wanted) => match(actual, wanted)) !== negated;
}

const NEVER: Operator = { match: () => false, negated: false };

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
