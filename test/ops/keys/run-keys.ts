/**
 * `npm run keys` on a test's environment, and `npm run plan` and `npm run apply` too: its configuration is in
 * ENVIRONMENT_CONFIG, as JSON, and its keys are in KEYS_DIRECTORY.
 */
import { parseEnvironment } from '../../../envs/config.ts';
import { keysTarget } from '../../../ops/keys/context.ts';
import { keysProgram } from '../../../ops/keys/program.ts';
import { interrupted, outdir, runProgram, say } from '../../../ops/terraform/command-line.ts';
import { apply, plan } from '../../../ops/terraform/commands.ts';

const config = parseEnvironment(JSON.parse(process.env.ENVIRONMENT_CONFIG ?? ''));
const keysDirectory = process.env.KEYS_DIRECTORY ?? '';
const program = keysProgram({
  environmentNamed: () => ({ config, keysDirectory }),
  names: ['local'],
  outdir,
  say,
  signal: interrupted,
});
for (const [name, run] of Object.entries({ plan, apply })) {
  program
    .command(name)
    .argument('[flags...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action((flags: string[]) =>
      run({ target: keysTarget(config, keysDirectory), flags, outdir, say, signal: interrupted }),
    );
}

await runProgram(program);
