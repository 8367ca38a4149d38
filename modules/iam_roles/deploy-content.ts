/** Which content (secrets' values, objects, messages, keys in use) a deploy role may reach; no resource policy can allow it more. */
import type { PolicyStatement } from '../policy-document.ts';
import { arnsOf, type DeployScope, secretArn } from './deploy-scope.ts';

export type DeployRole = 'plan' | 'apply' | 'rotate';

/** Everything of one kind that a role may reach; the rest is denied. */
interface Own {
  /** Secret whose value the role reads and writes. */
  readonly secret: string | undefined;
  readonly objectsRead: readonly string[];
  readonly objectsWritten: readonly string[];
  readonly objectsDeleted: readonly string[];
}

/** Actions that read or write a secret's value; UpdateSecret takes a value as well as the description and the KMS key. */
const VALUE_ACTIONS = [
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecret',
  'secretsmanager:UpdateSecretVersionStage',
];

/** Actions that no deploy role needs, but that the policy of a secret, queue, topic, key or role could allow. */
const NEVER = [
  'kms:DeriveSharedSecret',
  'kms:GenerateMac',
  'kms:Sign',
  's3:PutReplicationConfiguration',
  's3:ReplicateObject',
  's3:RestoreObject',
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:CancelRotateSecret',
  'secretsmanager:RemoveRegionsFromReplication',
  'secretsmanager:ReplicateSecretToRegions',
  'secretsmanager:RotateSecret',
  'secretsmanager:StopReplicationToReplica',
  'sns:Publish',
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:PurgeQueue',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
  'sts:AssumeRole',
];

/** A grant passes the rights of its creator to another principal, so it counts as a use of the key. */
const KEY_USES = ['kms:CreateGrant', 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/**
 * Explicit denials. Within one account the policy of a secret, bucket, key, queue, topic or role is enough to allow its
 * use, and the apply role writes such policies: it could allow itself everything that its own policies do not allow. It could
 * also allow the plan role, which pull requests use. The denials do not depend on tags, because tags can be removed.
 *
 * Keys are used through a service only: through S3 and DynamoDB for a state that is encrypted with a KMS key, where the
 * other denials say which objects; through Secrets Manager for a role that makes a secret or reads and writes its value.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
export function contentDenials(role: DeployRole, scope: DeployScope): PolicyStatement[] {
  const { secret, objectsRead, objectsWritten, objectsDeleted } = ownOf(role, scope);
  const services = ['s3.*', 'dynamodb.*', ...(role === 'plan' ? [] : [`secretsmanager.${scope.region}`])];
  return [
    { Sid: 'NoContent', Effect: 'Deny', Action: NEVER, Resource: '*' },
    allBut('NoValues', VALUE_ACTIONS, secret === undefined ? [] : [secret]),
    allBut('NoReads', ['s3:GetObject*'], objectsRead),
    allBut('NoWrites', ['s3:PutObject*'], objectsWritten),
    allBut('NoDeletes', ['s3:DeleteObject*'], objectsDeleted),
    {
      Sid: 'NoKeyInUse',
      Effect: 'Deny',
      Action: KEY_USES,
      Resource: '*',
      Condition: {
        StringNotLike: { 'kms:ViaService': services.map((service) => `${service}.amazonaws.com`) },
      },
    },
  ];
}

function ownOf(role: DeployRole, scope: DeployScope): Own {
  const { buckets, stateObjects, stateLocks, rotationLocks } = arnsOf(scope);
  const { managedSecretName, rotatedSecretName, emptiesBuckets } = scope;
  const named = (name: string | undefined) => (name === undefined ? undefined : secretArn(scope, name));
  switch (role) {
    case 'plan':
      return { secret: undefined, objectsRead: stateObjects, objectsWritten: [], objectsDeleted: [] };
    case 'apply':
      return {
        secret: named(managedSecretName),
        objectsRead: [...stateObjects, ...stateLocks],
        objectsWritten: [...stateObjects, ...stateLocks],
        objectsDeleted: [...stateLocks, ...(emptiesBuckets ? buckets.map((bucket) => `${bucket}/*`) : [])],
      };
    case 'rotate':
      return {
        secret: named(rotatedSecretName),
        objectsRead: rotationLocks,
        objectsWritten: rotationLocks,
        objectsDeleted: rotationLocks,
      };
  }
}

function allBut(sid: string, actions: readonly string[], spared: readonly string[]): PolicyStatement {
  const statement = { Sid: sid, Effect: 'Deny', Action: actions } as const;
  return spared.length === 0 ? { ...statement, Resource: '*' } : { ...statement, NotResource: spared };
}
