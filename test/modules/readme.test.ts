import { describe, expect, it } from 'vitest';
import { generatedPages, moduleReadmes } from '../../ops/docs/generated-pages.ts';
import { missingTables } from '../../ops/docs/module-tables.ts';

const readmes = moduleReadmes();

describe('the READMEs of the modules', () => {
  it('are as npm run docs writes them', () => {
    const { pages, complaints } = generatedPages();
    const stale = pages.filter(({ path, is, wanted }) => path.startsWith('modules/') && is !== wanted);

    expect(complaints).toEqual([]);
    expect(stale.map(({ path }) => path)).toEqual([]);
  });

  it('have tables of every construct that their module exports', () => {
    expect(readmes.length).toBeGreaterThan(4);
    for (const { path, text, constructs } of readmes) {
      expect(constructs.size, path).toBeGreaterThan(0);
      expect(missingTables(text, constructs), path).toEqual([]);
    }
  });

  it('begin with a name, one sentence, and the smallest use', () => {
    for (const { path, text } of readmes) {
      expect(text, path).toMatch(/^# \w+\n\n[A-Z].*\.\n\n```ts\n/);
    }
  });
});
