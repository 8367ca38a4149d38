/** Whether a plan writes the value of the signing secret, read from the plan itself. */
import { z } from 'zod';
import { runTerraform } from './run.ts';

/** @see https://developer.hashicorp.com/terraform/internals/json-format#change-representation */
const schema = z.object({
  resource_changes: z
    .array(z.object({ type: z.string(), change: z.object({ actions: z.array(z.string()) }) }))
    .default([]),
});

/** @param file - of the plan, relative to the stack's folder */
export async function writesSecretValue(file: string, folder: string, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await runTerraform(['show', '-json', file], { cwd: folder, signal });
  return schema
    .parse(JSON.parse(stdout))
    .resource_changes.some(
      ({ type, change }) =>
        type === 'aws_secretsmanager_secret_version' &&
        change.actions.some((action) => action === 'create' || action === 'update'),
    );
}
