import { ref, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { AppRole, type AppRoleTrust } from '../../modules/iam_roles/index.ts';
import { only, synthesizedModule, typesOf } from './synth.ts';

const ACCOUNT = '111122223333';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC`;

describe('AppRole', () => {
  it.each([
    [
      'ECS tasks of this account',
      { kind: 'ecs' },
      {
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:ecs:*:${ACCOUNT}:*` },
        },
      },
    ],
    [
      'EC2 instances',
      { kind: 'ec2' },
      { Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
    [
      'the one service account of a cluster',
      { kind: 'irsa', oidcProviderArn: PROVIDER, serviceAccount: 'web/rails' },
      {
        Principal: { Federated: PROVIDER },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub': 'system:serviceaccount:web:rails',
            'oidc.eks.eu-central-1.amazonaws.com/id/ABC:aud': 'sts.amazonaws.com',
          },
        },
      },
    ],
    [
      'a principal of another account that names the external id',
      { kind: 'external', principalArn: 'arn:aws:iam::444455556666:role/host', externalId: 'acme-7' },
      {
        Principal: { AWS: 'arn:aws:iam::444455556666:role/host' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'acme-7' } },
      },
    ],
    [
      'a principal of one’s own organization',
      { kind: 'external', principalArn: 'arn:aws:iam::444455556666:role/host', externalId: null },
      { Principal: { AWS: 'arn:aws:iam::444455556666:role/host' }, Action: 'sts:AssumeRole' },
    ],
  ] as const)('is assumed by %s, and by nobody else', (_who, trust, wanted) => {
    const { Statement } = JSON.parse(String(only(role(trust), 'aws_iam_role').assume_role_policy));

    expect(Statement).toEqual([{ Sid: expect.any(String), Effect: 'Allow', ...wanted }]);
  });

  it('carries the app policy, at addresses that are a contract', () => {
    const { resource } = role({ kind: 'ecs' });

    expect(resource.aws_iam_role_policy_attachment).toEqual({
      backend: expect.objectContaining({
        role: `\${aws_iam_role.backend.name}`,
        policy_arn: 'arn:policy',
      }),
    });
    expect(Object.keys(resource.aws_iam_role ?? {})).toEqual(['backend']);
  });

  it('has an instance profile for EC2, and for nothing else', () => {
    expect(typesOf(role({ kind: 'ecs' }))).toEqual(['aws_iam_role', 'aws_iam_role_policy_attachment']);
    expect(role({ kind: 'ec2' }).resource.aws_iam_instance_profile).toEqual({
      backend: expect.objectContaining({ name: 'app', role: `\${aws_iam_role.backend.name}` }),
    });
  });

  it('names its instance profile only if there is one', () => {
    let made: Record<string, boolean> = {};
    synthesizedModule((scope) => {
      made = Object.fromEntries(
        (['ecs', 'ec2'] as const).map((kind) => {
          const { instanceProfileName } = new AppRole(scope, kind, { ...props, trust: { kind } });
          return [kind, instanceProfileName !== undefined];
        }),
      );
    });

    expect(made).toEqual({ ecs: false, ec2: true });
  });

  it.each([
    ['trust.principalArn', { kind: 'external', principalArn: '*', externalId: 'acme-7' }],
    [
      'trust.principalArn',
      { kind: 'external', principalArn: 'arn:aws:iam::444455556666:role/*', externalId: 'acme-7' },
    ],
    [
      'trust.externalId',
      { kind: 'external', principalArn: 'arn:aws:iam::444455556666:root', externalId: null },
    ],
    [
      'trust.externalId',
      { kind: 'external', principalArn: 'arn:aws:iam::444455556666:role/host', externalId: '' },
    ],
    ['trust.serviceAccount', { kind: 'irsa', oidcProviderArn: PROVIDER, serviceAccount: 'web/*' }],
    ['trust.serviceAccount', { kind: 'irsa', oidcProviderArn: PROVIDER, serviceAccount: 'rails' }],
    [
      'trust.oidcProviderArn',
      { kind: 'irsa', oidcProviderArn: 'oidc.eks.example.com', serviceAccount: 'web/rails' },
    ],
  ] as const)('refuses a %s that would allow others: %j', (option, trust) => {
    expect(() => role(trust)).toThrow(TypeError);
    expect(() => role(trust)).toThrow(expect.objectContaining({ option }));
  });

  it.each([
    ['name', { name: 'a'.repeat(65) }],
    ['accountId', { accountId: '*' }],
  ])('refuses a %s that IAM does not take', (option, more) => {
    expect(() => role({ kind: 'ecs' }, more)).toThrow(expect.objectContaining({ option }));
  });

  it('takes a cluster and a service account that are known only at apply', () => {
    const trust = only(
      role({
        kind: 'irsa',
        oidcProviderArn: known('aws_iam_openid_connect_provider.cluster.arn'),
        serviceAccount: known('var.service_account'),
      }),
      'aws_iam_role',
    ).assume_role_policy;

    expect(String(trust)).toContain(
      `"\${replace(aws_iam_openid_connect_provider.cluster.arn, "/^.*:oidc-provider//", "")}:sub":"system:serviceaccount:\${replace(var.service_account, "/", ":")}"`,
    );
  });
});

const props = { name: 'app', accountId: ACCOUNT, policyArn: 'arn:policy' };

function role(trust: AppRoleTrust, more: Partial<typeof props> = {}) {
  return synthesizedModule((scope) => new AppRole(scope, 'backend', { ...props, trust, ...more }));
}

/** A Terraform reference, as modules get it from each other. */
function known(reference: string): string {
  return Token.asString(ref(reference));
}
