import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { prod } from '../../envs/prod.ts';
import { generatedPages } from '../../ops/docs/generated-pages.ts';
import { newKeys, renamesOf, synthesized } from '../envs/synthesized.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCS = join(ROOT, 'docs');
const pages = [
  join(ROOT, 'CHANGELOG.md'),
  join(ROOT, 'CONTRIBUTING.md'),
  join(ROOT, '.github', 'pull_request_template.md'),
  ...readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(DOCS, file)),
];
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(pages.map((page) => [page.slice(ROOT.length), page] as const))('%s', (_name, page) => {
  const text = readFileSync(page, 'utf8');

  it('links only to files that are there', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|(?:srcset|src)="([^"]+)"/g)]
      .map(([, link, source]) => link ?? source ?? '')
      .filter((target) => !/^(https?|mailto):/.test(target));
    expect(targets.filter((target) => !existsSync(resolve(dirname(page), target)))).toEqual([]);
  });

  it('names only npm commands and files of the repository that there are', () => {
    const commands = [...text.matchAll(/npm run (?:--silent |-s )?([a-z:-]+)/g)].map(([, name = '']) => name);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...text.matchAll(/(?<![\w/.<*-])(?:docs|ops|test|modules)\/[\w./-]+\.(?:ts|js|md|rb)\b/g)];
    expect(files.map(([file]) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

it('no page passes a secret as an argument, which every process of the machine can read', () => {
  const names = ['docs', 'modules', 'playback', 'signer'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
      .map((file) => join(folder, file)),
  );
  const passing = ['README.md', 'SECURITY.md', ...names].filter((name) =>
    /--(?:secret-string|secret-binary|password|passphrase)[ =](?!file:)/.test(
      readFileSync(join(ROOT, name), 'utf8'),
    ),
  );
  expect(names).toContain('playback/README.md');
  expect(passing).toEqual([]);
});

describe('the index', () => {
  it('names every page and runbook', () => {
    const index = readFileSync(join(DOCS, 'README.md'), 'utf8');
    const unnamed = pages
      .filter((page) => page.startsWith(DOCS) && statSync(page).isFile())
      .map((page) => page.slice(DOCS.length + 1))
      .filter((page) => page !== 'README.md' && !index.includes(`](${page})`));
    expect(unnamed).toEqual([]);
  });
});

describe('the pages about environments', () => {
  it.each(['costs.md', 'adding-an-environment.md'])('name only fields that there are: %s', (name) => {
    const table = readFileSync(join(DOCS, name), 'utf8').match(/^\|.*$/gm) ?? [];
    const named = table
      .flatMap((row) => [...row.matchAll(/`([a-z][A-Za-z]+)(?:\.[a-z]\w*)?(?:: [^`]*)?`/g)])
      .map(([, field = '']) => field);

    expect(named.length).toBeGreaterThan(8);
    expect(named.filter((field) => !(field in dev))).toEqual([]);
  });
});

describe('the architecture page', () => {
  it('and its pictures are as npm run docs draws them from the stacks of today', () => {
    const drawn = generatedPages().pages.filter(({ path }) => path.startsWith('docs/'));

    expect(drawn.map(({ path }) => path)).toContain('docs/architecture/prod.svg');
    expect(drawn.filter(({ is, wanted }) => is !== wanted).map(({ path }) => path)).toEqual([]);
  });
});

describe('the changelog', () => {
  it('has a line for every resource that a stack moves to another address', () => {
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    const lines = new Set(changelog.split('\n'));
    const keys = newKeys('2026-11-a');
    for (const config of [dev, prod]) {
      const moved = renamesOf(synthesized(config, keys), config);
      expect(
        moved.map(({ from, to }) => `| \`${from}\` | \`${to}\` |`).filter((row) => !lines.has(row)),
      ).toEqual([]);
    }
  });
});
