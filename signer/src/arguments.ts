/** Checks of what JavaScript callers pass where the types say otherwise. Values are never echoed. */

import { SignerTypeError } from './errors.ts';

/** A typo in an option's name would silently widen a policy, so unknown names are refused. */
export function assertOptions<Name extends string>(
  where: string,
  options: unknown,
  names: readonly Name[],
): asserts options is Partial<Record<Name, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongType(where, 'an options object', options);
  }
  for (const name of Object.keys(options)) {
    if ((names as readonly string[]).includes(name)) continue;
    throw new SignerTypeError(
      'ERR_ARGUMENT_UNKNOWN',
      `${where} has no option "${name.slice(0, 40)}"; it takes ${names.join(', ')}`,
    );
  }
}

export function assertString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(`"${name}"`, 'a string', value);
}

export function assertDate(name: string, value: unknown): asserts value is Date {
  if (!(value instanceof Date)) throw wrongType(`"${name}"`, 'a Date', value);
}

export function assertBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw wrongType(`"${name}"`, 'true or false', value);
}

export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(`"${name}"`, 'a function', value);
}

export function assertSignal(name: string, value: unknown): asserts value is AbortSignal {
  if (!(value instanceof AbortSignal)) throw wrongType(`"${name}"`, 'an AbortSignal', value);
}

export function assertOneOf<Value extends string>(
  name: string,
  value: unknown,
  allowed: readonly Value[],
): asserts value is Value {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw wrongType(`"${name}"`, allowed.map((one) => `'${one}'`).join(' or '), value);
  }
}

export function wrongType(what: string, wanted: string, got: unknown): SignerTypeError {
  return new SignerTypeError('ERR_ARGUMENT_TYPE', `${what} must be ${wanted}, got ${typeName(got)}`);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a Date';
  return typeof value;
}
