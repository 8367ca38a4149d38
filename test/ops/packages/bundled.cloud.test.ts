/** A backend in one file, as functions of a cloud are deployed: bundled by esbuild, and run where nothing is installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPECTED, IMPORTING } from './backend.ts';
import { makeProject, writeFiles } from './project.ts';

const ESBUILD = fileURLToPath(new URL('../../../node_modules/.bin/esbuild', import.meta.url));

let installed = '';
let elsewhere = '';
beforeAll(async () => {
  installed = await makeProject();
  elsewhere = mkdtempSync(join(tmpdir(), 'bundles-'));
  writeFiles(installed, { 'main.ts': IMPORTING });
}, 300_000);
afterAll(() => {
  for (const folder of [installed, elsewhere]) rmSync(folder, { recursive: true, force: true });
});

describe('esbuild', () => {
  // The AWS SDK's `main` is CommonJS, and a bundle in ESM has no require(): the option takes its ESM build, which it has as `module`.
  it.each([
    ['cjs', 'main.cjs', []],
    ['esm', 'main.mjs', ['--main-fields=module,main']],
  ])('bundles every entry as %s, and the bundle runs by itself', (format, name, options) => {
    const bundle = bundled('main.ts', join(elsewhere, name), [`--format=${format}`, ...options]);

    expect(JSON.parse(execFileSync(process.execPath, [bundle], { encoding: 'utf8' }))).toEqual(EXPECTED);
  });

  it('bundles every entry as esm without that option where the AWS SDK stays outside', () => {
    const bundle = bundled('main.ts', join(installed, 'main.mjs'), ['--format=esm', '--external:@aws-sdk/*']);

    expect(readFileSync(bundle, 'utf8')).not.toContain('__require');
    expect(JSON.parse(execFileSync(process.execPath, [bundle], { encoding: 'utf8' }))).toEqual(EXPECTED);
  });
});

function bundled(entry: string, outfile: string, options: readonly string[]): string {
  const fixed = ['--bundle', '--platform=node', `--outfile=${outfile}`, '--log-level=warning'];
  const { stdout, stderr } = spawnSync(ESBUILD, [entry, ...fixed, ...options], {
    cwd: installed,
    encoding: 'utf8',
  });
  expect(stdout + stderr).toBe('');
  return outfile;
}
