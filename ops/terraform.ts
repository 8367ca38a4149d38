/** `npm run synth | plan | apply | destroy -- <environment> [flags of Terraform]` */
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ConfigError } from '../envs/config-error.ts';
import { apply, type CommandOptions, destroy, plan } from './terraform/commands.ts';
import { TerraformError } from './terraform/run.ts';
import { accountTargets, targetNamed, targetNames, UsageError } from './terraform/targets.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** CDKTF's own variable moves the output, for tests and for its command line alike. */
const outdir = process.env.CDKTF_OUTDIR ?? fileURLToPath(new URL('../cdktf.out', import.meta.url));

const terminated = new AbortController();

const program = new Command('npm run')
  .description('Synthesize an environment and run Terraform on it')
  .enablePositionalOptions()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));

program
  .command('synth')
  .description('write cdk.tf.json of the environments named, or of all that live in an account')
  .argument('[environments...]')
  .action((names: string[]) => {
    const targets = names.length > 0 ? names.map(targetNamed) : accountTargets();
    for (const target of targets) say(`${target.name}: ${target.synthesize(outdir)}`);
  });

terraformCommand('plan', 'plan an environment and keep the plan', plan);
terraformCommand('apply', 'apply the kept plan, or plan and ask', apply);
terraformCommand('destroy', 'destroy an environment, after asking', destroy);

// Ctrl-C reaches Terraform at the same terminal; a SIGTERM reaches only us. Either way it saves its state and we wait.
process.on('SIGINT', () => {});
process.once('SIGTERM', () => terminated.abort('SIGTERM'));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
}

function terraformCommand(
  name: string,
  description: string,
  run: (options: CommandOptions) => Promise<void>,
): void {
  program
    .command(name)
    .description(description)
    .usage('-- <environment> [flags of Terraform]')
    .argument('[environment]', `one of ${targetNames().join(', ')}`)
    .argument('[flags...]', 'passed through to Terraform')
    .allowUnknownOption()
    .passThroughOptions()
    .action((environment: string | undefined, flags: string[]) =>
      run({ target: targetNamed(environment), flags, outdir, say, signal: terminated.signal }),
    );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A mistake of a person or of the world is a line, not a stack trace; anything else is a defect of ours. */
function messageOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError || error instanceof TerraformError)
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
