/**
 * `npm start`: the whole product on one laptop, no AWS account needed.
 *
 *   npm start                          the 20-second test clip
 *   npm start -- --video ./any.mp4     your own file
 *   npm start -- --once                headless: proves the path with a table of requests, exits 0 or 1
 */

import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { local } from '../envs/local.ts';
import { runLaptop } from './session/run.ts';

// Node 20.19 is supported here until the SDK drops it; a newcomer can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const command = new Command('npm start --')
  .description('Plays a real video behind signed cookies on this laptop; no AWS account needed.')
  .option('--video <file>', 'your own video instead of the test clip')
  .option('--once', 'run headless, prove the path with a table of requests, exit 0 or 1')
  .allowExcessArguments(false)
  .parse();
const { video, once } = command.opts<{ video?: string; once?: true }>();

process.exitCode = await runLaptop({
  environment: local,
  keysDirectory: fileURLToPath(new URL('../envs/keys/local', import.meta.url)),
  videoPath: video ?? null,
  once: once ?? false,
});
