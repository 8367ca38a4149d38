/** `npm run keys -- <command> <environment>`: the life of the signing key. */
import { environments, keysDirectory } from '../envs/environments.ts';
import { keysProgram } from './keys/program.ts';
import { interrupted, outdir, runProgram, say } from './terraform/command-line.ts';
import { environmentNamed } from './terraform/targets.ts';

// Node 20.19 is supported here until the SDK drops it; the person on call can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = keysProgram({
  environmentNamed: (name) => {
    const { config } = environmentNamed(name);
    return { config, keysDirectory: keysDirectory(config.environment) };
  },
  names: [...environments.keys()],
  outdir,
  say,
  signal: interrupted,
});

await runProgram(program);
