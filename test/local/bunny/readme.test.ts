import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('local/bunny/README.md', 'utf8');

describe("the local Bunny edge's README", () => {
  it('names every file of its folder, and none that is not there', () => {
    const named = [...readme.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']) => file);
    const files = readdirSync('local/bunny').filter((file) => file.endsWith('.ts'));
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });
});
