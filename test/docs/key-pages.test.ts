import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keyCommands } from '../ops/keys/key-commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the commands of npm run keys', () => {
  const there = keyCommands.map((command) => command.name());

  it.each([
    'README.md',
    ...['docs/inject-the-key.md', 'docs/first-deploy.md', 'docs/README.md', '.github/workflows/README.md'],
  ])('are there, where %s names one', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const named = [...text.matchAll(/npm run (?:--silent )?keys -- (\w+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
  });
});
