/**
 * The package as it is imported by its name, and its README taken at its word. test/ops/packages/ has what is packed.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileSnippets } from '../support/compile-snippets.ts';
import { refusalCodes } from './refusal-codes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageFolder = join(root, 'playback');
const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
beforeAll(() => {
  execFileSync(process.execPath, [tsc, '-b', packageFolder]);
}, 120_000);

/** Runs a module in a fresh process, where `@storytime/playback` is what `node_modules` says. */
function run(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd: root })
    .toString()
    .trim();
}

/** Every subpath: what it exports, and which packages a process has loaded after importing it; of AWS the clients alone. */
const ENTRIES: Readonly<Record<string, { readonly names: string[]; readonly packages: string[] }>> = {
  '.': {
    names: [
      'PlaybackError',
      'checkedStore',
      'deviceChurn',
      'devicesHandler',
      'findSuspicious',
      'heartbeatHandler',
      'keyHandler',
      'manyNetworks',
      'manyTitles',
      'masterKeyWrapper',
      'memoryStore',
      'mergeProgress',
      'networkOf',
      'playbackEnv',
      'playbackHandler',
      'playbackHandlers',
      'playbackTokens',
      'recordAccess',
      'reportHandler',
      'resumeAt',
      'truncateAddress',
      'unusualHours',
    ],
    packages: ['jose'],
  },
  './kms': { names: ['kmsKeyWrapper'], packages: ['@aws-sdk/client-kms'] },
  './dynamodb': { names: ['dynamodbStore'], packages: ['@aws-sdk/client-dynamodb'] },
  './secrets-manager': {
    names: ['secretsManagerSecrets'],
    packages: ['@aws-sdk/client-secrets-manager', '@aws-sdk/cloudfront-signer', 'jose'],
  },
  './errors': { names: ['PlaybackError'], packages: [] },
  './testing': { names: ['storeSuite'], packages: [] },
};
const entries = Object.entries(ENTRIES).map(([subpath, entry]) => ({
  ...entry,
  specifier: subpath.replace('.', '@storytime/playback'),
}));

describe('the package', () => {
  it('has no subpath but those proved here, and its package.json', () => {
    expect(Object.keys(manifest.exports).sort()).toEqual([...Object.keys(ENTRIES), './package.json'].sort());
  });

  it.each(entries)('exports from $specifier exactly $names', ({ specifier, names }) => {
    expect(
      JSON.parse(run(`console.log(JSON.stringify(Object.keys(await import('${specifier}')).sort()))`)),
    ).toEqual(names);
  });

  it.each(entries)(
    'on import of $specifier loads of clients and others only $packages',
    ({ specifier, packages }) => {
      // The debugger sees every script, whichever module system asked for it.
      const loaded: string[] = JSON.parse(
        run(
          `import { Session } from 'node:inspector';
         const session = new Session();
         session.connect();
         const urls = [];
         session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
         session.post('Debugger.enable');
         await import('${specifier}');
         console.log(JSON.stringify(urls))`,
        ),
      );
      expect(loaded.some((url) => url.includes('/playback/dist/'))).toBe(true);
      const names = new Set(
        loaded.flatMap((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
      );
      const isOfAws = packages.some((name) => name.startsWith('@aws-sdk/'));
      // What a client brings with it is its own affair; where there is none, nothing else is loaded either.
      const isNamed = (name: string) =>
        !isOfAws || name === 'jose' || /^@aws-sdk\/(?:client-|cloudfront-)/.test(name);
      expect([...names].filter(isNamed).sort()).toEqual(packages);
    },
  );
});

describe('the README', () => {
  it('type-checks, snippet by snippet, against the built package', () => {
    const { count, complaints } = compileSnippets('playback/README.md');

    expect(count).toBeGreaterThanOrEqual(5);
    expect(complaints).toBe('');
  }, 120_000);

  it('lists every error code there is, and no other', () => {
    const source = readFileSync(join(packageFolder, 'src', 'errors.ts'), 'utf8');
    const defined = [...source.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code);
    const listed = [...readme.matchAll(/^\| `(ERR_[A-Z_]+)` +\|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual(defined.sort());
  });

  it('lists every code that a handler answers, with its status, and no other', () => {
    const listed = [...readme.matchAll(/^\| (\d{3}) +\| `([A-Z_]+)` +\|/gm)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    expect(listed.sort()).toEqual(refusalCodes(join(packageFolder, 'src')).sort());
  });

  it('lists every reason of a refused token, and no other', () => {
    const source = readFileSync(join(packageFolder, 'src/tokens/playback-tokens.ts'), 'utf8');
    const union = /export type TokenRefusal =([^;]+);/.exec(source)?.[1] ?? '';
    const defined = [...union.matchAll(/^ +\| '([a-z-]+)'/gm)].map(([, reason]) => reason);
    const listed = [...readme.matchAll(/^\| `'([a-z-]+)'` +\|/gm)].map(([, reason]) => reason);
    expect(defined.length).toBeGreaterThan(10);
    expect(listed.sort()).toEqual(defined.sort());
  });
});
