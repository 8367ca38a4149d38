/**
 * The tools of those who use our packages: Jest, an older TypeScript, Cloudflare's workerd. As dependencies of the repository
 * they would add 300 MB to every `npm ci`, so the tests that need them install them once, by their own lock file.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oncePerRun } from './once-per-run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = join(ROOT, 'test/toolchain');
/** Where an earlier run left them: this copy of the repository's own. */
const CACHE = join(ROOT, '.storytime/toolchain');

export type Toolchain =
  /** The folder whose `node_modules` has them. */
  | { readonly folder: string }
  /** Why they cannot be had. */
  | { readonly unavailable: string };

/**
 * Where there is no registry and no cache of npm, a test that needs them is to be skipped with the reason.
 *
 * @throws Error with that reason where `CI=true`
 */
export async function toolchain(): Promise<Toolchain> {
  const found = await oncePerRun('toolchain', install);
  if ('unavailable' in found && process.env.CI === 'true') throw new Error(found.unavailable);
  return found;
}

function install(): Toolchain {
  const digest = createHash('sha256')
    .update(readFileSync(join(SOURCE, 'package-lock.json')))
    .digest('hex');
  // workerd is a program for one platform.
  const kept = join(CACHE, `${process.platform}-${process.arch}-${digest.slice(0, 16)}`);
  if (existsSync(kept)) return { folder: kept };
  mkdirSync(CACHE, { recursive: true });
  removeUnfinished();
  const folder = mkdtempSync(join(CACHE, 'installing-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(SOURCE, file), join(folder, file));
    const failure = npmCi(folder);
    if (failure !== undefined) {
      console.warn(failure);
      return { unavailable: failure };
    }
    moveTo(kept, folder);
    return { folder: kept };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Another run may have been faster, also between the question and the answer. */
function moveTo(kept: string, folder: string): void {
  try {
    renameSync(folder, kept);
  } catch (error) {
    if (!existsSync(kept)) throw error;
  }
}

/** What a run that was killed has left, an hour ago or more: one that is under way takes a minute. */
function removeUnfinished(): void {
  for (const name of readdirSync(CACHE)) {
    const folder = join(CACHE, name);
    const isOld = Date.now() - statSync(folder).mtimeMs > 3_600_000;
    if (name.startsWith('installing-') && isOld) rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns npm's main line of error; `undefined` when it has installed all */
function npmCi(folder: string): string | undefined {
  // npm's own variables would point it at the project that runs the tests.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  // Where there is no registry, the reason comes in seconds and not in minutes.
  const options = [...quiet, '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=20000'];
  const { status, error, stderr } = spawnSync('npm', ['ci', ...options], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (status === 0) return undefined;
  const line = stderr?.split('\n').find((one) => one.startsWith('npm error'));
  return `the tools of test/toolchain cannot be installed: ${error?.message ?? line ?? `npm ci ended with ${status}`}`;
}
