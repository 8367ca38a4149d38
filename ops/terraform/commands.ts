/** Plan, apply and destroy as a person at a terminal runs them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printable } from '../../envs/printable.ts';
import { withApproval } from './approval.ts';
import {
  exampleValuesWarning,
  missingPrivateKey,
  refuseExampleKeys,
  refuseExampleValues,
  refuseForeignPrivateKey,
  refuseLocalOnAws,
} from './guard.ts';
import { initialise } from './initialise.ts';
import { forgetPlan, keepPlan, ownPlan, takePlan } from './kept-plan.ts';
import { runTerraform, TerraformError, type TerraformEvent } from './run.ts';
import { writesSecretValue } from './secret-write.ts';
import { isMissingLockTable } from './state-lock.ts';
import { type Target, UsageError } from './targets.ts';

export interface CommandOptions {
  readonly target: Target;
  /** Passed through to Terraform as they are. */
  readonly flags: readonly string[];
  /** Where stacks are synthesized. */
  readonly outdir: string;
  readonly say: (line: string) => void;
  /**
   * Gets what Terraform's apply reports (`-json`), line by line.
   * @default - Terraform prints its own output, and asks there
   */
  readonly onEvent?: (event: TerraformEvent) => void;
  /** Aborting interrupts Terraform, which saves its state. */
  readonly signal: AbortSignal;
}

/** What has a command of its own, or would go round it. */
const NOT_PASSED_ON: Readonly<Record<string, string>> = {
  plan: 'npm run plan',
  apply: 'npm run apply',
  refresh: 'npm run apply -- <environment> -refresh-only',
  destroy: 'npm run destroy',
  init: 'every command does that first',
  workspace: 'an environment has one state',
};

/** Plans and keeps the plan for `apply`, which does not ask: so one that destroys everything is shown and not kept. */
export async function plan({ target, flags, outdir, say, signal }: CommandOptions): Promise<void> {
  refuseLocalOnAws(target, process.env);
  refuseForeignPrivateKey(target, process.env);
  if (flags.some((flag) => /^--?out(=|$)/.test(flag))) {
    throw new UsageError('-out is taken: the plan is kept beside the stack, where apply finds it');
  }
  warn(exampleValuesWarning(target, process.env));
  warn(missingPrivateKey(target, process.env));
  const folder = await initialised({ target, flags, outdir, signal });
  forgetPlan(folder);
  const written = ownPlan(folder);
  try {
    await inTerminal(['plan', '-input=false', `-out=${written.file}`, ...flags], folder, signal).catch(
      (error) => {
        if (!isPlanWithChanges(error, flags)) throw error;
        process.exitCode = 2;
      },
    );
    // `-help` ends well without a plan.
    if (!existsSync(join(folder, written.file))) return;
    if (flags.some((flag) => /^--?destroy(=true)?$/.test(flag))) {
      say(`a plan to destroy is not kept; npm run destroy -- ${target.name} plans again and asks`);
      return;
    }
    keepPlan(folder, written, process.env);
    say(`plan kept; npm run apply -- ${target.name} applies it as it stands`);
  } finally {
    written.remove();
  }
}

/**
 * Applies the kept plan if it still belongs to the configuration; else Terraform plans and asks.
 *
 * @throws UsageError when the plan writes the signing secret's value and the private key was not given: Terraform would make
 *   everything else first, and fail at that
 */
export async function apply({
  target,
  outdir,
  say,
  signal,
  onEvent,
  ...given
}: CommandOptions): Promise<void> {
  const flags = withApproval('apply', given.flags);
  refuseLocalOnAws(target, process.env);
  refuseExampleKeys(target, process.env);
  refuseExampleValues(target, process.env);
  refuseForeignPrivateKey(target, process.env);
  const missingKey = missingPrivateKey(target, process.env);
  const folder = await initialise(target, { flags, outdir, signal, inherit: onEvent === undefined });
  const runApply = (args: readonly string[]) => inTerminal(['apply', ...args], folder, signal, onEvent);
  const kept = takePlan(folder, process.env);
  if (kept === 'stale') say('the kept plan is for another configuration: planning again');
  if (typeof kept === 'object') {
    if (missingKey !== null && (await writesSecretValue(kept.file, folder, signal))) {
      kept.giveBack();
      throw new UsageError(missingKey);
    }
    say('applying the kept plan');
    try {
      await runApply([...flags, kept.file]);
    } catch (error) {
      // Refused by somebody else's lock, it has not started; failed halfway, it no longer fits the state.
      if (error instanceof TerraformError && error.lock !== null) kept.giveBack();
      throw error;
    } finally {
      kept.remove();
    }
    return;
  }
  if (missingKey !== null && (await wouldWriteSecretValue(flags, folder, signal))) {
    throw new UsageError(missingKey);
  }
  await runApply(flags);
}

/**
 * By a plan of its own, since the one that Terraform asks about is known to nobody else. The configuration and the state are
 * enough to tell: it asks AWS for nothing and takes no lock. It is for the same resources as the apply: `-target` counts here
 * too, wherever it was given.
 *
 * @see https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_cli_args-and-tf_cli_args_name
 */
async function wouldWriteSecretValue(
  flags: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<boolean> {
  const planned = ownPlan(folder);
  const args = ['plan', ...flags.filter((flag) => !NOT_OF_A_PLAN.test(flag)), ...LOOKS_ONLY];
  const forApply = (process.env.TF_CLI_ARGS_apply ?? '').split(/\s+/);
  const env = {
    ...process.env,
    TF_CLI_ARGS_plan: forApply.filter((flag) => !NOT_OF_A_PLAN.test(flag)).join(' '),
  };
  try {
    await runTerraform([...args, `-out=${planned.file}`], { cwd: folder, env, signal });
    // `-help` ends well without a plan.
    return existsSync(join(folder, planned.file)) && (await writesSecretValue(planned.file, folder, signal));
  } finally {
    planned.remove();
  }
}

const NOT_OF_A_PLAN = /^--?(auto-approve|input|out|detailed-exitcode|lock|lock-timeout|refresh)(=|$)/;
const LOOKS_ONLY = ['-input=false', '-lock=false', '-refresh=false'];

/** Plans the end of everything and asks. */
export async function destroy({ target, outdir, signal, ...given }: CommandOptions): Promise<void> {
  const flags = withApproval('destroy', given.flags);
  refuseLocalOnAws(target, process.env);
  const folder = await initialised({ target, flags, outdir, signal });
  forgetPlan(folder);
  await inTerminal(['destroy', ...flags], folder, signal);
}

/** Any other command of Terraform on an environment, as its runbooks need: `force-unlock`, `import`, `state list`, … */
export async function passOn({ target, outdir, signal, ...given }: CommandOptions): Promise<void> {
  const [command = ''] = given.flags;
  const flags = withApproval(command, given.flags);
  if (!/^[a-z]/.test(command))
    throw new UsageError(
      `no Terraform command given: expected one, such as npm run terraform -- ${target.name} state list`,
    );
  const instead = NOT_PASSED_ON[command];
  if (instead !== undefined) throw new UsageError(`"${command}" is not passed on: ${instead}`);
  refuseLocalOnAws(target, process.env);
  // Its output may be read by a program: init is heard only when it fails.
  const folder = await initialise(target, { flags, outdir, signal, inherit: false });
  await inTerminal(flags, folder, signal);
}

async function initialised({ target, ...options }: Omit<CommandOptions, 'say'>): Promise<string> {
  return initialise(target, { ...options, inherit: true });
}

/** Beside what a program reads. */
function warn(line: string | null): void {
  if (line !== null) process.stderr.write(`${printable(line)}\n`);
}

async function inTerminal(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
  onEvent?: (event: TerraformEvent) => void,
): Promise<void> {
  const heard = onEvent === undefined ? { inherit: true } : { onEvent };
  await runTerraform(args, { cwd, signal, ...heard }).catch((error) => {
    if (!(error instanceof TerraformError && isMissingLockTable(error.lastLines))) throw error;
    throw new UsageError('the lock table is not there: npm run bootstrap makes it');
  });
}

/** Terraform's own contract for scripts: 2 is a plan with changes, not a failure. */
function isPlanWithChanges(error: unknown, flags: readonly string[]): boolean {
  const asked = flags.some((flag) => /^--?detailed-exitcode$/.test(flag));
  return asked && error instanceof TerraformError && error.exitCode === 2;
}
