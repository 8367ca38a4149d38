import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetPlan, keepPlan, ownPlan, PLAN_FILE, takePlan } from '../../ops/terraform/kept-plan.ts';

const AWS = {};
const LOCAL_API = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storytime-plan-'));
  write('cdk.tf.json', '{}');
  write('.terraform.lock.hcl', 'version = "5.100.0"');
  keep('plan');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a kept plan', () => {
  it('is current while nothing has changed', () => {
    expect(taken()).toBe('plan');
  });

  it.each(['cdk.tf.json', '.terraform.lock.hcl'])('is stale once %s has changed', (file) => {
    write(file, 'changed');
    expect(taken()).toBe('stale');
    expect(existsSync(join(folder, PLAN_FILE))).toBe(false);
  });

  it('is stale once the plan itself is another one', () => {
    write(PLAN_FILE, 'a plan to destroy');
    expect(taken()).toBe('stale');
  });

  it('is stale for another AWS than the one it was made against', () => {
    expect(taken(LOCAL_API)).toBe('stale');
  });

  it('is stale with a variable that it was made without, as Terraform would refuse it', () => {
    expect(taken({ TF_VAR_cloudfront_private_key: 'a key' })).toBe('stale');
    keep('plan');
    expect(taken({ TF_VAR_cloudfront_private_key: '' })).toBe('plan');
  });

  it('is none when Terraform wrote a plan that nobody remembered', () => {
    rmSync(join(folder, 'plan.digest'));
    expect(taken()).toBe('none');
  });

  it('is none once forgotten, and forgetting twice is no mistake', () => {
    forgetPlan(folder);
    forgetPlan(folder);
    expect(taken()).toBe('none');
    expect(existsSync(join(folder, PLAN_FILE))).toBe(false);
  });
});

describe('a plan in a folder that two terminals use', () => {
  it('is applied by one of them', () => {
    const first = takePlan(folder, AWS);
    expect(first).toMatchObject({ file: expect.stringMatching(/^plan\..+\.tfplan$/) });
    expect(takePlan(folder, AWS)).toBe('none');
  });

  it('stays what was looked at, whatever the other one plans meanwhile', () => {
    const taking = takePlan(folder, AWS);
    // Under way to a plan to destroy, and then kept another one.
    write(ownPlan(folder).file, 'a plan to destroy');
    keep('another plan');

    expect(contentOf(taking)).toBe('plan');
    expect(taken()).toBe('another plan');
  });

  it('is not there for apply until it is kept', () => {
    forgetPlan(folder);
    write(ownPlan(folder).file, 'a plan to destroy');
    expect(taken()).toBe('none');
  });

  it('is given back by an apply that could not begin, and leaves a plan that was kept since', () => {
    giveBack(takePlan(folder, AWS));
    expect(contentOf(takePlan(folder, AWS))).toBe('plan');

    keep('plan');
    const refused = takePlan(folder, AWS);
    keep('a newer plan');
    giveBack(refused);
    expect(taken()).toBe('a newer plan');
  });

  it('is stale between the two renames that keep it', () => {
    const digest = readFileSync(join(folder, 'plan.digest'), 'utf8');
    keep('another plan');
    write('plan.digest', digest);
    expect(taken()).toBe('stale');
  });

  it('leaves no file behind', () => {
    const written = ownPlan(folder);
    write(written.file, 'a plan to destroy');
    written.remove();
    taken();
    expect(readdirSync(folder).sort()).toEqual(['.terraform.lock.hcl', 'cdk.tf.json', 'plan.digest']);
  });
});

type Taken = ReturnType<typeof takePlan>;

/** What an apply would apply, or why it would not. */
function taken(env: NodeJS.ProcessEnv = AWS): string {
  const plan = takePlan(folder, env);
  const found = contentOf(plan);
  if (typeof plan === 'object') plan.remove();
  return found;
}

function contentOf(plan: Taken): string {
  return typeof plan === 'object' ? readFileSync(join(folder, plan.file), 'utf8') : plan;
}

function giveBack(plan: Taken): void {
  if (typeof plan !== 'object') throw new Error(`expected a plan, got ${plan}`);
  plan.giveBack();
}

function keep(content: string): void {
  const plan = ownPlan(folder);
  write(plan.file, content);
  keepPlan(folder, plan, AWS);
}

function write(file: string, content: string): void {
  writeFileSync(join(folder, file), content);
}
