/** A mistake in an environment's file, and what every command that loads environments says of it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const ROOMS = [
  'aws',
  'envs',
  'modules',
  'ops',
  'local',
  'edge',
  'signer',
  'package.json',
  'tsconfig.json',
  'cdktf.json',
];
const COMMANDS = [
  ['ops/terraform.ts', 'synth', 'dev'],
  ['ops/bootstrap.ts', 'dev'],
  ['ops/env.ts', 'prod'],
  ['ops/keys.ts', 'status', 'dev'],
  ['ops/doctor.ts', 'dev', 'https://media.example.com/books/42/index.m3u8'],
  ['local/edge.ts', '--help'],
  ['envs/main.ts'],
  ['envs/guardrails/check.ts'],
];
const OF_START = 'local/start.ts';

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'storytime-syntax-'));
  for (const room of ROOMS) {
    cpSync(join(ROOT, room), join(copy, room), {
      recursive: true,
      filter: (path) => !/node_modules|\.venv|cdktf\.out/.test(path.slice(ROOT.length)),
    });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true }));

describe('a syntax error in envs/dev.ts', () => {
  it.each(COMMANDS.filter(([program]) => program !== OF_START))(
    'is one line of %s %s',
    async (...command) => {
      expect(await withLine('envs/dev.ts', 12, '  state: { kind: = },', command)).toEqual({
        code: 1,
        stdout: '',
        stderr: 'envs/dev.ts:12: unexpected "="\n',
      });
    },
  );
});

describe('a mistake in envs/local.ts', () => {
  it.each<[string, string, string]>([
    ['a syntax error', "  awsRegion: 'eu-central-1", 'unterminated string literal'],
    ['a name that is not there', '  awsRegion: central,', 'central is not defined'],
    [
      'a secret without quotes',
      '  awsRegion: a AKIAIOSFODNN7EXAMPLE,',
      'expected "}" but found a string of 20 characters',
    ],
  ])('is one line of npm start: %s', async (_what, line, said) => {
    expect(await withLine('envs/local.ts', 7, line, [OF_START, '--help'])).toEqual({
      code: 1,
      stdout: '',
      stderr: `envs/local.ts:7: ${said}\n`,
    });
  });

  it('is one line where it imports what is not there', async () => {
    const line = "import { nothing } from './names.ts'; export const used = nothing;";
    const { code, stderr } = await withLine('envs/local.ts', 2, line, [OF_START, '--help']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^envs\/local\.ts:2: the requested module '\.\/names\.ts' does not provide [^\n]+\n$/,
      ),
    ]);
  });
});

it('is one line where a run of npm start left something else in the environment', async () => {
  const { code, stderr } = await run(['ops/env.ts', 'prod'], { STORYTIME_LOCAL: '{}' });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^STORYTIME_LOCAL: expected what npm start [^\n]+\n$/),
  ]);
});

async function withLine(file: string, line: number, text: string, command: readonly string[]) {
  const path = join(copy, file);
  const sound = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    sound
      .split('\n')
      .with(line - 1, text)
      .join('\n'),
  );
  try {
    return await run(command);
  } finally {
    writeFileSync(path, sound);
  }
}

function run(command: readonly string[], environment: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    execFile(
      process.execPath,
      ['--import', 'tsx/esm', ...command],
      { cwd: copy, env: { ...process.env, ...environment } },
      (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
