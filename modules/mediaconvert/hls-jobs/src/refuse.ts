/** How every option that cannot be used is refused. */

/** @throws TypeError always: the option in quotes, what is wanted, what came */
export function refuse(option: string, wanted: string, got: unknown): never {
  throw new TypeError(`"${option}": wanted ${wanted}, got ${JSON.stringify(got) ?? String(got)}`);
}
