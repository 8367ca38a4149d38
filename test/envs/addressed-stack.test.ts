import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js';
import { TerraformOutput, Testing } from 'cdktf';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { AddressedStack } from '../../envs/addressed-stack.ts';

describe('AddressedStack', () => {
  it('joins the path and leaves out a last id that repeats the type', () => {
    const stack = newStack();
    new SecretsmanagerSecret(new Construct(stack, 'signing'), 'secret', {});
    new SecretsmanagerSecret(new Construct(stack, 'other'), 'backup', {});
    new SecretsmanagerSecret(stack, 'secret', {});
    expect(Object.keys(JSON.parse(Testing.synth(stack)).resource.aws_secretsmanager_secret).sort()).toEqual([
      'other_backup',
      'secret',
      'signing',
    ]);
  });

  it('refuses two resources that would share an address, instead of merging them', () => {
    const stack = newStack();
    const scope = new Construct(stack, 'signing');
    new SecretsmanagerSecret(scope, 'secret', {});
    new SecretsmanagerSecret(scope, 'secretsmanager_secret', {});
    expect(() => Testing.synth(stack)).toThrow(
      '"test/signing/secretsmanager_secret" and "test/signing/secret" would both have the address ' +
        'aws_secretsmanager_secret.signing: give one another construct id',
    );
  });

  it('keeps output names as they are', () => {
    const stack = newStack();
    new TerraformOutput(stack, 'app_policy_arn', { value: 'x' });
    expect(Object.keys(JSON.parse(Testing.synth(stack)).output)).toEqual(['app_policy_arn']);
  });
});

function newStack(): AddressedStack {
  return new AddressedStack(Testing.app({ stackTraces: false }), 'test');
}
