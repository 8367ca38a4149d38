import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Runs the preflight as `npm test` does, where PATH holds nothing but `folder`. */
function preflight(folder: string, purpose: string) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'local/preflight.ts', purpose], {
    encoding: 'utf8',
    env: { PATH: folder, HOME: folder },
  });
}

describe('the preflight', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'storytime-path-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('fails naming each missing program and what to do about it', () => {
    const { status, stderr } = preflight(folder, 'test');

    expect(status).toBe(1);
    expect(stderr).toMatch(/^Terraform: neither terraform nor tofu on PATH; install Terraform >= 1\.11/m);
    expect(stderr).toMatch(/^ffmpeg: not on PATH; /m);
    expect(stderr).toMatch(/^openssl: not on PATH; /m);
  });

  it('wants no browser and no openssl for npm start', () => {
    const { status, stderr } = preflight(folder, 'start');

    expect(status).toBe(1);
    expect(stderr).toContain('ffmpeg: ');
    expect(stderr).not.toMatch(/^(Chromium|openssl): /m);
  });

  it('refuses a Terraform that has no ephemeral values, naming the version it found', async () => {
    const fake = join(folder, 'terraform');
    await writeFile(fake, '#!/bin/sh\necho \'{"terraform_version":"1.5.7"}\'\n');
    await chmod(fake, 0o755);

    expect(preflight(folder, 'start').stderr).toMatch(/^Terraform: found 1\.5\.7, wanted >= 1\.11; /m);
  });

  it('exits 2 with its usage for a purpose it does not know', () => {
    expect(preflight(folder, 'deploy')).toMatchObject({
      status: 2,
      stderr: 'usage: local/preflight.ts start|test\n',
    });
  });
});
