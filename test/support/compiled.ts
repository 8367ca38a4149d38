/**
 * A command of ours as one file of JavaScript, made once for a run of the tests. Node starts it in 0.8 s of processor time; with
 * tsx, which loads 300 modules of ours one by one, it is 2.2 s. Only the loader differs: the process, its signals and its
 * packages are the same. `test/ops/help.cloud.test.ts` starts every command as package.json does, and the suites of the
 * runbooks, of `npm start` and of a new environment work with the commands in that form.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A module finds the files beside it (keys, lock files) by its own address, which is not that of the bundle. */
const ownAddresses: Plugin = {
  name: 'own-addresses',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', `'${pathToFileURL(path).href}'`),
    })),
};

/** @param script - from the root of the repository, or an absolute path */
export async function compiled(script: string): Promise<string> {
  const source = resolve(ROOT, script);
  const folder = join(tmpdir(), 'storytime-compiled');
  const file = join(folder, `${relative(ROOT, source).replaceAll('/', '-')}.mjs`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  linkPackages(join(folder, 'node_modules'));
  // Another worker may be making the same: the file is there as a whole or not at all.
  const unfinished = `${file}.${process.pid}`;
  await build({
    entryPoints: [source],
    outfile: unfinished,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
    plugins: [ownAddresses],
  });
  renameSync(unfinished, file);
  return file;
}

function linkPackages(link: string): void {
  try {
    symlinkSync(join(ROOT, 'node_modules'), link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
