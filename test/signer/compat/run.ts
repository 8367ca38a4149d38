/**
 * `npm run prove:compat`: the package as npm would publish it, installed into an empty folder, proved on each
 * runtime that backends use. One line for each. A runtime that cannot be had (no registry, no cache) is
 * reported; where `CI=true` it is a failure.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNTIMES = [
  { name: 'Node 20', argv: ['-y', '-p', 'node@20', 'node'] },
  { name: 'Node 22', argv: ['-y', '-p', 'node@22', 'node'] },
  { name: 'Node 24', argv: ['-y', '-p', 'node@24', 'node'] },
  { name: 'Bun 1.4.5', argv: ['-y', '-p', 'bun@1.4.5', 'bun'] },
];

type Outcome =
  | { readonly kind: 'ok'; readonly runtime: string; readonly checks: number }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'missing'; readonly why: string };

const root = fileURLToPath(new URL('../../..', import.meta.url));
const mustHaveAll = process.env.CI === 'true';
const folder = mkdtempSync(join(tmpdir(), 'signer-compat-'));
try {
  installPackage();
  const outcomes = RUNTIMES.map((runtime) => {
    const outcome = prove(runtime.argv);
    console.log(`${runtime.name.padEnd(10)} ${describe(outcome)}`);
    return outcome.kind;
  });
  const isFailure = outcomes.includes('failed') || (mustHaveAll && outcomes.includes('missing'));
  process.exitCode = isFailure || !outcomes.includes('ok') ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function installPackage(): void {
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: join(root, 'signer'),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed.toString());
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const installed = spawnSync('npm', ['install', ...options, join(folder, filename)], { cwd: folder });
  if (installed.status !== 0) {
    const why = lastLine(installed.stderr);
    throw new Error(`the packed package cannot be installed; is the npm registry reachable? ${why}`);
  }
  copyFileSync(fileURLToPath(new URL('self-test.js', import.meta.url)), join(folder, 'self-test.js'));
}

function prove(argv: readonly string[]): Outcome {
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const run = spawnSync('npx', [...argv, 'self-test.js'], { cwd: folder, env, timeout: 240_000 });
  const out = run.stdout.toString();
  const runtime = /^self-test (.+)$/m.exec(out)?.[1];
  const checks = /^passed (\d+)$/m.exec(out)?.[1];
  if (runtime === undefined && !/self-test\.js|node_modules/.test(run.stderr.toString())) {
    const why = run.error?.message ?? lastLine(run.stderr);
    return { kind: 'missing', why: `npx ${argv.slice(1, 3).join(' ')}: ${why}` };
  }
  if (run.status === 0 && runtime !== undefined && checks !== undefined) {
    return { kind: 'ok', runtime, checks: Number(checks) };
  }
  return { kind: 'failed', why: run.stderr.toString().trim() || `exit code ${run.status}` };
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'ok':
      return `ok       ${outcome.checks} checks on ${outcome.runtime}`;
    case 'missing':
      return `missing  ${outcome.why}${mustHaveAll ? '' : ' (a failure where CI=true)'}`;
    case 'failed':
      return `FAILED   ${outcome.why}`;
  }
}

function lastLine(output: Buffer): string {
  return output.toString().trim().split('\n').at(-1) ?? '';
}
