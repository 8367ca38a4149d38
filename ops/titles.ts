/** `npm run titles -- <environment>`: the catalogue of an environment's library. */
import { environments } from '../envs/environments.ts';
import { appliedEnvironment } from './library/applied-environment.ts';
import { interrupted, runProgram, say } from './terraform/command-line.ts';
import { titlesProgram } from './titles/program.ts';

// Node 20.19 is supported here until the SDK drops it; the reader can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

await runProgram(
  titlesProgram({
    environmentNamed: appliedEnvironment,
    names: [...environments.keys()],
    say,
    env: process.env,
    signal: interrupted,
  }),
);
