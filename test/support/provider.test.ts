/** A provider process is for one region: a second configuration there would take the place of the first, without a word. */
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
  ['maximum, which has two', synthesized(maximum, maximumKeys())],
])('a stack whose suite shares provider processes configures one for a region: %s', (_, stack) => {
  const regions = regionsOf(stack);
  expect(regions).toHaveLength(new Set(regions).size);
  expect(regions).not.toContain(undefined);
});

/** One for each configuration of the provider. */
function regionsOf({ provider }: TerraformJson): unknown[] {
  return provider.aws.map(({ region }) => region);
}
