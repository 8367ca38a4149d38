/** What a person meets at three in the morning: AWS that cannot be asked, a key that was not given, output in a pipe, `--yes`. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import type { LocalCloud } from '../../local/aws-api/index.ts';
import { PLAN_FILE } from '../../ops/terraform/kept-plan.ts';
import { startCloudWithProvider } from '../support/provider.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const outdir = mkdtempSync(join(tmpdir(), 'storytime-on-call-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** Nothing on this machine may give credentials, and nobody is asked for them. */
const NOBODY = {
  AWS_ENDPOINT_URL: '',
  AWS_PROFILE: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_MAX_ATTEMPTS: '1',
};
/** The discard port, where nothing listens. */
const DEAD = {
  ...NOBODY,
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};
const ADDRESS = 'https://media.dev.example.com/books/42/index.m3u8';

const COMMANDS: readonly (readonly [string, string, readonly string[]])[] = [
  ['plan', 'ops/terraform.ts', ['plan', 'dev']],
  ['apply', 'ops/terraform.ts', ['apply', 'dev']],
  ['bootstrap', 'ops/bootstrap.ts', ['dev']],
  ['env', 'ops/env.ts', ['dev']],
  ['keys', 'ops/keys.ts', ['status', 'dev']],
  ['doctor', 'ops/doctor.ts', ['dev', ADDRESS]],
  ['edge', 'local/edge.ts', ['dev', '--distribution', 'E1']],
];

describe('an AWS API that does not answer', () => {
  it.each(COMMANDS)('is named by %s, with what to do', async (_, script, args) => {
    const { exitCode, stderr } = await runCommand(script, args, { outdir, env: DEAD });

    expect(stderr.trimEnd().split('\n').at(-1)).toContain(
      'Cannot reach the AWS API at http://127.0.0.1:9 (AWS_ENDPOINT_URL). Is npm start still running?',
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).not.toBe(0);
  });
});

describe('credentials that are not there', () => {
  // Examples are refused before AWS is asked, and an edge needs a local AWS API.
  const asked = COMMANDS.filter(([name]) => !['apply', 'bootstrap', 'edge'].includes(name));

  it.each(asked)('are what %s asks for', async (_, script, args) => {
    const { exitCode, stderr } = await runCommand(script, args, { outdir, env: NOBODY });

    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /no AWS credentials found: set AWS_PROFILE and run aws sso login, or set AWS_ACCESS_KEY_ID/,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).not.toBe(0);
  });
});

describe('an environment on the local AWS API', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await startCloudWithProvider({
      accountId: dev.allowedAccountIds[0] ?? '',
      region: dev.awsRegion,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
  });
  afterAll(() => cloud.close());
  const run = (script: string, ...args: string[]): Promise<CommandResult> =>
    runCommand(script, args, {
      outdir,
      env: { ...cloud.environment, NO_COLOR: '', CI: '', TF_VAR_cloudfront_private_key: '' },
    });
  const terraform = (...args: string[]) => run('ops/terraform.ts', ...args);
  const keptPlan = () => existsSync(join(outdir, 'stacks/dev', PLAN_FILE));
  const resources = async () => (await terraform('terraform', 'dev', 'state', 'list')).stdout;

  it('is bootstrapped with --yes, and pipes get no colours', async () => {
    const { exitCode, stdout, stderr } = await run('ops/bootstrap.ts', 'dev', '--yes');

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
  }, 120_000);

  it('is not applied without the private key that the plan would write: nothing is made', async () => {
    const { exitCode, stdout, stderr } = await terraform('apply', 'dev', '--yes');

    expect(stderr).toMatch(
      /^TF_VAR_cloudfront_private_key is not set\. .*: export the private key of envs\/keys\/dev\/2026-11-a\.pem/,
    );
    expect(exitCode).toBe(2);
    expect(stdout).not.toContain('Creating...');
    expect(await resources()).toBe('');
  }, 120_000);

  it('is not applied by a kept plan that would write it either, and the plan is kept', async () => {
    const planned = await terraform('plan', 'dev');
    expect(keptPlan()).toBe(true);
    expect(stripVTControlCharacters(planned.stdout + planned.stderr)).toBe(planned.stdout + planned.stderr);
    const { exitCode, stderr } = await terraform('apply', 'dev');

    expect(stderr).toMatch(/^TF_VAR_cloudfront_private_key is not set/);
    expect(exitCode).toBe(2);
    expect(await resources()).toBe('');
    expect(keptPlan()).toBe(true);
  }, 120_000);

  it('is applied without the key where the plan writes no secret value', async () => {
    const [resource = ''] =
      /aws_cloudfront_origin_access_control\.\w+/.exec((await terraform('plan', 'dev')).stdout) ?? [];
    const planned = await terraform('plan', 'dev', `-target=${resource}`);
    expect(planned.stdout).toContain('Plan: 1 to add');
    expect(keptPlan()).toBe(true);

    expect(await terraform('apply', 'dev')).toMatchObject({ exitCode: 0 });
    expect(keptPlan()).toBe(false);
    // Another plan than the kept one would make the whole stack.
    expect(await resources()).toBe(`${resource}\n`);
  }, 120_000);
});
