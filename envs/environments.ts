/** Every environment by name. A new one is a file of values and a line here. */
import { fileURLToPath } from 'node:url';
import type { EnvironmentConfig } from './config.ts';
import { dev } from './dev.ts';
import { local } from './local.ts';
import { prod } from './prod.ts';

export const environments: ReadonlyMap<string, EnvironmentConfig> = new Map(
  [dev, prod, local].map((config) => [config.environment, config]),
);

/** Where an environment's public keys are: `envs/keys/<environment>`. */
export function keysDirectory(environment: string): string {
  return fileURLToPath(new URL(`keys/${environment}`, import.meta.url));
}
