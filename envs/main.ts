/** The CDKTF app: every environment that has keys. `local` has them only while `npm start` runs or after it has. */
import { existsSync } from 'node:fs';
import { parseEnvironment } from './config.ts';
import { environments, keysDirectory } from './environments.ts';
import { readTrustedKeys } from './keys.ts';
import { synthesizeAll } from './synth.ts';

synthesizeAll(
  [...environments.values()]
    .filter(({ environment, laptop }) => laptop === null || existsSync(keysDirectory(environment)))
    .map((config) => ({
      config: parseEnvironment(config),
      keys: readTrustedKeys(keysDirectory(config.environment)),
    })),
);
