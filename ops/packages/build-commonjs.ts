/**
 * A package once more, for `require`: TypeScript compiles each `src/x.ts` as if it were `src/x.cts`, to `dist/x.cjs` and
 * `dist/x.d.cts` beside the ESM build. A module stays a module, so all entries share its classes. What is compiled follows
 * from `exports`: every entry with a `require` condition, and what it imports.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly require?: { readonly default: string } }>>;
}

/** @returns the compiler's errors; empty when all is written */
export function buildCommonJs(folder: string): string {
  const options = optionsOf(folder);
  const rootNames = commonJsEntries(folder).map((built) =>
    join(folder, built.replace('/dist/', '/src/').replace(/\.cjs$/, '.cts')),
  );
  const host = hostOfCts(options);
  const program = ts.createProgram({ rootNames, options, host });
  const { diagnostics } = program.emit();
  return ts.formatDiagnostics([...ts.getPreEmitDiagnostics(program), ...diagnostics], host);
}

/** The package's own options, for CommonJS. */
function optionsOf(folder: string): ts.CompilerOptions {
  const file = join(folder, 'tsconfig.json');
  const parsed = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, ts.sys.readFile).config,
    ts.sys,
    folder,
  );
  const { tsBuildInfoFile: _, ...options } = parsed.options;
  return {
    ...options,
    // Node16 and not NodeNext: there the compiler refuses to require() a package that is ESM only, as Jest would.
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    // It would refuse `import` in a file that becomes CommonJS.
    verbatimModuleSyntax: false,
    isolatedModules: true,
    composite: false,
    incremental: false,
    noEmitOnError: true,
  };
}

/** `./dist/index.cjs`, … */
function commonJsEntries(folder: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' || target.require === undefined ? [] : [target.require.default],
  );
}

/** Reads `x.ts` where the compiler asks for `x.cts`: how a file ends is how TypeScript knows its module system. */
function hostOfCts(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => fileExists(asTs(path));
  host.readFile = (path) => {
    const text = readFile(asTs(path));
    return text !== undefined && isCts(path) ? importingCts(text) : text;
  };
  return host;
}

function isCts(path: string): boolean {
  return path.endsWith('.cts') && !path.endsWith('.d.cts');
}

function asTs(path: string): string {
  return isCts(path) ? path.replace(/\.cts$/, '.ts') : path;
}

/** `from './errors.ts'` becomes `from './errors.cts'`; every other character of the source stays. */
function importingCts(source: string): string {
  let text = '';
  let copied = 0;
  for (const { fileName, pos } of ts.preProcessFile(source).importedFiles) {
    if (!/^\.{1,2}\/.*\.ts$/.test(fileName)) continue;
    // At `pos` is the quote in front of the name.
    const extensionAt = pos + 1 + fileName.length - 'ts'.length;
    text += `${source.slice(copied, extensionAt)}c`;
    copied = extensionAt;
  }
  return text + source.slice(copied);
}
