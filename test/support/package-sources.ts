/** Our packages by the names that are imported, as the sources of what they export: what sees these needs no build. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PACKAGE_FOLDERS } from './pack.ts';

/** Conditions, one in another. */
interface Target {
  readonly import?: Target;
  readonly default?: string;
}

/** `@storytime/signer/kms` → `…/signer/src/kms/index.ts`, … */
export function packageSources(): ReadonlyMap<string, string> {
  return new Map(
    PACKAGE_FOLDERS.flatMap((folder) => sourcesIn(new URL(`../../${folder}/`, import.meta.url))),
  );
}

function sourcesIn(root: URL): [string, string][] {
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    name: string;
    exports: Readonly<Record<string, string | Target>>;
  };
  return Object.entries(exports).flatMap(([subpath, target]): [string, string][] => {
    if (typeof target === 'string') return [];
    const source = esmOf(target).replace('/dist/', '/src/').replace(/\.js$/, '.ts');
    return [[`${name}${subpath.slice(1)}`, fileURLToPath(new URL(source, root))]];
  });
}

function esmOf({ import: esm, default: file }: Target): string {
  return esm === undefined ? (file ?? '') : esmOf(esm);
}
