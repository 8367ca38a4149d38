/** Other accounts, rights that make rights, what reads secrets, and what stands before the signature check: one broken setting each. */
import { ref } from '../synthesized.ts';
import type { Json } from './mutated.ts';
import { add, allowing, at, block, inPolicy, type Mutation, remove, set, without } from './mutation.ts';

const DISTRIBUTION = 'aws_cloudfront_distribution.delivery';
const FIREWALL = 'aws_wafv2_web_acl.delivery_firewall';
const LIMITS = 'aws_iam_role_policy.deploy_apply_limits';
const STRANGERS = [
  'arn:aws:iam::999988887777:root',
  '999988887777',
  'arn:aws:iam::999988887777:role/partner',
  'arn:aws-us-gov:iam::999988887777:role/partner',
  ref('var.partner_arn'),
  ref('aws_iam_role.gone.arn'),
];

function data(type: string, values: Json) {
  return (json: Json): void => {
    json.data = { ...json.data, [type]: { mistake: values } };
  };
}

function replica(destination: Json) {
  return add('aws_s3_bucket_replication_configuration', {
    bucket: ref('aws_s3_bucket.masters.id'),
    rule: [{ status: 'Enabled', destination }],
  });
}

const strangers: readonly Mutation[] = [
  ...(
    [
      ['aws_s3_bucket_policy.masters', 's3:GetObject', 'prod'],
      ['aws_s3_bucket_policy.outputs', 's3:PutObject', 'prod'],
      ['aws_sqs_queue_policy.job_events', 'sqs:ReceiveMessage', 'prod'],
      ['aws_sns_topic_policy.alarms_regional', 'sns:Subscribe', 'prod'],
      ['aws_kms_key_policy.encryption', 'kms:Decrypt', 'prod'],
      ['aws_kms_key_policy.signing_2026-12-b', 'kms:Sign', 'maximum'],
    ] as const
  ).flatMap(([address, Action, stack]) =>
    STRANGERS.map((AWS) =>
      at(
        'own-account-only',
        address,
        `${Action} for ${AWS}`,
        allowing(address, { Principal: { AWS: [ref('aws_iam_role.mediaconvert.arn'), AWS] }, Action }),
        stack,
      ),
    ),
  ),
  at(
    'own-account-only',
    'aws_s3_bucket_policy.masters',
    'a canonical user',
    allowing('aws_s3_bucket_policy.masters', {
      Principal: { CanonicalUser: '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be' },
      Action: 's3:GetObject',
    }),
  ),
  at(
    'own-account-only',
    'aws_s3_bucket_policy.state',
    'another account reads the state',
    allowing('aws_s3_bucket_policy.state', { Principal: { AWS: '999988887777' }, Action: 's3:GetObject' }),
    'state-prod',
  ),
  ...['grantee_principal', 'retiring_principal'].map((argument) =>
    at(
      'own-account-only',
      'aws_kms_grant.mistake',
      `${argument} elsewhere`,
      add('aws_kms_grant', {
        operations: ['Decrypt'],
        grantee_principal: ref('aws_iam_role.mediaconvert.arn'),
        [argument]: 'arn:aws:iam::999988887777:role/partner',
      }),
    ),
  ),
  ...[
    { bucket: 'arn:aws:s3:::partner' },
    { bucket: ref('aws_s3_bucket.outputs.arn'), account: '999988887777' },
    {},
  ].map((destination) =>
    at(
      'own-account-only',
      'aws_s3_bucket_replication_configuration.mistake',
      `a copy in ${JSON.stringify(destination)}`,
      replica(destination),
    ),
  ),
  at(
    'own-account-only',
    'aws_s3_bucket.masters',
    'a copy as it was written once',
    set('aws_s3_bucket.masters', {
      replication_configuration: [{ rules: [{ destination: [{ bucket: 'arn:aws:s3:::partner' }] }] }],
    }),
  ),
  at(
    'own-account-only',
    'aws_sns_topic_subscription.mistake',
    'alarms to another account’s queue',
    add('aws_sns_topic_subscription', {
      topic_arn: ref('aws_sns_topic.alarms_regional.arn'),
      protocol: 'sqs',
      endpoint: 'arn:aws:sqs:eu-central-1:999988887777:alarms',
    }),
  ),
  at(
    'own-account-only',
    'aws_cloudwatch_event_target.mistake',
    'events to another account’s bus',
    add('aws_cloudwatch_event_target', {
      rule: 'all',
      arn: 'arn:aws:events:eu-central-1:999988887777:event-bus/default',
    }),
  ),
  ...['*', '999988887777'].map((principal) =>
    at(
      'own-account-only',
      'aws_cloudwatch_event_permission.mistake',
      `events from ${principal}`,
      add('aws_cloudwatch_event_permission', { principal, statement_id: 'Partner' }),
    ),
  ),
  ...['role/partner', 'user/ada'].map((name) =>
    at(
      'own-account-only',
      'aws_secretsmanager_secret_policy.signing',
      `${name} elsewhere spared`,
      inPolicy('aws_secretsmanager_secret_policy.signing', 'DenyOtherReaders', ({ Condition }) => {
        Condition.ArnNotEquals['aws:PrincipalArn'].push(`arn:aws:iam::999988887777:${name}`);
      }),
    ),
  ),
  at(
    'own-account-only',
    'aws_ram_principal_association.mistake',
    'a share',
    add('aws_ram_principal_association', { principal: '999988887777' }),
  ),
];

const care: readonly Mutation[] = [
  ...[undefined, 'Suspended'].map((status) =>
    at('prod-versioned', 'aws_s3_bucket.masters', `versions ${status}`, (json) => {
      json.resource.aws_s3_bucket_versioning.masters.versioning_configuration.status = status;
    }),
  ),
  at('prod-versioned', 'aws_s3_bucket.masters', 'no versions', remove('aws_s3_bucket_versioning', 'masters')),
  at(
    'prod-secret-readers',
    'aws_secretsmanager_secret.signing',
    'no policy',
    remove('aws_secretsmanager_secret_policy', 'signing'),
  ),
  at(
    'prod-secret-readers',
    'aws_secretsmanager_secret.mistake',
    'another secret',
    add('aws_secretsmanager_secret', { name: 'storytime/prod/other', recovery_window_in_days: 30 }),
  ),
];

/** As shipped, no Allow reaches the roles that deploy. With this one the denial is all that keeps them. */
export const reachingItself = allowing('aws_iam_policy.deploy_identity', {
  Action: ['iam:PutRolePolicy', 'iam:AttachRolePolicy', 'iam:CreatePolicyVersion'],
  Resource: ['role', 'policy'].map((kind) => `arn:aws:iam::444455556666:${kind}/storytime-prod-*`),
});

const escalations: readonly Mutation[] = [
  ...[
    'iam:CreateRole',
    'iam:PutRolePolicy',
    'iam:AttachUserPolicy',
    'iam:UpdateAssumeRolePolicy',
    'iam:CreateAccessKey',
    'iam:*RolePolicy',
    'IAM:putrolepolicy',
    'sts:AssumeRole',
    'sts:Assume*',
    'sts:GetFederationToken',
    'secretsmanager:PutSecretValue',
    'secretsmanager:PutResourcePolicy',
    'secretsmanager:DeleteResourcePolicy',
    'secretsmanager:UpdateSecretVersionStage',
    'secretsmanager:DeleteSecret',
    'secretsmanager:*Resource*',
    'kms:PutKeyPolicy',
    'kms:CreateGrant',
    's3:PutBucketPolicy',
    's3:DeleteBucketP*',
  ].flatMap((Action) =>
    (['aws_iam_policy.app', 'aws_iam_role_policy.mediaconvert'] as const).map((address) =>
      at(
        'iam-no-escalation',
        address,
        `${Action} by ${address}`,
        allowing(address, { Action, Resource: 'arn:aws:iam::444455556666:role/storytime-prod-app' }),
      ),
    ),
  ),
  ...(
    [
      ['no denial', without(LIMITS, 'KeepDeployRoles')],
      [
        'a denial for some',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'false' } };
        }),
      ],
      [
        'an Allow',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Effect = 'Allow';
        }),
      ],
      [
        'itself left out',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Resource = statement.Resource.filter((arn: string) => !arn.endsWith('-apply'));
        }),
      ],
      [
        'one policy left out',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Resource = statement.Resource.filter((arn: string) => !arn.endsWith('-identity'));
        }),
      ],
      [
        'one way left open',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Action = statement.Action.filter(
            (action: string) => action !== 'iam:CreatePolicyVersion',
          );
        }),
      ],
      [
        'inline policies left open',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.Action = statement.Action.filter((action: string) => action !== 'iam:PutRolePolicy');
        }),
      ],
      [
        'all but a few',
        inPolicy(LIMITS, 'KeepDeployRoles', (statement) => {
          statement.NotResource = 'arn:aws:iam::444455556666:role/other';
        }),
      ],
      ['limits of another role', set(LIMITS, { role: ref('aws_iam_role.deploy_plan.name') })],
      ['no limits', remove('aws_iam_role_policy', 'deploy_apply_limits')],
    ] as const
  ).map(([what, mutate]) =>
    at(
      'iam-deploy-roles-kept',
      'aws_iam_policy.deploy_identity',
      what,
      (json) => {
        reachingItself(json);
        mutate(json);
      },
      'state-prod',
    ),
  ),
  at(
    'iam-deploy-roles-kept',
    'aws_iam_role_policy.deploy_plan_state',
    'a plan that may write its own role',
    allowing('aws_iam_role_policy.deploy_plan_state', {
      Action: 'iam:PutRole*',
      Resource: ref('aws_iam_role.deploy_plan.arn'),
    }),
    'state-prod',
  ),
];

const OTHER_BOUNDARY = 'arn:aws:iam::444455556666:policy/org/weaker';

const boundaries: readonly Mutation[] = [
  ...['aws_iam_role.backend_service', 'aws_iam_role.mediaconvert'].map((address) =>
    at(
      'iam-one-boundary',
      address,
      `${address} under no boundary`,
      set(address, { permissions_boundary: undefined }),
      'maximum',
    ),
  ),
  at(
    'iam-one-boundary',
    'aws_iam_role.mediaconvert',
    'a role under a boundary of its own',
    set('aws_iam_role.mediaconvert', { permissions_boundary: OTHER_BOUNDARY }),
    'maximum',
  ),
  ...['plan', 'apply', 'rotate'].map((role) =>
    at(
      'iam-one-boundary',
      `aws_iam_role.deploy_${role}`,
      `${role} under no boundary`,
      set(`aws_iam_role.deploy_${role}`, { permissions_boundary: undefined }),
      'state-maximum',
    ),
  ),
  ...['BoundRolesOnly', 'NoRightsWithoutBoundary'].map((sid) =>
    at(
      'iam-one-boundary',
      LIMITS,
      `${sid} with another boundary`,
      inPolicy(LIMITS, sid, (statement) => {
        statement.Condition.StringNotEquals['iam:PermissionsBoundary'] = OTHER_BOUNDARY;
      }),
      'state-maximum',
    ),
  ),
];

const sources: readonly Mutation[] = [
  ...[
    'aws_secretsmanager_secret_version',
    'aws_secretsmanager_random_password',
    'aws_kms_secrets',
    'aws_s3_object',
    'aws_eks_cluster_auth',
    'aws_lambda_invocation',
    'external',
    'http',
    'terraform_remote_state',
    'local_sensitive_file',
    'vault_generic_secret',
  ].flatMap((type) =>
    (['prod', 'dev'] as const).map((stack) =>
      at('secret-not-read', `data.${type}.mistake`, `${type} in ${stack}`, data(type, {}), stack),
    ),
  ),
  ...['aws_ssm_parameter', 'aws_ssm_parameters_by_path'].flatMap((type) =>
    [undefined, true, ref('var.decrypt')].map((with_decryption) =>
      at(
        'secret-not-read',
        `data.${type}.mistake`,
        `${type} with ${with_decryption}`,
        data(type, { name: '/storytime/prod/key', with_decryption }),
      ),
    ),
  ),
];

const requests: readonly Mutation[] = [
  ...(
    [
      [
        'function_association',
        [{ event_type: 'viewer-request', function_arn: 'arn:aws:cloudfront::1:function/f' }],
      ],
      ['lambda_function_association', { event_type: 'origin-request', lambda_arn: 'arn:aws:lambda:::f:1' }],
      ['realtime_log_config_arn', 'arn:aws:cloudfront::444455556666:realtime-log-config/all'],
    ] as const
  ).flatMap(([argument, value]) =>
    [0, 3, 8].map((index) =>
      at('cf-no-functions', DISTRIBUTION, `${argument} in behaviour ${index}`, (json) => {
        const { ordered_cache_behavior: ordered, default_cache_behavior: rest } = block(json, DISTRIBUTION);
        [...ordered, rest][index][argument] = value;
      }),
    ),
  ),
  ...[undefined, []].map((rule) =>
    at('cf-web-acl-blocks', FIREWALL, `rules ${JSON.stringify(rule)}`, set(FIREWALL, { rule })),
  ),
  at('cf-web-acl-blocks', FIREWALL, 'every group on count', (json) => {
    for (const rule of block(json, FIREWALL).rule) {
      if (rule.override_action) rule.override_action = { count: {} };
    }
  }),
  at('cf-web-acl-blocks', FIREWALL, 'nothing but a rate that is counted', (json) => {
    const firewall = block(json, FIREWALL);
    firewall.rule = [{ ...firewall.rule[0], action: { count: {} } }];
  }),
];

const trusts: readonly Mutation[] = [
  ...[
    ['aws_iam_role.backend_service', 'EcsTasks'] as const,
    ['aws_iam_role.mediaconvert', 'MediaConvert'] as const,
  ].flatMap(([address, sid]) =>
    [
      {},
      { 'aws:SourceAccount': '999988887777' },
      { 'aws:SourceAccount': ['444455556666', '999988887777'] },
    ].map((StringEquals) =>
      at(
        'iam-service-source',
        address,
        `${sid} with ${JSON.stringify(StringEquals)}`,
        inPolicy(
          address,
          sid,
          (statement) => {
            statement.Condition.StringEquals = StringEquals;
          },
          'assume_role_policy',
        ),
      ),
    ),
  ),
  at(
    'iam-service-source',
    'aws_iam_role.backend_service',
    'tasks of everybody',
    inPolicy(
      'aws_iam_role.backend_service',
      'EcsTasks',
      (statement) => delete statement.Condition,
      'assume_role_policy',
    ),
  ),
];

const logs: readonly Mutation[] = [
  ...['masters', 'outputs'].map((name) =>
    at(
      'logs-complete',
      `aws_s3_bucket.${name}`,
      `${name} without logs`,
      remove('aws_s3_bucket_logging', name),
    ),
  ),
  at('logs-complete', 'aws_s3_bucket.masters', 'no logs but a bucket for them', (json) => {
    delete json.resource.aws_s3_bucket_logging;
    for (const part of ['', '_source', '_destination']) {
      delete json.resource[`aws_cloudwatch_log_delivery${part}`];
    }
    // Nobody is allowed by a source that is gone.
    without('aws_s3_bucket_policy.access_logs', 'AllowDeliveredLogs')(json);
  }),
  at('logs-complete', DISTRIBUTION, 'a distribution without a delivery', (json) => {
    delete json.resource.aws_cloudwatch_log_delivery;
  }),
  at(
    'logs-arrive',
    'aws_cloudwatch_log_delivery_destination.delivery_access_logs',
    'a bucket by name',
    set('aws_cloudwatch_log_delivery_destination.delivery_access_logs', {
      delivery_destination_configuration: { destination_resource_arn: 'arn:aws:s3:::partner' },
    }),
  ),
];

const events: readonly Mutation[] = [
  ...(
    [
      ['aws_sns_topic_policy.job_events_topic', 'AllowJobEvents', 'maximum', 'job_events_topic'],
      ['aws_sns_topic_policy.alarms_regional', 'Events', 'prod', 'alarms_denied_secret_reads'],
    ] as const
  ).flatMap(([address, sid, stack, target]) =>
    [
      { StringEquals: { 'aws:SourceAccount': '444455556666' } },
      { ArnEquals: { 'aws:SourceArn': ref(`aws_cloudwatch_event_rule.${target}.arn`) } },
    ].map((Condition) =>
      at(
        'events-let-in',
        `aws_cloudwatch_event_target.${target}`,
        `${address} with ${Object.keys(Condition)}`,
        inPolicy(address, sid, (statement) => {
          statement.Condition = Condition;
        }),
        stack,
      ),
    ),
  ),
  at(
    'sns-key-usable',
    'aws_sns_topic.alarms_regional',
    'a key that allows EventBridge by a source',
    inPolicy('aws_kms_key.alarms_regional', 'Events', (statement) => {
      statement.Condition = { StringEquals: { 'aws:SourceAccount': '444455556666' } };
    }),
  ),
];

export const rightsMutations: readonly Mutation[] = [
  ...strangers,
  ...care,
  ...escalations,
  ...boundaries,
  ...sources,
  ...requests,
  ...trusts,
  ...logs,
  ...events,
];
