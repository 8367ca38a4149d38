/** What a plan reads: the settings of every resource of the environment, never a secret's value, never a video. */
import type { PolicyStatement } from '../policy-document.ts';
import { contentDenials } from './deploy-content.ts';
import { arnsOf, type DeployScope, ownLockItems, type ReadPolicy, tagged } from './deploy-scope.ts';

/**
 * Reads that must allow `*`: lists, for which AWS defines no resource type, and resources of CloudFront and SNS with an
 * id that is not known before.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const READS_WITHOUT_RESOURCE = [
  'cloudfront:GetCachePolicy',
  'cloudfront:GetKeyGroup',
  'cloudfront:GetOriginAccessControl',
  'cloudfront:GetPublicKey',
  'cloudfront:GetResponseHeadersPolicy',
  'kms:ListAliases',
  'logs:DescribeDeliveries',
  'logs:DescribeDeliveryDestinations',
  'logs:DescribeDeliverySources',
  'sns:GetSubscriptionAttributes',
  'ssm:DescribeParameters',
] as const;

/** Statements of one of the policies that both roles carry. */
export function readStatements(what: ReadPolicy, scope: DeployScope): PolicyStatement[] {
  return what === 'read' ? readEnvironment(scope) : readOperations(scope);
}

/** Buckets, identities, secrets, keys, and everything about delivery. */
function readEnvironment(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  return [
    {
      Sid: 'WithoutResource',
      Effect: 'Allow',
      Action: READS_WITHOUT_RESOURCE,
      Resource: '*',
    },
    {
      Sid: 'Buckets',
      Effect: 'Allow',
      Action: [
        // Each reads settings: s3:GetBucket* does not include s3:GetObject.
        's3:GetBucket*',
        's3:GetAccelerateConfiguration',
        's3:GetEncryptionConfiguration',
        's3:GetLifecycleConfiguration',
        's3:GetReplicationConfiguration',
        's3:ListBucket',
        's3:ListTagsForResource',
      ],
      Resource: arns.buckets,
    },
    {
      Sid: 'Identities',
      Effect: 'Allow',
      Action: [
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:GetPolicy',
        'iam:GetPolicyVersion',
        'iam:ListPolicyVersions',
        'iam:GetInstanceProfile',
      ],
      Resource: [...arns.roles, ...arns.policies, ...arns.instanceProfiles],
    },
    ...readBackend(scope),
    {
      Sid: 'SecretsWithoutValues',
      Effect: 'Allow',
      Action: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetResourcePolicy',
        'secretsmanager:ListSecretVersionIds',
      ],
      Resource: arns.secrets,
    },
    {
      Sid: 'Parameters',
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:ListTagsForResource'],
      Resource: arns.parameters,
    },
    {
      Sid: 'Keys',
      Effect: 'Allow',
      Action: [
        'kms:DescribeKey',
        'kms:GetKeyPolicy',
        'kms:GetKeyRotationStatus',
        'kms:GetPublicKey',
        'kms:ListResourceTags',
      ],
      Resource: arns.keys,
      Condition: tagged(scope),
    },
    {
      Sid: 'Distributions',
      Effect: 'Allow',
      Action: [
        'cloudfront:GetDistribution',
        'cloudfront:GetDistributionConfig',
        'cloudfront:ListTagsForResource',
      ],
      Resource: arns.distributions,
      Condition: tagged(scope),
    },
    {
      Sid: 'Certificates',
      Effect: 'Allow',
      Action: ['acm:DescribeCertificate', 'acm:ListTagsForCertificate'],
      Resource: arns.certificates,
      Condition: tagged(scope),
    },
    {
      Sid: 'WebAcls',
      Effect: 'Allow',
      Action: ['wafv2:GetWebACL', 'wafv2:ListTagsForResource'],
      Resource: [...arns.webAcls, ...arns.givenWebAcls],
    },
    {
      Sid: 'LogDeliveries',
      Effect: 'Allow',
      Action: ['logs:GetDelivery', 'logs:ListTagsForResource'],
      Resource: arns.logDeliveries,
      Condition: tagged(scope),
    },
    {
      Sid: 'LogDeliveryEnds',
      Effect: 'Allow',
      Action: ['logs:GetDeliveryDestination', 'logs:GetDeliverySource', 'logs:ListTagsForResource'],
      Resource: arns.logDeliveryEnds,
    },
    ...readZone(scope),
  ];
}

/** Jobs, their events, and everything that watches. */
function readOperations(scope: DeployScope): PolicyStatement[] {
  const arns = arnsOf(scope);
  return [
    {
      Sid: 'Jobs',
      Effect: 'Allow',
      Action: ['mediaconvert:GetQueue', 'mediaconvert:GetJobTemplate', 'mediaconvert:ListTagsForResource'],
      Resource: arns.jobs,
    },
    {
      Sid: 'Stacks',
      Effect: 'Allow',
      Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
      Resource: arns.stacks,
    },
    {
      Sid: 'Messages',
      Effect: 'Allow',
      Action: [
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ListQueueTags',
        'sns:GetTopicAttributes',
        'sns:ListSubscriptionsByTopic',
        'sns:ListTagsForResource',
        'events:DescribeRule',
        'events:ListTagsForResource',
        'events:ListTargetsByRule',
      ],
      Resource: [...arns.queues, ...arns.topics, ...arns.rules],
    },
    {
      Sid: 'Watch',
      Effect: 'Allow',
      Action: [
        'cloudwatch:DescribeAlarms',
        'cloudwatch:GetDashboard',
        'cloudwatch:ListTagsForResource',
        'budgets:ListTagsForResource',
        'budgets:ViewBudget',
      ],
      Resource: [...arns.alarms, ...arns.dashboards, ...arns.budgets],
    },
    ...readTables(scope),
  ];
}

/** What a plan needs of the state, and the content that it never reads; without a lock, so that two pull requests do not wait for each other. */
export function planStateStatements(scope: DeployScope): PolicyStatement[] {
  const { stateObjects } = arnsOf(scope);
  return [
    { Sid: 'FindState', Effect: 'Allow', Action: 's3:ListBucket', Resource: scope.stateBucketArn },
    { Sid: 'ReadState', Effect: 'Allow', Action: 's3:GetObject', Resource: stateObjects },
    // The table holds the state's digest in addition to its lock.
    ...(scope.lockTableArn === undefined
      ? []
      : [
          {
            Sid: 'ReadStateDigest',
            Effect: 'Allow',
            Action: 'dynamodb:GetItem',
            Resource: scope.lockTableArn,
            Condition: ownLockItems(scope, 'digests'),
          } as const,
        ]),
    ...contentDenials('plan', scope),
  ];
}

/** Settings, never an item. */
function readTables(scope: DeployScope): PolicyStatement[] {
  if (scope.makesPlaybackTable !== true) return [];
  return [
    {
      Sid: 'Tables',
      Effect: 'Allow',
      Action: [
        'dynamodb:DescribeContinuousBackups',
        'dynamodb:DescribeTable',
        'dynamodb:DescribeTimeToLive',
        'dynamodb:ListTagsOfResource',
      ],
      Resource: arnsOf(scope).tables,
    },
  ];
}

function readBackend(scope: DeployScope): PolicyStatement[] {
  if (scope.backend === undefined) return [];
  const { kind, name } = scope.backend;
  return [
    {
      Sid: 'Backend',
      Effect: 'Allow',
      Action: kind === 'role' ? 'iam:ListAttachedRolePolicies' : 'iam:ListAttachedUserPolicies',
      Resource: `arn:aws:iam::${scope.accountId}:${kind}/${name}`,
    },
  ];
}

function readZone(scope: DeployScope): PolicyStatement[] {
  const { hostedZones } = arnsOf(scope);
  if (hostedZones.length === 0) return [];
  return [
    {
      Sid: 'Zone',
      Effect: 'Allow',
      Action: ['route53:GetHostedZone', 'route53:ListResourceRecordSets'],
      Resource: hostedZones,
    },
  ];
}
