/** Options as plain data: what they hold themselves. */

import { refuse } from './refuse.ts';

/** Options, a list or a named part in them, and its own fields. */
const DEEPEST = 3;
const ROOT = 'options';

/**
 * A copy with only the own enumerable properties, down to the fields of captions, rungs, source and hop. Inherited
 * properties are not options: the `__proto__` of a JSON text or a polluted `Object.prototype` would otherwise decide
 * what a job makes, and where. An object that is not plain (a `Map`, a class's instance) is refused, because its
 * content would be lost silently.
 *
 * @throws TypeError naming the part that is not plain
 */
export function ownData<Value>(value: Value, name = ROOT, depth = DEEPEST): Value {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  // The bytes of a content key, not a copy: their owner can wipe them.
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    return value.map((one, index) => ownData(one, `${name}[${index}]`, depth - 1)) as Value;
  }
  if (!isPlainObject(value)) {
    const got = name.startsWith('encryption') ? typeof value : value;
    refuse(name, 'a plain object; spread what it is into one, and name there what it inherits', got);
  }
  const own: Record<string, unknown> = Object.create(null);
  for (const [key, child] of Object.entries(value)) {
    own[key] = ownData(child, name === ROOT ? key : `${name}.${key}`, depth - 1);
  }
  return own as Value;
}

/** Without a prototype, or with the `Object.prototype` of any realm, which a mere object without a prototype is not. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}
