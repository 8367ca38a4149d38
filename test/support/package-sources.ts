/** Our packages by the names that are imported, as the sources of what they export: what sees these needs no build. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['signer/', 'modules/mediaconvert/hls-jobs/'];

/** `@storytime/signer/kms` → `…/signer/src/kms/index.ts`, … */
export function packageSources(): ReadonlyMap<string, string> {
  return new Map(FOLDERS.flatMap((folder) => sourcesIn(new URL(`../../${folder}`, import.meta.url))));
}

function sourcesIn(root: URL): [string, string][] {
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    name: string;
    exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  return Object.entries(exports).flatMap(([subpath, target]): [string, string][] => {
    if (typeof target === 'string') return [];
    const source = target.default.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
    return [[`${name}${subpath.slice(1)}`, fileURLToPath(new URL(source, root))]];
  });
}
