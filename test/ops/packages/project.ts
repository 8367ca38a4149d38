/** A project outside the repository, in which our packages are installed from their tarballs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { linkDependencies, PACKAGE_FOLDERS } from '../../support/pack.ts';
import { installInto } from '../../support/packed.ts';

/** @param dependencies what the project has installed besides, by the folders below `node_modules` */
export async function makeProject(...dependencies: readonly string[]): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'project-'));
  linkDependencies(project, ['@aws-sdk', 'jose', ...dependencies]);
  await installInto(project, PACKAGE_FOLDERS);
  return project;
}

/** @param files text by path */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** What `source` puts into `out`, in a process without options of Node's. Anything printed as a warning is an error. */
export function runIn(project: string, kind: 'module' | 'commonjs', source: string): unknown {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [`--input-type=${kind}`, '--eval', `const out = {};\n${source}\nconsole.log(JSON.stringify(out));`],
    { cwd: project, env, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}
