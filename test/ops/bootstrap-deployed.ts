/** `npm run bootstrap -- dev` as where dev is deployed from GitHub Actions: `bootstrap-deployed.ts [flags of apply]`. */
import { parseEnvironment } from '../../envs/config.ts';
import { bootstrap } from '../../ops/bootstrap/bootstrap.ts';
import { interrupted, newProgram, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';
import { deployedDev } from './deployed-dev.ts';

const program = newProgram('bootstrap-deployed')
  .argument('[flags...]')
  .allowUnknownOption()
  .passThroughOptions()
  .action((flags: string[]) =>
    bootstrap({ config: parseEnvironment(deployedDev), flags, outdir, say, signal: interrupted }),
  );

await runProgram(program);
