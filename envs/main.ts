/** The CDKTF app: every environment of an account, and `local` while the AWS API is the local one. */
import { existsSync } from 'node:fs';
import { isLocalAws } from '../aws/values/loopback.ts';
import { parseEnvironment } from './config.ts';
import { environments, keysDirectory } from './environments.ts';
import { exampleGenerations } from './example-keys.ts';
import { exampleValuesText } from './example-values.ts';
import { readTrustedKeys } from './keys.ts';
import { synthesizeAll } from './synth.ts';

const localAws = isLocalAws(process.env);
const synthesized = [...environments.values()]
  .filter(
    ({ environment, localPorts }) =>
      localPorts === null || (localAws && existsSync(keysDirectory(environment))),
  )
  .map((config) => ({
    config: parseEnvironment(config),
    keys: readTrustedKeys(keysDirectory(config.environment)),
  }));

for (const { config, keys } of localAws ? [] : synthesized) {
  const text = exampleValuesText(config);
  if (text !== null) {
    process.stderr.write(
      `warning: ${text}; npm run bootstrap and npm run apply refuse them, cdktf deploy does not\n`,
    );
  }
  for (const generation of exampleGenerations(keys)) {
    process.stderr.write(
      `warning: envs/keys/${config.environment}/${generation}.pem is the example key, and nobody has its private key: ` +
        'npm run apply refuses it, cdktf deploy does not\n',
    );
  }
}

synthesizeAll(synthesized);
