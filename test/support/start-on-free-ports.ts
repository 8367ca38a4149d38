/** `npm start` as a process of its own, on free ports: for tests that send it signals. */

import { local } from '../../envs/local.ts';
import { withPorts } from '../../envs/local-ports.ts';
import { runLocal } from '../../local/session/run.ts';
import { freePorts } from './free-ports.ts';

const [demoPort = 0, edgePort = 0, edgeHttpPort = 0] = await freePorts(3);
process.exitCode = await runLocal({
  environment: withPorts(local, { demoPort, edgePort, edgeHttpPort }),
  videoPath: null,
  once: false,
});
