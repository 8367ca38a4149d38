/** `npm run doctor -- <environment> '<url>'`: why does this viewer get 403? */
import { environments, keysDirectory } from '../envs/environments.ts';
import { doctorProgram } from './doctor/program.ts';
import { interrupted, runProgram, say } from './terraform/command-line.ts';
import { environmentNamed } from './terraform/targets.ts';

// Node 20.19 is supported here until the SDK drops it; who is on call can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = doctorProgram({
  environmentNamed: (name) => environmentNamed(name).config,
  keysDirectories: new Map([...environments.keys()].map((name) => [name, keysDirectory(name)])),
  names: [...environments.keys()],
  say,
  signal: interrupted,
});

await runProgram(program);
