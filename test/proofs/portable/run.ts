/**
 * `npm run prove:portable`: every environment and its state, synthesized with CDKTF and with its community fork
 * CDK Terrain, from the same sources and keys. Prints what it compared; exits 1 on any difference.
 *
 * It works in a temporary copy, where it does what docs/cdk-terrain.md tells people to do: the versions are read from
 * there. The second set of bindings takes another 480 MB, which are gone afterwards.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackDifferences } from './stack-differences.ts';

const SHOWN_DIFFERENCES = 10;

// A Ctrl-C ends npm, which ends us: with the copy removed.
for (const interrupt of ['SIGINT', 'SIGTERM'] as const) process.on(interrupt, () => {});

const root = fileURLToPath(new URL('../../..', import.meta.url));
const copy = mkdtempSync(join(tmpdir(), 'storytime-portable-'));
try {
  copySources();
  makeKeys();
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const original = synthesize('cdktf');
  rmSync(join(copy, 'node_modules'));
  installTerrain();
  process.exitCode = compare(original, synthesize('cdktn')) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}

/** The sources as they are now: what git has, and what it would take. */
function copySources(): void {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  const files = ended(listed, 'git ls-files').split('\0').filter(Boolean);
  for (const file of files.filter((name) => existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}

/** Keys that are in no clone: those of `local` are made at its first start, those of every option on by its tests. */
function makeKeys(): void {
  const keys = join(copy, 'envs', 'keys');
  for (const environment of ['local', 'maximum']) {
    mkdirSync(join(keys, environment), { recursive: true });
    writeFileSync(join(keys, environment, '2026-01-a.pem'), newPublicKey());
    writeFileSync(join(keys, environment, 'active'), '2026-01-a\n');
  }
  writeFileSync(join(keys, 'maximum', '2026-02-a.kms'), 'RSA_2048\n');
}

function newPublicKey(): string | Buffer {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  });
}

/** What a synth needs and no more: the fork's bindings for the originals, the lock file's versions for all the rest. */
function installTerrain(): void {
  const file = join(copy, 'package.json');
  const project = JSON.parse(readFileSync(file, 'utf8'));
  const aliases = documentedAliases();
  Object.assign(project.dependencies, aliases);
  project.devDependencies = { tsx: project.devDependencies.tsx };
  writeFileSync(file, JSON.stringify(project, null, 2));
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  const installed = spawnSync('npm', ['install', ...options], { cwd: copy });
  if (installed.status !== 0) {
    const why = installed.stderr.toString().trim().split('\n').slice(-5).join('\n');
    throw new Error(`${Object.values(aliases).join(' and ')} cannot be installed:\n${why}`);
  }
}

/** What the migration page puts into package.json. */
function documentedAliases(): Readonly<Record<string, string>> {
  const page = readFileSync(join(copy, 'docs', 'cdk-terrain.md'), 'utf8');
  const [, block] = /```json\n(.*?)```/s.exec(page) ?? [];
  if (block === undefined) throw new Error('docs/cdk-terrain.md shows no JSON for package.json');
  return JSON.parse(block).dependencies;
}

/** @returns the text of each stack's `cdk.tf.json` by the stack's name */
function synthesize(cdk: 'cdktf' | 'cdktn'): ReadonlyMap<string, string> {
  const { name, version } = installedCdk();
  if (name !== cdk) throw new Error(`expected to synthesize with ${cdk}, got ${name} ${version}`);
  const outdir = join(copy, 'out', cdk);
  // As the command line of either CDK hands it over.
  const script = relative(root, fileURLToPath(new URL('./synth-stacks.ts', import.meta.url)));
  const run = spawnSync(process.execPath, ['--import', 'tsx', script, outdir], {
    cwd: copy,
  });
  ended(run, `synthesizing with ${name} ${version}`);
  const stacks = readdirSync(join(outdir, 'stacks')).sort();
  console.log(`${name} ${version}: ${stacks.length} stacks`);
  return new Map(
    stacks.map((stack) => [stack, readFileSync(join(outdir, 'stacks', stack, 'cdk.tf.json'), 'utf8')]),
  );
}

function installedCdk(): { readonly name: string; readonly version: string } {
  return JSON.parse(readFileSync(join(copy, 'node_modules', 'cdktf', 'package.json'), 'utf8'));
}

function compare(original: ReadonlyMap<string, string>, terrain: ReadonlyMap<string, string>): boolean {
  const stacks = [...new Set([...original.keys(), ...terrain.keys()])];
  const width = Math.max(...stacks.map((stack) => stack.length));
  const verdicts = stacks.map((stack) => {
    const json = original.get(stack) ?? '{}';
    const found = stackDifferences(json, terrain.get(stack) ?? '{}');
    const verdict = found.length === 0 ? 'same' : `${found.length} DIFFERENCES`;
    console.log(`  ${stack.padEnd(width)}  ${verdict}  ${sizeOf(json)}`);
    for (const difference of found.slice(0, SHOWN_DIFFERENCES)) console.log(`    ${difference}`);
    return found.length === 0;
  });
  return verdicts.length > 0 && verdicts.every(Boolean);
}

function sizeOf(json: string): string {
  const { resource = {}, output = {} } = JSON.parse(json);
  const resources = Object.values(resource).flatMap((byName) => Object.keys(byName as object));
  return `${resources.length} resources, ${Object.keys(output).length} outputs`;
}

function ended(run: SpawnSyncReturns<Buffer>, what: string): string {
  if (run.status === 0) return run.stdout.toString();
  throw new Error(`${what} failed: ${run.error?.message ?? run.stderr.toString().trim()}`);
}
