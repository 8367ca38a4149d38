/** `npm run docs [-- --check]`: the parts of the documentation that are made from the code. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedPages } from './docs/generated-pages.ts';
import { complain, newProgram, runProgram, say } from './terraform/command-line.ts';

const program = newProgram('npm run docs')
  .description(
    'Write what is generated in the documentation: tables of the modules’ READMEs, pictures of the stacks',
  )
  .usage('[-- --check]')
  .option('--check', 'write nothing; name what is out of date and exit with 1')
  .action(({ check }: { check?: boolean }) => {
    const { pages, complaints } = generatedPages();
    const stale = pages.filter(({ is, wanted }) => is !== wanted);
    for (const { path, file, wanted } of stale) {
      if (check) {
        say(`${path}: out of date; run npm run docs`);
      } else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, wanted);
        say(`${path}: written`);
      }
    }
    for (const complaint of complaints) complain(complaint);
    if (complaints.length > 0 || (check && stale.length > 0)) process.exitCode = 1;
  });

await runProgram(program);
