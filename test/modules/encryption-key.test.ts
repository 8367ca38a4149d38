import { Lazy } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { readAccess } from '../../aws/iam/cloudfront-read.ts';
import {
  EncryptionKey,
  type EncryptionKeyProps,
  givenKeyStatements,
} from '../../modules/encryption_key/index.ts';
import { statementsOf } from './policy.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

const ACCOUNT = '111122223333';
const DISTRIBUTION = `arn:aws:cloudfront::${ACCOUNT}:distribution/E1`;

describe('EncryptionKey', () => {
  it('is a rotated symmetric key with a name, administered by IAM in its account', () => {
    const json = key({});
    expect(typesOf(json)).toEqual(['aws_kms_alias', 'aws_kms_key', 'aws_kms_key_policy']);
    const made = only(json, 'aws_kms_key');
    expect(made).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
    expect(made).not.toHaveProperty('lifecycle');
    // Symmetric and for encryption is what KMS makes without being asked.
    expect(made).not.toHaveProperty('customer_master_key_spec');
    expect(made).not.toHaveProperty('key_usage');
    expect(only(json, 'aws_kms_alias')).toMatchObject({
      name: 'alias/storytime-test',
      target_key_id: reference('aws_kms_key.encryption.key_id'),
    });
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

  it('says what it encrypts', () => {
    expect(only(key({}), 'aws_kms_key').description).toBe('storytime-test: objects and secrets at rest');
    expect(only(key({ encrypts: 'content keys' }), 'aws_kms_key').description).toBe(
      'storytime-test: content keys',
    );
  });

  it('can be kept from being destroyed', () => {
    expect(only(key({ preventDestroy: true }), 'aws_kms_key')).toMatchObject({
      lifecycle: { prevent_destroy: true },
    });
  });

  it('lets the named distributions decrypt, and nothing else', () => {
    const json = key({}, (encryption) => {
      encryption.allowDecryptBy(DISTRIBUTION);
      encryption.allowDecryptBy(`${DISTRIBUTION}2`);
    });
    expect(statementsOf(json, 'aws_kms_key_policy')[1]).toEqual({
      Sid: 'AllowCloudFrontDecrypt',
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'AWS:SourceArn': [DISTRIBUTION, `${DISTRIBUTION}2`] } },
    });
  });

  it('has a policy apart from the key, so that what the policy names may need the key', () => {
    const json = key({}, (encryption) => encryption.allowDecryptBy(reference('var.distribution')));
    expect(only(json, 'aws_kms_key')).not.toHaveProperty('policy');
    expect(only(json, 'aws_kms_key_policy').key_id).toBe(reference('aws_kms_key.encryption.key_id'));
  });

  it.each<[Partial<EncryptionKeyProps>, string]>([
    [
      { alias: 'alias/storytime' },
      '"alias": expected a name without "alias/", such as "storytime-dev", got "alias/storytime"',
    ],
    [{ alias: 'aws/s3' }, '"alias"'],
    [{ alias: 'story time' }, '"alias"'],
    [{ alias: '' }, '"alias"'],
    [{ accountId: '42' }, '"accountId": expected an account id of 12 digits, got "42"'],
    [{ deletionWindowDays: 6 }, '"deletionWindowDays": expected a whole number of days from 7 to 30, got 6'],
    [{ deletionWindowDays: 31 }, '"deletionWindowDays"'],
    [{ deletionWindowDays: 7.5 }, '"deletionWindowDays"'],
  ])('refuses %j', (props, message) => {
    expect(() => key(props)).toThrow(TypeError);
    expect(() => key(props)).toThrow(message);
  });

  it('takes values that are known only at apply', () => {
    const later = Lazy.stringValue({ produce: () => reference('var.later') });
    const days = Lazy.numberValue({ produce: () => 45 });
    const json = key({ alias: later, accountId: later, deletionWindowDays: days });
    expect(only(json, 'aws_kms_alias').name).toBe(`alias/${reference('var.later')}`);
    expect(statementsOf(json, 'aws_kms_key_policy')[0]?.Principal).toEqual({
      AWS: `arn:aws:iam::${reference('var.later')}:root`,
    });
  });
});

describe('the policy of a key that somebody else owns', () => {
  const statements = givenKeyStatements({ accountId: ACCOUNT, distributionArns: [DISTRIBUTION] });
  const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const keyArn = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f`;
  const decrypt = (distributionArn: string) =>
    readAccess(document, { action: 'kms:Decrypt', resource: keyArn, distributionArn }).verdict;

  it('has CloudFront’s statement word for word as a key of the stack has it', () => {
    const made = key({}, (encryption) => encryption.allowDecryptBy(DISTRIBUTION));
    expect(statements[1]).toEqual(statementsOf(made, 'aws_kms_key_policy')[1]);
  });

  it('lets the one distribution decrypt, and no other', () => {
    expect(decrypt(DISTRIBUTION)).toBe('allowed');
    expect(decrypt(`${DISTRIBUTION}2`)).toBe('elsewhere');
  });

  it('leaves to IAM in the account who uses the key, and lets nobody administer it', () => {
    expect(statements[0]).toEqual({
      Sid: 'UseByIam',
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
    });
    expect(statements.flatMap(({ Action }) => Action)).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:Decrypt',
    ]);
  });

  it('names no distribution before there is one', () => {
    const before = givenKeyStatements({ accountId: ACCOUNT, distributionArns: [] });
    expect(before.map(({ Sid }) => Sid)).toEqual(['UseByIam']);
    expect(() => givenKeyStatements({ accountId: '*', distributionArns: [] })).toThrow(
      expect.objectContaining({ option: 'accountId' }),
    );
  });
});

function reference(expression: string): string {
  return `\${${expression}}`;
}

function key(props: Partial<EncryptionKeyProps>, then: (encryption: EncryptionKey) => void = () => {}) {
  return synthesizedModule((scope) =>
    then(
      new EncryptionKey(scope, 'encryption', {
        alias: 'storytime-test',
        accountId: ACCOUNT,
        deletionWindowDays: 30,
        ...props,
      }),
    ),
  );
}
