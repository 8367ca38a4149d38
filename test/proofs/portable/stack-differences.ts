/** Two synthesized stacks, compared as the JSON that Terraform reads. */

/** The version of the CDK that wrote a stack: the one value that is the writer's and not the stack's. */
const WRITER = '$["//"].metadata.version';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * The places where two stacks differ, each as a path, what one says and what the other says; empty for equal stacks.
 * The order of an object's keys says nothing to Terraform, that of a list does.
 */
export function stackDifferences(one: string, other: string): string[] {
  return differences('$', JSON.parse(one), JSON.parse(other));
}

function differences(path: string, one: Json | undefined, other: Json | undefined): string[] {
  if (path === WRITER || one === other) return [];
  if (!isNode(one) || !isNode(other) || Array.isArray(one) !== Array.isArray(other)) {
    return [`${path}: ${shown(one)} / ${shown(other)}`];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].sort().flatMap((key) => differences(`${path}${step(key)}`, one[key], other[key]));
}

function isNode(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function step(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
}
