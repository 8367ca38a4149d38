/** One provider process has one configuration: a second one would take the place of the first, without a word. */
import { expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { maximum, maximumKeys } from '../envs/maximum.ts';
import { newKeys, synthesized, synthesizedState, type TerraformJson } from '../envs/synthesized.ts';
import { CONFIG } from '../ops/doctor/clinic.ts';
import { ROTATED, ROTATED_IN_S3 } from '../ops/keys/fixture.ts';

const keys = newKeys('2026-11-a');
const inKms = { ...keys, inKms: { '2026-12-b': 'RSA_2048' } } as const;
const ofEnvironment = (config: EnvironmentConfig) => synthesized(config, keys);

it.each<[string, TerraformJson]>([
  ['dev', ofEnvironment(dev)],
  ['local', ofEnvironment(local)],
  ['local of the key commands', synthesized(ROTATED, inKms)],
  ['local of the key commands, in S3', synthesized(ROTATED_IN_S3, inKms)],
  ['local of the doctor', ofEnvironment(CONFIG)],
  ['the state of dev', synthesizedState(dev)],
])('a stack whose suite shares a provider process uses it in one region: %s', (_, stack) => {
  expect(elsewhere(stack)).toEqual([]);
});

it('a stack that uses it in two regions is found, and starts its own', () => {
  expect(elsewhere(synthesized(maximum, maximumKeys()))).toContain('aws_wafv2_web_acl.delivery_firewall');
});

/** Resources of another provider configuration than the first. */
function elsewhere({ resource }: TerraformJson): string[] {
  return Object.entries(resource).flatMap(([type, named]) =>
    Object.entries(named).flatMap(([name, block]) => ('provider' in block ? [`${type}.${name}`] : [])),
  );
}
