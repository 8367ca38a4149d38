/** What docs/adding-an-environment.md says: one file of values and one line in envs/environments.ts. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { PLUGIN_CACHE } from '../../local/session/infrastructure.ts';
import { transcode } from '../../local/transcoder/index.ts';

const root = resolve(import.meta.dirname, '../..');

describe('a new environment, staging', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'storytime-staging-'));
    for (const room of ['envs', 'modules', 'ops', 'package.json', 'tsconfig.json', 'cdktf.json']) {
      cpSync(join(root, room), join(copy, room), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

    writeFileSync(
      join(copy, 'envs/staging.ts'),
      read('envs/dev.ts')
        .replace('export const dev:', 'export const staging:')
        .replace("environment: 'dev'", "environment: 'staging'")
        .replace('storytime/dev/', 'storytime/staging/')
        .replace('terraform-state-dev', 'terraform-state-staging'),
    );
    mkdirSync(join(copy, 'envs/keys/staging'));
    for (const file of ['2026-11-a.pem', 'active']) {
      cpSync(join(copy, 'envs/keys/dev', file), join(copy, 'envs/keys/staging', file));
    }
    const list = join(copy, 'envs/environments.ts');
    writeFileSync(
      list,
      read('envs/environments.ts')
        .replace("import { prod } from './prod.ts';", "$&\nimport { staging } from './staging.ts';")
        .replace('[dev, prod, local]', '[dev, staging, prod, local]'),
    );
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  function read(file: string): string {
    return readFileSync(join(root, file), 'utf8');
  }

  /** Not the synchronous kind: the local AWS API answers from this very process. */
  async function run(command: readonly string[], environment: Record<string, string> = {}): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ...command], {
      cwd: copy,
      env: { ...process.env, TF_CLI_ARGS: '-no-color', TF_PLUGIN_CACHE_DIR: PLUGIN_CACHE, ...environment },
    });
    return stdout;
  }

  it('is synthesized with names and a state of its own, and passes every guardrail', async () => {
    await run(['ops/terraform.ts', 'synth', 'staging']);
    const stack = JSON.parse(readFileSync(join(copy, 'cdktf.out/stacks/staging/cdk.tf.json'), 'utf8'));

    expect(stack.resource.aws_s3_bucket.masters.bucket).toBe('storytime-master-uploads-staging');
    expect(stack.terraform.backend.s3).toMatchObject({
      bucket: 'storytime-terraform-state-staging',
      key: 'storytime/staging/terraform.tfstate',
    });
    expect(await run(['envs/guardrails/check.ts'])).toContain('staging, state-staging, prod');
  });

  it('is planned from nothing', async () => {
    const [accountId = ''] = dev.allowedAccountIds;
    const cloud = await startLocalCloud({ accountId, region: dev.awsRegion, transcode });
    try {
      const s3 = new S3Client(clientConfig(cloud));
      await s3.send(new CreateBucketCommand({ Bucket: 'storytime-terraform-state-staging' }));
      mkdirSync(PLUGIN_CACHE, { recursive: true });
      const said = await run(['ops/terraform.ts', 'plan', 'staging'], cloud.environment);

      expect(said).toMatch(/Plan: \d{2} to add, 0 to change, 0 to destroy/);
      expect(said).toContain('npm run apply -- staging');
    } finally {
      await cloud.close();
    }
  }, 180_000);
});
