/**
 * Policy conditions. An operator or a value that is not known here makes the condition `unknown`, never met or unmet: the
 * one would allow somebody, the other would overlook a Deny. Pure.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
import { BlockList, isIP } from 'node:net';
import type { Lookup } from './request-context.ts';
import { allOf, anyOf, not, type Truth, truthOf } from './truth.ts';
import { expandedText, expandedTokens, type Variables } from './variables.ts';
import { matchesTokens, type Token } from './wildcard.ts';

export interface Condition {
  /** `StringEquals`, `ForAnyValue:ArnLikeIfExists`, … */
  readonly operator: string;
  /** In lower case: condition keys are not case-sensitive. */
  readonly key: string;
  readonly values: readonly string[];
}

type Compare = (actual: string, wanted: string, variables: Variables) => Truth;

interface Operator {
  readonly compare: Compare;
  /** Met when no value matches, and so also by a request that does not have the key. */
  readonly negated: boolean;
  /** Whether AWS takes a value in a policy. */
  readonly takes: (wanted: string) => boolean;
}

const TRUE_OR_FALSE = /^(?:true|false)$/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
/** As many digits as a number here keeps; AWS does not say how many it compares. */
const MOST_DIGITS = 15;
/** Milliseconds at most, as a `Date` has. @see https://www.w3.org/TR/NOTE-datetime */
const W3C_DATE =
  /^(\d{4}-\d\d(?:-\d\d)?)(?:(?<=-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;
/** Four digits could be a year as well. */
const EPOCH_SECONDS = /^\d{5,12}$/;

const anything = () => true;
const equals: Compare = (actual, wanted, variables) =>
  whenKnown(expandedText(wanted, variables), (text) => actual === text);
const equalsIgnoringCase: Compare = (actual, wanted, variables) =>
  whenKnown(expandedText(wanted, variables), (text) => actual.toLowerCase() === text.toLowerCase());
const like: Compare = (actual, wanted, variables) =>
  whenKnown(expandedTokens(wanted, variables), (tokens) => matchesTokens(tokens, actual));
const arnLike: Compare = (actual, wanted, variables) =>
  whenKnown(expandedTokens(wanted, variables), (tokens) => matchesArn(tokens, actual));
const sameTruth: Compare = (actual, wanted) =>
  whenKnown(
    TRUE_OR_FALSE.test(wanted) ? wanted : null,
    (text) => actual.toLowerCase() === text.toLowerCase(),
  );
const inRange: Compare = (actual, wanted) => {
  const range = rangeOf(wanted);
  const family = isIP(actual);
  // An address with a zone belongs to one link only.
  if (range === null || family === 0 || actual.includes('%')) return 'unknown';
  const isInside = range.check(actual, family === 6 ? 'ipv6' : 'ipv4');
  if ((family === 6) === wanted.includes(':')) return truthOf(isInside);
  // Node takes ::ffff:192.0.2.1 for 192.0.2.1, and AWS does not say that it does. All of IPv6 is no IPv4.
  return isInside && !wanted.startsWith('::/') ? 'unknown' : 'no';
};

const ORDERS: Readonly<Record<string, (actual: number, wanted: number) => boolean>> = {
  Equals: (actual, wanted) => actual === wanted,
  LessThan: (actual, wanted) => actual < wanted,
  LessThanEquals: (actual, wanted) => actual <= wanted,
  GreaterThan: (actual, wanted) => actual > wanted,
  GreaterThanEquals: (actual, wanted) => actual >= wanted,
};

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', { compare: equals, negated: false, takes: anything }],
  ['StringNotEquals', { compare: equals, negated: true, takes: anything }],
  ['StringEqualsIgnoreCase', { compare: equalsIgnoringCase, negated: false, takes: anything }],
  ['StringNotEqualsIgnoreCase', { compare: equalsIgnoringCase, negated: true, takes: anything }],
  ['StringLike', { compare: like, negated: false, takes: anything }],
  ['StringNotLike', { compare: like, negated: true, takes: anything }],
  // "The ArnEquals and ArnLike condition operators behave identically."
  ['ArnEquals', { compare: arnLike, negated: false, takes: anything }],
  ['ArnNotEquals', { compare: arnLike, negated: true, takes: anything }],
  ['ArnLike', { compare: arnLike, negated: false, takes: anything }],
  ['ArnNotLike', { compare: arnLike, negated: true, takes: anything }],
  ['Bool', { compare: sameTruth, negated: false, takes: (value) => TRUE_OR_FALSE.test(value) }],
  ['IpAddress', { compare: inRange, negated: false, takes: (value) => rangeOf(value) !== null }],
  ['NotIpAddress', { compare: inRange, negated: true, takes: (value) => rangeOf(value) !== null }],
  ...inOrder('Numeric', numberOf),
  ...inOrder('Date', instantOf),
]);

/** What keeps a condition from being evaluated: an operator that is not known here, or a value that AWS refuses. */
export function conditionFault({ operator, values }: Condition): 'operator' | 'value' | null {
  const { set, base, ifExists } = partsOf(operator);
  if (base === 'Null') {
    if (set !== undefined || ifExists) return 'operator';
    return values.every((value) => TRUE_OR_FALSE.test(value)) ? null : 'value';
  }
  const known = OPERATORS.get(base);
  if (known === undefined) return 'operator';
  return values.every(known.takes) ? null : 'value';
}

/** Whether the request meets the condition. */
export function meetsCondition(
  { operator, key, values }: Condition,
  lookup: Lookup,
  variables: Variables,
): Truth {
  const { set, base, ifExists } = partsOf(operator);
  const found = lookup(key);
  if (conditionFault({ operator, key, values }) === 'operator' || found === 'unknown') return 'unknown';
  if (base === 'Null') {
    // "The key exists and its value is not null": whether an empty value is null is not said.
    if (found !== 'absent' && found.every((actual) => actual === '')) return 'unknown';
    return anyOf(
      values.map((wanted) =>
        TRUE_OR_FALSE.test(wanted)
          ? truthOf((wanted.toLowerCase() === 'true') === (found === 'absent'))
          : 'unknown',
      ),
    );
  }
  const { compare, negated } = OPERATORS.get(base) ?? NEVER;
  const holds = (actual: string): Truth => {
    const matched = anyOf(values.map((wanted) => compare(actual, wanted, variables)));
    return negated ? not(matched) : matched;
  };
  if (set !== undefined) {
    // "An empty data set, for example an empty string": true for all of them, and false for any of them.
    const actuals = found === 'absent' ? [] : found.filter((actual) => actual !== '');
    if (set === 'ForAllValues') return allOf(actuals.map(holds));
    return found === 'absent' && ifExists ? 'yes' : anyOf(actuals.map(holds));
  }
  if (found === 'absent') return truthOf(negated || ifExists);
  // "Multivalued context keys require a condition set operator": what AWS makes of one without is not said.
  return found.length === 1 ? holds(found[0] ?? '') : 'unknown';
}

const NEVER: Pick<Operator, 'compare' | 'negated'> = { compare: () => 'unknown', negated: false };

function partsOf(operator: string): { set: string | undefined; base: string; ifExists: boolean } {
  const [, set, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/.exec(operator) ?? [];
  return { set, base, ifExists: ifExists !== undefined };
}

/** `NumericEquals`, `NumericNotEquals`, `NumericLessThan`, …; these know neither wildcards nor variables. */
function inOrder(
  kind: string,
  read: (text: string) => number | null,
): (readonly [name: string, operator: Operator])[] {
  const takes = (value: string) => read(value) !== null;
  const named = Object.entries(ORDERS).map(([name, holds]) => {
    const compare: Compare = (actual, wanted) => {
      const [one, other] = [read(actual), read(wanted)];
      return one === null || other === null ? 'unknown' : truthOf(holds(one, other));
    };
    return [name, compare] as const;
  });
  return named.flatMap(([name, compare]) => [
    [`${kind}${name}`, { compare, negated: false, takes }] as const,
    ...(name === 'Equals' ? [[`${kind}NotEquals`, { compare, negated: true, takes }] as const] : []),
  ]);
}

function whenKnown<T>(value: T | null, holds: (value: T) => boolean): Truth {
  return value === null ? 'unknown' : truthOf(holds(value));
}

/**
 * Part by part: a `*` stays within its colons, except in the last part, which runs to the end. What does not have the six
 * parts of an ARN matches none: `arn:aws:cloudfront::*` has five.
 */
function matchesArn(pattern: readonly Token[], arn: string): boolean {
  const patternParts = partsOfArn(pattern);
  const arnParts = partsOfArn(arn.split(''));
  if (patternParts.length !== 6 || arnParts.length !== 6) return false;
  return patternParts.every((part, index) => matchesTokens(part, arnParts[index]?.join('') ?? ''));
}

function partsOfArn(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token === ':' && parts.length < 6) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function numberOf(text: string): number | null {
  if (!NUMBER.test(text) || text.replaceAll(/^[+-]?0*|\./g, '').length > MOST_DIGITS) return null;
  return Number(text);
}

/** Seconds since 1970, of an ISO 8601 date as the W3C has it or of what is such a number already. */
function instantOf(text: string): number | null {
  if (EPOCH_SECONDS.test(text)) return Number(text);
  const [, day] = W3C_DATE.exec(text) ?? [];
  // `Date.parse` takes the 30th of February for the 2nd of March.
  if (day === undefined || !isDay(day)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at / 1000;
}

function isDay(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** An address alone is a range of one. */
function rangeOf(text: string): BlockList | null {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (family === 0 || more.length > 0 || !(bits <= most) || address.includes('%')) return null;
  const range = new BlockList();
  range.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  return range;
}
