/** A Terraform of the project's own, for machines without one: downloaded once into the user's cache folder. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** As mise.toml has it. */
const VERSION = '1.11.4';

/** Where the download is kept: the user's cache folder outlives `npm ci`, which empties node_modules. */
export function downloadedTerraform(env: NodeJS.ProcessEnv): string {
  return join(userCache(env), 'storytime', `terraform-${VERSION}`, 'terraform');
}

/**
 * Downloads Terraform with `@jahed/terraform`, which checks the archive's hash, and HashiCorp's PGP signature of the
 * list of hashes. The package is no dependency: its command is named `terraform`, and npm would put it before the
 * person's own on PATH.
 *
 * @throws what npm or the package says; nothing is left behind then
 */
export async function downloadTerraform(env: NodeJS.ProcessEnv): Promise<void> {
  const target = downloadedTerraform(env);
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  // Its own folder is moved into place when it is whole: two downloads at once, or one that is killed, spoil nothing.
  const CACHE_DIR = await mkdtemp(join(folder, 'download-'));
  try {
    const call = ['exec', '--yes', `--package=@jahed/terraform@${VERSION}`, '--', 'terraform', 'version'];
    await promisify(execFile)('npm', call, { cwd: CACHE_DIR, env: { ...env, CACHE_DIR } });
    await rename(join(CACHE_DIR, '@jahed', 'terraform', `terraform-v${VERSION}`), target);
  } finally {
    await rm(CACHE_DIR, { recursive: true, force: true });
  }
}

/** https://specifications.freedesktop.org/basedir-spec/latest/, and Apple's File System Programming Guide. */
function userCache(env: NodeJS.ProcessEnv): string {
  const home = env.HOME || homedir();
  if (env.XDG_CACHE_HOME) return env.XDG_CACHE_HOME;
  return process.platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
}
