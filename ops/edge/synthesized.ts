/** A stack for the edge: synthesized into a folder that is gone afterwards, trusting the keys it is given. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { keysDirectory } from '../../envs/environments.ts';
import { readTrustedKeys, type TrustedKeys } from '../../envs/keys.ts';
import { synthesize } from '../../envs/synth.ts';

/** The keys that a stack trusts: those given, or else those of `envs/keys/<environment>`. */
export function keysFor({ environment }: EnvironmentConfig, given: ReadonlyMap<string, string>): TrustedKeys {
  const [active] = given.keys();
  return active === undefined
    ? readTrustedKeys(keysDirectory(environment))
    : { active, generations: Object.fromEntries(given), inKms: {} };
}

/** What the environment's `cdk.tf.json` holds. @throws ConfigError, GuardrailError as a synth does */
export function synthesizedStack(config: EnvironmentConfig, keys: TrustedKeys): unknown {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-edge-'));
  try {
    const folder = synthesize({ config: parseEnvironment(config), keys, outdir });
    return JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
