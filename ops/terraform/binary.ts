/** Which Terraform to run, and in which environment. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * `TERRAFORM_BINARY_NAME` (CDKTF's own variable) as it stands, else the first of `terraform` and `tofu` on PATH.
 * Undefined when there is neither.
 */
export function findTerraform(env: NodeJS.ProcessEnv): string | undefined {
  return env.TERRAFORM_BINARY_NAME || ['terraform', 'tofu'].find((name) => isOnPath(name, env.PATH ?? ''));
}

/** The environment as Terraform gets it: no version check by phone, no hints about the next command. */
export function terraformEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const config = env.TF_CLI_CONFIG_FILE;
  const { TF_CLI_CONFIG_FILE: _missing, ...rest } = env;
  const kept = config !== undefined && !existsSync(config) ? rest : env;
  return { ...kept, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
}

function isOnPath(name: string, path: string): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
