/** A clone without `dist/`: each npm script that imports one of our packages builds it first. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Of `import … from`, `export … from`, `import '…'` and `import('…')`; types alone load nothing. */
const SPECIFIER =
  /(?:^|\n|;)\s*(?:import|export)\s+(?!type\b)(?:[^'"`;]*?\bfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/g;

/** What `entry` leads to of our packages, with the file that imports it. */
function packagesBehind(entry: string, seen = new Set<string>()): string[] {
  const file = [entry, `${entry}.ts`].find((path) => existsSync(path)) ?? entry;
  if (seen.has(file)) return [];
  seen.add(file);
  return [...readFileSync(file, 'utf8').matchAll(SPECIFIER)]
    .map(([, fixed, dynamic]) => fixed ?? dynamic ?? '')
    .flatMap((specifier) => {
      if (specifier.startsWith('@storytime/')) return [`${relative(ROOT, file)}: ${specifier}`];
      return specifier.startsWith('.') && specifier.endsWith('.ts')
        ? packagesBehind(join(dirname(file), specifier), seen)
        : [];
    });
}

const programs = Object.entries(scripts).flatMap(([name, command]) =>
  [...command.matchAll(/--import tsx\/esm ([\w/.-]+\.ts)/g)].map(([, entry = '']) => [name, entry] as const),
);
const isBuiltFirst = (name: string) =>
  [scripts[`pre${name}`], scripts[name]?.split('--import tsx/esm')[0]].some((command) =>
    command?.includes('npm run build'),
  );

describe('npm run', () => {
  it.each(programs)('%s: %s imports no package that was not built', (name, entry) => {
    expect(existsSync(join(ROOT, entry))).toBe(true);
    const behind = packagesBehind(join(ROOT, entry));
    expect(isBuiltFirst(name) ? [] : behind).toEqual([]);
  });

  it('is looked at as far as its packages', () => {
    expect(packagesBehind(join(ROOT, 'local/edge.ts'))).not.toEqual([]);
    expect(programs.length).toBeGreaterThan(15);
  });
});
