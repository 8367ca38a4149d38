/** A plan that was kept to be applied as it was read, and the proof that it still belongs to what would be applied. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Relative to the stack's folder; ignored by git. */
export const PLAN_FILE = 'plan.tfplan';
const DIGEST_FILE = 'plan.digest';

/** Remembers which configuration, and which AWS, the plan just written was made for. */
export function rememberPlan(folder: string, env: NodeJS.ProcessEnv): void {
  writeFileSync(join(folder, DIGEST_FILE), digest(folder, env));
}

/**
 * `stale`: the stack, its providers, the AWS it points at or the variables given changed since the plan was made.
 * Terraform refuses to apply a plan with an ephemeral variable that the plan was made without, and the other way round.
 */
export function keptPlan(folder: string, env: NodeJS.ProcessEnv): 'none' | 'current' | 'stale' {
  if (!hasPlanFile(folder) || !existsSync(join(folder, DIGEST_FILE))) return 'none';
  return readFileSync(join(folder, DIGEST_FILE), 'utf8') === digest(folder, env) ? 'current' : 'stale';
}

export function hasPlanFile(folder: string): boolean {
  return existsSync(join(folder, PLAN_FILE));
}

export function forgetPlan(folder: string): void {
  for (const file of [PLAN_FILE, DIGEST_FILE]) rmSync(join(folder, file), { force: true });
}

function digest(folder: string, env: NodeJS.ProcessEnv): string {
  const files = ['cdk.tf.json', '.terraform.lock.hcl'].map((file) => {
    const path = join(folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  });
  // Their names only: a value may be a private key.
  const variables = Object.keys(env).filter((name) => name.startsWith('TF_VAR_') && env[name]);
  const inputs = JSON.stringify([files, env.AWS_ENDPOINT_URL ?? '', variables.sort()]);
  return createHash('sha256').update(inputs).digest('hex');
}
