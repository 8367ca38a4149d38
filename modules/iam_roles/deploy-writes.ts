/** What an apply changes: what carries the environment's name or tags, and what no deploy may ever touch. */
import type { PolicyStatement } from '../policy-document.ts';
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
 * Writes whose resource says no more than `*`: AWS knows none, or one of an id that is not known before. CloudFront's have
 * no tags either: whoever may make a cache policy may change every one of the account, which is why an environment
 * wants an account of its own.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudfront.html
 */
const WRITES_WITHOUT_RESOURCE = [
  'cloudfront:CreateCachePolicy',
  // CloudFront judges the tags of a new distribution by TagResource alone.
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

/** Creations that AWS knows no resource for, kept to the environment by the tags that they must carry. */
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
const POLICY_WRITES = [
  'iam:CreatePolicy',
  'iam:CreatePolicyVersion',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:SetDefaultPolicyVersion',
  'iam:TagPolicy',
  'iam:UntagPolicy',
];

/** Statements of one of the apply role's policies. */
export function writeStatements(what: WritePolicy, scope: DeployScope): PolicyStatement[] {
  switch (what) {
    case 'storage':
      return storageStatements(scope);
    case 'delivery':
      return deliveryStatements(scope);
    case 'identity':
      return identityStatements(scope);
    case 'operations':
      return operationsStatements(scope);
  }
}

/** The state and its lock. */
export function applyStateStatements(scope: DeployScope): PolicyStatement[] {
  const { stateObjects, stateLocks } = arnsOf(scope);
  return [
    { Sid: 'FindState', Effect: 'Allow', Action: 's3:ListBucket', Resource: scope.stateBucketArn },
    { Sid: 'KeepState', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: stateObjects },
    {
      Sid: 'LockState',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      Resource: stateLocks,
    },
    ...(scope.lockTableArn === undefined
      ? []
      : [
          {
            Sid: 'LockStateInTable',
            Effect: 'Allow',
            Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
            Resource: scope.lockTableArn,
            Condition: ownLockItems(scope, 'all'),
          } as const,
          {
            Sid: 'SeeLockTable',
            Effect: 'Allow',
            Action: 'dynamodb:DescribeTable',
            Resource: scope.lockTableArn,
          } as const,
        ]),
  ];
}

/**
 * What no Allow of these roles undoes: no state and no rotation's lock in the state bucket can be lost, whichever
 * environment it belongs to, and no deploy widens what deploys may do, or lets itself at content by a resource's policy.
 */
export function denyStatements(scope: DeployScope): PolicyStatement[] {
  const { keptObjects, deployIdentities } = arnsOf(scope);
  return [
    { Sid: 'KeepStateBucket', Effect: 'Deny', Action: BUCKET_WRITES, Resource: scope.stateBucketArn },
    { Sid: 'KeepStateObjects', Effect: 'Deny', Action: 's3:DeleteObject', Resource: keptObjects },
    {
      Sid: 'KeepStateVersions',
      Effect: 'Deny',
      Action: 's3:DeleteObjectVersion',
      Resource: `${scope.stateBucketArn}/*`,
    },
    {
      Sid: 'KeepDeployRoles',
      Effect: 'Deny',
      Action: [...ROLE_WRITES, ...POLICY_WRITES, 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
      Resource: deployIdentities,
    },
    ...(scope.deletesSecretsAtOnce ? [] : [keepDeletedSecrets()]),
    ...contentDenials('apply', scope),
  ];
}

/** Deleted at once, a key is lost for good, and its name is free for another value; otherwise not for seven days. */
function keepDeletedSecrets(): PolicyStatement {
  return {
    Sid: 'KeepDeletedSecrets',
    Effect: 'Deny',
    Action: 'secretsmanager:DeleteSecret',
    Resource: '*',
    Condition: { Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' } },
  };
}

/** Buckets, secrets, parameters and keys. */
function storageStatements(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  return [
    { Sid: 'Buckets', Effect: 'Allow', Action: BUCKET_WRITES, Resource: arns.buckets },
    ...(scope.emptiesBuckets ? [emptyBuckets(scope)] : []),
    {
      Sid: 'Secrets',
      Effect: 'Allow',
      Action: [
        'secretsmanager:CreateSecret',
        'secretsmanager:DeleteResourcePolicy',
        'secretsmanager:DeleteSecret',
        'secretsmanager:PutResourcePolicy',
        'secretsmanager:RestoreSecret',
        'secretsmanager:TagResource',
        'secretsmanager:UntagResource',
      ],
      Resource: arns.secrets,
    },
    ...ownValue(scope),
    {
      Sid: 'Parameters',
      Effect: 'Allow',
      Action: [
        'ssm:AddTagsToResource',
        'ssm:DeleteParameter',
        'ssm:PutParameter',
        'ssm:RemoveTagsFromResource',
      ],
      Resource: arns.parameters,
    },
    {
      Sid: 'Keys',
      Effect: 'Allow',
      Action: [
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
      ],
      Resource: arns.keys,
      Condition: tagged(scope),
    },
    {
      Sid: 'NewKeys',
      Effect: 'Allow',
      Action: 'kms:TagResource',
      Resource: arns.keys,
      Condition: claimedKeys(scope),
    },
    {
      // Asked of whoever makes a secret under a key of one's own.
      Sid: 'KeysOfSecrets',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: arns.keys,
      Condition: {
        StringEquals: {
          ...tagged(scope).StringEquals,
          'kms:ViaService': `secretsmanager.${scope.region}.amazonaws.com`,
        },
      },
    },
    {
      Sid: 'Aliases',
      Effect: 'Allow',
      Action: ['kms:CreateAlias', 'kms:DeleteAlias', 'kms:UpdateAlias'],
      Resource: arns.aliases,
    },
  ];
}

/** CloudFront, its certificate, its web ACL, its logs and its names. */
function deliveryStatements(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  const own = tagged(scope);
  return [
    { Sid: 'WithoutResource', Effect: 'Allow', Action: WRITES_WITHOUT_RESOURCE, Resource: '*' },
    {
      Sid: 'TaggedCreations',
      Effect: 'Allow',
      Action: TAGGED_CREATIONS,
      Resource: '*',
      Condition: madeWithTags(scope),
    },
    {
      Sid: 'Distributions',
      Effect: 'Allow',
      Action: [
        'cloudfront:AllowVendedLogDeliveryForResource',
        'cloudfront:CreateInvalidation',
        'cloudfront:DeleteDistribution',
        'cloudfront:TagResource',
        'cloudfront:UntagResource',
        'cloudfront:UpdateDistribution',
      ],
      Resource: arns.distributions,
      Condition: own,
    },
    {
      Sid: 'NewDistributionTags',
      Effect: 'Allow',
      Action: 'cloudfront:TagResource',
      Resource: arns.distributions,
      Condition: claimedByTags(scope),
    },
    {
      Sid: 'Certificates',
      Effect: 'Allow',
      Action: [
        'acm:AddTagsToCertificate',
        'acm:DeleteCertificate',
        'acm:RemoveTagsFromCertificate',
        'acm:UpdateCertificateOptions',
      ],
      Resource: arns.certificates,
      Condition: own,
    },
    {
      Sid: 'NewCertificates',
      Effect: 'Allow',
      Action: 'acm:AddTagsToCertificate',
      Resource: arns.certificates,
      Condition: claimedByTags(scope),
    },
    {
      Sid: 'WebAcls',
      Effect: 'Allow',
      Action: [
        'wafv2:CreateWebACL',
        'wafv2:DeleteWebACL',
        'wafv2:TagResource',
        'wafv2:UntagResource',
        'wafv2:UpdateWebACL',
      ],
      Resource: [...arns.webAcls, ...arns.managedWebRules],
    },
    {
      Sid: 'LogDeliveryEnds',
      Effect: 'Allow',
      Action: [
        'logs:DeleteDeliveryDestination',
        'logs:DeleteDeliverySource',
        'logs:PutDeliveryDestination',
        'logs:PutDeliverySource',
        'logs:TagResource',
        'logs:UntagResource',
      ],
      Resource: arns.logDeliveryEnds,
    },
    {
      Sid: 'NewLogDeliveries',
      Effect: 'Allow',
      Action: 'logs:CreateDelivery',
      Resource: [...arns.logDeliveryEnds, ...arns.logDeliveries],
    },
    {
      Sid: 'NewLogDeliveryTags',
      Effect: 'Allow',
      Action: 'logs:TagResource',
      Resource: arns.logDeliveries,
      Condition: claimedByTags(scope),
    },
    {
      Sid: 'LogDeliveries',
      Effect: 'Allow',
      Action: [
        'logs:DeleteDelivery',
        'logs:TagResource',
        'logs:UntagResource',
        'logs:UpdateDeliveryConfiguration',
      ],
      Resource: arns.logDeliveries,
      Condition: own,
    },
    ...(scope.domainName === undefined || arns.hostedZones.length === 0
      ? []
      : ([
          {
            Sid: 'Records',
            Effect: 'Allow',
            Action: 'route53:ChangeResourceRecordSets',
            Resource: arns.hostedZones,
            Condition: ownRecords(scope.domainName),
          },
          {
            Sid: 'RecordChanges',
            Effect: 'Allow',
            Action: 'route53:GetChange',
            Resource: 'arn:aws:route53:::change/*',
          },
        ] as const)),
  ];
}

/** Roles, policies and instance profiles of the environment; attached are its own policies only. */
function identityStatements(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  const attachTo = (kind: 'role' | 'user', resource: readonly string[], sid: string): PolicyStatement => ({
    Sid: sid,
    Effect: 'Allow',
    Action:
      kind === 'role'
        ? ['iam:AttachRolePolicy', 'iam:DetachRolePolicy']
        : ['iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
    Resource: resource,
    Condition: { ArnLike: { 'iam:PolicyARN': arns.policies } },
  });
  return [
    { Sid: 'Roles', Effect: 'Allow', Action: ROLE_WRITES, Resource: arns.roles },
    { Sid: 'Policies', Effect: 'Allow', Action: POLICY_WRITES, Resource: arns.policies },
    attachTo('role', arns.roles, 'AttachOwnPolicies'),
    ...(scope.backend === undefined
      ? []
      : [
          attachTo(
            scope.backend.kind,
            [`arn:aws:iam::${scope.accountId}:${scope.backend.kind}/${scope.backend.name}`],
            'AttachToBackend',
          ),
        ]),
    {
      Sid: 'InstanceProfiles',
      Effect: 'Allow',
      Action: [
        'iam:AddRoleToInstanceProfile',
        'iam:CreateInstanceProfile',
        'iam:DeleteInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:TagInstanceProfile',
        'iam:UntagInstanceProfile',
      ],
      Resource: arns.instanceProfiles,
    },
    ...(scope.instanceRoleName === undefined
      ? []
      : [
          {
            Sid: 'PassInstanceRole',
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Resource: `arn:aws:iam::${scope.accountId}:role/${scope.instanceRoleName}`,
            Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
          } as const,
        ]),
  ];
}

/** Jobs, their events, and everything that watches. */
function operationsStatements(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  return [
    {
      Sid: 'Jobs',
      Effect: 'Allow',
      Action: [
        // A template is made in the name of the queue that it names.
        'mediaconvert:CreateJobTemplate',
        'mediaconvert:DeleteJobTemplate',
        'mediaconvert:DeleteQueue',
        'mediaconvert:TagResource',
        'mediaconvert:UntagResource',
        'mediaconvert:UpdateJobTemplate',
        'mediaconvert:UpdateQueue',
      ],
      Resource: arns.jobs,
    },
    {
      // CloudFormation asks for the account's endpoint, as the deploying role, before it makes a job template.
      // https://github.com/awslabs/amplify-video/issues/175
      Sid: 'Endpoints',
      Effect: 'Allow',
      Action: 'mediaconvert:DescribeEndpoints',
      Resource: '*',
    },
    {
      Sid: 'Stacks',
      Effect: 'Allow',
      Action: [
        'cloudformation:CreateStack',
        'cloudformation:DeleteStack',
        'cloudformation:DescribeStackEvents',
        'cloudformation:TagResource',
        'cloudformation:UntagResource',
        'cloudformation:UpdateStack',
      ],
      Resource: arns.stacks,
    },
    {
      Sid: 'Messages',
      Effect: 'Allow',
      Action: [
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
      Resource: [...arns.queues, ...arns.topics, ...arns.rules],
    },
    {
      Sid: 'Watch',
      Effect: 'Allow',
      Action: [
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
      Resource: [...arns.alarms, ...arns.dashboards, ...arns.budgets],
    },
  ];
}

function emptyBuckets(scope: DeployScope): PolicyStatement {
  const { buckets } = arnsOf(scope);
  return {
    Sid: 'EmptyBuckets',
    Effect: 'Allow',
    Action: ['s3:ListBucketVersions', 's3:DeleteObject', 's3:DeleteObjectVersion'],
    Resource: [...buckets, ...buckets.map((bucket) => `${bucket}/*`)],
  };
}

/**
 * Terraform writes the value that it owns, and reads its version back whenever it refreshes. UpdateSecret changes a
 * description or a KMS key and takes a value besides, which no condition key forbids: hence not for other secrets.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 */
function ownValue(scope: DeployScope): PolicyStatement[] {
  if (scope.managedSecretName === undefined) return [];
  return [
    {
      Sid: 'OwnSecretValue',
      Effect: 'Allow',
      Action: [
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecret',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: secretArn(scope, scope.managedSecretName),
    },
  ];
}
