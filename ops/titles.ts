/** `npm run titles -- <environment>`: the catalogue of an environment's library. */
import { environments } from '../envs/environments.ts';
import { readOutputs } from './env/read-outputs.ts';
import { interrupted, outdir, runProgram, say } from './terraform/command-line.ts';
import { environmentNamed } from './terraform/targets.ts';
import { titlesProgram } from './titles/program.ts';

// Node 20.19 is supported here until the SDK drops it; the reader can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

await runProgram(
  titlesProgram({
    environmentNamed: (name) => {
      const target = environmentNamed(name);
      const outputs = () => readOutputs(target, { outdir, signal: interrupted });
      return { config: target.config, outputs };
    },
    names: [...environments.keys()],
    say,
    signal: interrupted,
  }),
);
