import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assumeRole, callQueryApi } from './query-api.ts';
import { ACCOUNT_ID, errorOf, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const SecretId = 'storytime/test/cloudfront_private_key';
const APP = `arn:aws:iam::${ACCOUNT_ID}:role/service/storytime-app`;

let root: SecretsManagerClient;
beforeAll(async () => {
  root = new SecretsManagerClient(cloud().clientConfig());
  await root.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'the value' }));
});
beforeEach(async () => {
  await root.send(new DeleteResourcePolicyCommand({ SecretId }));
});

/** What modules/secrets writes. */
const denyOthers = (readers: readonly string[], overrides: object = {}) => ({
  Sid: 'DenyOtherReaders',
  Effect: 'Deny',
  Principal: '*',
  Action: 'secretsmanager:GetSecretValue',
  Resource: '*',
  Condition: { ArnNotEquals: { 'aws:PrincipalArn': readers } },
  ...overrides,
});
const putPolicy = (statement: object) =>
  root.send(
    new PutResourcePolicyCommand({
      SecretId,
      ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      BlockPublicPolicy: true,
    }),
  );
const read = (client: SecretsManagerClient) => client.send(new GetSecretValueCommand({ SecretId }));
async function asRole(name: string, path: string): Promise<SecretsManagerClient> {
  const credentials = await assumeRole(cloud(), name, path);
  return new SecretsManagerClient({ ...cloud().clientConfig(), credentials });
}

describe('a secret that only its readers may read', () => {
  it("is read by a session of a reader's role, path and all", async () => {
    await putPolicy(denyOthers([APP]));
    expect((await read(await asRole('storytime-app', '/service/'))).SecretString).toBe('the value');
  });

  it('is denied to another role, in words that name who, what and why', async () => {
    await putPolicy(denyOthers([APP]));
    const other = read(await asRole('storytime-other', '/'));
    await expect(other).rejects.toThrow(
      new RegExp(
        `^User: arn:aws:sts::${ACCOUNT_ID}:assumed-role/storytime-other/test is not authorized to perform: ` +
          `secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:${REGION}:.* with an explicit deny`,
      ),
    );
    await expect(other).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it("is denied to the account's root, which the policy does not name, and open to it once it does", async () => {
    await putPolicy(denyOthers([APP]));
    expect(await errorOf(read(root))).toBe('400 AccessDeniedException');
    await putPolicy(denyOthers([APP, `arn:aws:iam::${ACCOUNT_ID}:root`]));
    expect((await read(root)).SecretString).toBe('the value');
  });

  it('is denied to a user by the access key that IAM gave out', async () => {
    await callQueryApi(cloud(), 'iam', { Action: 'CreateUser', UserName: 'heroku' });
    const { text } = await callQueryApi(cloud(), 'iam', { Action: 'CreateAccessKey', UserName: 'heroku' });
    const user = new SecretsManagerClient(cloud().clientConfig(text('AccessKeyId')));
    await putPolicy(denyOthers([APP]));
    expect(await errorOf(read(user))).toBe('400 AccessDeniedException');
    await putPolicy(denyOthers([`arn:aws:iam::${ACCOUNT_ID}:user/heroku`]));
    expect((await read(user)).SecretString).toBe('the value');
  });

  it('is still described, since only GetSecretValue is denied', async () => {
    await putPolicy(denyOthers([APP]));
    expect((await root.send(new DescribeSecretCommand({ SecretId }))).Name).toBe(SecretId);
  });

  it('is not read by way of BatchGetSecretValue', async () => {
    const batch = root.send(new BatchGetSecretValueCommand({ SecretIdList: [SecretId] }));
    expect(await errorOf(batch)).toBe('501 NotImplemented');
  });
});

describe("a secret's policy", () => {
  it.each([
    ['501 NotImplemented', { Condition: { StringNotEquals: { 'aws:userid': 'x' } } }],
    ['400 MalformedPolicyDocumentException', { Action: 's3:GetObject' }],
    ['400 PublicPolicyException', { Effect: 'Allow', Condition: undefined }],
  ])('is refused with %s for %j', async (expected, fault) => {
    expect(await errorOf(putPolicy(denyOthers([APP], fault)))).toBe(expected);
  });
});
