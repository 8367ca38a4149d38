/** Set-up of the projects that share provider processes: where Terraform has the AWS provider of our lock files. */

import { copyFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { terraformIn } from '../terraform/terraform.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Empty strings where there is no Terraform. */
    awsProvider: { readonly address: string; readonly binary: string };
  }
}

const LOCK = fileURLToPath(new URL('../../envs/locks/dev.terraform.lock.hcl', import.meta.url));
const PROVIDERS = '.terraform/providers';

export default async function findProvider({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'storytime-init-'));
  if (findTerraform(process.env) === undefined) provide('awsProvider', { address: '', binary: '' });
  else {
    copyFileSync(LOCK, join(folder, '.terraform.lock.hcl'));
    const required_providers = { aws: { source: 'hashicorp/aws' } };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { required_providers } }));
    await terraformIn(folder, {}, 'init');
    provide('awsProvider', installedIn(join(folder, PROVIDERS)));
  }
  return () => rmSync(folder, { recursive: true });
}

/** `<registry>/hashicorp/aws/<version>/<platform>/terraform-provider-aws_…`, the platform a link into a cache or a mirror. */
function installedIn(providers: string): { address: string; binary: string } {
  const only = (folder: string): string => {
    const [name, ...others] = readdirSync(folder);
    if (name === undefined || others.length > 0) throw new Error(`expected one provider in ${folder}`);
    return name;
  };
  const registry = only(providers);
  const versions = join(providers, registry, 'hashicorp/aws');
  const version = join(versions, only(versions));
  const platform = realpathSync(join(version, only(version)));
  const file = readdirSync(platform).find((name) => name.startsWith('terraform-provider-aws'));
  if (file === undefined) throw new Error(`no provider in ${platform}`);
  return { address: `${registry}/hashicorp/aws`, binary: join(platform, file) };
}
