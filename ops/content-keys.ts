/** `npm run content-keys -- <command> <environment> <id>`: new keys for encrypted titles. */
import { environments } from '../envs/environments.ts';
import { contentKeysProgram } from './content-keys/program.ts';
import { connectLibrary } from './library/account.ts';
import { appliedEnvironment } from './library/applied-environment.ts';
import { interrupted, runProgram, say } from './terraform/command-line.ts';

// Node 20.19 is supported here until the SDK drops it; the reader can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

await runProgram(
  contentKeysProgram({
    environmentNamed: appliedEnvironment,
    names: [...environments.keys()],
    connect: connectLibrary,
    say,
    env: process.env,
    signal: interrupted,
  }),
);
