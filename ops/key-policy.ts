/** `npm run key-policy -- <environment>`: the statements that the policy of a KMS key of somebody else must have. */
import { environments } from '../envs/environments.ts';
import { readOutputs } from './env/read-outputs.ts';
import { keyPolicy } from './key-policy/key-policy.ts';
import { complain, interrupted, newProgram, outdir, runProgram, say } from './terraform/command-line.ts';
import { requiredArgument } from './terraform/required-argument.ts';
import { environmentNamed } from './terraform/targets.ts';

const program = newProgram('npm run key-policy')
  .description(
    'Print the statements that the policy of encryptionKeyArn must have, as JSON; it changes nothing',
  )
  .usage('-- <environment>')
  .addArgument(requiredArgument('environment', `one of ${[...environments.keys()].join(', ')}`))
  .action(async (environment: string | undefined) => {
    const target = environmentNamed(environment);
    const { document, missing } = await keyPolicy(target.config, () =>
      readOutputs(target, { outdir, signal: interrupted }),
    );
    say(document);
    if (missing !== null) complain(`warning: ${missing}`);
  });

await runProgram(program);
