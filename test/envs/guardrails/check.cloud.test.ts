/** Guardrails where they stop people: in the check. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { environments } from '../../../envs/environments.ts';
import { rules } from '../../../envs/guardrails/rules/index.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Every environment, and the state of those that keep it in S3. */
const STACKS = [...environments.values()].flatMap(({ environment, state }) =>
  state.kind === 's3' ? [environment, `state-${environment}`] : [environment],
);
describe('the check', () => {
  const check = (...args: string[]) =>
    execFileSync(process.execPath, ['--import', 'tsx', 'envs/guardrails/check.ts', ...args], {
      cwd: root,
      encoding: 'utf8',
    });

  it('passes for every environment of the repository and its state', () => {
    expect(check()).toBe(`guardrails: ${rules.length} rules over ${STACKS.join(', ')}: passed\n`);
  });

  it('says the same as JSON', () => {
    expect(JSON.parse(check('--json'))).toMatchObject({
      passed: true,
      faults: [],
      stacks: { length: STACKS.length },
    });
  });
});
