/** `npm run upload -- <environment> <files or folders…>`: from files to titles that play. */
import { environments } from '../envs/environments.ts';
import { readOutputs } from './env/read-outputs.ts';
import { connectLibrary } from './library/account.ts';
import { interrupted, outdir, runProgram } from './terraform/command-line.ts';
import { environmentNamed } from './terraform/targets.ts';
import { uploadProgram } from './upload/program.ts';

// Node 20.19 is supported here until the SDK drops it; who uploads can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = uploadProgram({
  environmentNamed: (name) => {
    const target = environmentNamed(name);
    return {
      config: target.config,
      outputs: () => readOutputs(target, { outdir, signal: interrupted }),
    };
  },
  names: [...environments.keys()],
  connect: connectLibrary,
  output: process.stdout,
  env: process.env,
  signal: interrupted,
});

await runProgram(program);
