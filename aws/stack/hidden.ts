/** Blocks that Terraform reads and a graph does not: a `dynamic` makes them, or they are in a list inside a list. Pure. */
import { membersOf } from './blocks.ts';

export interface HiddenBlock {
  readonly form: 'dynamic' | 'nested list';
  /** The names that lead there, that of the block last: `statement.condition`. */
  readonly path: string;
}

/** Every hidden block in a resource or data source, however deep. */
export function hiddenIn(value: unknown, path: readonly string[] = []): HiddenBlock[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((one) => hiddenInList(one, path));
  return Object.entries(value).flatMap(([name, one]) => {
    // Terraform reads `//` as a comment.
    if (name === '//') return [];
    return name === 'dynamic' ? dynamicBlocks(one, path) : hiddenIn(one, [...path, name]);
  });
}

/** Terraform reads a list inside a list as one block, put together from all its objects. */
function hiddenInList(one: unknown, path: readonly string[]): HiddenBlock[] {
  return Array.isArray(one) && holdsObject(one)
    ? [{ form: 'nested list', path: path.join('.') }]
    : hiddenIn(one, path);
}

function holdsObject(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsObject);
  return typeof value === 'object' && value !== null;
}

/** One for each block that a `dynamic` describes; one for a `dynamic` that is anything else. */
function dynamicBlocks(value: unknown, path: readonly string[]): HiddenBlock[] {
  const described = membersOf(value).flatMap(([name, bodies]) =>
    (Array.isArray(bodies) ? bodies : [bodies]).map(() => [...path, name]),
  );
  const found = described.length > 0 ? described : [[...path, 'dynamic']];
  return found.map((names) => ({ form: 'dynamic', path: names.join('.') }));
}
