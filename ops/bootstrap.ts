/** `npm run bootstrap -- <environment> [flags of terraform apply]`: the bucket that the environment's state is in. */
import { bootstrap } from './bootstrap/bootstrap.ts';
import { withApproval } from './terraform/approval.ts';
import { withCallersFiles } from './terraform/callers-file.ts';
import { interrupted, newProgram, outdir, runProgram, say } from './terraform/command-line.ts';
import { requiredArgument } from './terraform/required-argument.ts';
import { environmentNamed } from './terraform/targets.ts';

const program = newProgram('npm run bootstrap')
  .description('Make an environment’s state bucket once, and keep that bucket’s own state in it')
  .usage('-- <environment> [flags of terraform apply]')
  .addArgument(requiredArgument('environment', 'one that keeps its state in S3'))
  .argument('[flags...]', 'passed through to terraform apply')
  .option('--yes', 'answer all questions with yes, as Terraform’s -auto-approve does')
  .allowUnknownOption()
  .passThroughOptions()
  .action((environment: string | undefined, given: string[], { yes }: { yes?: boolean }) => {
    const flags = withCallersFiles(withApproval('apply', yes ? [...given, '--yes'] : given), process.env);
    const { config } = environmentNamed(environment, ({ state }) => state.kind === 's3');
    return bootstrap({ config, flags, outdir, say, signal: interrupted });
  });

await runProgram(program);
