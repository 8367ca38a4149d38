/** The page on Bunny: its TypeScript compiles against the built package, and its tables have the package's own names. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSnippets } from '../../support/compile-snippets.ts';

const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/bunny.md', ROOT), 'utf8');
const source = (file: string) => readFileSync(new URL(`signer/src/bunny/${file}`, ROOT), 'utf8');
/** The names in the first column of the page's tables, in code. */
const listed = [...page.matchAll(/^\| `([A-Za-z_]+)/gm)].map(([, name = '']) => name);

describe('the page', () => {
  it('type-checks, snippet by snippet', () => {
    const { count, complaints } = compileSnippets('docs/bunny.md');
    expect(count).toBe(4);
    expect(complaints).toBe('');
  }, 120_000);

  it('lists the variables that are read, and no other', () => {
    const read = [...source('bunny-env.ts').matchAll(/= '(BUNNY_[A-Z_]+)'/g)].map(([, name]) => name);
    expect(listed.filter((name) => name.startsWith('BUNNY_'))).toEqual(read);
  });

  it('lists every call and every condition of the signer, and no other', () => {
    const types = source('bunny-signer.ts');
    const calls = [...types.matchAll(/^ {2}(sign\w+)\(/gm)].map(([, name]) => name);
    const conditions = /interface BunnySignOptions [^{]*\{([\s\S]*?)\n\}/.exec(types)?.[1] ?? '';
    const options = [...conditions.matchAll(/readonly (\w+)\?/g)].map(([, name]) => name);
    expect(calls).toHaveLength(4);
    expect(options).toHaveLength(5);
    expect(listed.filter((name) => !name.startsWith('BUNNY_'))).toEqual([...calls, ...options]);
  });
});
