/**
 * What modules refuse while the stack is built: an OptionError, which is a TypeError, names the option, what was expected
 * and what was given.
 * A Terraform reference is known only at apply: such a token passes every check.
 */
import { Token } from 'cdktf';
import { ACCOUNT_ID, PRINCIPAL_ARN } from '../aws/values/arns.ts';
import { OptionError } from '../aws/values/option-error.ts';
import { isSafeOrigin } from '../aws/values/origins.ts';

/** A whole number's bounds, both inclusive, and its unit (`days`). */
export interface WholeNumberBounds {
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

/** @throws OptionError unless `value` is a whole number within the bounds */
export function requireWholeNumber(
  option: string,
  value: number,
  { least, most, unit }: WholeNumberBounds,
): void {
  if (Token.isUnresolved(value)) return;
  if (Number.isInteger(value) && value >= least && value <= most) return;
  refuse(option, `a whole number of ${unit} from ${least} to ${most}`, value);
}

/** @throws OptionError unless the whole of `value` matches; `wanted` says in words what the pattern accepts */
export function requireMatch(option: string, value: string, pattern: RegExp, wanted: string): void {
  if (Token.isUnresolved(value)) return;
  if (typeof value === 'string' && new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(value)) return;
  refuse(option, wanted, value);
}

/** @throws OptionError unless `value` is the id of an AWS account */
export function requireAccountId(option: string, value: string): void {
  requireMatch(option, value, ACCOUNT_ID, 'an account id of 12 digits');
}

/** @throws OptionError unless `value` is one of `values` */
export function requireOneOf<const T extends string>(option: string, value: T, values: readonly T[]): void {
  if (Token.isUnresolved(value) || values.includes(value)) return;
  refuse(option, values.map((one) => `"${one}"`).join(' or '), value);
}

/**
 * @throws OptionError unless each value is an exact origin as browsers send it: `https://` (or `http://` for a loopback
 *   host), host, port if it is not the default one, and nothing else
 */
export function requireOrigins(option: string, values: readonly string[]): void {
  if (Token.isUnresolved(values)) return;
  for (const value of values) {
    if (Token.isUnresolved(value) || isSafeOrigin(value)) continue;
    refuse(
      option,
      'exact https:// origins such as "https://app.example.com" (http:// for loopback only)',
      value,
    );
  }
}

/**
 * @throws OptionError unless there is at least one value and each is the exact ARN of an IAM role or user, or of an
 *   account's root user: no wildcard, and no session of an assumed role, whose principal is the role
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
export function requirePrincipalArns(option: string, values: readonly string[]): void {
  if (Token.isUnresolved(values)) return;
  const wanted = 'exact ARNs of IAM roles and users';
  if (values.length === 0) refuse(option, `at least one of: ${wanted}`, values);
  for (const value of values) {
    if (Token.isUnresolved(value)) continue;
    if (value.startsWith('arn:aws:sts:'))
      refuse(option, `${wanted} (of the role, not of its session)`, value);
    if (!PRINCIPAL_ARN.test(value)) refuse(option, `${wanted}, without wildcards`, value);
  }
}

/** The message shows `got`: never pass a value that might be a secret. @throws OptionError always */
export function refuse(option: string, wanted: string, got: unknown): never {
  throw new OptionError(option, `expected ${wanted}, got ${shown(got)}`);
}

const LONGEST_SHOWN = 120;

function shown(got: unknown): string {
  const text = JSON.stringify(got) ?? String(got);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
