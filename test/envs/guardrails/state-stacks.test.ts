/** The stack of the roles that deploy, for every kind of backend: what an environment may ask for passes. */
import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import {
  ACTIONS_WITHOUT_RESOURCE,
  CREATIONS_WITHOUT_RESOURCE,
} from '../../../envs/guardrails/actions-without-resource.ts';
import { inspectStack } from '../../../envs/guardrails/index.ts';
import { dev } from '../examples.ts';
import { maximum } from '../maximum.ts';
import { resourceAt, statementsOf, synthesizedState } from '../synthesized.ts';

const BACKENDS: readonly EnvironmentConfig['backendPrincipal'][] = [
  null,
  { kind: 'role', name: 'backend' },
  { kind: 'user', name: 'heroku' },
  { kind: 'ecs' },
  { kind: 'ec2' },
];

describe('a state stack with roles that deploy', () => {
  it.each(BACKENDS)('passes every rule for the backend %j', (backendPrincipal) => {
    for (const base of [dev, maximum]) {
      const config = { ...base, backendPrincipal, secretOperators: [] };
      const { violations } = inspectStack(synthesizedState(config), {
        name: `state-${config.environment}`,
        environment: config.environment,
        purpose: 'state',
        now: new Date('2026-11-20T12:00:00Z'),
      });
      expect(violations.map(({ rule, address, found }) => `${rule.id} ${address}: ${found}`)).toEqual([]);
    }
  });
});

describe('the list of actions that may stand on "*"', () => {
  it('holds what the roles that deploy need, and nothing more', () => {
    const stack = synthesizedState(maximum);
    const policies = ['aws_iam_policy', 'aws_iam_role_policy'].flatMap((type) =>
      Object.keys(stack.resource[type] ?? {}).map((name) => `${type}.${name}`),
    );
    const onEverything = policies
      .flatMap((address) => Object.values(statementsOf(resourceAt(stack, address))))
      .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*')
      .flatMap(({ Action }) => Action as string[]);
    expect(new Set(onEverything)).toEqual(
      new Set([...ACTIONS_WITHOUT_RESOURCE, ...CREATIONS_WITHOUT_RESOURCE]),
    );
  });
});
