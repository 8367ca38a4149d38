import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { filesInGit } from '../../../ops/keys/files-in-git.ts';

const repository = mkdtempSync(join(tmpdir(), 'storytime-files-in-git-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'storytime-no-git-'));
const keys = join(repository, 'envs/keys/prod');
const git = (...args: string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args]);

beforeAll(() => {
  mkdirSync(keys, { recursive: true });
  git('init', '--quiet');
  for (const name of ['2026-10-a.pem', 'active']) writeFileSync(join(keys, name), name);
  git('add', '.');
  git('commit', '--quiet', '--message', 'keys');
  for (const name of ['2026-11-a.pem', '2026-11-b.pem']) writeFileSync(join(keys, name), name);
  git('add', 'envs/keys/prod/2026-11-a.pem');
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => {
  for (const folder of [repository, elsewhere]) rmSync(folder, { recursive: true });
});

describe('the files of keys that git has', () => {
  it('are the committed ones, without what is only added, and without what git does not know', async () => {
    expect(await filesInGit(keys)).toEqual(new Set(['2026-10-a.pem', 'active']));
  });

  it('are not known outside a repository', async () => {
    expect(await filesInGit(elsewhere)).toBeNull();
  });

  it('are not known in a folder that is not there', async () => {
    expect(await filesInGit(join(repository, 'envs/keys/none'))).toBeNull();
  });

  it('are not known without git', async () => {
    vi.stubEnv('PATH', elsewhere);

    expect(await filesInGit(keys)).toBeNull();
  });
});
