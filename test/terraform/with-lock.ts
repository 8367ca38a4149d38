/** A command of ops/ on dev's state stack with another lock: `with-lock.ts <lock> <command> [flags]`. */
import { parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { stateStackName } from '../../envs/state.ts';
import { synthesizeState } from '../../envs/synth.ts';
import { bootstrap } from '../../ops/bootstrap/bootstrap.ts';
import { interrupted, newProgram, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';
import { apply, passOn, plan } from '../../ops/terraform/commands.ts';

const region = dev.awsRegion;
const commands = new Map([
  ['plan', plan],
  ['apply', apply],
  ['terraform', passOn],
]);

const program = newProgram('with-lock')
  .argument('<lock>', 'lockfile, dynamodb or both')
  .argument('<command>', 'bootstrap, plan, apply or terraform')
  .argument('[flags...]')
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (lock: string, command: string, flags: string[]) => {
    const bucket = process.env.STATE_BUCKET;
    const lockTable = lock === 'lockfile' ? null : `${bucket}-locks`;
    const state = { kind: 's3', bucket, region, lock, lockTable };
    // Three state stacks share the suite's one account, where the names of the roles that deploy can be used only once.
    const config = parseEnvironment({ ...dev, state, deployment: null });
    const run = { flags, outdir, say, signal: interrupted };
    if (command === 'bootstrap') return bootstrap({ config, ...run });
    const target = {
      name: stateStackName(config),
      config,
      synthesize: (into: string) => synthesizeState({ config, outdir: into }),
      exampleGenerations: () => [],
      activeKey: () => null,
    };
    return commands.get(command)?.({ target, ...run });
  });

await runProgram(program);
