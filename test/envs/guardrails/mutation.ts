/** One broken setting, and the little that it takes to write one down. */
import { type Json, restate, rewrite, type StackName } from './mutated.ts';

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

export function block(json: Json, address: string): Json {
  const [type = '', name = ''] = address.split('.');
  return json.resource[type][name];
}

/** Gives arguments another value, or takes them away. */
export function set(address: string, values: Readonly<Record<string, unknown>>) {
  return (json: Json): void => {
    for (const [argument, value] of Object.entries(values)) {
      if (value === undefined) delete block(json, address)[argument];
      else block(json, address)[argument] = value;
    }
  };
}

export function inPolicy(
  address: string,
  sid: string,
  change: (statement: Json) => void,
  argument = 'policy',
) {
  return (json: Json): void => restate(block(json, address), sid, change, argument);
}

export function without(address: string, sid: string) {
  return (json: Json): void =>
    rewrite(block(json, address), (document) => {
      document.Statement = document.Statement.filter(({ Sid }: Json) => Sid !== sid);
    });
}

export function allowing(address: string, statement: Json) {
  return (json: Json): void =>
    rewrite(block(json, address), (document) => {
      document.Statement.push({ Sid: 'Mistake', Effect: 'Allow', Resource: '*', ...statement });
    });
}
