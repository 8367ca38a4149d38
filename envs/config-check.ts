/** Runs the field schema and the rules over unknown input and gathers what both find. */
import type { z } from 'zod';
import { marksOf } from './config/field.ts';
import { type Rule, when } from './config/rule.ts';
import { describeSafely, type Violation } from './config-error.ts';
import { type EnvironmentConfig, environmentSchema, fieldNames, rules } from './config-schema.ts';

type Issue = z.core.$ZodIssue;

const RULES: readonly Rule[] = [...rules, ...careOfProd()];

/** Every violation of the input; `config` is sound only when there is none. */
export function violationsOf(input: unknown): { config: EnvironmentConfig; violations: Violation[] } {
  const parsed = environmentSchema.safeParse(input);
  if (parsed.success) return { config: parsed.data, violations: ruleViolations(parsed.data, new Set()) };
  const violations = firstOfEachPath(parsed.error.issues.flatMap((issue) => fieldViolations(issue, input)));
  if (typeof input !== 'object' || input === null) return { config: input as never, violations };
  // Rules skip the fields named here, and unknown keys are read by none: the cast cannot be seen.
  const config = input as EnvironmentConfig;
  const invalid = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
  return { config, violations: [...violations, ...ruleViolations(config, invalid)] };
}

/** Violations between fields, of a configuration in which `invalid` fields must not be read. */
function ruleViolations(config: EnvironmentConfig, invalid: ReadonlySet<string>): Violation[] {
  const readable = RULES.filter(({ reads }) => !reads.some((name) => invalid.has(name)));
  return readable.flatMap(({ find }) => find(config as never));
}

/** A rule for each field that is marked with what prod cannot do without. */
function careOfProd(): Rule[] {
  return Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const { inProd } = marksOf(schema);
    if (inProd === undefined) return [];
    const find = ({ environment, [name as keyof EnvironmentConfig]: value }: EnvironmentConfig) =>
      when(environment === 'prod' && inProd.careless(value as never), name, inProd.wanted, value);
    return [{ reads: ['environment', name], find }];
  });
}

/** What is wrong in several ways is put right in one. */
function firstOfEachPath(violations: readonly Violation[]): Violation[] {
  return [
    ...new Map([...violations].reverse().map((violation) => [violation.path, violation])).values(),
  ].reverse();
}

function fieldViolations(issue: Issue, input: unknown): Violation[] {
  if (issue.code === 'unrecognized_keys') {
    // The value of an unknown field may be anything, even a password: the message names only its kind.
    return issue.keys.map((key) => ({
      path: pathOf([...issue.path, key]),
      wanted: 'no such field',
      got: `a ${typeof valueAt(input, [...issue.path, key])}`,
    }));
  }
  // A record reports a bad key inside an issue of its own: the inner message says what is expected.
  const wanted = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const got = issue.code === 'invalid_key' ? issue.path.at(-1) : valueAt(input, issue.path);
  return [{ path: pathOf(issue.path), wanted, got: describeSafely(got) }];
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${safeKey(String(part))}`))
    .join('');
  return text.replace(/^\./, '') || '(whole)';
}

/** A key may be a pasted secret too, once somebody has the brackets wrong; the names of our own fields never are. */
function safeKey(key: string): string {
  return fieldNames.has(key) || describeSafely(key) === JSON.stringify(key) ? key : '(unprintable key)';
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
