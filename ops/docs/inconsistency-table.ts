/** The runbook's table of inconsistencies, from the table that `npm run keys` finds them by. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { INCONSISTENCIES } from '../keys/find-inconsistencies.ts';
import { weightWord } from '../keys/inconsistencies.ts';
import { DocsError } from './docs-error.ts';
import type { GeneratedPage } from './generated-page.ts';

const MARKED = /^<!-- inconsistencies -->$[\s\S]*?^<!-- \/inconsistencies -->$/m;

/** @throws DocsError for a page without the markers */
export function inconsistencyPage(file: string, root: string): GeneratedPage {
  const path = relative(root, file);
  const is = readFileSync(file, 'utf8');
  if (!MARKED.test(is))
    throw new DocsError([`${path}: no <!-- inconsistencies --> … <!-- /inconsistencies -->`]);
  const wanted = is.replace(MARKED, () => `<!-- inconsistencies -->\n${table()}\n<!-- /inconsistencies -->`);
  return { path, file, is, wanted };
}

function table(): string {
  const rows = Object.entries(INCONSISTENCIES).map(([kind, { weight, or, means }]) => {
    const word = weightWord(weight);
    const weights = or === undefined ? word : `${word}; ${weightWord(or.weight)} if ${or.when}`;
    return `| ${means} | ${weights} | \`${kind}\` |`;
  });
  return ['| it means | `status` begins the line with | `--json` names it |', '|---|---|---|', ...rows].join(
    '\n',
  );
}
