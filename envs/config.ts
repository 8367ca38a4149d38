/** An environment parsed once: what its file says, or every violation at once. */
import { violationsOf } from './config-check.ts';
import { ConfigError } from './config-error.ts';
import type { EnvironmentConfig } from './config-schema.ts';

export type { EnvironmentConfig };

/**
 * An environment whose every field holds what it promises.
 *
 * @throws ConfigError with every violation at once; values that might be secrets are not in it
 */
export function parseEnvironment(input: unknown): EnvironmentConfig {
  const checked = violationsOf(input);
  if (checked.violations.length > 0) throw new ConfigError(subjectOf(input), checked.violations);
  return checked.config;
}

function subjectOf(input: unknown): string {
  const name =
    typeof input === 'object' && input !== null && 'environment' in input ? input.environment : undefined;
  return typeof name === 'string' && /^[a-z0-9-]{1,20}$/.test(name) ? `environment "${name}"` : 'environment';
}
