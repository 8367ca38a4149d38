import { ref, Token } from 'cdktf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeployRoles, type DeployRolesProps } from '../../modules/iam_roles/index.ts';
import { MOST_RECORD_CHARACTERS, recordCharacters } from '../../modules/iam_roles/record-names.ts';
import { allows, LETS_IN, type RequestContext, statementsOf } from './policy-judge.ts';
import { documentsOf } from './role-documents.ts';
import { type ModuleJson, synthesizedModule } from './synth.ts';

const ACCOUNT = '111122223333';
const STATE_BUCKET = 'arn:aws:s3:::storytime-terraform-state-dev';
const minimal: DeployRolesProps = {
  name: 'storytime-dev-deploy',
  repository: 'acme/video-library',
  environment: 'dev',
  project: 'storytime',
  accountId: ACCOUNT,
  region: 'eu-central-1',
  stateBucketArn: STATE_BUCKET,
  stateKeys: ['storytime/dev/terraform.tfstate'],
  bucketNames: ['storytime-master-uploads-dev', 'storytime-hls-outputs-dev', 'storytime-access-logs-dev'],
};
const maximal: DeployRolesProps = {
  ...minimal,
  oidcProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
  lockTableArn: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/locks`,
  hostedZoneId: 'Z0123456789EXAMPLE',
  domainName: 'media.dev.example.com',
  webAclArn: `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/security-team/1`,
  backend: { kind: 'role', name: 'rails' },
  instanceRoleName: 'storytime-dev-app',
  managedSecretName: 'storytime/dev/cloudfront_private_key',
  emptiesBuckets: true,
  permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/org/workloads`,
  encryptionKeyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f`,
  makesPlaybackTable: true,
};
/** As where the key commands own the secret's value. */
const rotating: DeployRolesProps = {
  ...minimal,
  rotatedSecretName: 'storytime/dev/cloudfront_private_key',
};
const OURS: RequestContext = {
  'aws:ResourceTag/project': 'storytime',
  'aws:ResourceTag/environment': 'dev',
};
const OTHERS: RequestContext = { 'aws:ResourceTag/project': 'shop', 'aws:ResourceTag/environment': 'dev' };
const SECRET = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:storytime/dev/cloudfront_private_key-a1B2c3`;

const ZONE = 'arn:aws:route53:::hostedzone/Z0123456789EXAMPLE';
const TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/locks`;
const PLAYBACK_TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/storytime-dev-playback`;
const lockItem = (...keys: string[]): RequestContext => ({
  'dynamodb:LeadingKeys': keys.map((key) => `storytime-terraform-state-dev/${key}`),
});
const records = (...names: string[]): RequestContext => ({
  'route53:ChangeResourceRecordSetsNormalizedRecordNames': names,
});

describe('DeployRoles: who may assume them', () => {
  const json = roles(minimal);

  it('is exact subjects: pull requests and the main branch plan, the GitHub environment applies', () => {
    expect(trustOf(json, 'plan')).toEqual([
      {
        Sid: 'GitHubActions',
        Effect: 'Allow',
        Principal: { Federated: `\${aws_iam_openid_connect_provider.deploy_github.arn}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': [
              'repo:acme/video-library:pull_request',
              'repo:acme/video-library:ref:refs/heads/main',
            ],
          },
        },
      },
    ]);
    expect(subjectOf(json, 'apply')).toEqual(['repo:acme/video-library:environment:dev']);
  });

  it('carries the immutable ids that GitHub puts into the subjects of new repositories', () => {
    const withIds = roles({ ...minimal, repository: 'acme@123/video-library@456' });

    expect(subjectOf(withIds, 'plan')).toContain('repo:acme@123/video-library@456:pull_request');
  });

  it('plans the merges into a main branch of another name', () => {
    expect(subjectOf(roles({ ...minimal, mainBranch: 'trunk' }), 'plan')).toEqual([
      'repo:acme/video-library:pull_request',
      'repo:acme/video-library:ref:refs/heads/trunk',
    ]);
    expect(() => roles({ ...minimal, mainBranch: '*' })).toThrow(
      expect.objectContaining({ option: 'mainBranch' }),
    );
  });

  it('makes GitHub’s provider without a thumbprint, or takes the one that the account has', () => {
    expect(json.resource.aws_iam_openid_connect_provider).toEqual({
      deploy_github: expect.objectContaining({
        url: 'https://token.actions.githubusercontent.com',
        client_id_list: ['sts.amazonaws.com'],
      }),
    });
    expect(json.resource.aws_iam_openid_connect_provider?.deploy_github).not.toHaveProperty(
      'thumbprint_list',
    );

    const given = roles(maximal);
    expect(given.resource).not.toHaveProperty('aws_iam_openid_connect_provider');
    expect(trustOf(given, 'plan')).toMatchObject([{ Principal: { Federated: maximal.oidcProviderArn } }]);
  });

  it('has addresses that are a contract', () => {
    expect(addresses(json)).toEqual([
      'aws_iam_openid_connect_provider.deploy_github',
      'aws_iam_policy.deploy_delivery',
      'aws_iam_policy.deploy_identity',
      'aws_iam_policy.deploy_operations',
      'aws_iam_policy.deploy_read',
      'aws_iam_policy.deploy_read_operations',
      'aws_iam_policy.deploy_storage',
      'aws_iam_role.deploy_apply',
      'aws_iam_role.deploy_plan',
      'aws_iam_role_policy.deploy_apply_limits',
      'aws_iam_role_policy.deploy_apply_state',
      'aws_iam_role_policy.deploy_plan_state',
      'aws_iam_role_policy_attachment.deploy_apply_delivery',
      'aws_iam_role_policy_attachment.deploy_apply_identity',
      'aws_iam_role_policy_attachment.deploy_apply_operations',
      'aws_iam_role_policy_attachment.deploy_apply_read',
      'aws_iam_role_policy_attachment.deploy_apply_read_operations',
      'aws_iam_role_policy_attachment.deploy_apply_storage',
      'aws_iam_role_policy_attachment.deploy_plan_read',
      'aws_iam_role_policy_attachment.deploy_plan_read_operations',
    ]);
  });
});

describe.each([
  ['minimal', minimal],
  ['maximal', maximal],
])('DeployRoles: the plan role, %s', (_, props) => {
  const documents = documentsOf(roles(props), 'plan');

  it('is allowed nothing but reads', () => {
    const actions = documents
      .flatMap(statementsOf)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => [Action].flat());

    expect(actions.filter((action) => !/:(?:Get|List|Describe|View)[A-Z]/.test(action))).toEqual([]);
  });

  it('reads the environment’s state, and no other', () => {
    expect(allows(documents, 's3:GetObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`)).toBe(true);
    expect(allows(documents, 's3:GetObject', `${STATE_BUCKET}/storytime/prod/terraform.tfstate`)).toBe(false);
    expect(allows(documents, 's3:PutObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`)).toBe(false);
    expect(allows(documents, 's3:PutObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate.tflock`)).toBe(
      false,
    );
  });

  it.each([
    ['a secret’s value', 'secretsmanager:GetSecretValue', SECRET],
    ['secrets’ values in bulk', 'secretsmanager:BatchGetSecretValue', '*'],
    ['a master', 's3:GetObject', 'arn:aws:s3:::storytime-master-uploads-dev/uploads/1.mp4'],
    ['a segment', 's3:GetObject', 'arn:aws:s3:::storytime-hls-outputs-dev/books/1/index_1.ts'],
    [
      'an old version of one',
      's3:GetObjectVersion',
      'arn:aws:s3:::storytime-hls-outputs-dev/books/1/index_1.ts',
    ],
    ['what a key has encrypted', 'kms:Decrypt', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`],
    [
      'another environment’s parameter',
      'ssm:GetParameter',
      `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/storytime/prod/app_config`,
    ],
    ['messages', 'sqs:ReceiveMessage', `arn:aws:sqs:eu-central-1:${ACCOUNT}:storytime-dev-job-events`],
    ['who plays what', 'dynamodb:GetItem', PLAYBACK_TABLE],
    ['who played what', 'dynamodb:Query', `${PLAYBACK_TABLE}/index/gsi1`],
  ])('cannot read %s', (_what, action, resource) => {
    expect(allows(documents, action, resource, OURS)).toBe(false);
  });

  it.each([
    ['bucket', 's3:GetBucketPolicy', 'arn:aws:s3:::storytime-hls-outputs-dev'],
    ['encryption', 's3:GetEncryptionConfiguration', 'arn:aws:s3:::storytime-master-uploads-dev'],
    ['role', 'iam:GetRole', `arn:aws:iam::${ACCOUNT}:role/storytime-dev-mediaconvert`],
    ['secret', 'secretsmanager:DescribeSecret', SECRET],
    ['distribution', 'cloudfront:GetDistribution', `arn:aws:cloudfront::${ACCOUNT}:distribution/E1`],
    ['key group', 'cloudfront:GetKeyGroup', '*'],
    ['key', 'kms:DescribeKey', `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`],
    ['queue', 'mediaconvert:GetQueue', `arn:aws:mediaconvert:eu-central-1:${ACCOUNT}:queues/storytime-dev`],
    [
      'job template’s stack',
      'cloudformation:DescribeStacks',
      `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/storytime-dev-job-template/1`,
    ],
    [
      'alarm',
      'cloudwatch:DescribeAlarms',
      `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:storytime-dev-viewers-failed`,
    ],
    ['dashboard', 'cloudwatch:GetDashboard', `arn:aws:cloudwatch::${ACCOUNT}:dashboard/storytime-dev`],
  ])('reads the settings of a %s', (_what, action, resource) => {
    expect(allows(documents, action, resource, OURS)).toBe(true);
  });
});

describe('DeployRoles: the apply role', () => {
  const documents = documentsOf(roles(minimal), 'apply');
  const everything = documentsOf(roles(maximal), 'apply');
  const iam = `arn:aws:iam::${ACCOUNT}`;

  it.each([
    ['makes a bucket', 's3:CreateBucket', 'arn:aws:s3:::storytime-hls-outputs-dev', {}],
    ['makes a role', 'iam:CreateRole', `${iam}:role/storytime-dev-app`, {}],
    [
      'attaches the app policy',
      'iam:AttachRolePolicy',
      `${iam}:role/storytime-dev-app`,
      { 'iam:PolicyARN': `${iam}:policy/storytime-dev-app` },
    ],
    [
      'changes its distribution',
      'cloudfront:UpdateDistribution',
      `arn:aws:cloudfront::${ACCOUNT}:distribution/E1`,
      OURS,
    ],
    [
      'makes a distribution with its tags',
      'cloudfront:CreateDistribution',
      '*',
      { 'aws:RequestTag/project': 'storytime', 'aws:RequestTag/environment': 'dev' },
    ],
    [
      'tags a distribution that it makes',
      'cloudfront:TagResource',
      `arn:aws:cloudfront::${ACCOUNT}:distribution/E1`,
      { 'aws:RequestTag/project': 'storytime', 'aws:RequestTag/environment': 'dev' },
    ],
    [
      'finds the endpoint at which CloudFormation makes the job template',
      'mediaconvert:DescribeEndpoints',
      '*',
      {},
    ],
    [
      'makes a KMS key with its tags',
      'kms:CreateKey',
      '*',
      { 'aws:RequestTag/project': 'storytime', 'aws:RequestTag/environment': 'dev' },
    ],
    ['makes a secret', 'secretsmanager:CreateSecret', SECRET, {}],
    ['writes the state', 's3:PutObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`, {}],
    ['lets go of the lock', 's3:DeleteObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate.tflock`, {}],
    [
      'makes the job template',
      'mediaconvert:CreateJobTemplate',
      `arn:aws:mediaconvert:eu-central-1:${ACCOUNT}:queues/storytime-dev`,
      {},
    ],
  ] as const)('%s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(true);
  });

  it.each([
    ['delete the state', 's3:DeleteObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`, {}],
    [
      'delete versions of the state',
      's3:DeleteObjectVersion',
      `${STATE_BUCKET}/storytime/dev/terraform.tfstate`,
      {},
    ],
    ...[
      'storytime/prod/terraform.tfstate',
      'storytime/state-dev/terraform.tfstate',
      'shop/dev/terraform.tfstate',
    ].flatMap((key) => [
      [`delete another state, ${key}`, 's3:DeleteObject', `${STATE_BUCKET}/${key}`, {}] as const,
      [`break another lock, ${key}`, 's3:DeleteObject', `${STATE_BUCKET}/${key}.tflock`, {}] as const,
      [`break a rotation’s lock, ${key}`, 's3:DeleteObject', `${STATE_BUCKET}/${key}.rotation`, {}] as const,
    ]),
    [
      'break its own rotation’s lock',
      's3:DeleteObject',
      `${STATE_BUCKET}/storytime/dev/terraform.tfstate.rotation`,
      {},
    ],
    ['list versions of states', 's3:ListBucketVersions', STATE_BUCKET, {}],
    ['open the state bucket', 's3:PutBucketPolicy', STATE_BUCKET, {}],
    ['stop the state bucket’s versions', 's3:PutBucketVersioning', STATE_BUCKET, {}],
    [
      'write another environment’s state',
      's3:PutObject',
      `${STATE_BUCKET}/storytime/prod/terraform.tfstate`,
      {},
    ],
    [
      'touch another environment’s bucket',
      's3:PutBucketPolicy',
      'arn:aws:s3:::storytime-hls-outputs-prod',
      {},
    ],
    ['touch another environment’s role', 'iam:UpdateAssumeRolePolicy', `${iam}:role/storytime-prod-app`, {}],
    ['change its own trust', 'iam:UpdateAssumeRolePolicy', `${iam}:role/storytime-dev-deploy-apply`, {}],
    ['write into its own role', 'iam:PutRolePolicy', `${iam}:role/storytime-dev-deploy-apply`, {}],
    ['change the plan role', 'iam:PutRolePolicy', `${iam}:role/storytime-dev-deploy-plan`, {}],
    ['lift its limits', 'iam:DeleteRolePolicy', `${iam}:role/storytime-dev-deploy-apply`, {}],
    ['change its own policies', 'iam:CreatePolicyVersion', `${iam}:policy/storytime-dev-deploy-identity`, {}],
    [
      'attach an administrator’s policy',
      'iam:AttachRolePolicy',
      `${iam}:role/storytime-dev-app`,
      { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    ['make users', 'iam:CreateUser', `${iam}:user/storytime-dev-me`, {}],
    ['make access keys', 'iam:CreateAccessKey', `${iam}:user/storytime-dev-me`, {}],
    [
      'change another team’s distribution',
      'cloudfront:UpdateDistribution',
      `arn:aws:cloudfront::${ACCOUNT}:distribution/E9`,
      OTHERS,
    ],
    [
      'claim another team’s distribution by tagging it',
      'cloudfront:TagResource',
      `arn:aws:cloudfront::${ACCOUNT}:distribution/E9`,
      { ...OTHERS, 'aws:RequestTag/project': 'storytime', 'aws:RequestTag/environment': 'dev' },
    ],
    [
      'delete another team’s key',
      'kms:ScheduleKeyDeletion',
      `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`,
      OTHERS,
    ],
    ['make a key without its tags', 'kms:CreateKey', '*', {}],
    ['use a key', 'kms:Decrypt', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`, OURS],
    ['sign', 'kms:Sign', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`, OURS],
    ...[
      'GetItem',
      'Query',
      'Scan',
      'PutItem',
      'DeleteItem',
      'PartiQLSelect',
      'ExportTableToPointInTime',
      'RestoreTableToPointInTime',
      'PutResourcePolicy',
    ].map(
      (action) => [`${action} in the table of playback`, `dynamodb:${action}`, PLAYBACK_TABLE, OURS] as const,
    ),
    [
      'unwrap a content key',
      'kms:Decrypt',
      `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`,
      {
        ...OURS,
        'kms:EncryptionContextKeys': ['title', 'version'],
        'kms:EncryptionContext:title': '42',
        'kms:EncryptionContext:version': '1',
      },
    ],
  ] as const)('cannot %s, however much is switched on', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(false);
    expect(allows(everything, action, resource, context)).toBe(false);
  });

  it('attaches to a backend by its whole path', () => {
    const withPath = documentsOf(
      roles({ ...minimal, backend: { kind: 'role', name: 'service/rails' } }),
      'apply',
    );
    const attach = (path: string) =>
      allows(withPath, 'iam:AttachRolePolicy', `arn:aws:iam::${ACCOUNT}:role/${path}`, {
        'iam:PolicyARN': `arn:aws:iam::${ACCOUNT}:policy/storytime-dev-app`,
      });

    expect(attach('service/rails')).toBe(true);
    expect(attach('rails')).toBe(false);
  });

  it('uses a key only for what Secrets Manager encrypts with it', () => {
    const key = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
    const via = (service: string) => ({ ...OURS, 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` });

    expect(allows(documents, 'kms:GenerateDataKey', key, via('secretsmanager'))).toBe(true);
    expect(allows(documents, 'kms:GenerateDataKey', key, via('s3'))).toBe(false);
    expect(allows(documents, 'kms:Decrypt', key, { ...via('secretsmanager'), ...OTHERS })).toBe(false);
  });

  it('uses a key for a table only where there is one, and only as DynamoDB asks for it', () => {
    const key = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
    const through = { ...OURS, 'kms:ViaService': 'dynamodb.eu-central-1.amazonaws.com' };
    for (const action of ['kms:CreateGrant', 'kms:GenerateDataKey', 'kms:Decrypt']) {
      expect(allows(everything, action, key, through)).toBe(true);
      expect(allows(documents, action, key, through)).toBe(false);
      expect(allows(everything, action, key, { ...through, ...OTHERS })).toBe(false);
    }
  });

  it.each([
    ['read or write the signing key', 'secretsmanager:GetSecretValue', SECRET],
    ['delete videos', 's3:DeleteObject', 'arn:aws:s3:::storytime-hls-outputs-dev/books/1/index.m3u8'],
    ['lock in a table', 'dynamodb:PutItem', TABLE, lockItem('storytime/dev/terraform.tfstate')],
    ['note a state’s digest', 'dynamodb:PutItem', TABLE, lockItem('storytime/dev/terraform.tfstate-md5')],
    ['give its addresses a name', 'route53:ChangeResourceRecordSets', ZONE, records('media.dev.example.com')],
    [
      'prove its domain',
      'route53:ChangeResourceRecordSets',
      ZONE,
      records('_a79865eb4cd1a6ab990a45779b4e0b96.media.dev.example.com'),
    ],
    ['make the table of playback', 'dynamodb:CreateTable', PLAYBACK_TABLE],
    ['say when its items expire', 'dynamodb:UpdateTimeToLive', PLAYBACK_TABLE],
    ['look at its settings', 'dynamodb:DescribeTable', PLAYBACK_TABLE],
    ['name its key', 'kms:CreateAlias', `arn:aws:kms:eu-central-1:${ACCOUNT}:alias/storytime-dev-playback`],
    [
      'read a web ACL of others',
      'wafv2:GetWebACL',
      `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/security-team/1`,
    ],
  ] as const)('can %s only where that is switched on', (_what, action, resource, context = {}) => {
    expect(allows(documents, action, resource, context)).toBe(false);
    expect(allows(everything, action, resource, context)).toBe(true);
  });

  it.each([
    ['another state’s lock', 'dynamodb:DeleteItem', TABLE, lockItem('storytime/prod/terraform.tfstate')],
    ['another state’s digest', 'dynamodb:PutItem', TABLE, lockItem('storytime/prod/terraform.tfstate-md5')],
    [
      'one besides its own',
      'dynamodb:PutItem',
      TABLE,
      lockItem('storytime/dev/terraform.tfstate', 'storytime/prod/terraform.tfstate'),
    ],
    [
      'another domain',
      'route53:ChangeResourceRecordSets',
      ZONE,
      records('media.dev.example.com', 'media.example.com'),
    ],
    ['the zone itself', 'route53:ChangeResourceRecordSets', ZONE, records('example.com')],
    [
      'the proof of a domain below its own',
      'route53:ChangeResourceRecordSets',
      ZONE,
      records('_a79865eb4cd1a6ab990a45779b4e0b96.eu.media.dev.example.com'),
    ],
    ...['prod', 'dev2'].map(
      (other) =>
        [`the table of ${other}`, 'dynamodb:DeleteTable', PLAYBACK_TABLE.replace('dev', other), {}] as const,
    ),
    [
      'another web ACL',
      'wafv2:GetWebACL',
      `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/other-team/1`,
      {},
    ],
  ] as const)('does not reach %s in what environments share', (_what, action, resource, context) => {
    expect(allows(everything, action, resource, context)).toBe(false);
  });

  it.each([
    ['kms:CreateAlias', `arn:aws:kms:eu-central-1:${ACCOUNT}:alias/storytime-dev`],
    ['kms:CreateAlias', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/storytime-dev-alarms`],
    ['s3:PutBucketLogging', 'arn:aws:s3:::storytime-access-logs-dev'],
    ['iam:CreatePolicy', `arn:aws:iam::${ACCOUNT}:policy/storytime-dev-app`],
    ['sns:CreateTopic', `arn:aws:sns:us-east-1:${ACCOUNT}:storytime-dev-alarms`],
    ['sqs:CreateQueue', `arn:aws:sqs:eu-central-1:${ACCOUNT}:storytime-dev-job-events`],
    ['events:PutRule', `arn:aws:events:eu-central-1:${ACCOUNT}:rule/storytime-dev-denied-secret-reads`],
    [
      'cloudwatch:PutMetricAlarm',
      `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:storytime-dev-viewers-failed`,
    ],
    ['cloudwatch:PutDashboard', `arn:aws:cloudwatch::${ACCOUNT}:dashboard/storytime-dev`],
    ['budgets:ModifyBudget', `arn:aws:budgets::${ACCOUNT}:budget/storytime-dev`],
    ['ssm:PutParameter', `arn:aws:ssm:eu-central-1:${ACCOUNT}:parameter/storytime/dev/app_config`],
    ['wafv2:CreateWebACL', `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/storytime-dev-viewers/1`],
    ['logs:PutDeliverySource', `arn:aws:logs:us-east-1:${ACCOUNT}:delivery-source:storytime-dev-access-logs`],
    [
      'logs:CreateDelivery',
      `arn:aws:logs:us-east-1:${ACCOUNT}:delivery-destination:storytime-dev-access-logs`,
    ],
    [
      'cloudformation:CreateStack',
      `arn:aws:cloudformation:eu-central-1:${ACCOUNT}:stack/storytime-dev-job-template/1`,
    ],
    ['mediaconvert:DeleteQueue', `arn:aws:mediaconvert:eu-central-1:${ACCOUNT}:queues/storytime-dev`],
  ])(
    'reaches what the stack makes by name, and not the like of another environment: %s of %s',
    (action, resource) => {
      expect(allows(documents, action, resource)).toBe(true);
      expect(allows(everything, action, resource.replace(/([-/])dev/, '$1prod'))).toBe(false);
      expect(allows(everything, action, resource.replace(/([-/])dev/, '$1dev2'))).toBe(false);
      expect(allows(everything, action, resource.replace('storytime', 'shop'))).toBe(false);
    },
  );

  it('passes the one role to EC2, and to nothing else', () => {
    const role = `${iam}:role/storytime-dev-app`;
    const to = (service: string) => ({ 'iam:PassedToService': service });

    expect(allows(documents, 'iam:PassRole', role, to('ec2.amazonaws.com'))).toBe(false);
    expect(allows(everything, 'iam:PassRole', role, to('ec2.amazonaws.com'))).toBe(true);
    expect(allows(everything, 'iam:PassRole', role, to('lambda.amazonaws.com'))).toBe(false);
    expect(allows(everything, 'iam:PassRole', `${iam}:role/admin`, to('ec2.amazonaws.com'))).toBe(false);
  });

  it('attaches the environment’s policies to the backend’s own role, and only those', () => {
    const attach = (PolicyARN: string) =>
      allows(everything, 'iam:AttachRolePolicy', `${iam}:role/rails`, { 'iam:PolicyARN': PolicyARN });

    expect(attach(`${iam}:policy/storytime-dev-app`)).toBe(true);
    expect(attach('arn:aws:iam::aws:policy/AdministratorAccess')).toBe(false);
    expect(attach(`${iam}:policy/storytime-prod-app`)).toBe(false);
  });

  it('has the resource * only where AWS knows none, or where tags bound it', () => {
    const loose = everything
      .flatMap(statementsOf)
      .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*');
    const actionsOf = (bound: boolean) =>
      loose
        .filter(({ Condition }) => (Condition !== undefined) === bound)
        .flatMap(({ Action }) => [Action].flat())
        .sort();

    expect(actionsOf(true)).toEqual(['acm:RequestCertificate', 'kms:CreateKey', 'mediaconvert:CreateQueue']);
    expect(actionsOf(false)).toEqual([
      'cloudfront:CreateCachePolicy',
      'cloudfront:CreateDistribution',
      'cloudfront:CreateKeyGroup',
      'cloudfront:CreateOriginAccessControl',
      'cloudfront:CreatePublicKey',
      'cloudfront:CreateResponseHeadersPolicy',
      'cloudfront:DeleteCachePolicy',
      'cloudfront:DeleteKeyGroup',
      'cloudfront:DeleteOriginAccessControl',
      'cloudfront:DeletePublicKey',
      'cloudfront:DeleteResponseHeadersPolicy',
      'cloudfront:GetCachePolicy',
      'cloudfront:GetKeyGroup',
      'cloudfront:GetOriginAccessControl',
      'cloudfront:GetPublicKey',
      'cloudfront:GetResponseHeadersPolicy',
      'cloudfront:UpdateCachePolicy',
      'cloudfront:UpdateKeyGroup',
      'cloudfront:UpdateOriginAccessControl',
      'cloudfront:UpdatePublicKey',
      'cloudfront:UpdateResponseHeadersPolicy',
      'kms:ListAliases',
      'logs:DescribeDeliveries',
      'logs:DescribeDeliveryDestinations',
      'logs:DescribeDeliverySources',
      'mediaconvert:DescribeEndpoints',
      'sns:GetSubscriptionAttributes',
      'sns:SetSubscriptionAttributes',
      'sns:Unsubscribe',
      'ssm:DescribeParameters',
    ]);
  });
});

describe('DeployRoles: the rotate role', () => {
  const json = roles(rotating);
  const documents = documentsOf(json, 'rotate');
  const key = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
  const lock = `${STATE_BUCKET}/storytime/dev/terraform.tfstate.rotation`;
  const viaSecrets = { ...OURS, 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' };

  it('is there only where the key commands own the value, and trusts a GitHub environment of its own', () => {
    expect(subjectOf(json, 'rotate')).toEqual(['repo:acme/video-library:environment:dev-keys']);
    expect(roles(minimal).resource.aws_iam_role).not.toHaveProperty('deploy_rotate');
    expect(addresses(json).filter((address) => !addresses(roles(minimal)).includes(address))).toEqual([
      'aws_iam_role.deploy_rotate',
      'aws_iam_role_policy.deploy_rotate_keys',
    ]);
  });

  it.each([
    ['reads the signing key', 'secretsmanager:GetSecretValue', SECRET, {}],
    ['stores the next one', 'secretsmanager:PutSecretValue', SECRET, {}],
    ['ends a promotion', 'secretsmanager:UpdateSecretVersionStage', SECRET, {}],
    ['reads what is encrypted', 'kms:Decrypt', key, viaSecrets],
    ['encrypts what it stores', 'kms:GenerateDataKey', key, viaSecrets],
    ['sees which keys CloudFront trusts', 'cloudfront:ListKeyGroups', '*', {}],
    ['takes the rotation’s lock', 's3:PutObject', lock, {}],
    ['gives it back', 's3:DeleteObject', lock, {}],
    // S3 wants this for a delete on an ETag as well.
    ['sees whose it is', 's3:GetObject', lock, {}],
  ] as const)('%s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(true);
  });

  it.each([
    ['read another secret', 'secretsmanager:GetSecretValue', SECRET.replace('private_key', 'other'), {}],
    ['read prod’s key', 'secretsmanager:GetSecretValue', SECRET.replace('/dev/', '/prod/'), {}],
    ['change who may read', 'secretsmanager:PutResourcePolicy', SECRET, {}],
    ['delete the secret', 'secretsmanager:DeleteSecret', SECRET, {}],
    ['decrypt anything else', 'kms:Decrypt', key, OURS],
    ['sign with a key in KMS', 'kms:Sign', key, { ...OURS, 'kms:SigningAlgorithm': 'ECDSA_SHA_256' }],
    ['change what CloudFront trusts', 'cloudfront:UpdateKeyGroup', '*', {}],
    ['make a public key', 'cloudfront:CreatePublicKey', '*', {}],
    ['read the state', 's3:GetObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`, {}],
    ['write the state', 's3:PutObject', `${STATE_BUCKET}/storytime/dev/terraform.tfstate`, {}],
    [
      'break Terraform’s lock',
      's3:DeleteObject',
      `${STATE_BUCKET}/storytime/dev/terraform.tfstate.tflock`,
      {},
    ],
    [
      'write into its own role',
      'iam:PutRolePolicy',
      `arn:aws:iam::${ACCOUNT}:role/storytime-dev-deploy-rotate`,
      {},
    ],
  ] as const)('cannot %s', (_what, action, resource, context) => {
    expect(allows(documents, action, resource, context)).toBe(false);
  });

  it('cannot be changed or taken by the apply role, nor its rights be had there', () => {
    const apply = documentsOf(json, 'apply');
    const role = `arn:aws:iam::${ACCOUNT}:role/storytime-dev-deploy-rotate`;

    for (const action of ['iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy', 'iam:CreateRole']) {
      expect(allows(apply, action, role)).toBe(false);
    }
    expect(allows(apply, 'secretsmanager:GetSecretValue', SECRET)).toBe(false);
    expect(allows(apply, 's3:PutObject', lock)).toBe(false);
  });
});

describe('DeployRoles: the apply role and secrets', () => {
  const secretsOf = (props: DeployRolesProps) => documentsOf(roles(props), 'apply');
  const forced: RequestContext = { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' };

  it.each([
    ['where people rotate', minimal],
    ['where the key commands rotate', rotating],
  ])('writes no value by the call that changes a description, %s', (_what, props) => {
    expect(allows(secretsOf(props), 'secretsmanager:UpdateSecret', SECRET)).toBe(false);
    expect(allows(secretsOf(maximal), 'secretsmanager:UpdateSecret', SECRET)).toBe(true);
  });

  it('deletes one so that it can be restored, and at once only where that is switched on', () => {
    const at = (props: DeployRolesProps, context: RequestContext) =>
      allows(secretsOf(props), 'secretsmanager:DeleteSecret', SECRET, context);

    expect(at(minimal, { 'secretsmanager:RecoveryWindowInDays': '7' })).toBe(true);
    expect(at(minimal, forced)).toBe(false);
    expect(at({ ...minimal, deletesSecretsAtOnce: true }, forced)).toBe(true);
  });
});

describe('DeployRoles: a KMS key that is there already', () => {
  const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f`;
  const given = { ...rotating, encryptionKeyArn: KEY };
  const through = (service: string): RequestContext => ({
    'kms:ViaService': `${service}.eu-central-1.amazonaws.com`,
  });

  it.each(['apply', 'rotate'])(
    'is used by the %s role through Secrets Manager, without tags of ours',
    (role) => {
      const documents = documentsOf(roles(given), role);
      for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        expect(allows(documents, action, KEY, through('secretsmanager'))).toBe(true);
        expect(allows(documents, action, KEY, through('s3'))).toBe(false);
        expect(allows(documents, action, KEY)).toBe(false);
        expect(allows(documents, action, KEY.replace('1a2b', '9f9f'), through('secretsmanager'))).toBe(false);
        expect(allows(documentsOf(roles(rotating), role), action, KEY, through('secretsmanager'))).toBe(
          false,
        );
      }
    },
  );

  it('is neither claimed by tagging it, nor changed though it carries our tags', () => {
    const claims: RequestContext = {
      'aws:RequestTag/project': 'storytime',
      'aws:RequestTag/environment': 'dev',
    };
    const may = (props: DeployRolesProps, action: string, context: RequestContext) =>
      allows(documentsOf(roles(props), 'apply'), action, KEY, context);

    expect(may(minimal, 'kms:TagResource', claims)).toBe(true);
    expect(may(given, 'kms:TagResource', claims)).toBe(false);
    for (const action of [
      'kms:PutKeyPolicy',
      'kms:ScheduleKeyDeletion',
      'kms:DisableKey',
      'kms:UntagResource',
    ]) {
      expect(may(minimal, action, OURS)).toBe(true);
      expect(may(given, action, OURS)).toBe(false);
    }
  });
});

describe('DeployRoles: a permissions boundary', () => {
  const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/org/workloads`;
  const OTHER = `arn:aws:iam::${ACCOUNT}:policy/storytime-dev-app`;
  const bounded = { ...rotating, permissionsBoundaryArn: BOUNDARY };
  const apply = documentsOf(roles(bounded), 'apply');
  const role = `arn:aws:iam::${ACCOUNT}:role/storytime-dev-app`;
  const under = (boundary: string): RequestContext => ({ 'iam:PermissionsBoundary': boundary });
  const attached = { 'iam:PolicyARN': `arn:aws:iam::${ACCOUNT}:policy/storytime-dev-app` };

  it('is on every role, and on none where there is no boundary', () => {
    const boundaries = (props: DeployRolesProps) =>
      Object.values(roles(props).resource.aws_iam_role ?? {}).map((one) => one.permissions_boundary);

    expect(boundaries(bounded)).toEqual([BOUNDARY, BOUNDARY, BOUNDARY]);
    expect(boundaries(rotating)).toEqual([undefined, undefined, undefined]);
  });

  it.each(['iam:CreateRole', 'iam:PutRolePolicy', 'iam:AttachRolePolicy', 'iam:PutRolePermissionsBoundary'])(
    'lets the apply role do %s with that boundary, and neither without nor with another one',
    (action) => {
      const may = (context: RequestContext) => allows(apply, action, role, { ...attached, ...context });

      expect(may(under(BOUNDARY))).toBe(true);
      expect(may(under(OTHER))).toBe(false);
      expect(may(under(`${BOUNDARY}-2`))).toBe(false);
      expect(may({})).toBe(false);
    },
  );

  it('can be taken off by nobody who deploys, whatever policy lets them', () => {
    for (const documents of ['plan', 'apply', 'rotate'].map((one) => documentsOf(roles(bounded), one))) {
      expect(allows(documents, 'iam:DeleteRolePermissionsBoundary', role, under(BOUNDARY))).toBe(false);
    }
    const more = [...apply, LETS_IN];
    expect(allows(more, 'iam:DeleteRolePermissionsBoundary', role, under(BOUNDARY))).toBe(false);
    expect(allows(more, 'iam:CreateRole', `arn:aws:iam::${ACCOUNT}:role/own`)).toBe(false);
    expect(allows(more, 'iam:CreatePolicyVersion', BOUNDARY)).toBe(false);
    expect(allows(more, 'iam:SetDefaultPolicyVersion', BOUNDARY)).toBe(false);
  });

  it('asks nothing of an environment without one', () => {
    const documents = documentsOf(roles(minimal), 'apply');
    expect(allows(documents, 'iam:CreateRole', role)).toBe(true);
    expect(allows(documents, 'iam:PutRolePermissionsBoundary', role, under(BOUNDARY))).toBe(false);
  });
});

describe('DeployRoles: what is claimed by tagging it', () => {
  const documents = documentsOf(roles(maximal), 'apply');
  const asked: RequestContext = {
    'aws:RequestTag/project': 'storytime',
    'aws:RequestTag/environment': 'dev',
  };
  const claims = [
    ['a key', 'kms:TagResource', `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`],
    ['a distribution', 'cloudfront:TagResource', `arn:aws:cloudfront::${ACCOUNT}:distribution/E9`],
    ['a certificate', 'acm:AddTagsToCertificate', `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/1`],
    ['a log delivery', 'logs:TagResource', `arn:aws:logs:us-east-1:${ACCOUNT}:delivery:1`],
  ] as const;

  it.each(claims)('is %s that is made just now, or has no tags: IAM cannot tell', (_what, action, arn) => {
    expect(allows(documents, action, arn, asked)).toBe(true);
    expect(allows(documents, action, arn, { ...asked, 'aws:RequestTag/environment': 'prod' })).toBe(false);
  });

  it.each(claims)(
    'is not %s that carries either tag with any value, unless both are ours',
    (_what, action, arn) => {
      const word = fc.constantFrom('storytime', 'dev', 'prod', 'shop', 'storytime-dev');
      fc.assert(
        fc.property(
          fc.option(word, { nil: undefined }),
          fc.option(word, { nil: undefined }),
          (project, environment) => {
            fc.pre(project !== undefined || environment !== undefined);
            const carried = {
              ...(project !== undefined && { 'aws:ResourceTag/project': project }),
              ...(environment !== undefined && { 'aws:ResourceTag/environment': environment }),
            };
            expect(allows(documents, action, arn, { ...asked, ...carried })).toBe(
              project === 'storytime' && environment === 'dev',
            );
          },
        ),
        {
          examples: [
            [undefined, 'dev'],
            ['storytime', undefined],
            ['storytime', 'prod'],
            ['storytime', 'dev'],
          ],
        },
      );
    },
  );

  it.each(claims)(
    'cannot be told of %s that carries an empty tag, which may be none to AWS',
    (_what, action, arn) => {
      const carried = { 'aws:ResourceTag/project': '' };
      expect(() => allows(documents, action, arn, { ...asked, ...carried })).toThrow('is not judged here');
    },
  );

  it('is no key that has an alias, which a new one has not', () => {
    const [, action, arn] = claims[0];
    const aliased = { 'kms:ResourceAliases': ['alias/payroll'] };

    expect(allows(documents, action, arn, { ...asked, ...aliased })).toBe(false);
    expect(allows(documents, action, arn, { ...asked, ...aliased, ...OURS })).toBe(true);
  });
});

describe.each([
  ['plan', 'minimal', minimal],
  ['plan', 'maximal', maximal],
  ['apply', 'minimal', minimal],
  ['apply', 'maximal', maximal],
  ['apply', 'rotating', rotating],
  ['rotate', 'rotating', rotating],
] as const)('DeployRoles: the %s role, %s, allowed by every policy of a resource', (role, _what, props) => {
  const documents = [...documentsOf(roles(props), role), LETS_IN];
  const buckets = props.bucketNames.map((name) => `arn:aws:s3:::${name}`);
  const state = `${STATE_BUCKET}/storytime/dev/terraform.tfstate`;
  const values = [
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecret',
    'secretsmanager:UpdateSecretVersionStage',
  ];
  const reads = ['', 'Version', 'Acl', 'Attributes', 'Tagging', 'Torrent'].map((end) => `s3:GetObject${end}`);
  const writes = ['', 'Acl', 'Tagging', 'Retention'].map((end) => `s3:PutObject${end}`);
  const deletes = ['', 'Version', 'Tagging'].map((end) => `s3:DeleteObject${end}`);
  const uses = [
    ...['CreateGrant', 'Decrypt', 'Encrypt', 'ReEncryptFrom', 'ReEncryptTo'],
    ...['', 'WithoutPlaintext', 'Pair', 'PairWithoutPlaintext'].map((end) => `GenerateDataKey${end}`),
  ].map((action) => `kms:${action}`);
  const never = [
    ...['kms:DeriveSharedSecret', 'kms:GenerateMac', 'kms:Sign'],
    ...['s3:PutReplicationConfiguration', 's3:ReplicateObject', 's3:RestoreObject'],
    ...['secretsmanager:BatchGetSecretValue', 'secretsmanager:ReplicateSecretToRegions'],
    ...['secretsmanager:CancelRotateSecret', 'secretsmanager:RotateSecret'],
    ...['secretsmanager:RemoveRegionsFromReplication', 'secretsmanager:StopReplicationToReplica'],
    ...['sns:Publish', 'sts:AssumeRole', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage'],
    ...['sqs:PurgeQueue', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
  ];
  const resources = fc.oneof(
    fc.constantFrom(
      ...['', '.tflock', '.rotation'].map((end) => `${state}${end}`),
      ...buckets.flatMap((bucket) => [bucket, `${bucket}/books/1/index_1.ts`, `${bucket}/uploads/1/master`]),
      ...[SECRET, SECRET.replace('/dev/', '/prod/'), SECRET.replace('private_key', 'private_key-a1B2c3')],
      ...['job-events', 'job-events-dead-letters'].map(
        (name) => `arn:aws:sqs:eu-central-1:${ACCOUNT}:storytime-dev-${name}`,
      ),
      `arn:aws:sns:eu-central-1:${ACCOUNT}:storytime-dev-alarms`,
      `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`,
      `arn:aws:iam::${ACCOUNT}:role/storytime-dev-app`,
      `${STATE_BUCKET}/storytime/prod/terraform.tfstate`,
      '*',
    ),
    fc.string({ minLength: 1 }).map((name) => `${buckets[0]}/${name}`),
  );
  const service = fc.constantFrom('s3', 'dynamodb', 'secretsmanager', 'sqs', 'ssm', 'lambda');

  /** As the README's table has it. */
  const own = (action: string, resource: string, via: string | undefined): boolean => {
    if (values.includes(action)) {
      return resource === SECRET && (role === 'rotate' || (role === 'apply' && 'managedSecretName' in props));
    }
    if (uses.includes(action)) {
      return via === 's3' || via === 'dynamodb' || (via === 'secretsmanager' && role !== 'plan');
    }
    const locks = role === 'rotate' ? [`${state}.rotation`] : [`${state}.tflock`];
    if (reads.includes(action)) {
      return [...(role === 'rotate' ? [] : [state]), ...(role === 'plan' ? [] : locks)].includes(resource);
    }
    if (writes.includes(action)) {
      return [...(role === 'apply' ? [state] : []), ...(role === 'plan' ? [] : locks)].includes(resource);
    }
    if (deletes.includes(action)) {
      const empties = role === 'apply' && props.emptiesBuckets === true;
      const object = buckets.some((bucket) => resource.startsWith(`${bucket}/`));
      // No version in the state bucket is deleted by anybody who applies.
      if (role === 'apply' && action === 's3:DeleteObjectVersion' && !object) return false;
      return (role !== 'plan' && locks.includes(resource)) || (empties && object);
    }
    return false;
  };

  it.each([...values, ...reads, ...writes, ...deletes, ...uses, ...never])(
    '%s is denied but for its own',
    (action) => {
      fc.assert(
        fc.property(
          resources,
          fc.option(service, { nil: undefined }),
          // A role that writes a key's policy can remove the key's tags afterwards.
          fc.constantFrom<RequestContext>({}, OURS, OTHERS),
          (resource, via, tags) => {
            const context = {
              ...tags,
              ...(via !== undefined && { 'kms:ViaService': `${via}.eu-central-1.amazonaws.com` }),
            };
            expect(allows(documents, action, resource, context)).toBe(own(action, resource, via));
          },
        ),
        {
          numRuns: 12,
          examples: [
            [SECRET, undefined, {}],
            [state, undefined, {}],
            [`${state}.tflock`, undefined, {}],
            [`${state}.rotation`, undefined, {}],
            ['arn:aws:s3:::storytime-master-uploads-dev/uploads/1/master', undefined, {}],
            [`arn:aws:sqs:eu-central-1:${ACCOUNT}:storytime-dev-job-events`, undefined, {}],
            [`arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`, undefined, OURS],
            [`arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`, 'secretsmanager', OURS],
          ],
        },
      );
    },
  );
});

describe('DeployRoles: what IAM and DeployRoles refuse', () => {
  it('fits into IAM’s quotas with the longest names', () => {
    const environment = 'e'.repeat(20);
    const project = 'p'.repeat(20);
    const json = roles({
      ...maximal,
      name: 'n'.repeat(40),
      project,
      environment,
      managedSecretName: `${project}/${environment}/cloudfront_private_key`,
      permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/${'o'.repeat(128)}/${'b'.repeat(128)}`,
      bucketNames: ['x', 'y', 'z'].map((name) => name.repeat(63)),
      domainName: `${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(63)}.${'g'.repeat(61)}`,
      otherDomains: mostDomains(),
      stateBucketArn: `arn:aws:s3:::${'b'.repeat(63)}`,
      stateKeys: [
        `${project}/${environment}/terraform.tfstate`,
        `${project}/state-${environment}/terraform.tfstate`,
      ],
    });
    const managed = Object.values(json.resource.aws_iam_policy ?? {});
    const inline = Object.entries(json.resource.aws_iam_role_policy ?? {});

    for (const { policy } of managed) expect(String(policy).length).toBeLessThanOrEqual(6144);
    for (const role of ['plan', 'apply']) {
      const own = inline.filter(([address]) => address.startsWith(`deploy_${role}_`));
      expect(own.length).toBeGreaterThan(0);
      expect(own.reduce((sum, [, { policy }]) => sum + String(policy).length, 0)).toBeLessThanOrEqual(10_240);
    }
  });

  it.each([
    ['repository', { repository: 'acme/*' }, /"repository": expected one repository .*, got "acme\/\*"/],
    ['repository', { repository: 'acme' }, /"repository"/],
    ['repository', { repository: 'acme@1/video-library' }, /"repository"/],
    ['environment', { environment: 'dev*' }, /"environment"/],
    ['project', { project: '*' }, /"project"/],
    ['accountId', { accountId: '*' }, /"accountId"/],
    ['region', { region: '*' }, /"region"/],
    ['stateKeys', { stateKeys: [] }, /"stateKeys": expected the key of at least one state/],
    ['stateKeys', { stateKeys: ['storytime/*'] }, /"stateKeys"/],
    ['managedSecretName', { managedSecretName: 'storytime/*' }, /"managedSecretName"/],
    ['rotatedSecretName', { rotatedSecretName: 'storytime/*' }, /"rotatedSecretName"/],
    [
      'rotatedSecretName',
      { managedSecretName: 'one', rotatedSecretName: 'two' },
      /"rotatedSecretName": expected none beside managedSecretName/,
    ],
    ['instanceRoleName', { instanceRoleName: '*' }, /"instanceRoleName"/],
    ['hostedZoneId', { hostedZoneId: '*', domainName: 'media.example.com' }, /"hostedZoneId"/],
    [
      'hostedZoneId',
      { hostedZoneId: 'Z0123456789EXAMPLE' },
      /"hostedZoneId": expected none without domainName/,
    ],
    ['domainName', { domainName: '*.example.com' }, /"domainName"/],
    ['domainName', { domainName: 'Media.example.com' }, /"domainName"/],
    [
      'otherDomains',
      { otherDomains: [{ name: '*.example.com', hostedZoneId: 'Z0123456789' }] },
      /"otherDomains.name"/,
    ],
    [
      'otherDomains',
      { otherDomains: [{ name: 'a.example.com', hostedZoneId: '*' }] },
      /"otherDomains.hostedZoneId"/,
    ],
    [
      'otherDomains',
      { otherDomains: numberedDomains(20) },
      /"otherDomains": expected names that need at most 900 characters in a policy/,
    ],
    ['webAclArn', { webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/*/*' }, /"webAclArn"/],
    ['bucketNames', { bucketNames: [] }, /"bucketNames": expected the name of at least one bucket/],
    ['bucketNames', { bucketNames: ['storytime-*-dev'] }, /"bucketNames"/],
    [
      'bucketNames',
      { bucketNames: ['storytime-terraform-state-dev'] },
      /"bucketNames": expected buckets of the environment: not the one with the states/,
    ],
    ['backend', { backend: { kind: 'role', name: '*' } }, /"backend.name"/],
    ['backend', { backend: { kind: 'role', name: 'service/*' } }, /"backend.name"/],
    ['name', { name: 'n'.repeat(51) }, /"name"/],
    [
      'permissionsBoundaryArn',
      { permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/*' },
      /"permissionsBoundaryArn"/,
    ],
  ] as const)('refuses a %s that would widen what is trusted or reached: %j', (_option, more, message) => {
    expect(() => roles({ ...minimal, ...more })).toThrow(TypeError);
    expect(() => roles({ ...minimal, ...more })).toThrow(message);
  });

  it('takes what is known only at apply', () => {
    const known = (reference: string) => Token.asString(ref(reference));
    const json = roles({
      ...minimal,
      accountId: known('data.aws_caller_identity.me.account_id'),
      stateBucketArn: known('aws_s3_bucket.state.arn'),
      hostedZoneId: known('aws_route53_zone.ours.zone_id'),
      domainName: known('aws_route53_zone.ours.name'),
    });

    expect(String(json.resource.aws_iam_role_policy?.deploy_plan_state?.policy)).toContain(
      `\${aws_s3_bucket.state.arn}/storytime/dev/terraform.tfstate`,
    );
    expect(String(json.resource.aws_iam_policy?.deploy_read?.policy)).toContain(
      `arn:aws:route53:::hostedzone/\${aws_route53_zone.ours.zone_id}`,
    );
  });
});

function roles(props: DeployRolesProps): ModuleJson {
  return synthesizedModule((scope) => new DeployRoles(scope, 'deploy', props));
}

function trustOf(json: ModuleJson, role: string): Record<string, unknown>[] {
  return JSON.parse(String(json.resource.aws_iam_role?.[`deploy_${role}`]?.assume_role_policy)).Statement;
}

function subjectOf(json: ModuleJson, role: string): unknown {
  const [statement] = trustOf(json, role) as { Condition: { StringEquals: Record<string, string> } }[];
  return statement?.Condition.StringEquals['token.actions.githubusercontent.com:sub'];
}

function addresses({ resource }: ModuleJson): string[] {
  return Object.entries(resource)
    .flatMap(([type, blocks]) => Object.keys(blocks).map((name) => `${type}.${name}`))
    .sort();
}

function numberedDomains(count: number): { name: string; hostedZoneId: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `v${index}.example.com`,
    hostedZoneId: `Z${String(index).repeat(31).slice(0, 31)}`,
  }));
}

/** As many as are taken, each in a zone of its own. */
function mostDomains() {
  const counts = Array.from({ length: 20 }, (_, count) => count);
  const most = counts.findLast((count) => recordCharacters(numberedDomains(count)) <= MOST_RECORD_CHARACTERS);
  return numberedDomains(most ?? 0);
}
