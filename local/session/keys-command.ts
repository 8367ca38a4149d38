/** `npm run keys` on a running laptop: its configuration and keys folder come from STORYTIME_LAPTOP. */

import { z } from 'zod';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { keysProgram } from '../../ops/keys/program.ts';
import { interrupted, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';

// Node 20.19 is supported here until the SDK drops it; who looks at the page can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { config, keysDirectory } = z
  // The configuration is parsed by every key command itself.
  .object({ config: z.custom<EnvironmentConfig>(), keysDirectory: z.string() })
  .parse(JSON.parse(process.env.STORYTIME_LAPTOP ?? '{}'));

await runProgram(
  keysProgram({
    environmentNamed: () => ({ config, keysDirectory }),
    names: [config.environment],
    outdir,
    say,
    signal: interrupted,
  }),
);
