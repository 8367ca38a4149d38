/**
 * Sets up what is missing: Debian packages as root or through password-less sudo, moto into `local/.venv`, Terraform
 * into the user's cache folder.
 */

import { execFile, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { downloadedTerraform, downloadTerraform } from '../../ops/terraform/downloaded.ts';

const run = promisify(execFile);
const LOCAL = new URL('../', import.meta.url);
const VENV = fileURLToPath(new URL('.venv', LOCAL));
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', LOCAL));

/** Runs the `apt-get install` that it prints; where that may not be run, prints it only. */
export async function installDebianPackages(
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  if (!(await isDebian())) return;
  const prefix = await rootPrefix();
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  if (prefix === null) {
    say(`missing packages; run: sudo ${command.join(' ')}`);
    return;
  }
  say(`missing packages; running: ${[...prefix, ...command].join(' ')}`);
  await runQuietly([...prefix, 'apt-get', 'update'], say);
  await runQuietly([...prefix, ...command], say);
}

/** Makes the git-ignored virtual environment and installs the pinned moto into it. */
export async function installMoto(say: (line: string) => void): Promise<void> {
  say('moto is not importable; installing it into local/.venv (once)');
  const made = await runQuietly(['python3', '-m', 'venv', VENV], () => {});
  if (!made && (await isDebian())) {
    await installDebianPackages(['python3', 'python3-venv'], say);
    await runQuietly(['python3', '-m', 'venv', '--clear', VENV], say);
  }
  const installed = await runQuietly([`${VENV}/bin/pip`, 'install', '--quiet', '-r', REQUIREMENTS], say);
  // A half-made environment would be taken for a whole one by the next run.
  if (!installed) await rm(VENV, { recursive: true, force: true });
}

/** Only where there is none, and once; where it fails, the tool's remedy is what the person is told. */
export async function installTerraform(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  if (findTerraform(process.env) !== undefined) return;
  say(`no Terraform found; downloading it to ${downloadedTerraform(process.env)} (once)`);
  await downloadTerraform(process.env, signal).catch(() => {});
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** The words to put before a command that needs root, or null where we may not become root. */
async function rootPrefix(): Promise<string[] | null> {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => null,
  );
}

/** True when the command ended well; else says its last line. Its output is shown only then. */
async function runQuietly([program, ...args]: string[], say: (line: string) => void): Promise<boolean> {
  if (program === undefined) return false;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    let tail = '';
    const keep = (chunk: Buffer): void => {
      tail = (tail + chunk.toString()).slice(-500);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      say(`${program}: ${error.message}`);
      resolve(false);
    });
    child.on('close', (code) => {
      // What could not be started has been said above.
      if (code !== 0 && child.pid !== undefined)
        say(`${program} ended with ${code}: ${tail.trim().split('\n').at(-1) ?? ''}`);
      resolve(code === 0);
    });
  });
}
