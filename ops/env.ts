/** `npm run env -- <environment> [--json]`: what a backend reads, from what Terraform made. */
import { environments } from '../envs/environments.ts';
import { backendEnvironment } from './env/backend-environment.ts';
import { dotenv } from './env/dotenv.ts';
import { readOutputs } from './env/read-outputs.ts';
import { interrupted, newProgram, outdir, runProgram, say } from './terraform/command-line.ts';
import { requiredArgument } from './terraform/required-argument.ts';
import { environmentNamed } from './terraform/targets.ts';

const program = newProgram('npm run env')
  .description(
    'Print an environment’s outputs as the variables that a backend reads; nothing in them is secret',
  )
  .usage('-- <environment> [--json]')
  .addArgument(requiredArgument('environment', `one of ${[...environments.keys()].join(', ')}`))
  .option('--json', 'one JSON object instead of dotenv lines')
  .action(async (environment: string | undefined, { json }: { json?: boolean }) => {
    const target = environmentNamed(environment);
    const variables = backendEnvironment(
      target.config,
      await readOutputs(target, { outdir, signal: interrupted }),
    );
    say(json ? JSON.stringify(variables, null, 2) : dotenv(variables));
  });

await runProgram(program);
