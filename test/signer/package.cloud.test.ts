/**
 * The package as it is imported by its name, and its README taken at its word. test/ops/packages/ has what is packed.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileSnippets } from '../support/compile-snippets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageFolder = join(root, 'signer');
const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
beforeAll(() => {
  execFileSync(process.execPath, [tsc, '-b', packageFolder]);
}, 120_000);

/** Runs a module in a fresh process, where `@storytime/signer` is what `node_modules` says. */
function run(source: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], { cwd: root })
    .toString()
    .trim();
}

/** Every subpath: what it exports, and which packages a process has loaded after importing it. */
const ENTRIES: Readonly<Record<string, { readonly names: string[]; readonly aws: string[] }>> = {
  '.': {
    names: [
      'SignerError',
      'SignerTypeError',
      'createSigner',
      'envKey',
      'objectPath',
      'staticKey',
      'verbatim',
    ],
    aws: ['@aws-sdk/cloudfront-signer'],
  },
  './secrets-manager': {
    names: ['secretsManagerKey', 'secretsManagerValue'],
    aws: ['@aws-sdk/client-secrets-manager', '@aws-sdk/cloudfront-signer'],
  },
  './kms': { names: ['kmsKey'], aws: ['@aws-sdk/client-kms'] },
  './playlist': { names: ['preparePlaylist', 'signPlaylist'], aws: [] },
  './verify': { names: ['explain'], aws: [] },
  './bunny': {
    names: [
      'BunnyVideoStatus',
      'BunnyWebhookStatus',
      'bunnyEnv',
      'bunnyStream',
      'bunnyStreamEnv',
      'createBunnySigner',
      'explainBunny',
      'parseBunnyVideoId',
      'verifyBunnyWebhook',
    ],
    aws: [],
  },
  './testing': { names: ['expectAllowed', 'testKey'], aws: ['@aws-sdk/cloudfront-signer'] },
  './errors': { names: ['ServiceFailure', 'SignerError', 'SignerTypeError', 'withoutResponse'], aws: [] },
};
const entries = Object.entries(ENTRIES).map(([subpath, entry]) => ({
  ...entry,
  specifier: subpath.replace('.', '@storytime/signer'),
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

  it('has one SignerError, wherever it is imported from', () => {
    const same = run(
      "const [a, b] = await Promise.all([import('@storytime/signer'), import('@storytime/signer/errors')]);" +
        'console.log(a.SignerError === b.SignerError)',
    );
    expect(same).toBe('true');
  });

  it.each(entries)('on import of $specifier loads of AWS only $aws', ({ specifier, aws }) => {
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
    expect(loaded.some((url) => url.includes('/signer/dist/'))).toBe(true);
    const packages = new Set(
      loaded.flatMap((url) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
    );
    const isOfAws = (name: string) => /^@aws-sdk\/(?:client-|cloudfront-)/.test(name);
    expect([...packages].filter(isOfAws).sort()).toEqual(aws);
    if (aws.length === 0) expect([...packages]).toEqual([]);
    const isOfBunny = loaded.some((url) => url.includes('/signer/dist/bunny/'));
    expect(isOfBunny).toBe(specifier === '@storytime/signer/bunny');
  });
});

describe('the README', () => {
  it('type-checks, snippet by snippet, against the built package', () => {
    const { count, complaints } = compileSnippets('signer/README.md');

    expect(count).toBeGreaterThanOrEqual(3);
    expect(complaints).toBe('');
  }, 120_000);

  it('lists every error code there is, and no other', () => {
    const source = readFileSync(join(packageFolder, 'src', 'errors.ts'), 'utf8');
    const defined = [...source.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code);
    const listed = [...readme.matchAll(/^\| `(ERR_[A-Z_]+)` +\|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual(defined.sort());
  });
});
