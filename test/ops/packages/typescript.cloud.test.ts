/** A backend in TypeScript that installed the packages: compiled as projects set it up, old and new, and run. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Toolchain, toolchain } from '../../support/toolchain.ts';
import { EXPECTED, IMPORTING, REQUIRING } from './backend.ts';
import { makeProject, writeFiles } from './project.ts';

const COMPILERS = ['5.6', '5.9'] as const;
const NODE_FILES = { 'esm.mts': IMPORTING, 'cjs.cts': IMPORTING, 'required.cts': REQUIRING };
/** `type` of its package.json, and what its tsconfig.json says. */
const PROJECTS = [
  {
    module: 'commonjs',
    moduleResolution: 'node',
    type: 'commonjs',
    files: { 'main.ts': IMPORTING, 'required.ts': REQUIRING },
  },
  { module: 'node16', moduleResolution: 'node16', type: 'commonjs', files: NODE_FILES },
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'commonjs', files: NODE_FILES },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module', files: { 'main.ts': IMPORTING } },
  { module: 'preserve', moduleResolution: 'bundler', type: 'commonjs', files: { 'required.ts': REQUIRING } },
] as const;
const CASES = COMPILERS.flatMap((version) => PROJECTS.map((project) => ({ ...project, version })));

let installed = '';
let tools: Toolchain;
beforeAll(async () => {
  tools = await toolchain();
  installed = await makeProject('@types');
}, 300_000);
afterAll(() => rmSync(installed, { recursive: true, force: true }));

describe('a backend that uses every entry', () => {
  it.for(CASES)(
    'compiles by TypeScript $version with module $module and moduleResolution $moduleResolution, and runs',
    { timeout: 180_000 },
    ({ version, module, moduleResolution, type, files }, { skip }) => {
      if (version === '5.6' && 'unavailable' in tools) skip(tools.unavailable);
      const compiler = version === '5.9' || 'unavailable' in tools ? ts : compilerIn(tools.folder);
      expect(compiler.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.`));
      const folder = join(installed, `${version}-${module}`);
      const tsconfig = {
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2022',
          strict: true,
          exactOptionalPropertyTypes: true,
          outDir: 'out',
          types: ['node'],
        },
        files: Object.keys(files),
      };
      writeFiles(folder, { ...files, 'package.json': JSON.stringify({ type }) });

      expect(compile(compiler, folder, tsconfig)).toBe('');
      const outputs = Object.keys(files).map((file) => `./out/${file.replace(/ts$/, 'js')}`);
      expect(run(folder, outputs)).toEqual(outputs.map(() => EXPECTED));
    },
  );
});

function compilerIn(folder: string): typeof ts {
  return createRequire(join(folder, 'package.json'))('typescript-5.6');
}

/**
 * Emits the project's files.
 *
 * @returns the errors in them, and in our declarations, as without `skipLibCheck`; those of other packages are not ours
 */
function compile(compiler: typeof ts, folder: string, tsconfig: object): string {
  const { sys } = compiler;
  const path = join(folder, 'tsconfig.json');
  const { fileNames, options, errors } = compiler.parseJsonConfigFileContent(tsconfig, sys, folder, {}, path);
  const host = compiler.createCompilerHost(options);
  const program = compiler.createProgram(fileNames, options, host);
  const files = program.getSourceFiles();
  const ownFiles = files.filter(({ fileName }) => fileName.startsWith(folder));
  const declarations = files.filter(({ fileName }) => fileName.includes('/@storytime/'));
  expect(ownFiles.length).toBe(fileNames.length);
  expect(declarations.length).toBeGreaterThan(20);

  for (const file of ownFiles) program.emit(file);
  const found = [...ownFiles, ...declarations].flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  const general = [...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  return compiler.formatDiagnostics([...general, ...found], host);
}

/** @returns what each of the programs prints, all run in one process */
function run(folder: string, programs: readonly string[]): unknown[] {
  const source = `for (const program of ${JSON.stringify(programs)}) await import(program);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
