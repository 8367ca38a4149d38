/** Options as plain data: what they hold themselves. */

/** Options, a list or a named part in them, and its own fields. */
const DEEPEST = 3;

/**
 * A copy with own enumerable properties alone, down to the fields of captions, rungs, source and hop. What an options
 * object inherits is no option: the `__proto__` of a JSON text or a polluted `Object.prototype` would otherwise decide
 * what a job makes, and where.
 */
export function ownData<Value>(value: Value, depth = DEEPEST): Value {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (Array.isArray(value)) return value.map((one) => ownData(one, depth - 1)) as Value;
  const own: Record<string, unknown> = Object.create(null);
  for (const [name, child] of Object.entries(value)) own[name] = ownData(child, depth - 1);
  return own as Value;
}
