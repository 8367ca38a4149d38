/** Both packages from a checkout in which nothing was built: packed, unpacked in a project of its own, loaded. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(root, 'node_modules/typescript/bin/tsc');
const PACKAGES = [
  { name: '@storytime/signer', directory: 'signer', main: 'createSigner' },
  { name: '@storytime/hls-jobs', directory: 'modules/mediaconvert/hls-jobs', main: 'createJobInput' },
] as const;

/** What a project may set for TypeScript, and the error in each of its files that does not find the packages' types. */
const COMPILERS = [
  { module: 'nodenext', resolution: 'nodenext', files: ['main.mts', 'main.cts'], errors: [] },
  { module: 'node16', resolution: 'node16', files: ['main.mts', 'main.cts'], errors: ['main.cts TS1479'] },
  { module: 'esnext', resolution: 'bundler', files: ['main.ts'], errors: [] },
  { module: 'commonjs', resolution: 'node10', files: ['main.ts'], errors: ['main.ts TS2307'] },
] as const;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder = '';
let checkout = '';
/** A project that installed both tarballs, below `folder`. */
let project = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fresh-checkout-'));
  checkout = join(folder, 'checkout');
  const isSource = (path: string) => !['dist', 'node_modules'].includes(basename(path));
  for (const path of ['package.json', 'tsconfig.json', ...PACKAGES.map(({ directory }) => directory)]) {
    cpSync(join(root, path), join(checkout, path), { recursive: true, filter: isSource });
  }
  // As after `npm ci --ignore-scripts`.
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));

  project = join(folder, 'project');
  mkdirSync(join(project, 'node_modules/@storytime'), { recursive: true });
  for (const scope of ['@aws-sdk', '@types']) {
    symlinkSync(join(root, 'node_modules', scope), join(project, 'node_modules', scope));
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(PACKAGES)('$name, packed in a checkout that was never built', ({ name, directory, main }) => {
  it('holds its code, by npm pack in its folder', () => {
    expect(existsSync(join(checkout, directory, 'dist'))).toBe(false);
    const [packed] = pack(join(checkout, directory), []);

    expect(packed?.files.map(({ path }) => path)).toContain('dist/index.js');
    expect(packed?.files.map(({ path }) => path)).toContain('dist/index.d.ts');
    install(join(checkout, directory, packed?.filename ?? ''), name);
  }, 300_000);

  it('is loaded by import and by require', () => {
    const required = `console.log(typeof require('${name}').${main})`;
    const imported = `import { ${main} } from '${name}'; console.log(typeof ${main})`;
    expect(node(['--no-warnings', '--eval', required])).toBe('function');
    expect(node(['--input-type=module', '--eval', imported])).toBe('function');
  });

  it.each(['esm', 'cjs'])('is bundled by esbuild as %s', (format) => {
    const outfile = join(project, `bundle-${main}.${format === 'esm' ? 'mjs' : 'cjs'}`);
    const options = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${outfile}`];
    execFileSync(join(root, 'node_modules/.bin/esbuild'), options, {
      cwd: project,
      input: `import { ${main} } from '${name}'; console.log(typeof ${main});`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    expect(node([outfile])).toBe('function');
  });
});

describe('npm pack at the root, of a workspace', () => {
  it('builds it anew, so that nothing of a source file that is gone is in it', () => {
    const [, { name, directory }] = PACKAGES;
    const left = join(checkout, directory, 'dist/of-an-older-build.js');
    writeFileSync(left, '');
    const [packed] = pack(checkout, ['--workspace', name, '--dry-run']);

    const paths = packed?.files.map(({ path }) => path);
    expect(paths).toContain('dist/index.js');
    expect(paths).not.toContain('dist/of-an-older-build.js');
    expect(existsSync(left)).toBe(false);
  }, 300_000);

  it('builds both packages in one way', () => {
    const [one, other] = PACKAGES.map(({ directory }) =>
      JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')),
    );
    expect(one.scripts).toEqual(other.scripts);
  });
});

describe('TypeScript, in a project that installed both', () => {
  it.each(COMPILERS)(
    'with --moduleResolution $resolution finds $errors in $files',
    (compiler) => {
      const imports = PACKAGES.map(
        ({ name, main }) => `import { ${main} } from '${name}';\n${main} satisfies object;`,
      );
      for (const file of compiler.files) writeFileSync(join(project, file), imports.join('\n'));
      const options = '--noEmit --strict --skipLibCheck --target es2022 --types node'.split(' ');
      const resolving = ['--module', compiler.module, '--moduleResolution', compiler.resolution];
      const { stdout } = spawnSync(process.execPath, [TSC, ...options, ...resolving, ...compiler.files], {
        cwd: project,
        encoding: 'utf8',
      });

      const errors = [...stdout.matchAll(/^(\S+)\(.*error (TS\d+)/gm)].map(
        ([, file, code]) => `${file} ${code}`,
      );
      expect([...new Set(errors)], stdout).toEqual(compiler.errors);
    },
    120_000,
  );
});

function pack(cwd: string, args: readonly string[]): Packed[] {
  // npm's own variables would point it at the project that runs the tests.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const out = execFileSync('npm', ['pack', '--json', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(out.toString());
}

function install(tarball: string, name: string): void {
  const target = join(project, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
}

function node(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' }).trim();
}
