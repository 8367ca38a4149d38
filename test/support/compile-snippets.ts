/** Compiles the TypeScript of a page as a reader would paste it: strict, with nothing but what the page imports. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const OPTIONS =
  '--noEmit --strict --module nodenext --target es2022 --types node --skipLibCheck --allowImportingTsExtensions';

/** How many snippets `page` (relative to the root) has, and what the compiler says of them: empty when all is well. */
export function compileSnippets(page: string): { count: number; complaints: string } {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const snippets = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  if (snippets.length === 0) return { count: 0, complaints: '' };
  // Below the root, so that packages resolve; out of sight of everything else.
  mkdirSync(join(ROOT, '.storytime'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.storytime', 'snippets-'));
  try {
    const files = snippets.map((code, index) => {
      const file = join(folder, `snippet-${index}.mts`);
      writeFileSync(file, code);
      return file;
    });
    const { stdout } = spawnSync(process.execPath, [TSC, ...OPTIONS.split(' '), ...files], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return { count: snippets.length, complaints: stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
