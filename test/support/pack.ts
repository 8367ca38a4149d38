/** Our packages as `npm pack` makes them in a checkout in which nothing was built. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  /** Path of the tarball. */
  readonly tarball: string;
  /** The paths in it. */
  readonly files: readonly string[];
}

export interface Manifest {
  readonly name: string;
  readonly main: string;
  readonly types: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The folders of the packages, relative to the root. */
export const PACKAGE_FOLDERS: readonly string[] = readJson(join(ROOT, 'package.json')).workspaces;

export function manifestOf(folder: string): Manifest {
  return readJson(join(ROOT, folder, 'package.json'));
}

/** Every subpath that holds code: `.`, `./errors`, … */
export function subpathsOf({ exports }: Manifest): string[] {
  return Object.keys(exports).filter((subpath) => typeof exports[subpath] === 'object');
}

/** Whether it is built as ESM alone: `require()` then gives the ESM build, as Node 20.19 and newer can. */
export function isEsmOnly({ exports }: Manifest): boolean {
  return Object.values(exports).every((target) => typeof target === 'string' || !('require' in target));
}

/** @returns what is imported: `@storytime/signer/errors` */
export function specifiersOf(manifest: Manifest): string[] {
  return subpathsOf(manifest).map((subpath) => `${manifest.name}${subpath.slice(1)}`);
}

/** Makes `checkout`: what `npm ci --ignore-scripts` leaves of a clone, as far as packing needs it. */
export function makeFreshCheckout(checkout: string): void {
  const isSource = (path: string) => !['dist', 'node_modules'].includes(basename(path));
  for (const path of ['package.json', 'tsconfig.json', 'ops/packages', ...PACKAGE_FOLDERS]) {
    cpSync(join(ROOT, path), join(checkout, path), { recursive: true, filter: isSource });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
}

/** `npm pack` in `cwd`, its scripts included. */
export function pack(cwd: string, args: readonly string[] = []): Packed {
  // npm's own variables would point it at the project that runs the tests.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const out = execFileSync('npm', ['pack', '--json', ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [{ filename, files }] = JSON.parse(out.toString());
  return { tarball: join(cwd, filename), files: files.map(({ path }: { path: string }) => path) };
}

/** What npm does with a tarball, without its dependencies: it is unpacked into `node_modules` of `project`. */
export function unpack(tarball: string, project: string, name: string): string {
  const target = join(project, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  return target;
}

/** Makes packages be found in `project`, as an install would. */
export function linkDependencies(project: string, names: readonly string[], from = ROOT): void {
  for (const name of names) {
    const target = join(project, 'node_modules', name);
    mkdirSync(join(target, '..'), { recursive: true });
    symlinkSync(join(from, 'node_modules', name), target);
  }
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
