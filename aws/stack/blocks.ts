/** Arguments of a synthesized stack as CDKTF writes them: a nested block is an object, or a list of one or many. Pure. */

export type Block = Readonly<Record<string, unknown>>;

/** A nested block, which CDKTF writes as an object or as a list of one; empty if it is not there. */
export function blockOf(value: unknown): Block {
  return blocksOf(value)[0] ?? {};
}

/** Nested blocks, whether there is one or many. */
export function blocksOf(value: unknown): Block[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is Block => typeof one === 'object' && one !== null && !Array.isArray(one));
}

/** The members of an object, or of every object in a list: Terraform reads names and labels from both alike. */
export function membersOf(value: unknown): [name: string, value: unknown][] {
  return blocksOf(value).flatMap((block) => Object.entries(block));
}

/** A string or a list of them, as a list. */
export function stringsOf(value: unknown): string[] {
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one): one is string => typeof one === 'string');
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
