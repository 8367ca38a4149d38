/** A filesystem mirror of providers: where one is on this machine, and the CLI configuration that names it. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONFIGURATIONS = fileURLToPath(new URL('../../.storytime/terraform', import.meta.url));

/** How far below a root a mirror is looked for. */
const DEEPEST = 4;

/** Copies that Terraform makes for itself: a plugin cache must not be a mirror as well. */
const NO_MIRRORS = new Set(['node_modules', 'plugin-cache', 'terraform-plugins']);

/** Whether a folder holds this provider (`host/namespace/type`) as a filesystem mirror does; links in it do not count. */
export function holdsProvider(folder: string, provider: string): boolean {
  const parts = provider.split('/');
  // Terraform does not follow a link inside of a mirror.
  return parts.every((_, index) => isFolder(join(folder, ...parts.slice(0, index + 1))));
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    // It is not there, not ours to read, or leads through a file.
    return false;
  }
}

/**
 * The first folder at most four levels below one of `roots` that holds `provider` (`host/namespace/type`); the nearest
 * to its root wins, then the alphabet. Links are not followed, hidden folders not entered. Null when there is none.
 */
export function findMirror(roots: readonly string[], provider: string): string | null {
  for (const root of roots) {
    let level = [root];
    for (let depth = 0; depth <= DEEPEST; depth += 1) {
      const found = level.find((folder) => holdsProvider(folder, provider));
      if (found !== undefined) return found;
      level = level.flatMap(foldersIn);
    }
  }
  return null;
}

/**
 * Writes the CLI configuration that has Terraform install providers of `host` from `mirror`, and returns its path.
 *
 * Source: https://developer.hashicorp.com/terraform/cli/config/config-file#explicit-installation-method-configuration
 */
export function mirrorConfiguration(mirror: string, host: string): string {
  const text = `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = [${JSON.stringify(`${host}/*/*`)}]
  }
}
`;
  mkdirSync(CONFIGURATIONS, { recursive: true });
  // Named after its text and moved into place: two commands at once cannot spoil each other's.
  const path = join(
    CONFIGURATIONS,
    `mirror-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.tfrc`,
  );
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_MIRRORS.has(entry.name))
      .map(({ name }) => join(folder, name))
      .sort();
  } catch {
    // Not ours to read.
    return [];
  }
}
