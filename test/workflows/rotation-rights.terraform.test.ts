/**
 * A whole rotation as the schedule runs it, by a session of the rotate role whose calls are judged as IAM judges them,
 * with the applies by somebody else in between: what the role lacks fails here, and what it has too much shows.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ListKeyGroupsCommand } from '@aws-sdk/client-cloudfront';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { environments } from '../../envs/environments.ts';
import { deployRolesName } from '../../envs/names.ts';
import { accountOf } from '../../envs/stack-props.ts';
import { type LocalCloud, startLocalCloud } from '../../local/aws-api/index.ts';
import { clientConfig } from '../../local/session/client-config.ts';
import type { KeysEvent } from '../../ops/keys/events.ts';
import { findTerraform } from '../../ops/terraform/binary.ts';
import { resourceAt, synthesizedState, type TerraformJson } from '../envs/synthesized.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { statementsOf } from '../modules/policy-judge.ts';
import { changesIn, eventsIn, startKeys } from '../ops/keys/commands.ts';
import { ROTATED_IN_S3, type Rotated, startRotated } from '../ops/keys/fixture.ts';
import { AWS_SERVICES } from '../support/aws-services/index.ts';
import { OWN_PROVIDER } from '../support/provider.ts';
import { startCommand } from '../terraform/running-command.ts';
import { type JudgedCalls, startJudge } from './judged-calls.ts';

const missing = findTerraform(process.env) === undefined && !process.env.CI;
if (missing) console.warn('the rotate role is not tested: neither terraform nor tofu is on PATH');

const DEPLOYMENT = { repository: 'acme/video-library', oidcProviderArn: null };
/** Deployed from GitHub, and its key denied to everybody without a name. */
const config: EnvironmentConfig = {
  ...ROTATED_IN_S3,
  longestSignatureSeconds: 5,
  deployment: DEPLOYMENT,
  backendPrincipal: { kind: 'ecs' },
  secretOperators: ['arn:aws:iam::123456789012:role/storytime-oncall'],
};
/** Asked by AWS in the role's name: by Secrets Manager of KMS, and by S3 of itself when an object is not there. */
const ASKED_BEHIND = ['kms:Decrypt', 'kms:GenerateDataKey', 's3:ListBucket'];

describe.skipIf(missing)('the rotate role', () => {
  const documents = [documentOf(config, 'aws_iam_role_policy.deploy_rotate_keys')];
  let rotated: Rotated;
  let judge: JudgedCalls;
  let session: Record<string, string>;

  beforeAll(async () => {
    rotated = await startRotated(config);
    judge = await startJudge({ ...whereOf(config), environment: rotated.cloud.environment, documents });
    session = await sessionOf(rotated.cloud, config, 'rotate');
  }, 300_000);
  afterAll(async () => {
    await judge?.close();
    await rotated?.close();
  });

  /** As the workflow has it. */
  const rotate = async () => {
    const flags = ['--yes', '--no-wait', '--no-apply', '--min-age-days', '0'];
    const env = { ...session, ...OWN_PROVIDER, AWS_ENDPOINT_URL: judge.endpoint };
    const result = await startKeys(rotated, ['rotate', 'local', ...flags], env).ended;
    expect({ exitCode: result.exitCode, stderr: result.stderr, refused: judge.refused() }).toEqual({
      exitCode: 0,
      stderr: '',
      refused: [],
    });
    return result;
  };
  /** The next run, and the one after it, until time has done its part. */
  const rotateUntil = async (name: KeysEvent['event']) => {
    for (;;) {
      const result = await rotate();
      if (eventsIn(result).some(({ event }) => event === name)) return result;
      expect(eventsIn(result).at(-1)).toMatchObject({ event: 'paused' });
    }
  };
  const apply = async () => {
    const { exitCode, stderr } = await startKeys(rotated, ['apply', '-auto-approve', '-input=false']).ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  };

  it('rotates from one merge to the next, by no call that it may not make', async () => {
    const b = rotated.generation.replace(/a$/, 'b');
    const created = await rotate();
    expect(changesIn(created)).toEqual([
      { event: 'pending-stored', generation: b },
      { event: 'file-written', generation: b, kind: 'pem' },
    ]);
    expect(eventsIn(created).at(-1)).toMatchObject({
      event: 'paused',
      until: 'commit',
      next: { step: 'apply', adds: [b] },
      instruction: `npm run apply -- local (adds ${b})`,
    });
    expect(changesIn(await rotate())).toEqual([]);

    await apply();
    // A checkout without the file, as where its pull request was closed: written again, and nothing promoted.
    const { KeyGroupList: groups } = await rotated.cloudFront.send(new ListKeyGroupsCommand({}));
    const trustedAt = groups?.Items?.[0]?.KeyGroup?.LastModifiedTime?.getTime() ?? 0;
    await expect.poll(() => Date.now() - trustedAt, { timeout: 10_000 }).toBeGreaterThan(3000);
    rmSync(join(rotated.keysDirectory, `${b}.pem`));
    const written = await rotate();
    expect(changesIn(written)).toEqual([{ event: 'file-written', generation: b, kind: 'pem' }]);
    expect(eventsIn(written).at(-1)).toMatchObject({
      event: 'paused',
      next: { step: 'promote', generation: b, notBefore: null },
    });

    const promoted = await rotateUntil('current-stored');
    expect(changesIn(promoted).map(({ event }) => event)).toEqual([
      'current-stored',
      'pending-removed',
      'active-written',
    ]);

    await rotateUntil('file-removed');
    await apply();
    // A rotation that is over begins no other one.
    const flags = ['rotate', 'local', '--yes', '--no-wait', '--no-apply', '--min-age-days', '90'];
    const over = await startKeys(rotated, flags, { ...session, AWS_ENDPOINT_URL: judge.endpoint }).ended;
    expect(eventsIn(over)).toMatchObject([{ event: 'not-due', generation: b, minAgeDays: 90 }]);
    expect(judge.refused()).toEqual([]);
  }, 300_000);

  it('may do nothing that a rotation does not ask for', () => {
    const allowed = documents
      .flatMap(statementsOf)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => [Action].flat());
    expect([...judge.actions(), ...ASKED_BEHIND].sort()).toEqual([...new Set(allowed)].sort());
  });

  it('is among those who may read the key, and an administrator is not', async () => {
    const asAdministrator = await startKeys(rotated, ['status', 'local']).ended;
    expect(asAdministrator.stdout).toContain('these credentials may not read AWSCURRENT of the secret');
  }, 60_000);

  it('is refused whatever else it asks for', async () => {
    const env = { ...session, AWS_ENDPOINT_URL: judge.endpoint };
    const refused = await startKeys(rotated, ['apply', '-auto-approve', '-input=false'], env).ended;
    expect(refused.exitCode).not.toBe(0);
    expect(judge.refused()).toContainEqual(expect.stringMatching(/^s3:.*storytime-terraform-state-local/));
  }, 60_000);
});

describe('the look of a scheduled rotation', () => {
  const prod = { ...environments.get('prod'), deployment: DEPLOYMENT } as EnvironmentConfig;
  const look = fileURLToPath(new URL('../../.github/rotation/look.ts', import.meta.url));
  let cloud: LocalCloud;
  let judge: JudgedCalls;

  beforeAll(async () => {
    cloud = await startLocalCloud({
      ...whereOf(prod),
      services: AWS_SERVICES,
      transcode: () => Promise.reject(new Error('no job is run here')),
    });
    const documents = [documentOf(prod, 'aws_iam_policy.deploy_read')];
    judge = await startJudge({ ...whereOf(prod), environment: cloud.environment, documents });
    const secrets = new SecretsManagerClient(clientConfig(cloud));
    await secrets.send(new CreateSecretCommand({ Name: prod.cloudfrontPrivateKeySecretName }));
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: prod.cloudfrontPrivateKeySecretName,
        SecretString: '{"generation":"2026-11-a"}',
        VersionStages: ['AWSCURRENT'],
      }),
    );
  }, 60_000);
  afterAll(async () => {
    await judge?.close();
    await cloud?.close();
  });

  const run = (days: number, env: Record<string, string> = {}) =>
    startCommand(process.execPath, ['--import', 'tsx/esm', look, 'prod', String(days)], {
      ...cloud.environment,
      AWS_ENDPOINT_URL: judge.endpoint,
      PULL_REQUESTS: '[]',
      ...env,
    }).ended;

  it.each([
    [0, {}, 'prod: due, the active key is 0 days old, of 0\n'],
    [90, {}, 'prod: nothing to do, the active key is 0 days old, of 90\n'],
    [
      0,
      { PULL_REQUESTS: '[{"url":"https://example.com/7","isCrossRepository":false}]' },
      'prod: nothing to do, https://example.com/7 waits to be merged\n',
    ],
  ])(
    'of %d days and %j is told by the plan role, which asks for no value',
    async (days, env, said) => {
      expect(await run(days, env)).toEqual({ exitCode: 0, stdout: said, stderr: '' });
      expect(judge.refused()).toEqual([]);
      expect(judge.actions()).toEqual(['secretsmanager:ListSecretVersionIds']);
    },
    60_000,
  );
});

function whereOf(config: EnvironmentConfig) {
  return { accountId: accountOf(config), region: config.awsRegion };
}

/** The policy as it is once Terraform has put the state bucket's ARN in. */
function documentOf(config: EnvironmentConfig, address: string): string {
  const stack: TerraformJson = synthesizedState(config);
  const bucket = config.state.kind === 's3' ? config.state.bucket : '';
  const policy = String(resourceAt(stack, address).policy);
  return policy.replaceAll(`\${aws_s3_bucket.state.arn}`, `arn:aws:s3:::${bucket}`);
}

async function sessionOf(
  cloud: LocalCloud,
  config: EnvironmentConfig,
  role: string,
): Promise<Record<string, string>> {
  const { text } = await callQueryApi({ cloud }, 'sts', {
    Action: 'AssumeRole',
    RoleArn: `arn:aws:iam::${accountOf(config)}:role/${deployRolesName(config)}-${role}`,
    RoleSessionName: 'github-1-rotate',
  });
  return {
    AWS_ACCESS_KEY_ID: text('AccessKeyId') ?? '',
    AWS_SECRET_ACCESS_KEY: text('SecretAccessKey') ?? '',
    AWS_SESSION_TOKEN: text('SessionToken') ?? '',
  };
}
