import { describe, expect, it } from 'vitest';
import { SigningSecret, type SigningSecretProps } from '../../modules/secrets/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

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
});

function secret(props: Partial<SigningSecretProps>) {
  return synthesizedModule((scope) => new SigningSecret(scope, 'signing', { ...minimal, ...props }));
}
