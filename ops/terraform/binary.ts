/** Which Terraform to run, and in which environment. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { callersFile } from './callers-file.ts';
import { downloadedTerraform } from './downloaded.ts';

/**
 * `TERRAFORM_BINARY_NAME` (CDKTF's own variable), a name or a path, else the first of `terraform` and `tofu` on PATH, else
 * the Terraform that `npm start` downloaded. Undefined when there is none.
 */
export function findTerraform(env: NodeJS.ProcessEnv): string | undefined {
  const onPath = (name: string): boolean =>
    (env.PATH ?? '').split(delimiter).some((directory) => isExecutable(join(directory, name)));
  const downloaded = downloadedTerraform(env);
  const named = env.TERRAFORM_BINARY_NAME;
  // Terraform itself runs in the stack's folder.
  if (named) return named.includes('/') ? callersFile(named, env) : named;
  return ['terraform', 'tofu'].find(onPath) || (isExecutable(downloaded) ? downloaded : undefined);
}

/** The environment as Terraform gets it: no version check by phone, no hints about the next command. */
export function terraformEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { TF_CLI_CONFIG_FILE: named, ...rest } = env;
  // Terraform runs in the stack's folder, where a relative path would lead elsewhere.
  const config = named ? callersFile(named, env) : undefined;
  const kept = config !== undefined && existsSync(config) ? { ...rest, TF_CLI_CONFIG_FILE: config } : rest;
  return { ...kept, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
