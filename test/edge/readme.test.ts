import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('edge/README.md', 'utf8');

describe("the edge's README", () => {
  it('names every file of its folder, and none that is not there', () => {
    const named = [...readme.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']) => file);
    const files = readdirSync('edge').filter((file) => file.endsWith('.ts'));
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !target.startsWith('http') && !existsSync(join('edge', target)))).toEqual(
      [],
    );
  });
});
