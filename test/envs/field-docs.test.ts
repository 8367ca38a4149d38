/** The documentation of every field, as an editor shows it on a configuration: it is written in the schema only. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { environmentSchema } from '../../envs/config-schema.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROBE = join(ROOT, 'envs/probe-of-an-editor.ts');
const fields = Object.keys(environmentSchema.shape);
const nested = ['state.lockTable', 'deployment.repository', 'ladder.shortSidePixels'];

const shown = docsInEditor();

it.each(fields)('is shown where a field is read and where it is written: %s', (field) => {
  expect(shown(`config.${field};`)).toMatch(/\w{3}/);
  expect(shown(`written = { ${field}:`)).toBe(shown(`config.${field};`));
});

it.each(nested)('is shown of a field inside a field: %s', (path) => {
  expect(shown(`${path.replaceAll('.', '_')}.${path.split('.').at(-1)};`)).toMatch(/\w{3}/);
});

it('is what the schema says', () => {
  expect(shown('config.forceDestroy;')).toBe('Whether destroying the environment destroys its videos.');
});

/** What the language service answers at the last name of a piece of text. */
function docsInEditor(): (at: string) => string {
  const text = [
    "import type { EnvironmentConfig } from './config.ts';",
    'declare const config: EnvironmentConfig;',
    ...fields.map((field) => `config.${field};`),
    'let written: Partial<EnvironmentConfig>;',
    ...fields.map((field) => `written = { ${field}: config.${field} };`),
    "declare const state_lockTable: Extract<EnvironmentConfig['state'], { kind: 's3' }>;",
    'state_lockTable.lockTable;',
    "declare const deployment_repository: NonNullable<EnvironmentConfig['deployment']>;",
    'deployment_repository.repository;',
    "declare const ladder_shortSidePixels: EnvironmentConfig['ladder'][number];",
    'ladder_shortSidePixels.shortSidePixels;',
  ].join('\n');
  const read = (file: string) => (file === PROBE ? text : ts.sys.readFile(file));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const service = ts.createLanguageService({
    getScriptFileNames: () => [PROBE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const source = read(file);
      return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source);
    },
    getCurrentDirectory: () => ROOT,
    getCompilationSettings: () => ({ ...options, types: ['node'] }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === PROBE || ts.sys.fileExists(file),
    readFile: read,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return (at) => {
    const start = text.indexOf(at);
    if (start === -1) throw new Error(`"${at}" is not in the text`);
    const name = start + at.replace(/\W+$/, '').length - 1;
    return ts.displayPartsToString(service.getQuickInfoAtPosition(PROBE, name)?.documentation ?? []);
  };
}
