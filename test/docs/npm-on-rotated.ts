/** `npm` as the runbook says it, on a test's environment: `run [--silent] keys|plan|apply -- …`, with short lifetimes. */
import { keysTarget } from '../../ops/keys/context.ts';
import { keysProgram } from '../../ops/keys/program.ts';
import { interrupted, newProgram, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';
import { apply, plan } from '../../ops/terraform/commands.ts';
import { ROTATED } from '../ops/keys/fixture.ts';

const [script = '', ...rest] = process.argv
  .slice(2)
  .filter((word) => !['run', '--silent', '--'].includes(word));
const keysDirectory = process.env.KEYS_DIRECTORY ?? '';
const commands = { plan, apply };

process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest);
if (script === 'keys') {
  await runProgram(
    keysProgram({
      environmentNamed: () => ({ config: ROTATED, keysDirectory }),
      names: ['local'],
      outdir,
      say,
      signal: interrupted,
    }),
  );
} else {
  await runProgram(
    newProgram('npm')
      .argument('<environment>')
      .argument('[flags...]')
      .action(async (_: string, flags: string[]) => {
        const run = commands[script as keyof typeof commands];
        await run({ target: keysTarget(ROTATED, keysDirectory), flags, outdir, say, signal: interrupted });
      }),
  );
}
