/** `npm start` as a process of its own, on free ports: for tests that send it signals. Arguments: a key folder. */

import { local } from '../../envs/local.ts';
import { runLaptop } from '../../local/session/run.ts';
import { freePorts } from './free-ports.ts';

const [demoPort = 0, edgePort = 0, edgeHttpPort = 0] = await freePorts(3);
const origins = [`http://localhost:${demoPort}`];
process.exitCode = await runLaptop({
  environment: {
    ...local,
    laptop: { demoPort, edgePort, edgeHttpPort },
    uploadOrigins: origins,
    playbackOrigins: origins,
  },
  keysDirectory: process.argv[2] ?? '',
  videoPath: null,
  once: false,
});
