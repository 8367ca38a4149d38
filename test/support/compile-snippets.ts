/** Compiles the TypeScript of a page as a reader would paste it: strict, with nothing but what the page imports. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const OPTIONS =
  '--noEmit --strict --module nodenext --target es2022 --types node --skipLibCheck --allowImportingTsExtensions';

export interface Snippet {
  /** Where it stands, in letters, digits and dashes: the compiler's complaints begin with it. */
  readonly name: string;
  readonly code: string;
}

/** How many snippets `page` (relative to the root) has, and what the compiler says of them: empty when all is well. */
export function compileSnippets(page: string): { count: number; complaints: string } {
  const snippets = snippetsOf(readFileSync(join(ROOT, page), 'utf8'), 'snippet');
  return { count: snippets.length, complaints: compile(snippets) };
}

/** The ```ts blocks of a page, numbered. */
export function snippetsOf(text: string, name: string): Snippet[] {
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], index) => ({
    name: `${name}-${index}`,
    code,
  }));
}

/** What the compiler says of all of them in one run. */
export function compile(snippets: readonly Snippet[]): string {
  if (snippets.length === 0) return '';
  // Below the root, so that packages resolve; out of sight of everything else.
  mkdirSync(join(ROOT, '.storytime'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.storytime', 'snippets-'));
  try {
    const files = snippets.map(({ name, code }) => {
      const file = join(folder, `${name}.mts`);
      writeFileSync(file, code);
      return file;
    });
    const { stdout } = spawnSync(process.execPath, [TSC, ...OPTIONS.split(' '), ...files], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
