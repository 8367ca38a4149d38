/**
 * A plan that was kept to be applied as it was read, and the proof that it still belongs to what would be applied.
 *
 * Two terminals may plan and apply in one folder. So a plan is written under a name of its own and takes the one name that
 * `apply` knows only when it is whole and wanted; and each apply moves it to a name of its own, which one
 * of them can, and looks at it there. What was looked at is what is applied.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Relative to the stack's folder; ignored by git. */
export const PLAN_FILE = 'plan.tfplan';
const DIGEST_FILE = 'plan.digest';

/** A plan that nobody else writes or applies. */
export interface OwnPlan {
  /** Relative to the stack's folder. */
  readonly file: string;
  /** Keeps it for the next apply, unless somebody has kept another one since. */
  readonly giveBack: () => void;
  readonly remove: () => void;
}

/** Relative to the stack's folder; Terraform writes into it, or does not. */
export function ownPlan(folder: string): OwnPlan {
  const file = `plan.${randomUUID()}.tfplan`;
  const path = join(folder, file);
  const remove = () => rmSync(path, { force: true });
  return {
    file,
    giveBack: () => {
      try {
        linkSync(path, join(folder, PLAN_FILE));
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
      }
      remove();
    },
    remove,
  };
}

/** Keeps a plan in place of what was kept, with which configuration, and which AWS, it was made for. */
export function keepPlan(folder: string, { file }: OwnPlan, env: NodeJS.ProcessEnv): void {
  const unfinished = join(folder, `${DIGEST_FILE}.${randomUUID()}`);
  writeFileSync(unfinished, digest(folder, file, env));
  // Between the two, the digest belongs to another plan than the one that is there: stale.
  renameSync(unfinished, join(folder, DIGEST_FILE));
  renameSync(join(folder, file), join(folder, PLAN_FILE));
}

/**
 * Takes the kept plan away to apply it: nobody else gets it after that.
 *
 * `stale`: the plan, the stack, its providers, the AWS it points at or the variables given changed since the plan was kept,
 * and it is gone now. Terraform refuses to apply a plan with an ephemeral variable that the plan was made without, and the
 * other way round.
 */
export function takePlan(folder: string, env: NodeJS.ProcessEnv): OwnPlan | 'none' | 'stale' {
  const taken = ownPlan(folder);
  try {
    renameSync(join(folder, PLAN_FILE), join(folder, taken.file));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return 'none';
    throw error;
  }
  const kept = join(folder, DIGEST_FILE);
  const isRemembered = existsSync(kept);
  if (isRemembered && readFileSync(kept, 'utf8') === digest(folder, taken.file, env)) return taken;
  taken.remove();
  return isRemembered ? 'stale' : 'none';
}

export function forgetPlan(folder: string): void {
  for (const file of [PLAN_FILE, DIGEST_FILE]) rmSync(join(folder, file), { force: true });
}

function digest(folder: string, plan: string, env: NodeJS.ProcessEnv): string {
  const files = [plan, 'cdk.tf.json', '.terraform.lock.hcl'].map((file) => {
    const path = join(folder, file);
    return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
  });
  // Their names only: a value may be a private key.
  const variables = Object.keys(env).filter((name) => name.startsWith('TF_VAR_') && env[name]);
  const inputs = JSON.stringify([files, env.AWS_ENDPOINT_URL ?? '', variables.sort()]);
  return createHash('sha256').update(inputs).digest('hex');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
