/** `prepack` of each package, run in its folder: builds `dist/` again, as ESM and as CommonJS. Prints the compiler's errors. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildCommonJs } from './build-commonjs.ts';

const folder = process.cwd();
// A file that an older build left would be packed too.
rmSync(join(folder, 'dist'), { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-b', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
const errors = buildCommonJs(folder);
if (errors !== '') {
  process.stderr.write(errors);
  process.exitCode = 1;
}
