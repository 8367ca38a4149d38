/** A backend's environment, of an environment that is there as a whole. */
import { backendVariables } from '../../envs/backend-variables.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { UsageError } from '../terraform/targets.ts';

/**
 * A backend's variables, from what Terraform made.
 *
 * @throws UsageError naming every output that is not there, or is not text
 */
export function backendEnvironment(
  config: Pick<EnvironmentConfig, 'environment'> & Parameters<typeof backendVariables>[0],
  outputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const { variables, missing } = backendVariables(config, outputs);
  if (missing.length > 0) {
    throw new UsageError(
      `"${config.environment}" has not been applied to its end, it has no output ${missing.join(', ')}: ` +
        `npm run apply -- ${config.environment}`,
    );
  }
  return variables;
}
