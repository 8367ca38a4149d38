/**
 * What an apply changes: resources with the environment's name or tags; and what no deploy may ever change. One table, a row
 * for each statement; `modules/iam_roles/deploy-reads.ts` has what is read.
 */
import type { Conditions, PolicyStatement } from '../policy-document.ts';
import { contentDenials } from './deploy-content.ts';
import {
  arnsOf,
  claimedByTags,
  claimedKeys,
  type DeployScope,
  madeWithTags,
  ownLockItems,
  ownRecords,
  secretArn,
  tagged,
  type WritePolicy,
} from './deploy-scope.ts';

/**
 * Actions that must allow `*`, because AWS defines no resource type for them, or one with an id that is not known
 * before. CloudFront's have no tags either: a role that may make a cache policy may change every one in the account,
 * which is why each environment needs an account of its own.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
 */
const WRITES_WITHOUT_RESOURCE = [
  'cloudfront:CreateCachePolicy',
  // CloudFront checks the tags of a new distribution by TagResource only.
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
  'cloudfront:UpdateCachePolicy',
  'cloudfront:UpdateKeyGroup',
  'cloudfront:UpdateOriginAccessControl',
  'cloudfront:UpdatePublicKey',
  'cloudfront:UpdateResponseHeadersPolicy',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
] as const;

/** Create actions for which AWS defines no resource type, limited to the environment by the tags that they must set. */
const TAGGED_CREATIONS = ['acm:RequestCertificate', 'kms:CreateKey', 'mediaconvert:CreateQueue'] as const;

const BUCKET_WRITES = [
  's3:CreateBucket',
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:PutBucketCORS',
  's3:PutBucketLogging',
  's3:PutBucketOwnershipControls',
  's3:PutBucketPolicy',
  's3:PutBucketPublicAccessBlock',
  's3:PutBucketTagging',
  's3:PutBucketVersioning',
  's3:PutEncryptionConfiguration',
  's3:PutLifecycleConfiguration',
  's3:TagResource',
  's3:UntagResource',
];
const ROLE_WRITES = [
  'iam:CreateRole',
  'iam:DeleteRole',
  'iam:DeleteRolePolicy',
  'iam:PutRolePolicy',
  'iam:TagRole',
  'iam:UntagRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateRole',
  'iam:UpdateRoleDescription',
];
const KEY_WRITES = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];
const POLICY_WRITES = [
  'iam:CreatePolicy',
  'iam:CreatePolicyVersion',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:TagPolicy',
  'iam:UntagPolicy',
];
const ATTACHMENTS = {
  role: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
  user: ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
} as const;

/** The policies of the apply role: four that are attached, its state, and the limits that no Allow overrides. */
type PolicyName = WritePolicy | 'state' | 'limits';

/** A row: a statement of one policy. */
interface Write {
  readonly policy: PolicyName;
  readonly sid: string;
  readonly action: string | readonly string[];
  readonly on: string | ((arns: ReturnType<typeof arnsOf>, scope: DeployScope) => string | readonly string[]);
  /** @default - without a condition */
  readonly condition?: (scope: DeployScope, arns: ReturnType<typeof arnsOf>) => Conditions;
  /** @default - in every environment */
  readonly where?: (scope: DeployScope) => boolean;
}

const WRITES: readonly Write[] = [
  // Buckets, secrets, parameters and keys.
  { policy: 'storage', sid: 'Buckets', action: BUCKET_WRITES, on: ({ buckets }) => buckets },
  {
    policy: 'storage',
    sid: 'EmptyBuckets',
    action: ['s3:ListBucketVersions', 's3:DeleteObject', 's3:DeleteObjectVersion'],
    on: ({ buckets }) => [...buckets, ...buckets.map((bucket) => `${bucket}/*`)],
    where: ({ emptiesBuckets = false }) => emptiesBuckets,
  },
  {
    policy: 'storage',
    sid: 'Secrets',
    action: [
      'secretsmanager:CreateSecret',
      'secretsmanager:DeleteResourcePolicy',
      'secretsmanager:DeleteSecret',
      'secretsmanager:PutResourcePolicy',
      'secretsmanager:RestoreSecret',
      'secretsmanager:TagResource',
      'secretsmanager:UntagResource',
    ],
    on: ({ secrets }) => secrets,
  },
  {
    // Terraform writes the value that it owns, and reads its version back whenever it refreshes. UpdateSecret changes a
    // description or a KMS key and also takes a value, which no condition key forbids: so it is not allowed for other secrets.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    policy: 'storage',
    sid: 'OwnSecretValue',
    action: [
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecret',
      'secretsmanager:UpdateSecretVersionStage',
    ],
    on: (_arns, scope) => secretArn(scope, scope.managedSecretName ?? ''),
    where: ({ managedSecretName }) => managedSecretName !== undefined,
  },
  {
    policy: 'storage',
    sid: 'Parameters',
    action: [
      'ssm:AddTagsToResource',
      'ssm:DeleteParameter',
      'ssm:PutParameter',
      'ssm:RemoveTagsFromResource',
    ],
    on: ({ parameters }) => parameters,
  },
  {
    policy: 'storage',
    sid: 'Keys',
    action: KEY_WRITES,
    on: ({ keys }) => keys,
    condition: tagged,
  },
  {
    policy: 'storage',
    sid: 'NewKeys',
    action: 'kms:TagResource',
    on: ({ keys }) => keys,
    condition: claimedKeys,
  },
  {
    // Secrets Manager needs these of a role that makes a secret under a customer-managed key.
    policy: 'storage',
    sid: 'KeysOfSecrets',
    action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    on: ({ keys }) => keys,
    condition: (scope) => ({
      StringEquals: {
        ...tagged(scope).StringEquals,
        'kms:ViaService': `secretsmanager.${scope.region}.amazonaws.com`,
      },
    }),
  },
  {
    policy: 'storage',
    sid: 'GivenKeyOfSecrets',
    action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    on: givenKey,
    condition: ({ region }) => ({
      StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
    }),
    where: hasGivenKey,
  },
  {
    policy: 'storage',
    sid: 'Tables',
    action: [
      'dynamodb:CreateTable',
      'dynamodb:DeleteTable',
      'dynamodb:TagResource',
      'dynamodb:UntagResource',
      'dynamodb:UpdateContinuousBackups',
      'dynamodb:UpdateTable',
      'dynamodb:UpdateTimeToLive',
    ],
    on: ({ tables }) => tables,
    where: makesTable,
  },
  {
    // DynamoDB needs these of a role that makes a table under a customer-managed key, and uses the key by a grant afterwards.
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    policy: 'storage',
    sid: 'KeysOfTables',
    action: [
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
    on: ({ keys }) => keys,
    condition: (scope) => ({
      StringEquals: {
        ...tagged(scope).StringEquals,
        'kms:ViaService': `dynamodb.${scope.region}.amazonaws.com`,
      },
    }),
    where: makesTable,
  },
  {
    policy: 'storage',
    sid: 'Aliases',
    action: ['kms:CreateAlias', 'kms:DeleteAlias', 'kms:UpdateAlias'],
    on: ({ aliases }) => aliases,
  },

  // CloudFront, its certificate, its web ACL, its logs and its names.
  { policy: 'delivery', sid: 'WithoutResource', action: WRITES_WITHOUT_RESOURCE, on: '*' },
  {
    policy: 'delivery',
    sid: 'TaggedCreations',
    action: TAGGED_CREATIONS,
    on: '*',
    condition: madeWithTags,
  },
  {
    policy: 'delivery',
    sid: 'Distributions',
    action: [
      'cloudfront:AllowVendedLogDeliveryForResource',
      'cloudfront:CreateInvalidation',
      'cloudfront:DeleteDistribution',
      'cloudfront:TagResource',
      'cloudfront:UntagResource',
      'cloudfront:UpdateDistribution',
    ],
    on: ({ distributions }) => distributions,
    condition: tagged,
  },
  {
    policy: 'delivery',
    sid: 'NewDistributionTags',
    action: 'cloudfront:TagResource',
    on: ({ distributions }) => distributions,
    condition: claimedByTags,
  },
  {
    policy: 'delivery',
    sid: 'Certificates',
    action: [
      'acm:AddTagsToCertificate',
      'acm:DeleteCertificate',
      'acm:RemoveTagsFromCertificate',
      'acm:UpdateCertificateOptions',
    ],
    on: ({ certificates }) => certificates,
    condition: tagged,
  },
  {
    policy: 'delivery',
    sid: 'NewCertificates',
    action: 'acm:AddTagsToCertificate',
    on: ({ certificates }) => certificates,
    condition: claimedByTags,
  },
  {
    policy: 'delivery',
    sid: 'WebAcls',
    action: [
      'wafv2:CreateWebACL',
      'wafv2:DeleteWebACL',
      'wafv2:TagResource',
      'wafv2:UntagResource',
      'wafv2:UpdateWebACL',
    ],
    on: (arns) => [...arns.webAcls, ...arns.managedWebRules],
  },
  {
    policy: 'delivery',
    sid: 'LogDeliveryEnds',
    action: [
      'logs:DeleteDeliveryDestination',
      'logs:DeleteDeliverySource',
      'logs:PutDeliveryDestination',
      'logs:PutDeliverySource',
      'logs:TagResource',
      'logs:UntagResource',
    ],
    on: ({ logDeliveryEnds }) => logDeliveryEnds,
  },
  {
    policy: 'delivery',
    sid: 'NewLogDeliveries',
    action: 'logs:CreateDelivery',
    on: (arns) => [...arns.logDeliveryEnds, ...arns.logDeliveries],
  },
  {
    policy: 'delivery',
    sid: 'NewLogDeliveryTags',
    action: 'logs:TagResource',
    on: ({ logDeliveries }) => logDeliveries,
    condition: claimedByTags,
  },
  {
    policy: 'delivery',
    sid: 'LogDeliveries',
    action: [
      'logs:DeleteDelivery',
      'logs:TagResource',
      'logs:UntagResource',
      'logs:UpdateDeliveryConfiguration',
    ],
    on: ({ logDeliveries }) => logDeliveries,
    condition: tagged,
  },
  {
    policy: 'delivery',
    sid: 'Records',
    action: 'route53:ChangeResourceRecordSets',
    on: ({ hostedZones }) => hostedZones,
    condition: ownRecords,
    where: hasRecords,
  },
  {
    policy: 'delivery',
    sid: 'RecordChanges',
    action: 'route53:GetChange',
    on: 'arn:aws:route53:::change/*',
    where: hasRecords,
  },

  // Roles, policies and instance profiles of the environment; attached are its own policies only.
  { policy: 'identity', sid: 'Roles', action: ROLE_WRITES, on: ({ roles }) => roles },
  {
    // For roles that were made before the boundary was configured.
    policy: 'identity',
    sid: 'BoundRoles',
    action: 'iam:PutRolePermissionsBoundary',
    on: ({ roles }) => roles,
    where: hasBoundary,
  },
  { policy: 'identity', sid: 'Policies', action: POLICY_WRITES, on: ({ policies }) => policies },
  {
    policy: 'identity',
    sid: 'AttachOwnPolicies',
    action: ATTACHMENTS.role,
    on: ({ roles }) => roles,
    condition: ownPolicies,
  },
  ...(['role', 'user'] as const).map(
    (kind): Write => ({
      policy: 'identity',
      sid: 'AttachToBackend',
      action: ATTACHMENTS[kind],
      on: (_arns, { accountId, backend }) => [`arn:aws:iam::${accountId}:${kind}/${backend?.name}`],
      condition: ownPolicies,
      where: ({ backend }) => backend?.kind === kind,
    }),
  ),
  {
    policy: 'identity',
    sid: 'InstanceProfiles',
    action: [
      'iam:AddRoleToInstanceProfile',
      'iam:CreateInstanceProfile',
      'iam:DeleteInstanceProfile',
      'iam:RemoveRoleFromInstanceProfile',
      'iam:TagInstanceProfile',
      'iam:UntagInstanceProfile',
    ],
    on: ({ instanceProfiles }) => instanceProfiles,
  },
  {
    policy: 'identity',
    sid: 'PassInstanceRole',
    action: 'iam:PassRole',
    on: (_arns, { accountId, instanceRoleName }) => `arn:aws:iam::${accountId}:role/${instanceRoleName}`,
    condition: () => ({ StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
    where: ({ instanceRoleName }) => instanceRoleName !== undefined,
  },

  // Jobs, their events, and everything that watches.
  {
    policy: 'operations',
    sid: 'Jobs',
    action: [
      // To make a template, the role also needs the right on the queue that the template names.
      'mediaconvert:CreateJobTemplate',
      'mediaconvert:DeleteJobTemplate',
      'mediaconvert:DeleteQueue',
      'mediaconvert:TagResource',
      'mediaconvert:UntagResource',
      'mediaconvert:UpdateJobTemplate',
      'mediaconvert:UpdateQueue',
    ],
    on: ({ jobs }) => jobs,
  },
  {
    // CloudFormation looks up the account's endpoint with the deploying role before it makes a job template.
    // https://github.com/awslabs/amplify-video/issues/175
    policy: 'operations',
    sid: 'Endpoints',
    action: 'mediaconvert:DescribeEndpoints',
    on: '*',
  },
  {
    policy: 'operations',
    sid: 'Stacks',
    action: [
      'cloudformation:CreateStack',
      'cloudformation:DeleteStack',
      'cloudformation:DescribeStackEvents',
      'cloudformation:TagResource',
      'cloudformation:UntagResource',
      'cloudformation:UpdateStack',
    ],
    on: ({ stacks }) => stacks,
  },
  {
    policy: 'operations',
    sid: 'Messages',
    action: [
      'sqs:CreateQueue',
      'sqs:DeleteQueue',
      'sqs:SetQueueAttributes',
      'sqs:TagQueue',
      'sqs:UntagQueue',
      'sns:CreateTopic',
      'sns:DeleteTopic',
      'sns:SetTopicAttributes',
      'sns:Subscribe',
      'sns:TagResource',
      'sns:UntagResource',
      'events:DeleteRule',
      'events:PutRule',
      'events:PutTargets',
      'events:RemoveTargets',
      'events:TagResource',
      'events:UntagResource',
    ],
    on: (arns) => [...arns.queues, ...arns.topics, ...arns.rules],
  },
  {
    policy: 'operations',
    sid: 'Watch',
    action: [
      'cloudwatch:DeleteAlarms',
      'cloudwatch:DeleteDashboards',
      'cloudwatch:PutDashboard',
      'cloudwatch:PutMetricAlarm',
      'cloudwatch:TagResource',
      'cloudwatch:UntagResource',
      'budgets:ModifyBudget',
      'budgets:TagResource',
      'budgets:UntagResource',
    ],
    on: (arns) => [...arns.alarms, ...arns.dashboards, ...arns.budgets],
  },

  // The state and its lock.
  { policy: 'state', sid: 'FindState', action: 's3:ListBucket', on: (_arns, scope) => scope.stateBucketArn },
  {
    policy: 'state',
    sid: 'KeepState',
    action: ['s3:GetObject', 's3:PutObject'],
    on: ({ stateObjects }) => stateObjects,
  },
  {
    policy: 'state',
    sid: 'LockState',
    action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    on: ({ stateLocks }) => stateLocks,
  },
  {
    policy: 'state',
    sid: 'LockStateInTable',
    action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
    on: lockTable,
    condition: (scope) => ownLockItems(scope, 'all'),
    where: hasLockTable,
  },
  {
    policy: 'state',
    sid: 'SeeLockTable',
    action: 'dynamodb:DescribeTable',
    on: lockTable,
    where: hasLockTable,
  },

  // No Allow of these roles overrides these denials: no state and no rotation's lock in the state bucket can be lost, whichever
  // environment it belongs to, and no deploy can extend what deploys may do.
  {
    policy: 'limits',
    sid: 'KeepStateBucket',
    action: BUCKET_WRITES,
    on: (_arns, scope) => scope.stateBucketArn,
  },
  {
    policy: 'limits',
    sid: 'KeepStateObjects',
    action: 's3:DeleteObject',
    on: ({ keptObjects }) => keptObjects,
  },
  {
    policy: 'limits',
    sid: 'KeepStateVersions',
    action: 's3:DeleteObjectVersion',
    on: (_arns, scope) => `${scope.stateBucketArn}/*`,
  },
  {
    policy: 'limits',
    sid: 'KeepDeployRoles',
    action: [...ROLE_WRITES, ...POLICY_WRITES, ...ATTACHMENTS.role],
    on: ({ deployIdentities }) => deployIdentities,
  },
  {
    // A key without the environment's tags could be claimed by tagging it.
    policy: 'limits',
    sid: 'KeepGivenKey',
    action: KEY_WRITES,
    on: givenKey,
    where: hasGivenKey,
  },
  {
    // The key is the boundary that is asked for, or the one that the role has; absent without any, which this denies too.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_PermissionsBoundary
    policy: 'limits',
    sid: 'BoundRolesOnly',
    action: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'],
    on: '*',
    condition: otherBoundary,
    where: hasBoundary,
  },
  {
    policy: 'limits',
    sid: 'NoRightsWithoutBoundary',
    action: ['iam:AttachRolePolicy', 'iam:PutRolePolicy'],
    on: ({ roles }) => roles,
    condition: otherBoundary,
    where: hasBoundary,
  },
  {
    policy: 'limits',
    sid: 'KeepBoundaries',
    action: 'iam:DeleteRolePermissionsBoundary',
    on: '*',
    where: hasBoundary,
  },
  {
    policy: 'limits',
    sid: 'KeepBoundaryPolicy',
    action: POLICY_WRITES,
    on: (_arns, { permissionsBoundaryArn = '' }) => permissionsBoundaryArn,
    where: hasBoundary,
  },
  {
    // A key that is deleted at once is lost for good, and its name is free for another value; otherwise only after seven days.
    policy: 'limits',
    sid: 'KeepDeletedSecrets',
    action: 'secretsmanager:DeleteSecret',
    on: '*',
    condition: () => ({ Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' } }),
    where: ({ deletesSecretsAtOnce = false }) => !deletesSecretsAtOnce,
  },
];

/** Statements of one of the apply role's policies. */
export function writeStatements(policy: WritePolicy, scope: DeployScope): PolicyStatement[] {
  return statementsOf(policy, scope);
}

/** The state and its lock. */
export function applyStateStatements(scope: DeployScope): PolicyStatement[] {
  return statementsOf('state', scope);
}

/** The limits, and the denials that keep a deploy from opening content to itself with a resource's policy. */
export function denyStatements(scope: DeployScope): PolicyStatement[] {
  return [...statementsOf('limits', scope), ...contentDenials('apply', scope)];
}

function statementsOf(policy: PolicyName, scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  const rows = WRITES.filter((row) => row.policy === policy && (row.where?.(scope) ?? true));
  return rows.map(({ sid, action, on, condition }) => ({
    Sid: sid,
    Effect: policy === 'limits' ? 'Deny' : 'Allow',
    Action: action,
    Resource: typeof on === 'string' ? on : on(arns, scope),
    ...(condition && { Condition: condition(scope, arns) }),
  }));
}

function ownPolicies(_scope: DeployScope, { policies }: ReturnType<typeof arnsOf>): Conditions {
  return { ArnLike: { 'iam:PolicyARN': policies } };
}

function hasGivenKey({ encryptionKeyArn }: DeployScope): boolean {
  return encryptionKeyArn !== undefined;
}

function givenKey(_arns: unknown, { encryptionKeyArn = '' }: DeployScope): string {
  return encryptionKeyArn;
}

function hasBoundary({ permissionsBoundaryArn }: DeployScope): boolean {
  return permissionsBoundaryArn !== undefined;
}

function otherBoundary({ permissionsBoundaryArn = '' }: DeployScope): Conditions {
  return { StringNotEquals: { 'iam:PermissionsBoundary': permissionsBoundaryArn } };
}

function hasRecords({ domainName, hostedZoneId, otherDomains = [] }: DeployScope): boolean {
  return (domainName !== undefined && hostedZoneId !== undefined) || otherDomains.length > 0;
}

function makesTable({ makesPlaybackTable = false }: DeployScope): boolean {
  return makesPlaybackTable;
}

function hasLockTable({ lockTableArn }: DeployScope): boolean {
  return lockTableArn !== undefined;
}

function lockTable(_arns: unknown, { lockTableArn = '' }: DeployScope): string {
  return lockTableArn;
}
