/** Which Terraform to run, and in which environment. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { downloadedTerraform } from './downloaded.ts';

/**
 * `TERRAFORM_BINARY_NAME` (CDKTF's own variable) as it stands, else the first of `terraform` and `tofu` on PATH, else
 * the Terraform that `npm start` downloaded. Undefined when there is none.
 */
export function findTerraform(env: NodeJS.ProcessEnv): string | undefined {
  const onPath = (name: string): boolean =>
    (env.PATH ?? '').split(delimiter).some((directory) => isExecutable(join(directory, name)));
  const downloaded = downloadedTerraform(env);
  return (
    env.TERRAFORM_BINARY_NAME ||
    ['terraform', 'tofu'].find(onPath) ||
    (isExecutable(downloaded) ? downloaded : undefined)
  );
}

/** The environment as Terraform gets it: no version check by phone, no hints about the next command. */
export function terraformEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const config = env.TF_CLI_CONFIG_FILE;
  const { TF_CLI_CONFIG_FILE: _missing, ...rest } = env;
  const kept = config !== undefined && !existsSync(config) ? rest : env;
  return { ...kept, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
