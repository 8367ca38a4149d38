/** A module on a stack of its own, as the JSON that Terraform reads. */
import { Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { AddressedStack } from '../../envs/addressed-stack.ts';

type Block = Readonly<Record<string, unknown>>;

export interface ModuleJson {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly moved?: readonly { readonly from: string; readonly to: string }[];
  readonly variable?: Readonly<Record<string, Block>>;
}

/** Builds what `build` builds and reads it back. */
export function synthesizedModule(build: (scope: Construct) => void): ModuleJson {
  const stack = new AddressedStack(Testing.app({ stackTraces: false }), 'test');
  build(stack);
  return JSON.parse(Testing.synth(stack));
}

/** The one resource of that type. */
export function only(json: ModuleJson, type: string): Block {
  const resources = Object.values(json.resource[type] ?? {});
  if (resources.length !== 1 || resources[0] === undefined) {
    throw new Error(`expected one ${type}, got ${resources.length}`);
  }
  return resources[0];
}

export function typesOf(json: ModuleJson): string[] {
  return Object.keys(json.resource).sort();
}
