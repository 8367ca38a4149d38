/** A synthesized policy, and what IAM makes of a request by it: conditions as AWS documents them, no code of the project. */
import { type ModuleJson, only } from './synth.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The statements of the one policy of that type. */
export function statementsOf(json: ModuleJson, type: string): Statement[] {
  return JSON.parse(String(only(json, type).policy)).Statement;
}

/** Sids of the denials of an action whose every condition the request meets. */
export function denialsOf(
  statements: readonly Statement[],
  action: string,
  context: Readonly<Record<string, string>>,
): string[] {
  return statements
    .filter(({ Effect, Action }) => Effect === 'Deny' && [Action].flat().some((one) => covers(one, action)))
    .filter(({ Condition = {} }) => meetsAll(Condition, context))
    .map(({ Sid }) => Sid);
}

function covers(pattern: string, action: string): boolean {
  return pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action;
}

/** Operators and their keys are joined by "and", values by "or", values of a negated operator by "nor". */
function meetsAll(
  conditions: NonNullable<Statement['Condition']>,
  context: Readonly<Record<string, string>>,
) {
  return Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => meets(operator, context[key], [values].flat())),
  );
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function meets(operator: string, actual: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'Null':
      return String(actual === undefined) === values[0];
    case 'Bool':
    case 'StringEquals':
    case 'ArnEquals':
      return actual !== undefined && values.includes(actual);
    case 'StringNotEquals':
    case 'ArnNotEquals':
      return actual === undefined || !values.includes(actual);
    default:
      throw new Error(`no such operator here: ${operator}`);
  }
}
