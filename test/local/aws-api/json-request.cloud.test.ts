/** Calls of the JSON protocol whose form names another operation than their target: moto goes by the form. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AWS_SERVICES } from '../../support/aws-services/index.ts';
import { signedFetch, type UnsignedRequest } from '../../support/signed-request.ts';
import { callJsonApi } from './json-api.ts';
import { assumeRole } from './query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from './start.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const SECRET = 'storytime/test/denied';
const VALUE = 'the value that nobody reads';
const ROLE = `arn:aws:iam::${ACCOUNT_ID}:role/denied`;
const JSON_BODY = 'application/x-amz-json-1.1';
const FORM_BODY = 'application/x-www-form-urlencoded';
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const deny = (Action: string | string[]) => ({
  Effect: 'Deny',
  Principal: { AWS: ROLE },
  Action,
  Resource: '*',
});
const account = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
  Action: 'kms:*',
  Resource: '*',
};

let denied: string;
const ask = async (request: UnsignedRequest): Promise<{ status: number; text: string }> => {
  const answer = await signedFetch(cloud().cloud.environment, { accessKeyId: denied, ...request });
  return { status: answer.status, text: await answer.text() };
};
const createKey = async (input: object): Promise<string> =>
  (await callJsonApi(cloud(), 'kms', 'CreateKey', input)).output.KeyMetadata.KeyId;

beforeAll(async () => {
  denied = (await assumeRole(cloud(), 'denied')).accessKeyId;
  await callJsonApi(cloud(), 'secretsmanager', 'CreateSecret', { Name: SECRET, SecretString: VALUE });
  await callJsonApi(cloud(), 'secretsmanager', 'PutResourcePolicy', {
    SecretId: SECRET,
    ResourcePolicy: policyOf(deny(['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'])),
  });
});

describe('a secret whose policy denies its value', () => {
  const target = (operation: string) => ({ 'x-amz-target': `secretsmanager.${operation}` });
  const input = JSON.stringify({ SecretId: SECRET });
  const action = `Action=GetSecretValue&SecretId=${encodeURIComponent(SECRET)}`;
  const json = {
    service: 'secretsmanager',
    headers: { ...target('DescribeSecret'), 'content-type': JSON_BODY },
  };
  const form = { service: 'secretsmanager', headers: { 'content-type': FORM_BODY }, body: action };

  it.each<[string, UnsignedRequest]>([
    ['an action in the query', { ...json, path: '/?Action=GetSecretValue', body: input }],
    ['a secret in the query', { ...json, path: `/?${action}`, body: '{}' }],
    [
      "a secret in the query of the target's own operation",
      { ...json, headers: { ...json.headers, ...target('GetSecretValue') }, path: `/?${action}`, body: '{}' },
    ],
    ['a form without a target', form],
    ['a form with a target', { ...form, headers: { ...form.headers, ...target('ListSecrets') } }],
    ['a form that is called JSON', { ...json, body: action }],
    ['no target', { ...json, headers: { 'content-type': JSON_BODY }, body: input }],
    ['another path', { ...json, path: '/x', body: input }],
    [
      'a secret that is not text',
      {
        ...json,
        headers: { ...json.headers, ...target('GetSecretValue') },
        body: JSON.stringify({ SecretId: [SECRET] }),
      },
    ],
  ])('is not given for %s', async (_, request) => {
    const { status, text } = await ask(request);

    expect(status).toBe(400);
    expect(text).not.toContain(VALUE);
  });

  it('is not given for a text of the input that reads as a form', async () => {
    const smuggled = JSON.stringify({
      SecretId: SECRET,
      VersionStage: `&${action}&VersionStage=AWSCURRENT&`,
    });
    for (const operation of ['DescribeSecret', 'ListSecretVersionIds']) {
      const headers = { ...json.headers, ...target(operation) };

      expect((await ask({ ...json, headers, body: smuggled })).text).not.toContain(VALUE);
    }
  });

  it.each([
    ['GetParameter', { Name: `/aws/reference/secretsmanager/${SECRET}`, WithDecryption: true }],
    ['GetParameters', { Names: [`/aws/reference/secretsmanager/${SECRET}`], WithDecryption: true }],
  ])('is not given as a parameter by %s', async (operation, parameters) => {
    const { status, output } = await callJsonApi(cloud(), 'ssm', operation, parameters, denied);

    expect(status).toBe(501);
    expect(JSON.stringify(output)).not.toContain(VALUE);
  });

  it('leaves parameters alone that are not secrets', async () => {
    await callJsonApi(cloud(), 'ssm', 'PutParameter', { Name: '/a', Value: 'a&b=c', Type: 'String' });
    const { output } = await callJsonApi(cloud(), 'ssm', 'GetParameter', { Name: '/a' });

    expect(output.Parameter.Value).toBe('a&b=c');
  });

  it('is read in the region of the signature and no other', async () => {
    const headers = { ...json.headers, 'user-agent': 'x region/eu-central-1' };
    const { status, text } = await ask({ ...json, headers, body: input });

    expect(status).toBe(200);
    expect(text).toContain(`arn:aws:secretsmanager:${REGION}:`);
  });

  it('is not given nor changed, whatever the form of the call', async () => {
    const operations = [
      'GetSecretValue',
      'PutSecretValue',
      'DescribeSecret',
      'ListSecrets',
      'GetRandomPassword',
    ];
    const place = fc.constantFrom('query', 'body', 'input', 'none');
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.constantFrom('POST', 'PUT', 'GET'),
          path: fc.constantFrom('/', '//', '/x', '/secretsmanager'),
          target: fc.constantFrom('', ...operations, 'DescribeSecret.GetSecretValue', 'getSecretValue'),
          contentType: fc.constantFrom(JSON_BODY, FORM_BODY, 'application/x-amz-json-1.0', 'text/plain'),
          action: fc.constantFrom(...operations),
          actionIn: place,
          secretIn: place,
        }),
        async ({ method, path, target: named, contentType, action: acted, actionIn, secretIn }) => {
          const formOf = (where: string) =>
            new URLSearchParams({
              ...(actionIn === where && { Action: acted }),
              ...(secretIn === where && { SecretId: SECRET, SecretString: 'changed' }),
            }).toString();
          const body =
            formOf('body') ||
            JSON.stringify({
              SecretId: SECRET,
              SecretString: 'changed',
              Description: `&${formOf('input')}&`,
            });
          const { text } = await ask({
            service: 'secretsmanager',
            method,
            path: formOf('query') === '' ? path : `${path}?${formOf('query')}`,
            headers: { 'content-type': contentType, ...(named !== '' && target(named)) },
            ...(method !== 'GET' && { body }),
          });

          expect(text).not.toContain(VALUE);
        },
      ),
      { numRuns: 150 },
    );
    const { output } = await callJsonApi(cloud(), 'secretsmanager', 'GetSecretValue', { SecretId: SECRET });
    expect(output.SecretString).toBe(VALUE);
  });
});

describe('a key whose policy denies its use', () => {
  const target = (operation: string) => ({
    'content-type': JSON_BODY,
    'x-amz-target': `TrentService.${operation}`,
  });

  it('signs nothing for an action in the query', async () => {
    const KeyId = await createKey({
      KeySpec: 'RSA_2048',
      KeyUsage: 'SIGN_VERIFY',
      Policy: policyOf(account, deny('kms:Sign')),
    });
    const body = JSON.stringify({
      KeyId,
      Message: 'aGVsbG8=',
      MessageType: 'RAW',
      SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
    });
    const headers = target('GetPublicKey');
    const { status, text } = await ask({ service: 'kms', path: '/?Action=Sign', headers, body });

    expect(status).toBe(400);
    expect(text).not.toContain('Signature');
  });

  it('decrypts nothing, whether or not the call names it', async () => {
    const KeyId = await createKey({ Policy: policyOf(account, deny(['kms:Decrypt', 'kms:ReEncryptFrom'])) });
    const own = await createKey({});
    const { output } = await callJsonApi(cloud(), 'kms', 'Encrypt', { KeyId, Plaintext: 'aGVsbG8=' });
    const { CiphertextBlob } = output;
    const spelled = `${CiphertextBlob.slice(0, 4)}-${CiphertextBlob.slice(4)}`;
    for (const [operation, input] of [
      ['Decrypt', { KeyId, CiphertextBlob }],
      ['Decrypt', { CiphertextBlob }],
      ['Decrypt', { KeyId: own, CiphertextBlob }],
      ['Decrypt', { KeyId: [KeyId], CiphertextBlob }],
      ['Decrypt', { CiphertextBlob: spelled }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: own }],
      ['ReEncrypt', { CiphertextBlob, SourceKeyId: own, DestinationKeyId: own }],
    ] as const) {
      const { status, output } = await callJsonApi(cloud(), 'kms', operation, input, denied);

      expect(status, operation).toBe(400);
      expect(JSON.stringify(output)).not.toMatch(/Plaintext|"CiphertextBlob":/);
    }
    const opened = await callJsonApi(cloud(), 'kms', 'Decrypt', { CiphertextBlob });
    expect(opened.output.Plaintext).toBe('aGVsbG8=');
  });

  it('does not encrypt again what another key has encrypted', async () => {
    const DestinationKeyId = await createKey({ Policy: policyOf(account, deny('kms:ReEncryptTo')) });
    const { output } = await callJsonApi(cloud(), 'kms', 'Encrypt', {
      KeyId: await createKey({}),
      Plaintext: 'aGVsbG8=',
    });
    const input = { CiphertextBlob: output.CiphertextBlob, DestinationKeyId };

    expect((await callJsonApi(cloud(), 'kms', 'ReEncrypt', input, denied)).status).toBe(400);
    expect((await callJsonApi(cloud(), 'kms', 'ReEncrypt', input)).status).toBe(200);
  });

  it('gets no alias from whom it denies that', async () => {
    const TargetKeyId = await createKey({
      Policy: policyOf(account, deny(['kms:CreateAlias', 'kms:DeleteAlias'])),
    });
    const input = { AliasName: 'alias/denied', TargetKeyId };

    expect((await callJsonApi(cloud(), 'kms', 'CreateAlias', input, denied)).status).toBe(400);
    expect(await callJsonApi(cloud(), 'kms', 'CreateAlias', input)).toMatchObject({ status: 200 });
    expect((await callJsonApi(cloud(), 'kms', 'DeleteAlias', input, denied)).status).toBe(400);
    expect((await callJsonApi(cloud(), 'kms', 'DeleteAlias', input)).status).toBe(200);
  });
});

describe.each([
  ['sqs', 'AmazonSQS', 'ListQueues', 'CreateQueue', { QueueName: 'smuggled' }],
  ['logs', 'Logs_20140328', 'DescribeLogGroups', 'CreateLogGroup', { logGroupName: 'smuggled' }],
  ['events', 'AWSEvents', 'ListRules', 'PutRule', { Name: 'smuggled', ScheduleExpression: 'rate(1 day)' }],
  ['acm', 'CertificateManager', 'ListCertificates', 'RequestCertificate', { DomainName: 'smuggled' }],
  [
    'ssm',
    'AmazonSSM',
    'DescribeParameters',
    'PutParameter',
    { Name: 'smuggled', Value: 'a', Type: 'String' },
  ],
] as const)('%s', (service, prefix, read, write, input) => {
  it('does what the target says and not what the query says', async () => {
    const headers = { 'content-type': JSON_BODY, 'x-amz-target': `${prefix}.${read}` };
    const { status } = await ask({
      service,
      path: `/?Action=${write}`,
      headers,
      body: JSON.stringify(input),
    });

    expect(status).toBe(400);
    const { output } = await callJsonApi(cloud(), service, read, {});
    expect(JSON.stringify(output)).not.toContain('smuggled');
  });
});
