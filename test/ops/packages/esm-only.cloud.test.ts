/** The packages that are ESM alone: imported and required in a project that installed their tarballs, and compiled against. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ESM_SPECIFIERS } from './backend.ts';
import { makeProject, runIn, writeFiles } from './project.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const ESBUILD = join(ROOT, 'node_modules/.bin/esbuild');

let installed = '';
beforeAll(async () => {
  installed = await makeProject('@types', 'undici-types');
}, 300_000);
afterAll(() => rmSync(installed, { recursive: true, force: true }));

const run = (kind: 'module' | 'commonjs', source: string) => runIn(installed, kind, source);

describe('require()', () => {
  it.each(ESM_SPECIFIERS)(
    'loads %s with the names that import loads, and Node prints no warning',
    (specifier) => {
      const namesOf = 'Object.keys(entry).filter((name) => name !== "__esModule").sort()';
      const required = run('commonjs', `const entry = require('${specifier}'); out.names = ${namesOf};`);
      const imported = run('module', `const entry = await import('${specifier}'); out.names = ${namesOf};`);
      expect(required).toEqual(imported);
    },
  );

  it('loads the very classes that import loads: one build, one class of errors', () => {
    const outcome = run(
      'commonjs',
      `const { PlaybackError } = require('@storytime/playback/errors');
       const { playbackTokens } = require('@storytime/playback');
       try { playbackTokens({ secrets: 'short', audience: 'x' }); }
       catch (error) { out.same = error instanceof PlaybackError; out.code = error.code; }`,
    );
    expect(outcome).toEqual({ same: true, code: 'ERR_TOKEN_SECRET' });
  });
});

const USE = `
const tokens: PlaybackTokens = playbackTokens({ secrets: 'q7Zk0bT3xM9vR2cW8nL5yJ4hF6gD1sAe', audience: 'https://api.example.com' });
export const start = playbackHandler({
  authorize: () => ({ allowed: false, status: 401, code: 'NOT_SIGNED_IN' }),
  signer: createSigner({ key: testKey(), domain: 'media.example.com' }),
  domain: 'media.example.com',
  tokens,
  store: memoryStore(),
});
void start(new Request('https://api.example.com/', { method: 'POST', body: '{"lessonId":"1"}', headers: { 'content-type': 'application/json' } }))
  .then((response: Response) => console.log(response.status));
`;
const IMPORTING = [
  "import { createSigner } from '@storytime/signer';",
  "import { testKey } from '@storytime/signer/testing';",
  "import { memoryStore, playbackHandler, playbackTokens, type PlaybackTokens } from '@storytime/playback';",
  ...ESM_SPECIFIERS.map(
    (specifier, index) => `import * as entry${index} from '${specifier}';\nvoid entry${index};`,
  ),
  USE,
].join('\n');

describe('a backend that uses every entry', () => {
  /** `type` of its package.json, what its tsconfig.json says, and its file. */
  it.each([
    ['node16', 'node16', 'module', 'main.ts'],
    ['nodenext', 'nodenext', 'module', 'main.ts'],
    ['nodenext', 'nodenext', 'commonjs', 'main.ts'],
    ['esnext', 'bundler', 'module', 'main.ts'],
    ['commonjs', 'node', 'commonjs', 'main.ts'],
  ])(
    'compiles with module %s, moduleResolution %s and type %s, and runs',
    (module, moduleResolution, type, file) => {
      const folder = join(installed, `${module}-${type}`);
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        outDir: 'out',
        types: ['node'],
      };
      writeFiles(folder, {
        [file]: IMPORTING,
        'package.json': JSON.stringify({ type }),
        'tsconfig.json': JSON.stringify({ compilerOptions, files: [file] }),
      });
      const { stdout } = spawnSync(process.execPath, [TSC, '-p', folder], { cwd: folder, encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(outputOf(join(folder, 'out/main.js'))).toEqual({ stdout: '401\n', stderr: '' });
    },
    180_000,
  );

  it.each([
    ['cjs', 'main.cjs'],
    ['esm', 'main.mjs'],
  ])('is bundled by esbuild as %s without the AWS SDK, and the bundle runs', (format, name) => {
    writeFiles(installed, { 'bundled.ts': IMPORTING });
    const bundle = join(installed, name);
    const options = ['--bundle', '--platform=node', '--external:@aws-sdk/*', '--log-level=warning'];
    const { stdout, stderr } = spawnSync(
      ESBUILD,
      ['bundled.ts', `--format=${format}`, `--outfile=${bundle}`, ...options],
      { cwd: installed, encoding: 'utf8' },
    );
    expect(stdout + stderr).toBe('');
    expect(readFileSync(bundle, 'utf8')).not.toContain('__require(');
    expect(outputOf(bundle)).toEqual({ stdout: '401\n', stderr: '' });
  });
});

function outputOf(program: string): { readonly stdout: string; readonly stderr: string } {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    cwd: installed,
    env,
    encoding: 'utf8',
  });
  return { stdout, stderr };
}
