/** From a target to a folder in which Terraform can run. */
import { stateStackName } from '../../envs/state.ts';
import { isAccessAlone } from './backend-change.ts';
import { localState, STATE_FILE } from './local-state.ts';
import { runTerraform, TerraformError } from './run.ts';
import { type Target, UsageError } from './targets.ts';

export interface InitialiseOptions {
  /**
   * Of the command that follows; `-no-color` is heard by init too.
   * @default []
   */
  readonly flags?: readonly string[];
  /** Where stacks are synthesized. */
  readonly outdir: string;
  readonly signal: AbortSignal;
  /** Whether Terraform talks to the person at the terminal; else it is heard only when it fails. */
  readonly inherit: boolean;
}

/**
 * Synthesizes a target and runs `terraform init` on it; gives back its folder.
 *
 * @throws UsageError when its state bucket is not there, or its state has not been moved there
 */
export async function initialise(
  { name, config, synthesize }: Target,
  { flags = [], outdir, signal, inherit }: InitialiseOptions,
): Promise<string> {
  const folder = synthesize(outdir);
  if (name === stateStackName(config) && localState(folder) !== null) {
    throw new UsageError(
      `the state of "${name}" is a file, ${folder}/${STATE_FILE}, and belongs into the state bucket: ` +
        `npm run bootstrap -- ${config.environment} moves it`,
    );
  }
  const args = ['init', '-input=false', ...flags.filter((flag) => /^--?no-color(=|$)/.test(flag))];
  if (isAccessAlone(folder)) args.push('-reconfigure');
  try {
    await runTerraform(args, { cwd: folder, signal, inherit });
  } catch (error) {
    if (!isMissingBucket(error)) throw error;
    throw new UsageError(
      `the state bucket is not there: npm run bootstrap -- ${config.environment} makes it`,
    );
  }
  return folder;
}

/** Whether `terraform init` failed because the S3 backend's bucket does not exist. */
export function isMissingBucket(error: unknown): boolean {
  return (
    error instanceof TerraformError &&
    /NoSuchBucket|bucket "[^"]*" does not exist/i.test(error.lastLines.join('\n'))
  );
}
