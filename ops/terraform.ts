/** `npm run synth | plan | apply | destroy | terraform -- <environment> [flags of Terraform]` */
import { withCallersFiles } from './terraform/callers-file.ts';
import { interrupted, newProgram, outdir, runProgram, say } from './terraform/command-line.ts';
import { apply, type CommandOptions, destroy, passOn, plan } from './terraform/commands.ts';
import { exampleValuesWarning } from './terraform/guard.ts';
import { requiredArgument } from './terraform/required-argument.ts';
import { accountTargets, targetNamed, targetNames } from './terraform/targets.ts';

const YES = 'answer all questions with yes, as Terraform’s -auto-approve does';
const program = newProgram('npm run').description('Synthesize an environment and run Terraform on it');

program
  .command('synth')
  .description(
    'write cdk.tf.json of these environments (default: every environment on AWS and its state bucket)',
  )
  .argument('[environments...]')
  .action((names: string[]) => {
    const targets = names.length > 0 ? names.map((name) => targetNamed(name)) : accountTargets();
    // Once for an environment and the stack of its state, which share their values.
    const warnings = new Set(targets.map((target) => exampleValuesWarning(target, process.env)));
    for (const target of targets) say(`${target.name}: ${target.synthesize(outdir)}`);
    for (const warning of warnings) if (warning !== null) process.stderr.write(`${warning}\n`);
  });

terraformCommand('plan', 'plan an environment and keep the plan', plan, { asks: false });
terraformCommand('apply', 'apply the kept plan, or plan and ask', apply);
terraformCommand('destroy', 'destroy an environment, after asking', destroy);
terraformCommand('terraform', 'another command of Terraform: state list, import, force-unlock, …', passOn, {
  asks: true,
  usage: '-- <environment> <command> [flags of Terraform]',
});

await runProgram(program);

function terraformCommand(
  name: string,
  description: string,
  run: (options: CommandOptions) => Promise<void>,
  {
    asks,
    usage = '-- <environment> [flags of Terraform]',
  }: { readonly asks: boolean; readonly usage?: string } = {
    asks: true,
  },
): void {
  const command = program.command(name);
  if (asks) command.option('--yes', YES);
  command
    .description(description)
    .usage(usage)
    .addArgument(requiredArgument('environment', `one of ${targetNames().join(', ')}`))
    .argument('[flags...]', 'passed through to Terraform')
    .allowUnknownOption()
    .passThroughOptions()
    .action((environment: string | undefined, flags: string[], { yes }: { yes?: boolean }) =>
      run({
        target: targetNamed(environment),
        flags: withCallersFiles(yes ? [...flags, '--yes'] : flags, process.env),
        outdir,
        say,
        signal: interrupted,
      }),
    );
}
