/** Guardrails where they stop people: in synth and in the check. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environments } from '../../../envs/environments.ts';
import { GuardrailError } from '../../../envs/guardrails/report.ts';
import { rules } from '../../../envs/guardrails/rules/index.ts';
import { inspectAll, synthesize } from '../../../envs/synth.ts';
import { dev, prod } from '../examples.ts';
import { newKeys } from '../synthesized.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const keys = newKeys('2026-11-a');
/** What the parser of environments refuses too: somebody went around it. */
const careless = { ...prod, forceDestroy: true, secretRecoveryDays: 0 };
/** Every environment, and the state of those that keep it in S3. */
const STACKS = [...environments.values()].flatMap(({ environment, state }) =>
  state.kind === 's3' ? [environment, `state-${environment}`] : [environment],
);
let outdir: string;

beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'storytime-guardrails-'));
});
afterEach(() => rmSync(outdir, { recursive: true }));

describe('synth', () => {
  it('stops at violations, lists them all, and leaves Terraform nothing to apply', () => {
    const run = () => synthesize({ config: careless, keys, outdir });
    expect(run).toThrow(GuardrailError);
    expect(run).toThrow(/s3-prod-keeps-objects[\s\S]*s3-prod-keeps-objects[\s\S]*secret-prod-recovery/);
    expect(existsSync(join(outdir, 'stacks/prod'))).toBe(true);
    expect(existsSync(join(outdir, 'stacks/prod/cdk.tf.json'))).toBe(false);
  });

  it('writes a stack that passes', () => {
    const folder = synthesize({ config: prod, keys, outdir });
    expect(existsSync(join(folder, 'cdk.tf.json'))).toBe(true);
  });

  it('can be asked about every stack without being stopped', () => {
    const all = [dev, careless].map((config) => ({ config, keys }));
    const counts = inspectAll(all, outdir).map(({ stack, violations }) => [stack, violations.length]);
    expect(counts).toEqual([
      ['dev', 0],
      ['state-dev', 0],
      ['prod', 4],
      ['state-prod', 0],
    ]);
  });
});

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
