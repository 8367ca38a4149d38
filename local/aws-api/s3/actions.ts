/**
 * The permission each S3 call needs, by method and subresource. A pair that is not in the tables is refused: moto does
 * something else for what it does not know, such as listing the bucket or deleting the object.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
import { notImplemented } from '../aws-error.ts';
import { ownValue } from '../own.ts';
import type { S3Target } from './target.ts';

/** Actions by method, and by subresource below it; '' is the bucket or the object itself. */
type Actions = Readonly<Record<string, Readonly<Record<string, string>>>>;

const SERVICE_ACTIONS: Actions = { GET: { '': 'ListAllMyBuckets' } };

const BUCKET_ACTIONS: Actions = {
  GET: {
    '': 'ListBucket',
    accelerate: 'GetAccelerateConfiguration',
    acl: 'GetBucketAcl',
    cors: 'GetBucketCORS',
    encryption: 'GetEncryptionConfiguration',
    inventory: 'GetInventoryConfiguration',
    lifecycle: 'GetLifecycleConfiguration',
    location: 'GetBucketLocation',
    logging: 'GetBucketLogging',
    notification: 'GetBucketNotification',
    'object-lock': 'GetBucketObjectLockConfiguration',
    ownershipControls: 'GetBucketOwnershipControls',
    policy: 'GetBucketPolicy',
    publicAccessBlock: 'GetBucketPublicAccessBlock',
    replication: 'GetReplicationConfiguration',
    requestPayment: 'GetBucketRequestPayment',
    tagging: 'GetBucketTagging',
    uploads: 'ListBucketMultipartUploads',
    versioning: 'GetBucketVersioning',
    versions: 'ListBucketVersions',
    website: 'GetBucketWebsite',
  },
  HEAD: { '': 'ListBucket' },
  PUT: {
    '': 'CreateBucket',
    accelerate: 'PutAccelerateConfiguration',
    acl: 'PutBucketAcl',
    cors: 'PutBucketCORS',
    encryption: 'PutEncryptionConfiguration',
    inventory: 'PutInventoryConfiguration',
    lifecycle: 'PutLifecycleConfiguration',
    logging: 'PutBucketLogging',
    notification: 'PutBucketNotification',
    'object-lock': 'PutBucketObjectLockConfiguration',
    ownershipControls: 'PutBucketOwnershipControls',
    policy: 'PutBucketPolicy',
    publicAccessBlock: 'PutBucketPublicAccessBlock',
    replication: 'PutReplicationConfiguration',
    tagging: 'PutBucketTagging',
    versioning: 'PutBucketVersioning',
    website: 'PutBucketWebsite',
  },
  // Deleting most of these is a permission to put them.
  DELETE: {
    '': 'DeleteBucket',
    cors: 'PutBucketCORS',
    encryption: 'PutEncryptionConfiguration',
    lifecycle: 'PutLifecycleConfiguration',
    ownershipControls: 'PutBucketOwnershipControls',
    policy: 'DeleteBucketPolicy',
    publicAccessBlock: 'PutBucketPublicAccessBlock',
    replication: 'PutReplicationConfiguration',
    tagging: 'PutBucketTagging',
    website: 'DeleteBucketWebsite',
  },
};

const OBJECT_ACTIONS: Actions = {
  GET: {
    '': 'GetObject',
    acl: 'GetObjectAcl',
    attributes: 'GetObjectAttributes',
    'legal-hold': 'GetObjectLegalHold',
    tagging: 'GetObjectTagging',
    uploadId: 'ListMultipartUploadParts',
  },
  HEAD: { '': 'GetObject' },
  PUT: {
    '': 'PutObject',
    acl: 'PutObjectAcl',
    'legal-hold': 'PutObjectLegalHold',
    retention: 'PutObjectRetention',
    tagging: 'PutObjectTagging',
    uploadId: 'PutObject',
  },
  POST: { restore: 'RestoreObject', uploadId: 'PutObject', uploads: 'PutObject' },
  DELETE: { '': 'DeleteObject', tagging: 'DeleteObjectTagging', uploadId: 'AbortMultipartUpload' },
};

/** Actions on a version by its id: `GetObjectVersion`, `PutObjectVersionAcl`, … */
const OF_VERSIONS = new Set([
  'DeleteObject',
  'DeleteObjectTagging',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAttributes',
  'GetObjectTagging',
  'PutObjectAcl',
  'PutObjectTagging',
]);

/** What a query may contain in addition to the subresource. */
const PARAMETERS = new Set([
  'bucket-region',
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'id',
  'key-marker',
  'list-type',
  'marker',
  'max-buckets',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'x-id',
]);

/**
 * The action, with its prefix `s3:`.
 *
 * @throws AwsError 501 for a call whose permission is not known, such as one with two subresources
 */
export function actionOf(method: string, target: S3Target): string {
  const subresource = subresourceOf(target.query);
  const action = ownValue(ownValue(actionsOf(target), method) ?? {}, subresource);
  if (action === undefined) throw unknown(method, target);
  return `s3:${target.query.has('versionId') ? ofVersion(action) : action}`;
}

/** The same action on one version of the object. */
export function ofVersion(action: string): string {
  return OF_VERSIONS.has(action) ? action.replace('Object', 'ObjectVersion') : action;
}

/** Names that are not parameters. There may be one; no table has more. */
export function subresourceOf(query: URLSearchParams): string {
  const names = [...query.keys()].filter(
    (name) => !PARAMETERS.has(name) && !/^(x-amz|response)-/i.test(name),
  );
  return [...new Set(names)].join('&');
}

function actionsOf({ bucket, key }: S3Target): Actions {
  if (bucket === '') return SERVICE_ACTIONS;
  return key === '' ? BUCKET_ACTIONS : OBJECT_ACTIONS;
}

/** The names in a query are not repeated: they can be anything. */
function unknown(method: string, { bucket, key }: S3Target) {
  const of = bucket === '' ? 'all buckets' : key === '' ? 'a bucket' : 'an object';
  return notImplemented(`S3 ${method} of ${of} with these query parameters`);
}
