/**
 * `npm run prove:compat`: on each runtime that backends use, the package as npm would publish it, installed into
 * an empty folder, and the test suite's core. One line for each. A runtime that cannot be had (no registry, no
 * cache) is reported; where `CI=true` it is a failure.
 */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFreshCheckout, manifestOf, pack } from '../../support/pack.ts';

const RUNTIMES = [
  { name: 'Node 20', argv: ['-y', '-p', 'node@20', 'node'] },
  { name: 'Node 22', argv: ['-y', '-p', 'node@22', 'node'] },
  { name: 'Node 24', argv: ['-y', '-p', 'node@24', 'node'] },
  { name: 'Bun 1.4.5', argv: ['-y', '-p', 'bun@1.4.5', 'bun'] },
];

/** Everything that signs or verifies. Bun has no DSA, with which the tests of refused keys begin. */
const CORE = [
  'policy',
  'sign-url',
  'sign-cookies',
  'signatures',
  'golden',
  'properties',
  'sync',
  'object-path',
  'directory-above',
  'domain',
  'verify/',
  'private-key',
];
const NOT_ON_BUN = ['private-key'];

type Outcome =
  | { readonly kind: 'ok'; readonly runtime: string; readonly checks: number; readonly tests: number }
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
  const checkout = join(folder, 'checkout');
  makeFreshCheckout(checkout);
  const { tarball } = pack(join(checkout, 'signer'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  // The optional peer, without which `@storytime/signer/kms` cannot be loaded.
  const kms = `@aws-sdk/client-kms@${manifestOf('signer').devDependencies?.['@aws-sdk/client-kms']}`;
  const installed = spawnSync('npm', ['install', ...options, tarball, kms], { cwd: folder });
  if (installed.status !== 0) {
    const why = mainLine(installed.stderr);
    throw new Error(`the packed package cannot be installed; is the npm registry reachable? ${why}`);
  }
  copyFileSync(fileURLToPath(new URL('self-test.js', import.meta.url)), join(folder, 'self-test.js'));
}

function prove(argv: readonly string[]): Outcome {
  const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  const written = join(folder, 'self-test.json');
  rmSync(written, { force: true });
  const run = spawnSync('npx', [...argv, 'self-test.js'], { cwd: folder, env, timeout: 240_000 });
  const { runtime, checks }: { runtime?: string; checks?: number } = existsSync(written)
    ? JSON.parse(readFileSync(written, 'utf8'))
    : {};
  if (runtime === undefined && !/self-test\.js|node_modules/.test(run.stderr.toString())) {
    const why = run.error?.message ?? mainLine(run.stderr);
    return { kind: 'missing', why: `npx ${argv.slice(1, 3).join(' ')}: ${why}` };
  }
  if (run.status !== 0 || runtime === undefined || checks === undefined) {
    return { kind: 'failed', why: run.stderr.toString().trim() || `exit code ${run.status}` };
  }
  const suite = runCoreSuite(argv);
  return typeof suite === 'string'
    ? { kind: 'failed', why: suite }
    : { kind: 'ok', runtime, checks, tests: suite.passed };
}

/** @returns what failed, where something did */
function runCoreSuite(argv: readonly string[]): { readonly passed: number } | string {
  const files = CORE.filter((name) => !argv.includes('bun') || !NOT_ON_BUN.includes(name));
  const report = join(folder, 'report.json');
  const terraformConfig = join(folder, 'terraform.rc');
  writeFileSync(terraformConfig, '');
  rmSync(report, { force: true });
  const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=json'];
  const targets = files.map((name) => `test/signer/${name}`);
  const run = spawnSync('npx', [...argv, ...vitest, `--outputFile=${report}`, ...targets], {
    cwd: root,
    // Nothing here runs Terraform. With a configuration at hand, the set-up does not look for its registry either,
    // which Bun's version of undici cannot.
    env: { ...process.env, TF_CLI_CONFIG_FILE: terraformConfig },
    timeout: 300_000,
  });
  if (!existsSync(report)) return `the core suite did not run: ${mainLine(run.stderr)}`;
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const failed = testResults.filter(({ status }: { status: string }) => status !== 'passed');
  if (run.status === 0 && failed.length === 0 && numPassedTests > 0) return { passed: numPassedTests };
  const names = failed.map(({ name }: { name: string }) => relative(root, name));
  return `the core suite: ${names.join(', ') || run.stderr.toString().trim() || `exit code ${run.status}`}`;
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'ok':
      return `ok       ${outcome.runtime}: ${outcome.checks} checks of the installed package, ${outcome.tests} tests of the core suite`;
    case 'missing':
      return `missing  ${outcome.why}${mustHaveAll ? '' : ' (a failure where CI=true)'}`;
    case 'failed':
      return `FAILED   ${outcome.why}`;
  }
}

/** npm says what is wrong in its first line of error and where its log is in the last. */
function mainLine(output: Buffer): string {
  const lines = output.toString().trim().split('\n');
  return lines.find((line) => line.startsWith('npm error')) ?? lines.at(-1) ?? '';
}
