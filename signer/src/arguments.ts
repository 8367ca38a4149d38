/** Checks of what JavaScript callers pass where the types say otherwise. Values are never echoed. */

import { types } from 'node:util';
import { SignerTypeError } from './errors.ts';
import { foreignOption } from './foreign-options.ts';
import { type Message, message, type OptionPart, option, signerTypeError } from './message.ts';

/**
 * A plain object's own enumerable properties, each read once, without a prototype. What an options object
 * inherits is no option: the `__proto__` of a JSON text or a polluted `Object.prototype` would otherwise widen
 * a policy. An object of another kind (a `Map`, a class's instance) is refused, because its values would be lost
 * silently, and the policy would be wider than intended. The values stay as they are, so a client or a signal may
 * be an instance of any class.
 *
 * A typo in an option's name would silently widen a policy, so unknown names are refused.
 */
export function readOptions<Options extends object>(
  where: string,
  options: Options,
  names: readonly string[],
): Options {
  const own = ownProperties(where, options);
  for (const name of Object.keys(own)) {
    if (names.includes(name)) continue;
    const remedy = foreignOption(name, names);
    throw signerTypeError(
      'ERR_ARGUMENT_UNKNOWN',
      message`${where} has no option "${name.slice(0, 40)}"${remedy}; its options are ${names.join(', ')}`,
    );
  }
  return own;
}

/** As `readOptions`, for a call whose options may have other names. */
export function ownProperties<Options extends object>(where: string, options: Options): Options {
  let isObject = false;
  try {
    isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
    if (isObject && isPlainObject(options)) return Object.assign(Object.create(null), options);
  } catch {
    // A getter that throws, or a revoked proxy.
    throw wrongType(where, 'an options object that can be read', options);
  }
  if (!isObject) throw wrongType(where, 'an options object', options);
  throw new SignerTypeError(
    'ERR_ARGUMENT_TYPE',
    `${where} must be a plain options object, got one that inherits from another or is an instance of a class; ` +
      'spread it into a plain object, { ...options }, and name there what it inherits',
  );
}

/** Without a prototype, or with the `Object.prototype` of any realm, which a mere object without a prototype is not. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

/** Whether `value[name]` is a function; also for a value that cannot be read at all. */
export function hasMethod(value: unknown, name: string): boolean {
  try {
    return typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'function';
  } catch {
    return false;
  }
}

export function assertString(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(option(name), 'a string', value);
}

/**
 * Asks the value itself: `instanceof` takes whatever inherits from `Date`, and a subclass may answer otherwise
 * at the next call.
 *
 * @returns milliseconds since 1970; `NaN` for an invalid `Date`
 */
export function readDate(name: string, value: unknown): number {
  if (!types.isDate(value)) {
    const remedy = DATE_REMEDIES[typeof value] ?? '';
    throw wrongType(option(name), 'a Date', value, remedy);
  }
  return Date.prototype.getTime.call(value);
}

const DATE_REMEDIES: Readonly<Record<string, string>> = {
  string: '; wrap it in new Date(…)',
  number: '; wrap milliseconds in new Date(…), seconds in new Date(1000 * …)',
};

/** @returns milliseconds since 1970; an invalid time would pass every comparison with a limit, so it is refused */
export function readClock(now: () => Date): number {
  const at: unknown = now();
  const milliseconds = types.isDate(at) ? Date.prototype.getTime.call(at) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw wrongType(message`what ${option('now')} gives`, 'a valid Date', at);
  return milliseconds;
}

export function assertBoolean(name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw wrongType(option(name), 'true or false', value);
}

export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw wrongType(option(name), 'a function', value);
}

export function assertSignal(name: string, value: unknown): asserts value is AbortSignal {
  if (!isSignal(value)) throw wrongType(option(name), 'an AbortSignal', value);
}

export function assertOneOf<Value extends string>(
  name: string,
  value: unknown,
  allowed: readonly Value[],
): asserts value is Value {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw wrongType(option(name), allowed.map((one) => `'${one}'`).join(' or '), value);
  }
}

export function wrongType(
  what: string | OptionPart | Message,
  wanted: string,
  got: unknown,
  remedy = '',
): SignerTypeError {
  return signerTypeError(
    'ERR_ARGUMENT_TYPE',
    message`${what} must be ${wanted}, got ${typeName(got)}${remedy}`,
  );
}

/** What only inherits from `AbortSignal` throws when it is asked whether it has fired. */
function isSignal(value: unknown): value is AbortSignal {
  try {
    return value instanceof AbortSignal && typeof value.aborted === 'boolean';
  } catch {
    return false;
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  // A revoked proxy throws whatever it is asked, even by Array.isArray().
  if (types.isProxy(value)) return typeof value;
  if (Array.isArray(value)) return 'an array';
  if (types.isDate(value)) return 'a Date';
  return typeof value;
}
