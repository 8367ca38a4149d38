/** One broken setting, and the little that it takes to write one down. */
import type { Json, StackName } from './mutated.ts';

export interface Mutation {
  readonly rule: string;
  readonly what: string;
  readonly address: string;
  /** @default 'prod' */
  readonly stack?: StackName;
  readonly mutate: (json: Json) => void;
}

export function at(
  rule: string,
  address: string,
  what: string,
  mutate: (json: Json) => void,
  stack: StackName = 'prod',
): Mutation {
  return { rule, address, what, mutate, stack };
}

export function add(type: string, block: Json, name = 'mistake') {
  return (json: Json): void => {
    json.resource[type] = { ...json.resource[type], [name]: block };
  };
}

export function remove(type: string, name: string) {
  return (json: Json): void => {
    delete json.resource[type][name];
  };
}
