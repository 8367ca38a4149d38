/** `npm run bootstrap -- <environment> [flags of terraform apply]`: the bucket that the environment's state is in. */
import { bootstrap } from './bootstrap/bootstrap.ts';
import { interrupted, newProgram, outdir, runProgram, say } from './terraform/command-line.ts';
import { environmentNamed } from './terraform/targets.ts';

const program = newProgram('npm run bootstrap')
  .description('Make an environment’s state bucket once, and keep that bucket’s own state in it')
  .usage('-- <environment> [flags of terraform apply]')
  .argument('[environment]')
  .argument('[flags...]', 'passed through to terraform apply')
  .allowUnknownOption()
  .passThroughOptions()
  .action((environment: string | undefined, flags: string[]) => {
    const { config } = environmentNamed(environment, ({ state }) => state.kind === 's3');
    return bootstrap({ config, flags, outdir, say, signal: interrupted });
  });

await runProgram(program);
