/** Every environment by name. A new one is a file of values and a line here. */
import { fileURLToPath } from 'node:url';
import { refuseSharedNames } from './across.ts';
import type { EnvironmentConfig } from './config.ts';
import { loaded } from './load-file.ts';
import { runningLocal } from './running-local.ts';

const { dev } = await loaded(() => import('./dev.ts'));
const { prod } = await loaded(() => import('./prod.ts'));
const { local: localOfItsFile } = await loaded(() => import('./local.ts'));

const running = await loaded(() => runningLocal(process.env));
const local = running?.config ?? localOfItsFile;

export const environments: ReadonlyMap<string, EnvironmentConfig> = new Map(
  [dev, prod, local].map((config) => [config.environment, config]),
);

await loaded(() => refuseSharedNames([...environments.values()]));

/** Where an environment's public keys are: `envs/keys/<environment>`, or the folder of the run that we belong to. */
export function keysDirectory(environment: string): string {
  if (running !== null && environment === running.config.environment) return running.keysDirectory;
  return fileURLToPath(new URL(`keys/${environment}`, import.meta.url));
}
