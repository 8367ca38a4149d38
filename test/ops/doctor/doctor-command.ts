/** `npm run doctor` on the clinic, whose keys are in KEYS_DIRECTORY; without a name it asks for one as always. */
import { doctorProgram } from '../../../ops/doctor/program.ts';
import { interrupted, runProgram, say } from '../../../ops/terraform/command-line.ts';
import { environmentNamed } from '../../../ops/terraform/targets.ts';
import { CONFIG } from './clinic.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const program = doctorProgram({
  environmentNamed: (name) => (name === 'local' ? CONFIG : environmentNamed(name).config),
  keysDirectories: new Map([['local', process.env.KEYS_DIRECTORY ?? '']]),
  names: ['local'],
  say,
  signal: interrupted,
});

await runProgram(program);
