/** `npm run keys` on the proof's environment: `local` with its lifetimes from ROTATION_LIFETIMES, its keys in KEYS_DIRECTORY. */
import { local } from '../../envs/local.ts';
import { keysProgram } from '../../ops/keys/program.ts';
import { interrupted, outdir, runProgram, say } from '../../ops/terraform/command-line.ts';

const lifetimes = JSON.parse(process.env.ROTATION_LIFETIMES ?? '{}');

await runProgram(
  keysProgram({
    environmentNamed: () => ({
      config: { ...local, ...lifetimes },
      keysDirectory: process.env.KEYS_DIRECTORY ?? '',
    }),
    names: ['local'],
    outdir,
    say,
    signal: interrupted,
  }),
);
