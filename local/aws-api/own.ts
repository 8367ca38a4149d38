/** Looks up names that come from outside: `constructor` and `__proto__` are names like any other. Pure. */

/** What the object itself has under this name, and nothing that every object has. */
export function ownValue<Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
