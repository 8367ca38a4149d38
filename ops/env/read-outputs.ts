/** An environment's outputs, read from its state. */
import { z } from 'zod';
import { refuseLocalOnAws } from '../terraform/guard.ts';
import { initialise } from '../terraform/initialise.ts';
import { runTerraform } from '../terraform/run.ts';
import type { Target } from '../terraform/targets.ts';

const outputsSchema = z.record(z.string(), z.object({ sensitive: z.boolean(), value: z.unknown() }));

/**
 * What `terraform output` says of the environment's stack, without what Terraform marks as sensitive.
 *
 * @throws UsageError for `local` on AWS, or when the state bucket is not there
 */
export async function readOutputs(
  target: Target,
  { outdir, signal }: { outdir: string; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  refuseLocalOnAws(target, process.env);
  const folder = await initialise(target, { outdir, signal, inherit: false });
  const { stdout } = await runTerraform(['output', '-json'], { cwd: folder, signal });
  const outputs = Object.entries(outputsSchema.parse(JSON.parse(stdout)));
  return Object.fromEntries(
    outputs.filter(([, { sensitive }]) => !sensitive).map(([name, { value }]) => [name, value]),
  );
}
