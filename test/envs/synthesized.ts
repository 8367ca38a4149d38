/** Environments as the JSON that Terraform reads, and keys made for the run. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { TrustedKeys } from '../../envs/keys.ts';
import { synthesize, synthesizeState } from '../../envs/synth.ts';
import { rsaPublicKey } from '../support/rsa-public-key.ts';

type Block = Readonly<Record<string, unknown>>;

export interface TerraformJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly output: Readonly<Record<string, { readonly value: unknown }>>;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
  readonly variable?: Readonly<Record<string, Block>>;
  readonly provider: { readonly aws: readonly Block[] };
  readonly terraform: {
    readonly backend: Readonly<Record<string, Block>>;
    readonly required_providers: Readonly<Record<string, Block>>;
    readonly required_version: string;
  };
}

/** Made here: tests depend on nobody's files. Stacks have public keys only. */
export function newKeys(...generations: readonly [string, ...string[]]): TrustedKeys {
  const pem = () => rsaPublicKey(2048).export({ type: 'spki', format: 'pem' }).toString();
  return {
    active: generations[0],
    generations: Object.fromEntries(generations.map((generation) => [generation, pem()])),
    inKms: {},
  };
}

export function synthesizedText(config: EnvironmentConfig, keys: TrustedKeys): string {
  return inTemporaryFolder((outdir) => readStack(synthesize({ config, keys, outdir })));
}

export function synthesized(config: EnvironmentConfig, keys: TrustedKeys): TerraformJson {
  return JSON.parse(synthesizedText(config, keys));
}

export function synthesizedState(config: EnvironmentConfig): TerraformJson {
  return inTemporaryFolder((outdir) => JSON.parse(readStack(synthesizeState({ config, outdir }))));
}

/** `aws_s3_bucket.masters`, … in alphabetical order. */
export function addressesOf(stack: TerraformJson): string[] {
  return Object.entries(stack.resource)
    .flatMap(([type, resources]) => Object.keys(resources).map((name) => `${type}.${name}`))
    .sort();
}

/** One resource by its address. */
export function resourceAt(stack: TerraformJson, address: string): Block {
  const [type = '', name = ''] = address.split('.');
  const resource = stack.resource[type]?.[name];
  if (resource === undefined) throw new Error(`no ${address} in ${addressesOf(stack).join(', ')}`);
  return resource;
}

/** The statements of a resource's policy by Sid. */
export function statementsOf(resource: Block, attribute = 'policy'): Record<string, Block> {
  const { Statement } = JSON.parse(String(resource[attribute])) as { Statement: { Sid: string }[] };
  return Object.fromEntries(Statement.map(({ Sid, ...statement }) => [Sid, statement]));
}

/**
 * Moves of what was renamed. A DNS record has its domain in its address while there are several domains, and loses it with
 * the last of the others: that is no other name.
 */
export function renamesOf({ moved = [] }: TerraformJson, { domainName }: EnvironmentConfig) {
  const domain = domainName?.replaceAll('.', '_');
  return moved.filter(({ from, to }) => from !== `${to}_${domain}`);
}

/** A reference as the JSON has it. */
export function ref(address: string): string {
  return `\${${address}}`;
}

function readStack(folder: string): string {
  return readFileSync(join(folder, 'cdk.tf.json'), 'utf8');
}

function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-synth-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
