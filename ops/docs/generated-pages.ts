/** Every page with generated parts, as it is and as it should be. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { architecturePages } from './architecture/pages.ts';
import { DocsError } from './docs-error.ts';
import type { GeneratedPage } from './generated-page.ts';
import { inconsistencyPage } from './inconsistency-table.ts';
import { type ConstructApi, moduleProgram, readModuleApi } from './module-api.ts';
import { withTables } from './module-tables.ts';

/** A module's README and the constructs that it is about. */
export interface ModuleReadme {
  readonly path: string;
  readonly file: string;
  readonly text: string;
  readonly constructs: ReadonlyMap<string, ConstructApi>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What can be made, and what keeps the rest from being made. */
export function generatedPages(): {
  readonly pages: readonly GeneratedPage[];
  readonly complaints: readonly string[];
} {
  const pages = architecturePages(join(ROOT, 'docs/architecture.md'), ROOT);
  const complaints: string[] = [];
  const add = (page: () => GeneratedPage) => {
    try {
      pages.push(page());
    } catch (error) {
      if (!(error instanceof DocsError)) throw error;
      complaints.push(...error.complaints);
    }
  };
  add(() => inconsistencyPage(join(ROOT, 'docs/runbooks/key-rotation.md'), ROOT));
  for (const { path, file, text, constructs } of moduleReadmes()) {
    add(() => ({ path, file, is: text, wanted: withTables(text, constructs, path) }));
  }
  return { pages, complaints };
}

/** Every module that has an `index.ts`, in alphabetical order; a README that is not there is empty. */
export function moduleReadmes(): ModuleReadme[] {
  const modules = join(ROOT, 'modules');
  const folders = readdirSync(modules)
    .map((name) => join(modules, name))
    .filter((folder) => existsSync(join(folder, 'index.ts')))
    .sort();
  const program = moduleProgram(folders.map((folder) => join(folder, 'index.ts')));
  return folders.map((folder) => {
    const file = join(folder, 'README.md');
    return {
      path: relative(ROOT, file),
      file,
      text: existsSync(file) ? readFileSync(file, 'utf8') : '',
      constructs: readModuleApi(join(folder, 'index.ts'), program, ROOT),
    };
  });
}
