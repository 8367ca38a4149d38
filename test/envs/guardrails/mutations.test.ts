import { describe, expect, it } from 'vitest';
import { rules } from '../../../envs/guardrails/rules/index.ts';
import { inspected, stackNames } from './mutated.ts';
import { mutations } from './mutations.ts';

describe('a stack as it is synthesized', () => {
  it.each(stackNames)('passes every rule: %s', (name) => {
    const { violations } = inspected(name);
    expect(violations.map(({ rule, address, found }) => `${rule.id} ${address}: ${found}`)).toEqual([]);
  });
});

describe('one broken setting', () => {
  it.each(mutations)('is found by $rule alone: $what', ({ rule, address, stack = 'prod', mutate }) => {
    const { violations } = inspected(stack, mutate);
    expect([...new Set(violations.map((violation) => violation.rule.id))]).toEqual([rule]);
    expect(violations.map((violation) => violation.address)).toContain(address);
    for (const { found, wanted } of violations) {
      expect(found).not.toBe('');
      expect(wanted).not.toBe('');
      expect(found + wanted).not.toMatch(/CANARY|PRIVATE KEY-----|AKIA[A-Z]/);
    }
  });

  it('is tried for every rule there is', () => {
    const tried = new Set(mutations.map(({ rule }) => rule));
    expect(rules.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});
