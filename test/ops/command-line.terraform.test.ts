/** The commands as people run them, against a real Terraform and the local AWS API. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { DeletePublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('plan and apply are not tested: neither terraform nor tofu is on PATH');

const NAMES = 'dev, state-dev, prod, state-prod, local';
const outdir = mkdtempSync(join(tmpdir(), 'storytime-ops-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('an environment', () => {
  it.each(['plan', 'apply', 'destroy'])('has to be named for %s', async (command) => {
    expect(await run([command])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `no environment given: expected one of ${NAMES}\n`,
    });
  });

  it.each([
    ['plan', 'staging'],
    ['synth', 'dev', 'staging'],
  ])('has to be one that there is: %s %s', async (...args) => {
    const { exitCode, stderr } = await run(args);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `unknown environment "staging": expected one of ${NAMES}\n`,
    });
  });

  it.each(['plan', 'apply', 'destroy'])('of local does not reach AWS by %s', async (command) => {
    const { exitCode, stderr } = await run([command, 'local'], { AWS_ENDPOINT_URL: '' });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: '"local" exists on this machine only, but AWS_ENDPOINT_URL is not set; npm start applies it\n',
    });
  });

  it.each(['dev', 'prod'])('with example keys is not applied to AWS: %s', async (name) => {
    const { exitCode, stderr } = await run(['apply', name], { AWS_ENDPOINT_URL: '' });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr:
        `envs/keys/${name}/2026-11-a.pem is the example that came with the repository, and nobody holds its private key: ` +
        'put your own there first (README, "The signing key")\n',
    });
  });

  it.each(['state-dev', 'state-prod'])('with example values is not applied to AWS: %s', async (name) => {
    const { exitCode, stdout, stderr } = await run(['apply', name], { AWS_ENDPOINT_URL: '' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^envs\/(?:dev|prod)\.ts still has example values in /);
  });

  it('with example values is synthesized with one warning for each file, and without while AWS is the local one', async () => {
    const { exitCode, stderr } = await run(['synth'], { AWS_ENDPOINT_URL: '' });
    expect(exitCode).toBe(0);
    expect(stderr.match(/^warning: envs\/\w+\.ts/gm)).toEqual([
      'warning: envs/dev.ts',
      'warning: envs/prod.ts',
    ]);

    const quiet = await run(['synth'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect(quiet).toMatchObject({ exitCode: 0, stderr: '' });
  }, 60_000);

  it('with example values is warned of by CDKTF’s own commands too', async () => {
    const { exitCode, stderr } = await runCommand('envs/main.ts', [], {
      outdir,
      env: { AWS_ENDPOINT_URL: '' },
    });
    expect(exitCode).toBe(0);
    expect(stderr.match(/^warning: envs\/\w+\.ts.* cdktf deploy does not$/gm)).toHaveLength(2);
  }, 60_000);

  it('is synthesized with its lock file beside it', async () => {
    const { exitCode, stdout } = await run(['synth', 'dev']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `dev: ${join(outdir, 'stacks/dev')}\n` });
    expect(readFileSync(join(outdir, 'stacks/dev/.terraform.lock.hcl'), 'utf8')).toBe(
      readFileSync('envs/locks/dev.terraform.lock.hcl', 'utf8'),
    );
  });
});

describe.skipIf(missing)('plan and apply', () => {
  const folder = join(outdir, 'stacks/state-dev');
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startCloudWithProvider({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
  });
  afterAll(() => cloud.close());

  it('says how to make the state bucket that is not there', async () => {
    const { exitCode, stdout, stderr } = await run(['plan', 'dev', '-no-color'], cloud.environment);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^TF_VAR_cloudfront_private_key is not set\. .*\n/);
    expect(stderr).toMatch(/^the state bucket is not there: npm run bootstrap -- dev makes it\n$/m);
    // The flag is init's too.
    expect(stripVTControlCharacters(stdout + stderr)).toBe(stdout + stderr);
  }, 60_000);

  it('bootstraps the bucket that the following stand on', async () => {
    const made = await runCommand('ops/bootstrap.ts', ['dev', '-auto-approve', '-no-color'], {
      outdir,
      env: cloud.environment,
    });
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  }, 120_000);

  it('keeps no plan to destroy, since apply would not ask', async () => {
    // Terraform itself refuses to plan the end of the bucket.
    const part = '-target=aws_s3_bucket_versioning.state';
    const { exitCode, stdout } = await run(
      ['plan', 'state-dev', '-destroy', part, '-no-color'],
      cloud.environment,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'a plan to destroy is not kept; npm run destroy -- state-dev plans again and asks\n',
    );
    expect(existsSync(join(folder, 'plan.tfplan'))).toBe(false);
  }, 60_000);

  it('does not speak of a plan that Terraform was not asked for', async () => {
    const { exitCode, stdout } = await run(['plan', 'state-dev', '-help'], cloud.environment);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('plan kept');
  }, 60_000);

  // One life of one stack: each step stands on the one before.
  it('applies the kept plan without asking, and plans again when it is for something else', async () => {
    const terraform = (...args: string[]) => run([...args, '-no-color'], cloud.environment);

    // Somebody's hand: the bucket is no longer as the stack says.
    await new S3Client(clientConfig(cloud)).send(
      new DeletePublicAccessBlockCommand({ Bucket: 'storytime-terraform-state-dev' }),
    );
    const planned = await terraform('plan', 'state-dev', '-detailed-exitcode');
    expect(planned).toMatchObject({ exitCode: 2, stderr: '' });
    expect(planned.stdout).toContain('plan kept; npm run apply -- state-dev applies it as it stands');

    const applied = await terraform('apply', 'state-dev');
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toContain('state_bucket_name = "storytime-terraform-state-dev"');
    expect(existsSync(join(folder, 'plan.tfplan'))).toBe(false);

    const again = await terraform('plan', 'state-dev', '-detailed-exitcode');
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(again.stdout).toContain('No changes.');

    writeFileSync(join(folder, 'plan.digest'), 'another configuration');
    const stale = await terraform('apply', 'state-dev', '-auto-approve');
    expect(stale.stdout).toContain('the kept plan is for another configuration: planning again');
    expect(stale).toMatchObject({ exitCode: 0, stderr: '' });

    const destroyed = await terraform('destroy', 'state-dev', '-auto-approve');
    expect(destroyed.exitCode).toBe(1);
    expect(destroyed.stderr).toContain('Instance cannot be destroyed');
  }, 240_000);

  it('keeps the plan where apply finds it', async () => {
    const { exitCode, stderr } = await run(['plan', 'state-dev', '-out=mine'], cloud.environment);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: '-out is taken: the plan is kept beside the stack, where apply finds it\n',
    });
  });
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return runCommand('ops/terraform.ts', args, { outdir, env });
}
