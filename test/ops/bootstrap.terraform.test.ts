/** The state bucket from nothing, with the real Terraform and provider against the local AWS API. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { synthesizeState } from '../../envs/synth.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { refuseExampleValues } from '../../ops/terraform/guard.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { terraformIn } from '../terraform/terraform.ts';
import { deployedDev, TRUST } from './deployed-dev.ts';
import { runCommand } from './run-command.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('bootstrap is not tested: neither terraform nor tofu is on PATH');

const BUCKET = 'storytime-terraform-state-dev';
const STATE_KEY = 'storytime/state-dev/terraform.tfstate';

const outdir = mkdtempSync(join(tmpdir(), 'storytime-bootstrap-'));
const folder = join(outdir, 'stacks/state-dev');
const stateFile = join(folder, 'terraform.tfstate');
afterAll(() => rmSync(outdir, { recursive: true }));

describe('bootstrap refuses', () => {
  it.each([
    [[], 'no environment given: expected one of dev, prod\n'],
    [['staging'], 'unknown environment "staging": expected one of dev, prod\n'],
    [['local'], 'unknown environment "local": expected one of dev, prod\n'],
    [['state-dev'], 'unknown environment "state-dev": expected one of dev, prod\n'],
  ])('what names no environment with a state bucket: %j', async (args, stderr) => {
    expect(await runCommand('ops/bootstrap.ts', args, { outdir })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr,
    });
  });
});

describe('bootstrap against AWS', () => {
  it.each(['dev', 'prod'])('refuses the example values of %s, and names each', async (name) => {
    const { exitCode, stdout, stderr } = await runCommand('ops/bootstrap.ts', [name], {
      outdir,
      env: { AWS_ENDPOINT_URL: '' },
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(
        `^envs/${name}\\.ts still has example values in allowedAccountIds, state\\.bucket, .*: replace each with a value of your own`,
      ),
    );
  });

  it('refuses the repository that was shipped once, in an environment whose other values are a company’s own', () => {
    const config: EnvironmentConfig = {
      ...dev,
      allowedAccountIds: ['987654321098'],
      state: { ...dev.state, bucket: 'acme-terraform-state-dev' } as EnvironmentConfig['state'],
      uploadOrigins: ['https://admin.acme.com'],
      playbackOrigins: ['https://app.acme.com'],
    };
    const deployment = { repository: 'storytime/video-library', oidcProviderArn: null };
    expect(() => refuseExampleValues({ config }, {})).not.toThrow();
    expect(() => refuseExampleValues({ config: { ...config, deployment } }, {})).toThrow(
      /^envs\/dev\.ts still has example values in deployment\.repository: /,
    );
  });
});

// One life of one bucket a test file: each step stands on the one before.
describe.skipIf(missing)('bootstrap', () => {
  let cloud: LocalCloud;
  let s3: S3Client;
  beforeAll(async () => {
    cloud = await startCloud();
    s3 = new S3Client(clientConfig(cloud));
  });
  afterAll(() => cloud.close());
  const bootstrap = (into = outdir) =>
    runCommand('ops/bootstrap.ts', ['dev', '-auto-approve', '-no-color'], {
      outdir: into,
      env: cloud.environment,
    });

  it('makes the bucket, moves its state into it, and says what is next', async () => {
    const first = await bootstrap();

    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout).toContain(`state_bucket_name = "${BUCKET}"`);
    expect(first.stdout).toMatch(
      /state of "dev" is kept in s3:\/\/storytime-terraform-state-dev; next: npm run plan -- dev\n$/,
    );
    expect(await keysIn(s3)).toEqual([STATE_KEY]);
    const state = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: STATE_KEY }));
    expect(await state.Body?.transformToString()).toContain('aws_s3_bucket_versioning');
    expect(readdirSync(folder).filter((name) => name.includes('tfstate'))).toEqual([]);
  }, 240_000);

  it('plans nothing a second time', async () => {
    const second = await bootstrap();

    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(second.stdout).toContain('No changes.');
    expect(second.stdout).toContain('0 added, 0 changed, 0 destroyed');
    expect(existsSync(stateFile)).toBe(false);
  }, 120_000);

  it('finds the state in the bucket from a fresh clone', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'storytime-clone-'));
    try {
      const there = await bootstrap(clone);

      expect(there).toMatchObject({ exitCode: 0, stderr: '' });
      expect(there.stdout).toContain('No changes.');
    } finally {
      rmSync(clone, { recursive: true });
    }
  }, 120_000);

  it('leaves a stack that apply and destroy know: no changes, and never destroyed', async () => {
    const terraform = (...args: string[]) =>
      runCommand('ops/terraform.ts', [...args, '-no-color'], { outdir, env: cloud.environment });

    expect(await terraform('plan', 'state-dev', '-detailed-exitcode')).toMatchObject({ exitCode: 0 });
    const destroyed = await terraform('destroy', 'state-dev', '-auto-approve');
    expect(destroyed.exitCode).toBe(1);
    expect(destroyed.stderr).toContain('Instance cannot be destroyed');
  }, 120_000);

  it('makes the bucket that dev’s own state then lives in', async () => {
    const planned = await runCommand('ops/terraform.ts', ['plan', 'dev', '-no-color'], {
      outdir,
      env: { ...cloud.environment, TF_VAR_cloudfront_private_key: 'any text, where AWS is the local one' },
    });

    expect(planned).toMatchObject({ exitCode: 0, stderr: '' });
    expect(planned.stdout).toContain('Successfully configured the backend "s3"!');
  }, 120_000);

  it('removes a file that a run left when it was stopped after the move', async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: STATE_KEY }));
    writeFileSync(stateFile, (await Body?.transformToString()) ?? '');
    const before = await keysIn(s3);
    const again = await bootstrap();

    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(again.stdout).toContain('No changes.');
    expect(existsSync(stateFile)).toBe(false);
    expect(await keysIn(s3)).toEqual(before);
  }, 120_000);

  it('touches nothing when file and bucket hold different states', async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: STATE_KEY }));
    const state = JSON.parse((await Body?.transformToString()) ?? '') as { resources: unknown[] };
    writeFileSync(stateFile, JSON.stringify({ ...state, resources: state.resources.slice(1) }));
    const refused = await bootstrap();

    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toBe(
      `${stateFile} and s3://${BUCKET} hold different states: look at both (terraform show), then delete the file if the bucket is right\n`,
    );
    expect(existsSync(stateFile)).toBe(true);
    rmSync(stateFile);
  }, 120_000);
});

describe.skipIf(missing)('a bootstrap that was stopped', () => {
  let cloud: LocalCloud;
  beforeEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    cloud = await startCloud();
    return () => cloud.close();
  });
  /** With the roles that deploy, so that there is more to be interrupted in than a bucket. */
  const bootstrap = () =>
    runCommand('test/ops/bootstrap-deployed.ts', ['-auto-approve', '-no-color'], {
      outdir,
      env: cloud.environment,
    });
  /** What bootstrap does before it moves anything. */
  const applied = async (...flags: string[]) => {
    synthesizeState({ config: parseEnvironment(deployedDev), outdir, backend: 'file' });
    await terraformIn(folder, cloud.environment, 'init');
    await terraformIn(folder, cloud.environment, 'apply', '-auto-approve', ...flags);
  };

  it('by an identity provider that the account has already says which field names it', async () => {
    const provider = await callQueryApi({ cloud }, 'iam', {
      Action: 'CreateOpenIDConnectProvider',
      Url: 'https://token.actions.githubusercontent.com',
      'ThumbprintList.member.1': '0'.repeat(40),
    });
    expect(provider.status).toBe(200);
    const refused = await bootstrap();

    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(
      /\nthe account has GitHub's identity provider already: set deployment\.oidcProviderArn in envs\/dev\.ts to 'arn:aws:iam::111122223333:oidc-provider\/token\.actions\.githubusercontent\.com', then run this again\n$/,
    );
  }, 240_000);

  it('halfway through making the bucket is finished by the next run', async () => {
    await applied('-target=aws_s3_bucket.state');
    const next = await bootstrap();

    expect(next).toMatchObject({ exitCode: 0, stderr: '' });
    expect(next.stdout).toMatch(/\d added, 0 changed, 0 destroyed/);
    expect(saidBefore(next.stdout, 'Terraform will perform the following actions')).toContain(TRUST);
    // The trust of the roles themselves is not known yet: only the output says it in the plan.
    expect(plannedOutputs(next.stdout)).toContain('"repo:acme/video-library:environment:dev"');
    expect(await keysIn(new S3Client(clientConfig(cloud)))).toEqual([STATE_KEY]);
    expect(existsSync(stateFile)).toBe(false);
  }, 240_000);

  it('before the move is told to plan by no other command than bootstrap, which moves the state', async () => {
    await applied();
    const planned = await runCommand('ops/terraform.ts', ['plan', 'state-dev'], {
      outdir,
      env: cloud.environment,
    });
    expect(planned).toMatchObject({
      exitCode: 2,
      stderr: `the state of "state-dev" is a file, ${stateFile}, and belongs into the state bucket: npm run bootstrap -- dev moves it\n`,
    });

    const next = await bootstrap();
    expect(next).toMatchObject({ exitCode: 0, stderr: '' });
    expect(next.stdout).toContain('0 added, 0 changed, 0 destroyed');
    expect(existsSync(stateFile)).toBe(false);
  }, 240_000);

  it('by force, before it could write down what it had made, takes that over', async () => {
    await applied();
    rmSync(stateFile);
    const next = await bootstrap();

    expect(next).toMatchObject({ exitCode: 0, stderr: '' });
    expect(next.stdout).toContain('0 destroyed');
    expect(await keysIn(new S3Client(clientConfig(cloud)))).toEqual([STATE_KEY]);
    expect((await bootstrap()).stdout).toContain('No changes.');
  }, 600_000);
});

function saidBefore(stdout: string, plan: string): string {
  expect(stdout).toContain(plan);
  return stdout.slice(0, stdout.indexOf(plan));
}

/** From Terraform's heading to what it did then. */
function plannedOutputs(stdout: string): string {
  return /^Changes to Outputs:\n(?:.*\n)+?(?=\n)/m.exec(stdout)?.[0] ?? '';
}

function startCloud(): Promise<LocalCloud> {
  return startCloudWithProvider({
    accountId: dev.allowedAccountIds[0] ?? '',
    region: dev.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
  });
}

async function keysIn(s3: S3Client): Promise<(string | undefined)[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  return Contents.map(({ Key }) => Key);
}
