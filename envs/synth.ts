/** From values to the folder that Terraform runs in. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'cdktf';
import type { EnvironmentConfig } from './config.ts';
import type { TrustedKeys } from './keys.ts';
import { StorytimeStack } from './stack.ts';
import { StateStack, stateStackName } from './state.ts';

export interface SynthesizeOptions {
  readonly config: EnvironmentConfig;
  readonly keys: TrustedKeys;
  /** Made if it is not there; holds `stacks/<environment>` afterwards. */
  readonly outdir: string;
}

/** Writes one environment's `cdk.tf.json` and its provider lock file; returns the folder that holds both. */
export function synthesize({ config, keys, outdir }: SynthesizeOptions): string {
  const app = newApp(outdir);
  new StorytimeStack(app, config, keys);
  app.synth();
  return lockedFolder(app.outdir, config.environment, config.environment);
}

/** Writes the stack that creates an environment's state bucket; returns its folder. */
export function synthesizeState({ config, outdir }: Omit<SynthesizeOptions, 'keys'>): string {
  const app = newApp(outdir);
  new StateStack(app, config);
  app.synth();
  return lockedFolder(app.outdir, stateStackName(config), config.environment);
}

/** Every stack of every environment given, in one app: what the `cdktf` command line works on. */
export function synthesizeAll(all: readonly { config: EnvironmentConfig; keys: TrustedKeys }[]): void {
  const app = newApp();
  for (const { config, keys } of all) {
    new StorytimeStack(app, config, keys);
    if (config.state.kind === 's3') new StateStack(app, config);
  }
  app.synth();
  for (const { config } of all) {
    lockedFolder(app.outdir, config.environment, config.environment);
    if (config.state.kind === 's3') lockedFolder(app.outdir, stateStackName(config), config.environment);
  }
}

/** Stack traces would put this machine's paths into the JSON. */
function newApp(outdir?: string): App {
  if (outdir !== undefined) mkdirSync(outdir, { recursive: true });
  return new App({ stackTraces: false, ...(outdir !== undefined && { outdir }) });
}

/** Puts the environment's lock file beside its stacks, so that everybody runs the same provider. */
function lockedFolder(outdir: string, stack: string, environment: string): string {
  const folder = join(outdir, 'stacks', stack);
  const lock = fileURLToPath(new URL(`locks/${environment}.terraform.lock.hcl`, import.meta.url));
  if (existsSync(lock)) copyFileSync(lock, join(folder, '.terraform.lock.hcl'));
  return folder;
}
