/** What the pages have npx run: our own programs, and never a stranger's of the same name. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('every page of the repository', () => {
  // Our packages are not on npmjs.com: npx would run the package of anybody who takes their names there.
  it('has npx run our programs only where they are installed', () => {
    const tracked = execFileSync('git', ['ls-files', '-z', '*.md', '*.html', 'signer/src', 'modules/*.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const files = tracked.split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file)));
    const calls = files.flatMap((file) =>
      [
        ...readFileSync(join(ROOT, file), 'utf8').matchAll(
          /\b(?:npx|npm exec) [^\n`]*?@?storytime[/-][a-z]/g,
        ),
      ].map(([call]) => `${file}: ${call}`),
    );
    expect(calls.length).toBeGreaterThan(8);
    expect(calls.filter((call) => !/(?:npx|npm exec) --no -- @?storytime/.test(call))).toEqual([]);
  });

  it('so that a folder without them runs nothing, and the clone runs its own', () => {
    const version = (cwd: string) =>
      spawnSync('npx', ['--no', '--', '@storytime/signer', '--version'], {
        cwd,
        encoding: 'utf8',
        env: { ...process.env, npm_config_registry: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' },
      });
    const empty = mkdtempSync(join(tmpdir(), 'storytime-npx-'));
    try {
      writeFileSync(join(empty, 'package.json'), '{"private":true}');
      expect(version(empty)).toMatchObject({ status: 1, stdout: '' });
      expect(version(ROOT)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    } finally {
      rmSync(empty, { recursive: true });
    }
  }, 60_000);
});
