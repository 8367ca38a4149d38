/** `npm run terraform|plan|apply -- <environment> …` as docs/existing-buckets.md says it, on the environment of its test. */
import { parseEnvironment } from '../../envs/config.ts';
import { keysTarget } from '../../ops/keys/context.ts';
import { interrupted, newProgram, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';
import { apply, passOn, plan } from '../../ops/terraform/commands.ts';

const [, script = '', , , ...flags] = process.argv.slice(2);
const config = parseEnvironment(JSON.parse(process.env.ENVIRONMENT_OF_TEST ?? 'null'));
const run = { terraform: passOn, plan, apply }[script];

process.argv.splice(2);
await runProgram(
  newProgram('npm').action(async () => {
    if (run === undefined) throw new TypeError(`no npm run ${script} in this test`);
    const target = keysTarget(config, process.env.KEYS_DIRECTORY ?? '');
    await run({ target, flags, outdir, say, signal: interrupted });
  }),
);
