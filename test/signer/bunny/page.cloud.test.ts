/** The page on Bunny: its TypeScript compiles against the built package, and its tables have the package's own names. */

import { execFileSync } from 'node:child_process';
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

  it('lists every variable that pages, examples, the local edge and its command name', () => {
    const tracked = execFileSync(
      'git',
      ['ls-files', '-z', 'docs', 'signer', 'local', 'ops', 'envs', 'README.md'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    const texts = tracked
      .split('\0')
      .filter((file) => /\.(?:md|ts|js|mjs|cjs|php|rb|sh|html|env\w*)$/.test(file))
      .map((file) => readFileSync(new URL(file, ROOT), 'utf8'));
    const inUse = texts.flatMap((text) => text.match(/(?<!\w)BUNNY_[A-Z_]*[A-Z](?=\b)/g) ?? []);
    // Constants of the code, which no environment has.
    const named = new Set(inUse.filter((name) => !['BUNNY_OPTIONS', 'BUNNY_VOICE'].includes(name)));
    expect([...named].sort()).toEqual(listed.filter((name) => name.startsWith('BUNNY_')).sort());
  });

  it('says of Token IP validation what the option says', () => {
    const plain = (text: string) => text.replace(/[*\s]+/g, ' ');
    const [said] =
      /With Token IP validation a zone .*? that a token binds\./.exec(plain(source('bunny-signer.ts'))) ?? [];
    expect(said).toBeDefined();
    expect(plain(page)).toContain(said);
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
