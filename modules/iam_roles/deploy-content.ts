/** What a deploy role has to do with content (secrets' values, objects, messages, keys in use), and that no resource policy gives it more. */
import type { PolicyStatement } from '../policy-document.ts';
import { arnsOf, type DeployScope, secretArn } from './deploy-scope.ts';

export type DeployRole = 'plan' | 'apply' | 'rotate';

/** Everything of one kind that a role may have to do with; of the rest it is denied. */
interface Own {
  /** Secret whose value the role reads and writes. */
  readonly secret: string | undefined;
  readonly objectsRead: readonly string[];
  readonly objectsWritten: readonly string[];
  readonly objectsDeleted: readonly string[];
}

/** What reads or writes the value that a secret has; UpdateSecret takes a value beside the description and the KMS key. */
const VALUE_ACTIONS = [
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecret',
  'secretsmanager:UpdateSecretVersionStage',
];

/** What no deploy role needs anywhere, and whoever writes a policy of a secret, queue, topic, key or role can allow. */
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

/** A grant gives what its maker may do to somebody else, so it is counted among the uses of a key. */
const KEY_USES = ['kms:CreateGrant', 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/**
 * Explicit denials. Within one account the policy of a secret, bucket, key, queue, topic or role is enough to allow its
 * use, and the apply role writes such policies: what its own policies only do not allow, it could allow itself. It could
 * also allow the plan role, which pull requests have. The denials go by no tag, since tags can be taken off.
 *
 * Keys are used through a service only: through S3 and DynamoDB for a state that is encrypted with a KMS key, where the
 * other denials say which objects; through Secrets Manager for whoever makes a secret or has a value.
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
