/** A Terraform of the project's own, for machines without one: downloaded once into the user's cache folder. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** As mise.toml has it. */
const VERSION = '1.11.4';

/** 30 MB over a slow line. */
const LONGEST_DOWNLOAD_MS = 10 * 60 * 1000;

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
export async function downloadTerraform(env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<void> {
  const target = downloadedTerraform(env);
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  // Its own folder is moved into place when it is whole: two downloads at once, or one that is killed, spoil nothing.
  const CACHE_DIR = await mkdtemp(join(folder, 'download-'));
  try {
    const call = ['exec', '--yes', `--package=@jahed/terraform@${VERSION}`, '--', 'terraform', 'version'];
    await promisify(execFile)('npm', call, {
      cwd: CACHE_DIR,
      env: { ...withoutSecrets(env), CACHE_DIR },
      timeout: LONGEST_DOWNLOAD_MS,
      ...(signal && { signal }),
    });
    await rename(join(CACHE_DIR, '@jahed', 'terraform', `terraform-v${VERSION}`), target);
  } finally {
    await rm(CACHE_DIR, { recursive: true, force: true });
  }
}

/** What a package from outside needs: neither credentials nor variables of Terraform are among it. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isNeeded =
    /^(PATH|HOME|LANG|TMPDIR|XDG_.*|NODE_EXTRA_CA_CERTS|npm_config_(?!.*auth).*|(https?|no)_proxy)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => isNeeded.test(name)));
}

/** Of a download that was killed; one that is under way now is younger. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const isOld = Date.now() - (await stat(path)).mtimeMs > LONGEST_DOWNLOAD_MS;
    if (name.startsWith('download-') && isOld) await rm(path, { recursive: true, force: true });
  }
}

/** https://specifications.freedesktop.org/basedir-spec/latest/, and Apple's File System Programming Guide. */
function userCache(env: NodeJS.ProcessEnv): string {
  const home = env.HOME || homedir();
  // A relative path is to be ignored, says the specification.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME;
  return process.platform === 'darwin' ? join(home, 'Library', 'Caches') : join(home, '.cache');
}
