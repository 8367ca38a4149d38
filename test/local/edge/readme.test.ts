import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('local/edge/README.md', 'utf8');

describe("the edge's README", () => {
  it('names every file of its folder, and none that is not there', () => {
    const named = [...readme.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']) => file);
    const files = readdirSync('local/edge').filter((file) => file.endsWith('.ts'));
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
    expect(
      links.filter((target) => !target.startsWith('http') && !existsSync(join('local/edge', target))),
    ).toEqual([]);
  });
});
