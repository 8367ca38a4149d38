/** `instanceof` for a class that a process may have twice: the package is built as ESM and as CommonJS. */

type Constructor = abstract new (...args: never) => object;

/**
 * From now on `value instanceof errorClass` is also true where `value` was made by the class of that `name` in the other build,
 * or in another copy of the package. For a subclass, `instanceof` stays what it is.
 */
export function acceptEitherBuild(errorClass: Constructor, name: string): void {
  // Both builds find this symbol. It is a property of the prototype, not enumerable, so printing an instance does not show it.
  const mark = Symbol.for(`@storytime/signer ${name}`);
  Object.defineProperty(errorClass.prototype, mark, { value: true });
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      return this === errorClass
        ? inherits(value, mark)
        : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}

function inherits(value: unknown, mark: symbol): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype !== null && mark in prototype;
}
