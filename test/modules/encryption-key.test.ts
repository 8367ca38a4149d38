import { Lazy } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { EncryptionKey, type EncryptionKeyProps } from '../../modules/encryption_key/index.ts';
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
      '"alias": wanted a name without "alias/", such as "storytime-dev", got "alias/storytime"',
    ],
    [{ alias: 'aws/s3' }, '"alias"'],
    [{ alias: 'story time' }, '"alias"'],
    [{ alias: '' }, '"alias"'],
    [{ accountId: '42' }, '"accountId": wanted an account id of 12 digits, got "42"'],
    [{ deletionWindowDays: 6 }, '"deletionWindowDays": wanted a whole number of days from 7 to 30, got 6'],
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
