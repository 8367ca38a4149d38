/** The package as a customer gets it: built, packed, imported by its name, its README taken at its word. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    names: ['secretsManagerKey'],
    aws: ['@aws-sdk/client-secrets-manager', '@aws-sdk/cloudfront-signer'],
  },
  './kms': { names: ['kmsKey'], aws: ['@aws-sdk/client-kms'] },
  './playlist': { names: ['preparePlaylist', 'signPlaylist'], aws: [] },
  './verify': { names: ['explain'], aws: [] },
  './testing': { names: ['expectAllowed', 'testKey'], aws: ['@aws-sdk/cloudfront-signer'] },
  './errors': { names: ['SignerError', 'SignerTypeError'], aws: [] },
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
  });
});

describe('the tarball that npm would publish', () => {
  let folder = '';
  let tarball = Buffer.alloc(0);
  let files: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signer-pack-'));
    // Without prepack, which removes dist/ while other tests read it: fresh-checkout.test.ts proves it in a copy.
    const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: packageFolder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [{ filename, files: list }] = JSON.parse(packed.toString());
    files = list.map(({ path }: { path: string }) => path);
    tarball = readFileSync(join(folder, filename));
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the code and types of every source file, the program, the documents, and nothing else', () => {
    const sources = readdirSync(join(packageFolder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => path.replaceAll('\\', '/').replace(/\.ts$/, ''));
    expect(sources).toContain('verify/explain');
    const built = sources.flatMap((path) => [`dist/${path}.js`, `dist/${path}.d.ts`]);
    // One file too many in dist/ is the rest of an older build: npm run build does not remove it.
    expect(files.sort()).toEqual(
      [...built, 'LICENSE', 'README.md', 'SECURITY.md', 'bin/storytime-signer.js', 'package.json'].sort(),
    );
  });

  it('has no script that would run at installation, only the one that builds before packing', () => {
    expect(Object.keys(manifest.scripts)).toEqual(['prepack']);
  });

  it('is clean by publint, suggestions included', async () => {
    const { buffer, byteOffset, byteLength } = tarball;
    const { messages } = await publint({
      pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer },
      level: 'suggestion',
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  it('has no wrong types by are-the-types-wrong, wherever an ESM-only package can be resolved', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    if (!result.types) throw new Error('are-the-types-wrong found no types at all');
    const subpaths = Object.keys(result.entrypoints);
    expect(subpaths.sort()).toEqual(Object.keys(manifest.exports).sort());
    for (const subpath of Object.keys(ENTRIES)) {
      const { resolutions } = result.entrypoints[subpath] ?? {};
      expect(resolutions?.['node16-esm'].resolution?.fileName, subpath).toMatch(/\.d\.ts$/);
      expect(resolutions?.bundler.resolution?.fileName, subpath).toMatch(/\.d\.ts$/);
    }
    // The tool's own "esm-only" profile: CommonJS loads ESM by require() since Node 20.19, and node10 has no exports map.
    const notForEsm = ['node10', 'node16-cjs'];
    const problems = result.problems.filter(
      (problem) => !('resolutionKind' in problem && notForEsm.includes(problem.resolutionKind)),
    );
    expect(problems).toEqual([]);
  });

  it('is loaded by require() as well', () => {
    const source = "console.log(typeof require('@storytime/signer').createSigner)";
    const loaded = execFileSync(process.execPath, ['--no-warnings', '--eval', source], { cwd: root });
    expect(loaded.toString().trim()).toBe('function');
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
