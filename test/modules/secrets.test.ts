import { CloudfrontPublicKey } from '@cdktf/provider-aws/lib/cloudfront-public-key/index.js';
import { Lazy } from 'cdktf';
import type { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import {
  KmsSigningKey,
  type KmsSigningKeyProps,
  SigningSecret,
  type SigningSecretProps,
} from '../../modules/secrets/index.ts';
import { denialsOf, statementsOf } from './policy.ts';
import { type ModuleJson, only, synthesizedModule, typesOf } from './synth.ts';

const ACCOUNT = '111122223333';
const APP = `arn:aws:iam::${ACCOUNT}:role/app`;
const OPERATOR = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operators_0123456789abcdef`;
const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

const minimal: SigningSecretProps = { name: 'storytime/test/cloudfront_private_key', recoveryDays: 30 };
const value = { keyPairId: 'K1', generation: '2026-11-a', fingerprint: `0000001${'f'.repeat(57)}` };

describe('SigningSecret', () => {
  it('is a secret without a value, unless Terraform owns it', () => {
    const json = secret({});
    expect(typesOf(json)).toEqual(['aws_secretsmanager_secret']);
    expect(json.variable).toBeUndefined();
    expect(only(json, 'aws_secretsmanager_secret')).toMatchObject({
      name: 'storytime/test/cloudfront_private_key',
      recovery_window_in_days: 30,
    });
    expect(only(json, 'aws_secretsmanager_secret')).not.toHaveProperty('kms_key_id');
  });

  it('has a value, a key and readers on request', () => {
    const json = secret({ value, encryptionKeyArn: KEY, readers: [APP, OPERATOR] });
    expect(typesOf(json)).toEqual([
      'aws_secretsmanager_secret',
      'aws_secretsmanager_secret_policy',
      'aws_secretsmanager_secret_version',
    ]);
    expect(only(json, 'aws_secretsmanager_secret')).toMatchObject({ kms_key_id: KEY });
    expect(only(json, 'aws_secretsmanager_secret_policy')).toMatchObject({
      secret_arn: reference('aws_secretsmanager_secret.signing.arn'),
      block_public_policy: true,
    });
  });

  it('writes id, key and generation through a write-only argument', () => {
    const version = only(secret({ value }), 'aws_secretsmanager_secret_version');
    expect(version.secret_string_wo).toBe(
      '$' +
        '{(var.cloudfront_private_key == "") ? "" : jsonencode({"keyPairId" = "K1", ' +
        '"privateKey" = var.cloudfront_private_key, "generation" = "2026-11-a"})}',
    );
    expect(version).not.toHaveProperty('secret_string');
  });

  it('changes its version with the key, and replaces the old one only once the new one is there', () => {
    expect(only(secret({ value }), 'aws_secretsmanager_secret_version')).toMatchObject({
      secret_string_wo_version: 1,
      lifecycle: { create_before_destroy: true },
    });
  });

  it('takes the key from a variable that no plan or state keeps', () => {
    expect(secret({ value }).variable).toEqual({
      cloudfront_private_key: expect.objectContaining({ ephemeral: true, sensitive: true, default: '' }),
    });
  });

  it.each<[string, Record<string, string>, boolean]>([
    ['the app', { 'aws:PrincipalArn': APP }, false],
    ['an operator, by the role behind the session', { 'aws:PrincipalArn': OPERATOR }, false],
    ['another role', { 'aws:PrincipalArn': `${APP}2` }, true],
    ['the account’s root user', { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:root` }, true],
    ['an AWS service, which has no principal ARN', {}, true],
  ])('lets nobody read but its readers: %s', (_who, context, denied) => {
    const statements = statementsOf(secret({ readers: [APP, OPERATOR] }), 'aws_secretsmanager_secret_policy');
    expect(denialsOf(statements, 'secretsmanager:GetSecretValue', context)).toEqual(
      denied ? ['DenyOtherReaders'] : [],
    );
  });

  it('denies reading and nothing but reading, and allows nothing', () => {
    const statements = statementsOf(secret({ readers: [APP] }), 'aws_secretsmanager_secret_policy');
    expect(statements.map(({ Effect, Action, Principal }) => [Effect, Action, Principal])).toEqual([
      ['Deny', 'secretsmanager:GetSecretValue', '*'],
    ]);
    for (const action of ['secretsmanager:PutSecretValue', 'secretsmanager:PutResourcePolicy']) {
      expect(denialsOf(statements, action, { 'aws:PrincipalArn': `${APP}2` })).toEqual([]);
    }
  });

  it.each<[Partial<SigningSecretProps>, string]>([
    [{ name: 'story time' }, '"name": expected 1 to 512 letters, digits and "/_+=.@-", got "story time"'],
    [{ name: '' }, '"name"'],
    [{ recoveryDays: 6 }, '"recoveryDays": expected 7 to 30, or 0 for at once, got 6'],
    [{ recoveryDays: 31 }, '"recoveryDays": expected a whole number of days from 0 to 30, got 31'],
    [{ recoveryDays: -1 }, '"recoveryDays"'],
    [{ readers: [] }, '"readers": expected at least one of: exact ARNs of IAM roles and users, got []'],
    [{ readers: ['*'] }, '"readers": expected exact ARNs of IAM roles and users, without wildcards, got "*"'],
    [{ readers: [APP, `arn:aws:iam::${ACCOUNT}:role/*`] }, '"readers"'],
    [{ readers: [`${APP}?`] }, '"readers"'],
    [{ readers: [ACCOUNT] }, '"readers"'],
    [{ readers: [`arn:aws:iam::${ACCOUNT}:group/operators`] }, '"readers"'],
    [
      { readers: [`arn:aws:sts::${ACCOUNT}:assumed-role/app/session`] },
      '"readers": expected exact ARNs of IAM roles and users (of the role, not of its session)',
    ],
  ])('refuses %j', (props, message) => {
    expect(() => secret(props)).toThrow(TypeError);
    expect(() => secret(props)).toThrow(message);
  });

  it('can be had back at once, and read by the root user alone', () => {
    expect(() => secret({ recoveryDays: 0, readers: [`arn:aws:iam::${ACCOUNT}:root`] })).not.toThrow();
  });

  it('takes values that are known only at apply', () => {
    const later = lazy();
    const json = secret({
      name: later,
      recoveryDays: Lazy.numberValue({ produce: () => 3 }),
      encryptionKeyArn: later,
      readers: [later, OPERATOR],
    });
    expect(statementsOf(json, 'aws_secretsmanager_secret_policy')[0]?.Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': [reference('var.later'), OPERATOR] },
    });
  });
});

describe('KmsSigningKey', () => {
  it('is a key for signatures, with a policy and a name that says the generation', () => {
    const json = kmsKey({});
    expect(typesOf(json)).toEqual(['aws_kms_alias', 'aws_kms_key', 'aws_kms_key_policy']);
    expect(only(json, 'aws_kms_key')).toMatchObject({
      key_usage: 'SIGN_VERIFY',
      customer_master_key_spec: 'RSA_2048',
      enable_key_rotation: false,
      deletion_window_in_days: 30,
    });
    expect(only(json, 'aws_kms_key')).not.toHaveProperty('lifecycle');
    expect(only(json, 'aws_kms_alias').name).toBe('alias/storytime-test-signing-2026-11-a');
    expect(statementsOf(json, 'aws_kms_key_policy')).toEqual([
      {
        Sid: 'AdministerByIam',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ]);
  });

  it('can be kept from being destroyed', () => {
    expect(only(kmsKey({ preventDestroy: true }), 'aws_kms_key')).toMatchObject({
      lifecycle: { prevent_destroy: true },
    });
  });

  it.each<[KmsSigningKeyProps['keySpec'], string]>([
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ])('lets its signers sign with %s, by the one algorithm that CloudFront checks', (keySpec, algorithm) => {
    const statements = statementsOf(kmsKey({ keySpec, signers: [APP, OPERATOR] }), 'aws_kms_key_policy');
    const signing = statements.filter(({ Action }) => [Action].flat().includes('kms:Sign'));
    expect(signing).toEqual([
      {
        Sid: 'AllowSigning',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:Sign',
        Resource: '*',
        Condition: {
          ArnEquals: { 'aws:PrincipalArn': [APP, OPERATOR] },
          StringEquals: { 'kms:SigningAlgorithm': algorithm },
        },
      },
    ]);
  });

  it('lets administrators neither sign nor grant it to somebody, but undo every mistake', () => {
    const [administration] = statementsOf(kmsKey({ signers: [APP] }), 'aws_kms_key_policy');
    const actions = [administration?.Action ?? []].flat();
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    for (const denied of ['kms:Sign', 'kms:CreateGrant', 'kms:ReplicateKey'])
      expect(actions).not.toContain(denied);
    for (const allowed of ['kms:PutKeyPolicy', 'kms:CancelKeyDeletion', 'kms:GetPublicKey']) {
      expect(actions).toContain(allowed);
    }
  });

  it('reads the public key through a local, so that a new tag on the key does not replace it', () => {
    const json = kmsKey({}) as ModuleJson & { readonly data: unknown; readonly locals: unknown };
    expect(json.locals).toEqual({ signing_arn: reference('aws_kms_key.signing.arn') });
    expect(json.data).toMatchObject({
      aws_kms_public_key: { signing_public_key: { key_id: reference('local.signing_arn') } },
    });
  });

  it('exposes its ARN, alias and public key', () => {
    const json = synthesizedModule((scope) => {
      const { arn, aliasName, publicKeyPem } = newKmsKey(scope);
      new CloudfrontPublicKey(scope, 'trusted', { encodedKey: publicKeyPem, name: aliasName, comment: arn });
    });
    expect(only(json, 'aws_cloudfront_public_key')).toMatchObject({
      encoded_key: reference('data.aws_kms_public_key.signing_public_key.public_key_pem'),
      name: reference('aws_kms_alias.signing.name'),
      comment: reference('aws_kms_key.signing.arn'),
    });
  });

  it.each<[Partial<KmsSigningKeyProps>, string]>([
    [
      { name: 'story time' },
      '"name": expected 1 to 128 letters, digits, dashes and slashes, got "story time"',
    ],
    [{ name: 'aws/storytime' }, '"name"'],
    [{ generation: '2026/11' }, '"generation": expected a generation such as "2026-11-a", got "2026/11"'],
    [
      { keySpec: 'RSA_4096' as 'RSA_2048' },
      '"keySpec": expected "RSA_2048" or "ECC_NIST_P256", got "RSA_4096"',
    ],
    [{ accountId: '42' }, '"accountId": expected an account id of 12 digits, got "42"'],
    [{ deletionWindowDays: 6 }, '"deletionWindowDays": expected a whole number of days from 7 to 30, got 6'],
    [{ signers: [] }, '"signers": expected at least one'],
    [{ signers: ['*'] }, '"signers"'],
    [
      { signers: ['arn:aws:iam::444455556666:role/app'] },
      `"signers": expected principals of the key's own account ${ACCOUNT}, got "arn:aws:iam::444455556666:role/app"`,
    ],
  ])('refuses %j', (props, message) => {
    expect(() => kmsKey(props)).toThrow(TypeError);
    expect(() => kmsKey(props)).toThrow(message);
  });

  it('takes values that are known only at apply', () => {
    const later = lazy();
    const json = kmsKey({
      name: later,
      accountId: later,
      signers: [later],
      deletionWindowDays: Lazy.numberValue({ produce: () => 3 }),
    });
    expect(only(json, 'aws_kms_alias').name).toBe(`alias/${reference('var.later')}-signing-2026-11-a`);
    expect(statementsOf(json, 'aws_kms_key_policy')[1]?.Condition?.ArnEquals).toEqual({
      'aws:PrincipalArn': [reference('var.later')],
    });
  });
});

function reference(expression: string): string {
  return `\${${expression}}`;
}

/** A token; as a plain value every check would refuse it. */
function lazy(): string {
  return Lazy.stringValue({ produce: () => reference('var.later') });
}

function secret(props: Partial<SigningSecretProps>) {
  return synthesizedModule((scope) => new SigningSecret(scope, 'signing', { ...minimal, ...props }));
}

function kmsKey(props: Partial<KmsSigningKeyProps>) {
  return synthesizedModule((scope) => newKmsKey(scope, props));
}

function newKmsKey(scope: Construct, props: Partial<KmsSigningKeyProps> = {}): KmsSigningKey {
  return new KmsSigningKey(scope, 'signing', {
    name: 'storytime-test',
    generation: '2026-11-a',
    keySpec: 'RSA_2048',
    accountId: ACCOUNT,
    deletionWindowDays: 30,
    ...props,
  });
}
