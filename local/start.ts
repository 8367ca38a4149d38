/**
 * `npm start`: the whole product on this machine, no AWS account needed.
 *
 *   npm start                          the 20-second test clip
 *   npm start -- --video ./any.mp4     your own file
 *   npm start -- --port 4500           the demo page on another port; --edge-port and --edge-http-port for the edge
 *   npm start -- --once                checks the path with a table of requests, exits 0 or 1
 */

import { loaded } from '../envs/load-file.ts';
import { withPorts } from '../envs/local-ports.ts';
import { callersFile } from '../ops/terraform/callers-file.ts';
import { newProgram, runProgram } from '../ops/terraform/command-line.ts';
import { PORT_OPTIONS, type PortFlags, portsFrom } from './session/ports.ts';
import { runLocal } from './session/run.ts';

// Node 20.19 is supported here until the SDK drops it; a newcomer can do nothing about the SDK's notice.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

interface Flags extends PortFlags {
  readonly video?: string;
  readonly once?: true;
}

const { local } = await loaded(() => import('../envs/local.ts'));
const { localPorts: ports } = local;
const program = newProgram('npm start --')
  .description('Plays a real video behind signed cookies on this machine; no AWS account needed.')
  .option('--video <file>', 'your own video instead of the test clip')
  .option(`${PORT_OPTIONS.demoPort} <number>`, `port of the demo page (default: ${ports?.demoPort})`)
  .option(
    `${PORT_OPTIONS.edgePort} <number>`,
    `port for requests that CloudFront would get by https (default: ${ports?.edgePort})`,
  )
  .option(
    `${PORT_OPTIONS.edgeHttpPort} <number>`,
    `port for requests that CloudFront would get by http (default: ${ports?.edgeHttpPort})`,
  )
  .option('--once', 'check the path with a table of requests and exit: 0 if all are right, else 1')
  .allowExcessArguments(false)
  .action(async ({ video, once, ...flags }: Flags) => {
    process.exitCode = await runLocal({
      environment: ports === null ? local : withPorts(local, portsFrom(flags, ports)),
      videoPath: video === undefined ? null : callersFile(video, process.env),
      once: once ?? false,
    });
  });

await runProgram(program);
