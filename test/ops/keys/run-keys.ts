/** `npm run keys` on the test's environment: its keys in KEYS_DIRECTORY, its lifetimes short. */
import { keysProgram } from '../../../ops/keys/program.ts';
import { interrupted, outdir, runProgram, say } from '../../../ops/terraform/command-line.ts';
import { ROTATED } from './fixture.ts';

const program = keysProgram({
  environmentNamed: () => ({ config: ROTATED, keysDirectory: process.env.KEYS_DIRECTORY ?? '' }),
  names: ['local'],
  outdir,
  say,
  signal: interrupted,
});

await runProgram(program);
