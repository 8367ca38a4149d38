/** The package as a customer gets it: built, packed, imported by its name, its README taken at its word. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packageFolder = join(root, 'signer');
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

describe('the package', () => {
  it.each([
    ['@storytime/signer', ['SignerError', 'SignerTypeError', 'createSigner', 'envKey', 'staticKey']],
    ['@storytime/signer/errors', ['SignerError', 'SignerTypeError']],
    ['@storytime/signer/secrets-manager', ['secretsManagerKey']],
    ['@storytime/signer/verify', ['explain']],
  ])('exports from %s exactly %j', (specifier, names) => {
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

  it.each([
    ['@storytime/signer', false],
    ['@storytime/signer/verify', false],
    ['@storytime/signer/errors', false],
    ['@storytime/signer/secrets-manager', true],
  ])('on import of %s loads the Secrets Manager client: %s', (specifier, loads) => {
    // The AWS clients are CommonJS, so what was loaded stands in the require cache.
    const cached = run(
      `import { createRequire } from 'node:module';
       await import('${specifier}');
       console.log(JSON.stringify(Object.keys(createRequire(process.cwd() + '/any.js').cache)))`,
    );
    const files: string[] = JSON.parse(cached);
    expect(files.some((file) => file.includes('client-secrets-manager'))).toBe(loads);
  });

  it('packs its code, its types, its program, its README and its licence, and nothing else', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: packageFolder,
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString(),
    );
    const files: string[] = packed.files.map(({ path }: { path: string }) => path);
    expect(files.filter((path) => !/^dist\/[a-z/0-9-]+(\.d\.ts|\.js)$/.test(path)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin/storytime-signer.js',
      'package.json',
    ]);
    expect(files).toContain('dist/verify/index.d.ts');
  });
});

describe('the README', () => {
  it('type-checks, snippet by snippet, against the built package', () => {
    const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    expect(snippets.length).toBeGreaterThanOrEqual(3);
    // Below the root, so that the package's name resolves; out of sight of everything else.
    const folder = mkdtempSync(join(root, 'node_modules', '.readme-'));
    try {
      const files = snippets.map((code, index) => {
        const file = join(folder, `snippet-${index}.mts`);
        writeFileSync(file, code);
        return file;
      });
      const options = '--noEmit --strict --module nodenext --target es2022 --types node --skipLibCheck';
      const checked = spawnSync(process.execPath, [tsc, ...options.split(' '), ...files], { cwd: root });
      expect(checked.stdout.toString()).toBe('');
      expect(checked.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);

  it('lists every error code there is, and no other', () => {
    const source = readFileSync(join(packageFolder, 'src', 'errors.ts'), 'utf8');
    const defined = [...source.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code);
    const listed = [...readme.matchAll(/^\| `(ERR_[A-Z_]+)` +\|/gm)].map(([, code]) => code);
    expect(listed.sort()).toEqual(defined.sort());
  });
});
