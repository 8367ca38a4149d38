/** Roles that deploy, federations, readers of the secret and parameters: one broken setting each. */
import { ref } from '../synthesized.ts';
import { type Json, restate } from './mutated.ts';
import { add, at, inPolicy, type Mutation } from './mutation.ts';

const ISSUER = 'token.actions.githubusercontent.com';
const SECRET_POLICY = 'aws_secretsmanager_secret_policy.signing';
const PARAMETER = 'aws_ssm_parameter.app_config';
const ROTATION = 'aws_iam_role_policy.deploy_rotate_keys';

function inDeploy(policy: string, sid: string, change: (statement: Json) => void) {
  return (json: Json): void => restate(json.resource.aws_iam_policy[`deploy_${policy}`], sid, change);
}

function inReaders(change: (statement: Json) => void) {
  return (json: Json): void =>
    restate(json.resource.aws_secretsmanager_secret_policy.signing, 'DenyOtherReaders', change);
}

const deploys: readonly Mutation[] = [
  ...[
    'cloudfront:UpdateDistribution',
    'cloudfront:CreateInvalidation',
    'kms:Decrypt',
    'kms:CreateKey',
    's3:ListBucket',
    'sns:Publish',
    'ssm:GetParameter',
    'cloudfront:Get*',
    'secretsmanager:GetSecretValue',
  ].map((action) =>
    at(
      'iam-no-star-resource',
      'aws_iam_policy.deploy_delivery',
      `${action} on everything`,
      inDeploy('delivery', 'WithoutResource', (statement) => {
        statement.Action.push(action);
      }),
      'state-prod',
    ),
  ),
  ...[
    undefined,
    { StringEquals: { 'aws:RequestTag/project': 'storytime' } },
    { StringEquals: { 'aws:RequestTag/environment': 'dev' } },
    { StringEquals: { 'aws:RequestTag/environment': ['prod', 'dev'] } },
    { StringEqualsIfExists: { 'aws:RequestTag/environment': 'prod' } },
    { StringLike: { 'aws:RequestTag/environment': '*' } },
    { StringEquals: { 'aws:ResourceTag/environment': 'prod' } },
  ].map((Condition) =>
    at(
      'iam-no-star-resource',
      'aws_iam_policy.deploy_delivery',
      `creations with ${JSON.stringify(Condition)}`,
      inDeploy('delivery', 'TaggedCreations', (statement) => {
        statement.Condition = Condition;
      }),
      'state-prod',
    ),
  ),
  at(
    'iam-no-star-resource',
    'aws_iam_policy.deploy_delivery',
    'a change among the creations',
    inDeploy('delivery', 'TaggedCreations', (statement) => {
      statement.Action.push('kms:ScheduleKeyDeletion');
    }),
    'state-prod',
  ),
  ...[
    'arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/prod/*-??????',
    'arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/prod/key-*',
    'arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/prod/key',
    'arn:aws:secretsmanager:*:444455556666:secret:storytime/prod/key-??????',
    'arn:aws:secretsmanager:eu-central-1:*:secret:storytime/prod/key-??????',
  ].map((arn) =>
    at(
      'iam-exact-secret',
      'aws_iam_policy.deploy_storage',
      `the value of ${arn}`,
      inDeploy('storage', 'Secrets', (statement) => {
        statement.Action = ['secretsmanager:GetSecretValue'];
        statement.Resource = arn;
      }),
      'state-prod',
    ),
  ),
  at(
    'iam-exact-secret',
    ROTATION,
    'a rotation of every key of the project',
    inPolicy(ROTATION, 'SigningKey', (statement) => {
      statement.Resource = statement.Resource.replace('storytime/prod/', 'storytime/*/');
    }),
    'state-prod',
  ),
  ...['cloudfront:UpdateDistribution', 'secretsmanager:GetSecretValue', 's3:PutObject'].map((action) =>
    at(
      'iam-no-star-resource',
      ROTATION,
      `${action} on everything, for a rotation`,
      inPolicy(ROTATION, 'WhatCloudFrontTrusts', (statement) => {
        statement.Action.push(action);
      }),
      'state-prod',
    ),
  ),
  at(
    'kms-signers-by-name',
    ROTATION,
    'a rotation that signs with keys to come',
    inPolicy(ROTATION, 'KeyOfTheSecret', (statement) => {
      statement.Action.push('kms:Sign');
    }),
    'state-prod',
  ),
  ...[
    'arn:aws:iam::444455556666:role/storytime-prod-*',
    'arn:aws:iam::999988887777:role/storytime-prod-app',
    'arn:aws:iam::*:role/storytime-prod-app',
  ].map((Resource) =>
    at(
      'iam-passed-role-trust',
      'aws_iam_policy.deploy_identity',
      `passing ${Resource}`,
      inDeploy('identity', 'Roles', (statement) => {
        Object.assign(statement, {
          Action: 'iam:PassRole',
          Resource,
          Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
        });
      }),
      'state-prod',
    ),
  ),
  ...(
    [
      ['aws_iam_role.deploy_plan', 'GitHubActions', ISSUER, 'state-prod'],
      ['aws_iam_role.deploy_apply', 'GitHubActions', ISSUER, 'state-prod'],
      [
        'aws_iam_role.backend_service',
        'ServiceAccount',
        'oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE',
        'maximum',
      ],
    ] as const
  ).flatMap(([address, sid, issuer, stack]) => {
    const broken = (what: string, change: (condition: Json) => void) =>
      at(
        'iam-federation-exact',
        address,
        `${address}: ${what}`,
        (json) =>
          restate(
            json.resource.aws_iam_role[address.replace('aws_iam_role.', '')],
            sid,
            ({ Condition }) => change(Condition),
            'assume_role_policy',
          ),
        stack,
      );
    return [
      broken('any audience', ({ StringEquals }) => delete StringEquals[`${issuer}:aud`]),
      broken('two audiences', ({ StringEquals }) => {
        StringEquals[`${issuer}:aud`] = ['sts.amazonaws.com', 'https://github.com/storytime'];
      }),
      broken('audiences by pattern', (condition) => {
        delete condition.StringEquals[`${issuer}:aud`];
        condition.StringLike = { [`${issuer}:aud`]: '*' };
      }),
      broken('every branch', (condition) => {
        delete condition.StringEquals[`${issuer}:sub`];
        condition.StringLike = { [`${issuer}:sub`]: 'repo:storytime/video-library:*' };
      }),
      broken('a subject that only looks like a pattern', ({ StringEquals }) => {
        StringEquals[`${issuer}:sub`] = 'repo:storytime/video-library:*';
      }),
    ];
  }),
];

const strangers: readonly Mutation[] = [
  ...['arn:aws:iam::999988887777:root', '999988887777'].flatMap((AWS) =>
    [undefined, { StringLike: { 'sts:ExternalId': '*' } }].map((Condition) =>
      at(
        'iam-account-external-id',
        'aws_iam_role.mistake',
        `${AWS} with ${JSON.stringify(Condition)}`,
        add('aws_iam_role', {
          assume_role_policy: JSON.stringify({
            Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', Condition }],
          }),
        }),
      ),
    ),
  ),
];

const readers: readonly Mutation[] = [
  ...(
    [
      [
        'writing denied too',
        (statement: Json) =>
          Object.assign(statement, {
            Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
          }),
      ],
      ['everything denied', (statement: Json) => Object.assign(statement, { Action: '*' })],
      ['reads by pattern', (statement: Json) => Object.assign(statement, { Action: 'secretsmanager:Get*' })],
      [
        'everything but',
        (statement: Json) => {
          delete statement.Action;
          statement.NotAction = 'secretsmanager:DescribeSecret';
        },
      ],
      ['everybody denied', (statement: Json) => delete statement.Condition],
      [
        'one principal denied',
        (statement: Json) =>
          Object.assign(statement, { Principal: { AWS: 'arn:aws:iam::444455556666:role/intern' } }),
      ],
      [
        'a narrower denial',
        (statement: Json) =>
          Object.assign(statement.Condition, { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
      ],
      [
        'an Allow',
        (statement: Json) =>
          Object.assign(statement, {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::444455556666:role/partner' },
          }),
      ],
    ] as const
  ).map(([what, change]) => at('secret-readers-exact', SECRET_POLICY, what, inReaders(change))),
  ...[
    'arn:aws:iam::444455556666:role/*',
    'arn:aws:iam::444455556666:root',
    'arn:aws:iam::*:role/storytime-oncall',
    '*',
    'arn:aws:sts::444455556666:assumed-role/storytime-oncall/ada',
  ].map((arn) =>
    at(
      'secret-readers-exact',
      SECRET_POLICY,
      `${arn} spared`,
      inReaders(({ Condition }) => {
        Condition.ArnNotEquals['aws:PrincipalArn'].push(arn);
      }),
    ),
  ),
  ...[false, undefined].map((value) =>
    at('secret-readers-exact', SECRET_POLICY, `block_public_policy ${value}`, (json) => {
      json.resource.aws_secretsmanager_secret_policy.signing.block_public_policy = value;
    }),
  ),
  at(
    'secret-backend-reads',
    SECRET_POLICY,
    'a backend that is denied',
    inReaders(({ Condition }) => {
      Condition.ArnNotEquals['aws:PrincipalArn'].shift();
    }),
  ),
  at('secret-backend-reads', SECRET_POLICY, 'a role under another name', (json) => {
    json.resource.aws_iam_role.backend_service.name = 'storytime-prod-backend';
  }),
  at(
    'secret-backend-reads',
    SECRET_POLICY,
    'a user with the same policy',
    add('aws_iam_user_policy_attachment', { user: 'heroku', policy_arn: ref('aws_iam_policy.app.arn') }),
  ),
  ...[ref('aws_iam_role.mediaconvert.id'), 'intern'].map((role) =>
    at(
      'secret-backend-reads',
      SECRET_POLICY,
      `an inline policy of ${role}`,
      add('aws_iam_role_policy', {
        role,
        policy: JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Action: 'secretsmanager:GetSecretValue',
              Resource: ref('aws_secretsmanager_secret.signing.arn'),
            },
          ],
        }),
      }),
    ),
  ),
  ...['SecureString', undefined].map((type) =>
    at('ssm-nothing-secret', PARAMETER, `a parameter of type ${type}`, (json) => {
      json.resource.aws_ssm_parameter.app_config.type = type;
    }),
  ),
  ...(
    [
      ['prod', ref('aws_secretsmanager_secret_version.signing.secret_string')],
      ['dev', `{"key":"${ref('var.cloudfront_private_key')}"}`],
    ] as const
  ).map(([stack, value]) =>
    at(
      'ssm-nothing-secret',
      PARAMETER,
      `a secret in a parameter of ${stack}`,
      (json) => {
        json.resource.aws_ssm_parameter.app_config.value = value;
      },
      stack,
    ),
  ),
];

const providers: readonly Mutation[] = [
  ...[undefined, ''].map((region) =>
    at(
      'tf-region-named',
      'provider.aws',
      `region ${region}`,
      (json) => {
        json.provider.aws[0].region = region;
      },
      'dev',
    ),
  ),
];

export const accessMutations: readonly Mutation[] = [...deploys, ...strangers, ...readers, ...providers];
