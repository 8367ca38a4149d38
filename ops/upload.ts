/** `npm run upload -- <environment> <files or folders…>`: from files to titles that play. */
import { environments } from '../envs/environments.ts';
import { connectLibrary } from './library/account.ts';
import { appliedEnvironment } from './library/applied-environment.ts';
import { interrupted, runProgram } from './terraform/command-line.ts';
import { uploadProgram } from './upload/program.ts';

// Node 20.19 is supported here until the SDK drops it; who uploads can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = uploadProgram({
  environmentNamed: appliedEnvironment,
  names: [...environments.keys()],
  connect: connectLibrary,
  output: process.stdout,
  env: process.env,
  signal: interrupted,
});

await runProgram(program);
