import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetPlan, keptPlan, PLAN_FILE, rememberPlan } from '../../ops/terraform/kept-plan.ts';

const AWS = {};
const LAPTOP = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storytime-plan-'));
  write('cdk.tf.json', '{}');
  write('.terraform.lock.hcl', 'version = "5.100.0"');
  write(PLAN_FILE, 'plan');
  rememberPlan(folder, AWS);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a kept plan', () => {
  it('is current while nothing has changed', () => {
    expect(keptPlan(folder, AWS)).toBe('current');
  });

  it.each(['cdk.tf.json', '.terraform.lock.hcl'])('is stale once %s has changed', (file) => {
    write(file, 'changed');
    expect(keptPlan(folder, AWS)).toBe('stale');
  });

  it('is stale for another AWS than the one it was made against', () => {
    expect(keptPlan(folder, LAPTOP)).toBe('stale');
  });

  it('is stale with a variable that it was made without, as Terraform would refuse it', () => {
    expect(keptPlan(folder, { TF_VAR_cloudfront_private_key: 'a key' })).toBe('stale');
    expect(keptPlan(folder, { TF_VAR_cloudfront_private_key: '' })).toBe('current');
  });

  it('is none when Terraform wrote a plan that nobody remembered', () => {
    rmSync(join(folder, 'plan.digest'));
    expect(keptPlan(folder, AWS)).toBe('none');
  });

  it('is none once forgotten, and forgetting twice is no mistake', () => {
    forgetPlan(folder);
    forgetPlan(folder);
    expect(keptPlan(folder, AWS)).toBe('none');
    expect(existsSync(join(folder, PLAN_FILE))).toBe(false);
  });
});

function write(file: string, content: string): void {
  writeFileSync(join(folder, file), content);
}
