/** What a synthesized stack's backend holds, read without touching the stack's own folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMissingBucket } from '../terraform/initialise.ts';
import { parseState, type State } from '../terraform/local-state.ts';
import { runTerraform } from '../terraform/run.ts';

/**
 * The state in the S3 backend that `folder`'s `cdk.tf.json` names; null when the bucket holds none.
 *
 * It runs on the backend alone, elsewhere: beside a state file, `terraform init` would want to move that file.
 */
export async function remoteState(folder: string, signal: AbortSignal): Promise<State | null | 'no-bucket'> {
  const stack = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')) as {
    terraform: { backend: unknown };
  };
  const cwd = mkdtempSync(join(tmpdir(), 'storytime-state-'));
  try {
    writeFileSync(
      join(cwd, 'main.tf.json'),
      JSON.stringify({ terraform: { backend: stack.terraform.backend } }),
    );
    await runTerraform(['init', '-input=false'], { cwd, signal });
    return parseState((await runTerraform(['state', 'pull'], { cwd, signal })).stdout);
  } catch (error) {
    if (isMissingBucket(error)) return 'no-bucket';
    throw error;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
