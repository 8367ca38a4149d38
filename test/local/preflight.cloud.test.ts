import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const isDebian =
  existsSync('/etc/os-release') &&
  /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));

/** Runs the preflight as `npm test` does, where PATH holds nothing but `folder`. */
function preflight(folder: string, purpose: string, env: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'local/preflight.ts', purpose], {
    encoding: 'utf8',
    env: { ...env, PATH: folder, HOME: folder },
  });
}

describe('the preflight', () => {
  let folder: string;

  const program = (name: string, script: string): Promise<void> =>
    writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

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

  it('asks Debian for Python as it does for ffmpeg', ({ skip }) => {
    skip(!isDebian, 'this machine is no Debian');
    const { stderr } = preflight(folder, 'start');

    expect(stderr).toMatch(/apt-get install -y --no-install-recommends ffmpeg python3 python3-venv$/m);
    expect(stderr).toMatch(/^Python: no python3 on PATH; install Python 3 with its venv module: /m);
  });

  it('downloads Terraform where there is none, and names mise, brew and the page where that fails', async () => {
    const call = join(folder, 'call');
    await program('npm', `echo "$@" >${call}; export -p >${call}.env; exit 1`);
    const { stderr } = preflight(folder, 'start', {
      TF_VAR_cloudfront_private_key: 'SECRET',
      AWS_SECRET_ACCESS_KEY: 'SECRET',
      'npm_config_//registry.example/:_authToken': 'SECRET',
    });

    expect(await readFile(call, 'utf8')).toBe(
      'exec --yes --package=@jahed/terraform@1.11.4 -- terraform version\n',
    );
    expect(await readFile(`${call}.env`, 'utf8')).not.toContain('SECRET');
    const lines = stderr.split('\n').filter((line) => line.startsWith('Terraform: '));
    expect(lines).toHaveLength(1);
    for (const way of ['mise install', 'brew install', 'https://developer.hashicorp.com/terraform/install'])
      expect(lines[0]).toContain(way);
    expect(await readdir(join(folder, '.cache/storytime/terraform-1.11.4'))).toEqual([]);
  });

  it('keeps the downloaded Terraform in the user’s cache folder and downloads it once', async () => {
    const calls = join(folder, 'calls');
    const terraform = `#!/bin/sh\necho '{"terraform_version":"1.11.4"}'`;
    // What the package does, which cannot reach HashiCorp everywhere.
    await program(
      'npm',
      `echo call >>${calls}
      /bin/mkdir -p "$CACHE_DIR/@jahed/terraform" && cd "$CACHE_DIR/@jahed/terraform"
      echo '${terraform.replaceAll("'", "'\\''")}' >terraform-v1.11.4 && /bin/chmod +x terraform-v1.11.4`,
    );
    const runs = [preflight(folder, 'start'), preflight(folder, 'start')];

    for (const { stderr } of runs) expect(stderr).not.toMatch(/^Terraform: /m);
    expect(await readFile(calls, 'utf8')).toBe('call\n');
    expect(await readdir(join(folder, '.cache/storytime/terraform-1.11.4'))).toEqual(['terraform']);
  });

  it('refuses a Terraform that has no ephemeral values, naming the version it found, and downloads no other', async () => {
    await program('terraform', 'echo \'{"terraform_version":"1.5.7"}\'');
    await program('npm', `echo call >${join(folder, 'calls')}`);

    expect(preflight(folder, 'start').stderr).toMatch(/^Terraform: found 1\.5\.7, expected >= 1\.11; /m);
    expect(existsSync(join(folder, 'calls'))).toBe(false);
  });

  it('exits 2 with its usage for a purpose it does not know', () => {
    expect(preflight(folder, 'deploy')).toMatchObject({
      status: 2,
      stderr: 'usage: local/preflight.ts start|test\n',
    });
  });
});
