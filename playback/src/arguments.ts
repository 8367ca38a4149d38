/** Checks of what callers pass where their types say otherwise. Values are never echoed. */

import { PlaybackError } from './errors.ts';
import { assertId } from './store/bounds.ts';

/**
 * An options object's own properties, each read once, without a prototype: what a polluted `Object.prototype` holds is no
 * option. A name that is not an option is refused, because a typo in a limit would lift it silently.
 *
 * @throws PlaybackError `ERR_ARGUMENT`
 */
export function readOptions<Options extends object>(
  where: string,
  options: Options,
  names: readonly (keyof Options & string)[],
): Options {
  const prototype: unknown = isObject(options) ? Object.getPrototypeOf(options) : undefined;
  if (prototype !== null && prototype !== Object.prototype)
    throw refused(`${where} needs a plain options object`);
  const own: Options = Object.assign(Object.create(null), options);
  const unknown = Object.keys(own).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw refused(`${where} has no option "${unknown.slice(0, 40)}"; its options are ${names.join(', ')}`);
  }
  return own;
}

export function assertFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw refused(`"${name}" must be a function, got ${typeof value}`);
}

/** `value[method]` must be a function, for each of the methods. */
export function assertHas(name: string, value: unknown, methods: readonly string[]): void {
  const missing = methods.find((method) => !isObject(value) || typeof value[method] !== 'function');
  if (missing !== undefined) throw refused(`"${name}" must be an object with ${missing}()`);
}

export function assertInteger(
  name: string,
  value: unknown,
  { least, most }: { readonly least: number; readonly most: number },
): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw refused(`"${name}" must be a whole number from ${least} to ${most}`);
  }
}

export function assertOneOf<Value extends string>(
  name: string,
  value: unknown,
  allowed: readonly Value[],
): asserts value is Value {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw refused(`"${name}" must be ${allowed.map((one) => `'${one}'`).join(' or ')}`);
  }
}

/** An id that every store takes: 1 to 256 bytes of UTF-8 without control characters. */
export function isId(value: unknown): value is string {
  try {
    assertId('id', value);
    return true;
  } catch {
    return false;
  }
}

/** As `isId`, for what callers pass. */
export function assertCallersId(name: string, value: unknown): asserts value is string {
  if (!isId(value)) throw refused(`"${name}" must be a string of 1 to 256 bytes without control characters`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function refused(message: string): PlaybackError {
  return new PlaybackError('ERR_ARGUMENT', message);
}
