import { parseEnvironment } from '../../envs/config.ts';
import { ConfigError, type Violation } from '../../envs/config-error.ts';

/** What a configuration is refused for; empty for one that is accepted. */
export function violationsOf(config: unknown): readonly Violation[] {
  try {
    parseEnvironment(config);
  } catch (error) {
    if (error instanceof ConfigError) return error.violations;
    throw error;
  }
  return [];
}
