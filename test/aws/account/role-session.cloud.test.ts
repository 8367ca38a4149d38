/** As whom the commands reach an account that is not the one of their caller. */
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectAccount } from '../../../aws/account/connect.ts';
import { AssumeRoleError, roleSession } from '../../../aws/account/role-session.ts';
import { seen } from '../../../aws/account/seen.ts';
import { connect as connectDoctor } from '../../../ops/doctor/account.ts';
import { connect as connectKeys } from '../../../ops/keys/account.ts';
import { prod } from '../../envs/examples.ts';
import { type Moto, startMoto } from '../../signer/moto.ts';

/** moto by itself has more than one account: a session is in the account of its role. */
let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
}, 60_000);
afterAll(() => moto?.stop());

/** Moto's account for credentials that it did not issue. */
const ACCOUNT_ID = '123456789012';
const DEPLOY_ACCOUNT = '999988887777';
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/deploy/storytime`;
const options = { roleArn: ROLE, sessionName: 'storytime-dev-commands', region: 'eu-central-1' };
type Credentials = () => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;

/** Who makes a call with these credentials, as STS answers. */
async function whoHas(credentials: Credentials): Promise<string | undefined> {
  const sts = new STSClient({ region: 'eu-central-1', credentials });
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', moto.config.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', moto.config.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', moto.config.credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', undefined);
});
afterEach(() => void vi.unstubAllEnvs());

/** This process as somebody of the deploy account. */
async function inDeployAccount(): Promise<void> {
  const sts = new STSClient({ region: 'eu-central-1' });
  const RoleArn = `arn:aws:iam::${DEPLOY_ACCOUNT}:role/ci`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'ci' }));
  sts.destroy();
  vi.stubEnv('AWS_ACCESS_KEY_ID', Credentials?.AccessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', Credentials?.SecretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', Credentials?.SessionToken);
}

describe('a caller of a deploy account', () => {
  beforeEach(inDeployAccount);

  it('reaches the environment’s account by a session of its role, one for all clients', async () => {
    const session = roleSession(options);
    const [first, second] = await Promise.all([session.credentials(), session.credentials()]);

    expect(second).toEqual(first);
    expect(await session.credentials()).toEqual(first);
    expect(await whoHas(session.credentials)).toBe(
      `arn:aws:sts::${ACCOUNT_ID}:assumed-role/storytime/storytime-dev-commands`,
    );
    session.close();
  });

  it('stays who they are without a role', async () => {
    const account = connectAccount({ region: 'eu-central-1', maxAttempts: 1 });
    expect(await whoHas(account.secrets.config.credentials)).toContain(
      `::${DEPLOY_ACCOUNT}:assumed-role/ci/`,
    );
    account.close();
  });

  it('gets every client of the key commands and of the doctor by the role of the environment', async () => {
    const config = { ...prod, deployment: null, assumeRoleArn: ROLE };
    const keys = connectKeys(config);
    const doctor = connectDoctor(config);
    const clients = [keys.cloudFront, keys.secrets, keys.kms, keys.state, ...[doctor.cloudFront, doctor.s3]];
    for (const { config: settings } of [...clients, doctor.secrets, doctor.kms]) {
      expect(await whoHas(settings.credentials)).toBe(
        `arn:aws:sts::${ACCOUNT_ID}:assumed-role/storytime/storytime-prod-commands`,
      );
    }
    keys.close();
    doctor.close();
  });

  it('is told which role cannot be assumed, and the doctor goes on without the account', async () => {
    const session = roleSession({ ...options, sessionName: 'x'.repeat(65) });
    await expect(session.credentials()).rejects.toThrow(AssumeRoleError);
    await expect(session.credentials()).rejects.toThrow(
      `cannot assume ${ROLE} (assumeRoleArn) with credentials of account ${DEPLOY_ACCOUNT}: `,
    );
    expect(await seen(() => session.credentials())).toEqual({
      seen: false,
      why: 'the role of assumeRoleArn cannot be assumed',
    });
    session.close();
  });
});

describe('a caller who is in the environment’s account already', () => {
  it('keeps their own credentials, which may be less than the role', async () => {
    const session = roleSession(options);
    expect((await session.credentials()).accessKeyId).toBe(process.env.AWS_ACCESS_KEY_ID);
    session.close();
  });
});
