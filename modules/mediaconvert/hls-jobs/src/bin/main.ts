/** The process around the program. */
import { runCommandLine } from './storytime-hls-job.ts';

process.exitCode = runCommandLine(process.argv.slice(2), {
  env: process.env,
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
