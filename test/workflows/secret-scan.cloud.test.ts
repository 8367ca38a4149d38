/** The commands of the secret scan's workflow, as they stand there, over this repository and over one with a secret in it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWorkflow, root } from './workflow.ts';

const [, , , files, history] =
  readWorkflow(join('.github', 'workflows', 'secret-scan.yml')).jobs.scan?.steps ?? [];
const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

it('finds nothing in this repository, nor in its history', { timeout: 120_000 }, () => {
  expect(scan(files?.run, root)).toEqual({ exitCode: 0, output: '' });
  expect(scan(history?.run, root)).toEqual({ exitCode: 0, output: '' });
});

describe('in another repository', () => {
  let folder = '';
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  const commit = (message: string) =>
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--all', '--message', message);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'storytime-secrets-'));
    for (const file of ['package.json', '.secretlintrc.json', '.gitignore']) {
      copyFileSync(join(root, file), join(folder, file));
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    git('init');
    git('add', 'package.json', '.secretlintrc.json', '.gitignore');
    commit('Nothing secret');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('finds keys, tokens and passwords, in a dot file too and when a later commit removed them, and shows none', {
    timeout: 120_000,
  }, () => {
    const secrets = {
      PrivateKey: privateKey,
      AWSSecretAccessKey: `aws_secret_access_key = "${'kE7y'.repeat(10)}"`,
      GITHUB_TOKEN: `token: ghp_${'a1B2'.repeat(9)}`,
      BasicAuth: `https://admin:${'correct-horse'}@db.example.com/`,
    };
    writeFileSync(join(folder, '.notes'), `${Object.values(secrets).join('\n')}\n`);
    const inFiles = scan(files?.run, folder);
    git('add', '.notes');
    commit('Secrets');
    git('rm', '.notes');
    commit('No secrets any more');
    expect(scan(files?.run, folder).exitCode).toBe(0);
    const inHistory = scan(history?.run, folder);

    for (const { exitCode, output } of [inFiles, inHistory]) {
      expect(exitCode).toBe(1);
      for (const rule of Object.keys(secrets)) expect(output).toContain(`[${rule}]`);
      expect(output).not.toMatch(/kE7y|a1B2|correct-horse|-----BEGIN/);
    }
  });
});

function scan(command: string | undefined, cwd: string): { exitCode: number | null; output: string } {
  if (command === undefined) throw new Error('the workflow has no such step');
  // As GitHub runs it.
  const run = spawnSync(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command.replace('npm run', 'npm run --silent')],
    {
      cwd,
      env: { ...process.env, NPM_CONFIG_LOGLEVEL: 'silent' },
    },
  );
  return { exitCode: run.status, output: `${run.stdout}${run.stderr}` };
}
