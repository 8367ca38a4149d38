/** Terraform as the suites in this folder run it: no colours, no questions, against the local AWS API. */

import { mkdirSync } from 'node:fs';
import { PLUGIN_CACHE } from '../../local/session/infrastructure.ts';
import { runTerraform, TerraformError } from '../../ops/terraform/run.ts';

/** The exit code of `plan -detailed-exitcode`: 0 is a plan that changes nothing, 1 an error. */
const PLANS_CHANGES = 2;

type Environment = Readonly<Record<string, string>>;

/** For commands that run Terraform themselves: one copy of the provider for all of them. */
export function sharedPlugins(): Environment {
  mkdirSync(PLUGIN_CACHE, { recursive: true });
  return { TF_PLUGIN_CACHE_DIR: process.env.TF_PLUGIN_CACHE_DIR ?? PLUGIN_CACHE };
}

export async function terraformIn(
  stack: string,
  environment: Environment,
  ...args: string[]
): Promise<string> {
  const { stdout } = await runTerraform(args, {
    cwd: stack,
    env: {
      ...sharedPlugins(),
      TF_CLI_ARGS: '-no-color',
      TF_INPUT: '0',
      ...process.env,
      ...environment,
    },
  });
  return stdout;
}

/** Whether a plan would change anything, outputs included. */
export async function hasChanges(stack: string, environment: Environment): Promise<boolean> {
  try {
    await terraformIn(stack, environment, 'plan', '-detailed-exitcode');
    return false;
  } catch (error) {
    if (error instanceof TerraformError && error.exitCode === PLANS_CHANGES) return true;
    throw error;
  }
}

export async function readOutputs(stack: string, environment: Environment): Promise<Record<string, unknown>> {
  const outputs = JSON.parse(await terraformIn(stack, environment, 'output', '-json')) as Record<
    string,
    { value: unknown }
  >;
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}
