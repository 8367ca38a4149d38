/** The real provider's opinion of every stack, and of one with every option on, once per suite. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { prod } from '../../envs/prod.ts';
import { synthesize, synthesizeState } from '../../envs/synth.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { type ProviderProcess, startProvider } from '../support/provider.ts';
import { terraformIn } from '../terraform/terraform.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { newKeys } from './synthesized.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('terraform validate is skipped: neither terraform nor tofu is on PATH');

const everyLock = {
  kind: 's3',
  bucket: 'states-of-dev',
  region: 'eu-central-1',
  lock: 'both',
  lockTable: 'locks',
} as const;

describe.skipIf(missing)('terraform validate', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-validate-'));
  const keys = newKeys('2026-11-a', '2026-12-b');
  const folders = new Map<string, string>();

  let provider: ProviderProcess;

  beforeAll(async () => {
    // For validate alone: init finds the provider and checks it against the lock.
    provider = await startProvider({});
    for (const config of [dev, prod, local])
      folders.set(config.environment, synthesize({ config, keys, outdir }));
    folders.set('maximum', synthesize({ config: maximum, keys: maximumKeys(), outdir }));
    folders.set('state-dev', synthesizeState({ config: { ...dev, state: everyLock }, outdir }));
  });
  afterAll(async () => {
    await provider.close();
    rmSync(outdir, { recursive: true });
  });

  it('accepts an environment with every option on, in which nothing needs itself', async () => {
    const folder = folders.get('maximum') ?? '';
    await terraformIn(folder, provider.environment, 'init', '-backend=false');
    // A cycle is an error of validate, too.
    expect(JSON.parse(await terraformIn(folder, provider.environment, 'validate', '-json'))).toMatchObject({
      valid: true,
      diagnostics: [],
    });
  }, 120_000);

  it.each(['dev', 'prod', 'local', 'state-dev'])(
    'accepts %s with the locked provider, and leaves the lock as it is committed',
    async (name) => {
      const folder = folders.get(name) ?? '';
      await terraformIn(folder, {}, 'init', '-backend=false');
      expect(JSON.parse(await terraformIn(folder, provider.environment, 'validate', '-json'))).toMatchObject({
        valid: true,
        diagnostics: [],
      });
      const environment = name.replace('state-', '');
      expect(readFileSync(join(folder, '.terraform.lock.hcl'), 'utf8')).toBe(
        readFileSync(`envs/locks/${environment}.terraform.lock.hcl`, 'utf8'),
      );
    },
    120_000,
  );
});
