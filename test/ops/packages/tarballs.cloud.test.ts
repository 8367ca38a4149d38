/** Each package as npm would publish it, packed in a checkout that was never built: its files, its manifest, its types. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  isEsmOnly,
  makeFreshCheckout,
  manifestOf,
  PACKAGE_FOLDERS,
  type Packed,
  pack,
  subpathsOf,
} from '../../support/pack.ts';
import { publintFaults, resolveTypes } from '../../support/package-faults.ts';
import { packed } from '../../support/packed.ts';

describe.each(PACKAGE_FOLDERS)('the tarball of %s', (folder) => {
  const manifest = manifestOf(folder);
  const subpaths = subpathsOf(manifest);
  const hasCommonJs = !isEsmOnly(manifest);
  let made: Packed;
  beforeAll(async () => {
    made = await packed(folder);
  }, 300_000);

  it('holds the ESM build of every source file, the CommonJS build of all but programs where it has one, and nothing else', () => {
    const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => path.replaceAll('\\', '/').replace(/\.ts$/, ''));
    const built = sources.flatMap((path) => [
      ...['js', 'd.ts'].map((end) => `dist/${path}.${end}`),
      ...(!hasCommonJs || path.startsWith('bin/')
        ? []
        : ['cjs', 'd.cts'].map((end) => `dist/${path}.${end}`)),
    ]);
    const documents = readdirSync(folder).filter((name) => /^(?:LICENSE|[A-Z]+\.md)$/.test(name));
    const programs = Object.values(manifest.bin ?? {});

    expect(built.length).toBeGreaterThan(40);
    expect([...made.files].sort()).toEqual([...built, ...documents, ...programs, 'package.json'].sort());
  });

  it('has its builds, and the types of each, for every entry, and all of it for old resolvers', () => {
    const { main, types, exports, typesVersions } = manifest;
    for (const subpath of subpaths) {
      const esm = esmOf(exports[subpath]);
      const base = esm.default.replace(/\.js$/, '');
      const importing = { types: `${base}.d.ts`, default: `${base}.js` };
      const requiring = { types: `${base}.d.cts`, default: `${base}.cjs` };
      expect(exports[subpath], subpath).toEqual(
        hasCommonJs ? { import: importing, require: requiring } : importing,
      );
    }
    const [code, declarations] = hasCommonJs ? ['cjs', 'd.cts'] : ['js', 'd.ts'];
    expect({ main, types }).toEqual({ main: `./dist/index.${code}`, types: `./dist/index.${declarations}` });
    // Without the leading dots: TypeScript reads both as patterns.
    const ofSubpaths = subpaths
      .filter((subpath) => subpath !== '.')
      .map((subpath) => [
        subpath.slice(2),
        [
          esmOf(exports[subpath])
            .types.slice(2)
            .replace(/d\.ts$/, declarations ?? ''),
        ],
      ]);
    expect(typesVersions?.['*'] ?? {}).toEqual(Object.fromEntries(ofSubpaths));
  });

  it('has no script that would run at installation, only the one that builds before packing', () => {
    expect(Object.keys(manifest.scripts)).toEqual(['prepack']);
  });

  it('is clean by publint, suggestions included', async () => {
    expect(await publintFaults(made.tarball, manifest)).toEqual([]);
  });

  it('has no wrong types by are-the-types-wrong, in any of the ways of resolving', async () => {
    const { problems, files } = await resolveTypes(made.tarball);

    // TypeScript before 5.8 refuses to require() what is ESM alone; Node 20.19 does it.
    const expected = hasCommonJs
      ? []
      : subpaths.map((entrypoint) => ({ kind: 'CJSResolvesToESM', entrypoint }));
    expect(problems).toEqual(expected.map((problem) => expect.objectContaining(problem)));
    expect(Object.keys(files).sort()).toEqual(Object.keys(manifest.exports).sort());
    const forRequire = hasCommonJs ? /\.d\.cts$/ : /\.d\.ts$/;
    for (const subpath of subpaths) {
      expect(files[subpath], subpath).toEqual({
        node10: expect.stringMatching(forRequire),
        'node16-cjs': expect.stringMatching(forRequire),
        'node16-esm': expect.stringMatching(/\.d\.ts$/),
        bundler: expect.stringMatching(/\.d\.ts$/),
      });
    }
  });

  it('imports nothing of the ESM build in the CommonJS build, nor of the source', () => {
    const builds = made.files.filter((path) => /\.c[jt]s$/.test(path));
    expect(builds.length > 20).toBe(hasCommonJs);
    const root = join(made.tarball, '..');
    const specifiers = builds.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/(?:from|require\() ?['"](\.[^'"]+)['"]/g)].map(
        ([, specifier = '']) => specifier,
      ),
    );
    expect(specifiers.filter((specifier) => !/\.c[jt]s$/.test(specifier))).toEqual([]);
  });
});

/** What `import` finds, in the manifest of either kind of package. */
function esmOf(target: unknown): { readonly types: string; readonly default: string } {
  const entry = target as { readonly types: string; readonly default: string; readonly import?: unknown };
  return entry.import === undefined ? entry : esmOf(entry.import);
}

describe('npm pack at the root, of a workspace', () => {
  let checkout = '';
  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
    makeFreshCheckout(checkout);
  });
  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it('builds it anew, so that nothing of a source file that is gone is in it', () => {
    const folder = 'modules/mediaconvert/hls-jobs';
    const left = join(checkout, folder, 'dist/of-an-older-build.cjs');
    mkdirSync(dirname(left));
    writeFileSync(left, '');
    const { files } = pack(checkout, ['--workspace', manifestOf(folder).name, '--dry-run']);

    expect(files).toContain('dist/index.cjs');
    expect(files).not.toContain('dist/of-an-older-build.cjs');
    expect(existsSync(left)).toBe(false);
  }, 300_000);
});

it('all packages are built in one way', () => {
  const scripts = PACKAGE_FOLDERS.map((folder) =>
    JSON.stringify(manifestOf(folder).scripts).replace(/(?:\.\.\/)+/, ''),
  );
  expect(new Set(scripts).size).toBe(1);
});
