/** Terraform as the suites in this folder run it: no colours, no questions, against the local AWS API. */

import { mkdirSync } from 'node:fs';
import { PLUGIN_CACHE } from '../../local/session/infrastructure.ts';
import { runTerraform } from '../../ops/terraform/run.ts';

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
  const planFile = 'second.tfplan';
  await terraformIn(stack, environment, 'plan', `-out=${planFile}`);
  const shown = JSON.parse(await terraformIn(stack, environment, 'show', '-json', planFile)) as {
    resource_changes?: { change: { actions: string[] } }[];
    output_changes?: Record<string, { actions: string[] }>;
  };
  const changes = [
    ...(shown.resource_changes ?? []).map(({ change }) => change),
    ...Object.values(shown.output_changes ?? {}),
  ];
  return changes.some(({ actions }) => actions.some((action) => action !== 'no-op' && action !== 'read'));
}

export async function readOutputs(stack: string, environment: Environment): Promise<Record<string, unknown>> {
  const outputs = JSON.parse(await terraformIn(stack, environment, 'output', '-json')) as Record<
    string,
    { value: unknown }
  >;
  return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
}
