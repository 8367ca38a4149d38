import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rules } from '../../../envs/guardrails/rules/index.ts';

const readme = readFileSync(new URL('../../../envs/guardrails/README.md', import.meta.url), 'utf8');

describe('the README of the guardrails', () => {
  it('lists every rule as the code has it, in the same order', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(
      rules.map(
        ({ id, title, why, checkov = [] }) => `| \`${id}\` | ${title} | ${why} | ${checkov.join(', ')} |`,
      ),
    );
  });

  it('can tell rules apart', () => {
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)+$/.test(id))).toEqual([]);
  });

  it('names Checkov’s rules by ids of its form', () => {
    const ids = rules.flatMap(({ checkov = [] }) => checkov);
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.filter((id) => !/^CKV2?_AWS_\d+$/.test(id))).toEqual([]);
  });
});
