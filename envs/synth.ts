/** From values to the folder that Terraform runs in. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'cdktf';
import project from '../cdktf.json' with { type: 'json' };
import type { EnvironmentConfig } from './config.ts';
import { warningsOf } from './config-warnings.ts';
import {
  expiredText,
  type GuardrailReport,
  inspectStack,
  isRefused,
  refuseViolations,
} from './guardrails/index.ts';
import type { TrustedKeys } from './keys.ts';
import { printable } from './printable.ts';
import { StorytimeStack } from './stack.ts';
import { StateStack, type StateStackBackend, stateStackName } from './state.ts';

export interface SynthesizeOptions {
  readonly config: EnvironmentConfig;
  readonly keys: TrustedKeys;
  /** Made if it is not there; holds `stacks/<environment>` afterwards. */
  readonly outdir: string;
}

/** A stack that was written: an environment's with its keys, its state's without. */
interface MadeStack {
  readonly config: EnvironmentConfig;
  readonly keys?: TrustedKeys;
}

const { context } = project;
const STACK_FILE = 'cdk.tf.json';

/**
 * Writes one environment's `cdk.tf.json` and its provider lock file; returns the folder that holds both.
 *
 * @throws GuardrailError if the stack breaks a rule of `guardrails/`; its `cdk.tf.json` is gone then
 */
export function synthesize({ config, keys, outdir }: SynthesizeOptions): string {
  const written = writeApp(outdir, (app) => new StorytimeStack(app, config, keys));
  return onlyFolder(written, { config, keys });
}

export interface SynthesizeStateOptions extends Omit<SynthesizeOptions, 'keys'> {
  /** @default 'bucket' */
  readonly backend?: StateStackBackend;
}

/**
 * Writes the stack that creates an environment's state bucket; returns its folder.
 *
 * @throws GuardrailError as `synthesize` does
 */
export function synthesizeState({ config, outdir, backend }: SynthesizeStateOptions): string {
  const written = writeApp(outdir, (app) => new StateStack(app, config, backend));
  return onlyFolder(written, { config });
}

type EnvironmentAndKeys = Required<MadeStack>;

/**
 * Every stack of every environment given, in one app: what the `cdktf` command line works on.
 *
 * @throws GuardrailError as `synthesize` does, for all of them at once
 */
export function synthesizeAll(all: readonly EnvironmentAndKeys[]): void {
  finishedFolders(writeAll(undefined, all), madeOf(all));
}

/** What the guardrails say about every stack of the environments given, refused or not. */
export function inspectAll(all: readonly EnvironmentAndKeys[], outdir: string): GuardrailReport[] {
  const written = writeAll(outdir, all);
  return madeOf(all).map((made) => inspect(written, made));
}

function writeAll(outdir: string | undefined, all: readonly EnvironmentAndKeys[]): string {
  return writeApp(outdir, (app) => {
    for (const { config, keys } of all) {
      new StorytimeStack(app, config, keys);
      if (config.state.kind === 's3') new StateStack(app, config);
    }
  });
}

function madeOf(all: readonly EnvironmentAndKeys[]): MadeStack[] {
  return all.flatMap(({ config, keys }) => [
    { config, keys },
    ...(config.state.kind === 's3' ? [{ config }] : []),
  ]);
}

function onlyFolder(outdir: string, made: MadeStack): string {
  const [folder] = finishedFolders(outdir, [made]);
  return folder ?? outdir;
}

/**
 * Writes the stacks that `define` puts into an app; returns the app's folder.
 *
 * The app is as `cdktf.json` describes it, whichever program starts it: CDK Terrain asks its context whether Terraform knows
 * write-only arguments. Stack traces would put this machine's paths into the JSON. CDKTF's own validations would start
 * `terraform version`, where each stack says itself which one it requires; and Terraform finds a missing provider.
 */
function writeApp(outdir: string | undefined, define: (app: App) => void): string {
  if (outdir !== undefined) mkdirSync(outdir, { recursive: true });
  return withoutTokenStacks(() => {
    const app = new App({
      stackTraces: false,
      skipValidation: true,
      context,
      ...(outdir !== undefined && { outdir }),
    });
    define(app);
    app.synth();
    return app.outdir;
  });
}

/**
 * CDKTF formats the stack of every token it makes, a sixth of the time that a synth takes, to show it beside a token that
 * cannot be resolved.
 */
function withoutTokenStacks<T>(work: () => T): T {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = String;
  try {
    return work();
  } finally {
    // An error that is thrown is formatted when its stack is read, with the value that is set here at that time.
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/**
 * Judges stacks, puts each one's lock file beside it, and returns the folders.
 *
 * A stack that is refused is not left for Terraform to find.
 */
function finishedFolders(outdir: string, made: readonly MadeStack[]): string[] {
  const reports = made.map((one) => inspect(outdir, one));
  for (const report of reports) {
    if (isRefused(report)) rmSync(join(folderOf(outdir, report.stack), STACK_FILE));
    for (const suppression of report.expired) warn(expiredText(suppression));
  }
  for (const { config, keys } of made) if (keys) warningsOf(config).forEach(warn);
  refuseViolations(reports);
  return made.map(({ config }, index) => {
    const folder = folderOf(outdir, reports[index]?.stack ?? config.environment);
    lock(folder, config.environment);
    return folder;
  });
}

function warn(text: string): void {
  process.stderr.write(`warning: ${printable(text)}\n`);
}

function inspect(outdir: string, { config, keys }: MadeStack): GuardrailReport {
  const name = keys ? config.environment : stateStackName(config);
  return inspectStack(JSON.parse(readFileSync(join(folderOf(outdir, name), STACK_FILE), 'utf8')), {
    name,
    environment: config.environment,
    purpose: purposeOf(config, keys),
    ...(keys && { keys }),
    ...(keys && config.publicThumbnails && { publicThumbnailsBelow: config.pathPrefix }),
    now: new Date(),
  });
}

function folderOf(outdir: string, stack: string): string {
  return join(outdir, 'stacks', stack);
}

function purposeOf({ localPorts }: EnvironmentConfig, keys: TrustedKeys | undefined) {
  if (keys === undefined) return 'state';
  return localPorts === null ? 'account' : 'local';
}

/** Everybody runs the same provider. */
function lock(folder: string, environment: string): void {
  const file = fileURLToPath(new URL(`locks/${environment}.terraform.lock.hcl`, import.meta.url));
  if (existsSync(file)) copyFileSync(file, join(folder, '.terraform.lock.hcl'));
}
