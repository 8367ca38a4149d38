/** The commands of the rotation's last job, as they stand there, with a repository of git's and without GitHub. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorkflow, type Step } from './workflow.ts';

const { rotate, propose } = readWorkflow(join('.github', 'workflows', 'rotation.yml')).jobs;
const FILES = { before: ['2026-08-a.pem', '2026-11-b.pem', 'active'], after: ['2026-11-b.pem', 'active'] };

describe('the proposal of a rotation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-proposal-'));
  const remote = join(folder, 'remote.git');
  const checkout = join(folder, 'checkout');
  const artifact = join(folder, 'artifact');
  const asked = join(folder, 'gh-was-asked');
  const output = join(folder, 'output');
  const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' });
  const filesIn = (branch: string) =>
    git(remote, 'ls-tree', '-r', '--name-only', branch).trim().split('\n').sort();

  /** As GitHub runs it. */
  const run = (step: Step | undefined) => {
    if (step?.run === undefined) throw new Error('the workflow has no such step');
    const done = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
      cwd: checkout,
      encoding: 'utf8',
      env: {
        ...process.env,
        PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
        ENVIRONMENT: 'prod',
        GH_TOKEN: 'token-of-the-job',
        GITHUB_OUTPUT: output,
        ASKED: asked,
      },
    });
    expect({ status: done.status, stderr: done.status === 0 ? '' : done.stderr }).toEqual({
      status: 0,
      stderr: '',
    });
  };

  beforeAll(() => {
    mkdirSync(join(folder, 'bin'));
    // GitHub's own answers are GitHub's: here only what it is asked counts.
    writeFileSync(join(folder, 'bin', 'gh'), '#!/bin/sh\nprintf "%s\\n" "$@" >> "$ASKED"\n');
    chmodSync(join(folder, 'bin', 'gh'), 0o755);
    git(folder, 'init', '--bare', '--initial-branch=main', remote);
    git(folder, 'clone', '--quiet', remote, checkout);
    writeKeys(join(checkout, 'envs', 'keys', 'prod'), FILES.before, '2026-11-b');
    writeKeys(join(checkout, 'envs', 'keys', 'dev'), ['active'], '2026-08-a');
    git(checkout, 'add', '.');
    git(checkout, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '-qm', 'Keys');
    git(checkout, 'push', '--quiet', 'origin', 'HEAD:main');
    writeKeys(artifact, FILES.after, '2026-11-b');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('comes only when files have changed, added ones too', () => {
    const step = rotate?.steps?.find(({ run }) => run?.includes('git status'));
    run(step);
    writeFileSync(join(checkout, 'envs', 'keys', 'prod', '2026-12-c.pem'), '');
    run(step);
    expect(readFileSync(output, 'utf8')).toBe('changed=false\nchanged=true\n');
    rmSync(join(checkout, 'envs', 'keys', 'prod', '2026-12-c.pem'));
  });

  it('is one commit on a branch of its own, without the files that have gone, and main stays as it is', () => {
    const [, clear, , push] = propose?.steps ?? [];
    run(clear);
    expect(existsSync(join(checkout, 'envs', 'keys', 'prod'))).toBe(false);
    cpSync(artifact, join(checkout, 'envs', 'keys', 'prod'), { recursive: true });
    run(push);

    expect(filesIn('rotate/prod')).toEqual([
      'envs/keys/dev/active',
      ...FILES.after.map((file) => `envs/keys/prod/${file}`),
    ]);
    expect(filesIn('main')).toHaveLength(4);
    expect(git(remote, 'rev-list', '--count', 'main..rotate/prod').trim()).toBe('1');
    expect(git(remote, 'diff', '--name-status', 'main', 'rotate/prod').trim()).toBe(
      'D\tenvs/keys/prod/2026-08-a.pem',
    );
    expect(readFileSync(asked, 'utf8')).toMatch(/^pr\ncreate\n--base\nmain\n--head\nrotate\/prod\n/);
  });

  it('shows its token in no argument, no remote and no file', () => {
    expect(readFileSync(asked, 'utf8')).not.toContain('token-of-the-job');
    expect(readFileSync(join(checkout, '.git', 'config'), 'utf8')).not.toContain('token-of-the-job');
  });
});

function writeKeys(folder: string, files: readonly string[], active: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileSync(join(folder, file), file === 'active' ? `${active}\n` : file);
}
