/** How every option that cannot be used is refused. */

/** A text of any length must not fill a log. */
const MAX_SHOWN = 200;

/** @throws TypeError always: the option in quotes, what was expected, what was given */
export function refuse(option: string, wanted: string, got: unknown): never {
  throw new TypeError(`"${option}": expected ${wanted}, got ${shown(got)}`);
}

/** A value without a JSON text, such as a BigInt or a circle, by its type. */
function shown(got: unknown): string {
  try {
    return (JSON.stringify(got) ?? String(got)).slice(0, MAX_SHOWN);
  } catch {
    return `a value of type ${typeof got}`;
  }
}
