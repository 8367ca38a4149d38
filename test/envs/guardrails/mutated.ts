/** Stacks as they are synthesized, and copies with one thing broken. */

import { inspectStack } from '../../../envs/guardrails/index.ts';
import type { Suppression } from '../../../envs/guardrails/suppressions.ts';
import { local } from '../../../envs/local.ts';
import { dev, prod } from '../examples.ts';
import { maximum, maximumKeys } from '../maximum.ts';
import { newKeys, synthesized, synthesizedState } from '../synthesized.ts';

// biome-ignore lint/suspicious/noExplicitAny: mutations reach anywhere into parsed JSON
export type Json = any;

const keys = newKeys('2026-11-a', '2026-12-b');
const everything = maximumKeys();
const lockTable = { ...prod.state, lock: 'both', lockTable: 'locks' } as typeof prod.state;

const STACKS = {
  prod: { environment: 'prod', purpose: 'account', keys, json: synthesized(prod, keys) },
  dev: { environment: 'dev', purpose: 'account', keys, json: synthesized(dev, keys) },
  local: { environment: 'local', purpose: 'local', keys, json: synthesized(local, keys) },
  maximum: {
    environment: 'maximum',
    purpose: 'account',
    keys: everything,
    publicThumbnailsBelow: maximum.pathPrefix,
    json: synthesized(maximum, everything),
  },
  'state-maximum': {
    environment: 'maximum',
    purpose: 'state',
    json: synthesizedState(maximum),
  },
  'state-prod': {
    environment: 'prod',
    purpose: 'state',
    json: synthesizedState({ ...prod, state: lockTable }),
  },
} as const;

export type StackName = keyof typeof STACKS;
export const stackNames = Object.keys(STACKS) as StackName[];

/** What the guardrails say about a stack after `mutate` has changed its JSON. */
export function inspected(
  name: StackName,
  mutate: (json: Json) => void = () => {},
  options: { suppressions?: readonly Suppression[]; now?: Date } = {},
) {
  const { json, ...context } = STACKS[name];
  const copy = structuredClone(json) as Json;
  mutate(copy);
  return inspectStack(copy, { name, now: new Date('2026-11-20T12:00:00Z'), ...context, ...options });
}

/** Changes one statement of a policy that stands as JSON. */
export function restate(
  block: Json,
  sid: string,
  change: (statement: Json) => void,
  argument = 'policy',
): void {
  rewrite(
    block,
    (document) => {
      const statement = document.Statement.find(({ Sid }: { Sid: string }) => Sid === sid);
      if (!statement) throw new Error(`no statement ${sid}`);
      change(statement);
    },
    argument,
  );
}

/** Changes a policy that stands as JSON; a reference with quotes in it is left alone. */
export function rewrite(block: Json, change: (document: Json) => void, argument = 'policy'): void {
  const kept: string[] = [];
  const plain = String(block[argument]).replaceAll(
    /\$\{[^}]*"[^}]*\}/g,
    (expression) => `@${kept.push(expression) - 1}@`,
  );
  const document = JSON.parse(plain);
  change(document);
  block[argument] = JSON.stringify(document).replaceAll(
    /@(\d+)@/g,
    (_all, index) => kept[Number(index)] ?? '',
  );
}
