/** What compiles and what must not, by the types of the package's sources. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageSources } from '../support/package-sources.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pathOf = (name: string) => fileURLToPath(new URL(`./types/${name}`, import.meta.url));
const DIRECTIVE = /^( *)\/\/ @ts-expect-error .+$/;

const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
/** As everywhere in unit tests; that the package ships these types is proved where it is packed. */
options.paths = Object.fromEntries([...packageSources()].map(([name, file]) => [name, [file]]));

interface Complaint {
  readonly code: number;
  /** From 0. */
  readonly line: number;
  readonly text: string;
}

/** @param text what the compiler shall find in the file */
function compile(name: string, text: string): Complaint[] {
  const path = pathOf(name);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const getSourceFile = host.getSourceFile.bind(host);
  const isIt = (file: string) => ts.sys.resolvePath(file) === path;
  host.readFile = (file) => (isIt(file) ? text : readFile(file));
  host.getSourceFile = (file, ...rest) =>
    isIt(file) ? ts.createSourceFile(file, text, rest[0]) : getSourceFile(file, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ code, file, start, messageText }) => ({
    code,
    line: file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
}

describe('the types', () => {
  it('take what the README shows and a customer writes', () => {
    expect(compile('accepted.ts', readFileSync(pathOf('accepted.ts'), 'utf8'))).toEqual([]);
  }, 60_000);

  it('refuse every mistake listed, for the mistake and nothing else', () => {
    const lines = readFileSync(pathOf('refused.ts'), 'utf8').split('\n');
    const expected = lines.flatMap((line, index) => (DIRECTIVE.test(line) ? [index + 1] : []));
    expect(expected.length).toBeGreaterThanOrEqual(30);

    const bare = lines.map((line) => line.replace(DIRECTIVE, '$1//')).join('\n');
    const complaints = compile('refused.ts', bare);
    expect([...new Set(complaints.map(({ line }) => line))].sort((a, b) => a - b)).toEqual(expected);
    // No name that is not exported, no module that is not there, no implicit any.
    const spurious = new Set([2304, 2305, 2307, 7016]);
    expect(complaints.filter(({ code }) => spurious.has(code))).toEqual([]);
  }, 60_000);
});
