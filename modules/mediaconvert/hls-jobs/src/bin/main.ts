/** The process around the program. */
import { readFileSync } from 'node:fs';
import { runCommandLine } from './storytime-hls-job.ts';

process.exitCode = runCommandLine(process.argv.slice(2), {
  env: process.env,
  readDescriptor: (descriptor) => readFileSync(descriptor, 'utf8'),
  writeOut: (text) => process.stdout.write(text),
  writeError: (text) => process.stderr.write(text),
});
