/**
 * The permission each S3 call needs, by method and subresource.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
import { notImplemented } from '../aws-error.ts';
import type { S3Target } from './target.ts';

/** Bucket subresources: what follows Get, Put or Delete in the action's name. */
const BUCKET_SUBRESOURCES: Readonly<Record<string, string>> = {
  accelerate: 'AccelerateConfiguration',
  acl: 'BucketAcl',
  analytics: 'AnalyticsConfiguration',
  cors: 'BucketCORS',
  encryption: 'EncryptionConfiguration',
  'intelligent-tiering': 'IntelligentTieringConfiguration',
  inventory: 'InventoryConfiguration',
  lifecycle: 'LifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  metrics: 'MetricsConfiguration',
  notification: 'BucketNotification',
  'object-lock': 'BucketObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'BucketPublicAccessBlock',
  replication: 'ReplicationConfiguration',
  requestPayment: 'BucketRequestPayment',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
};

/** Object subresources, likewise. */
const OBJECT_SUBRESOURCES: Readonly<Record<string, string>> = {
  acl: 'ObjectAcl',
  attributes: 'ObjectAttributes',
  'legal-hold': 'ObjectLegalHold',
  retention: 'ObjectRetention',
  tagging: 'ObjectTagging',
  torrent: 'ObjectTorrent',
};

/** Deleting these is a permission to put them. */
const DELETED_BY_PUT = new Set([
  'encryption',
  'lifecycle',
  'cors',
  'tagging',
  'replication',
  'ownershipControls',
  'publicAccessBlock',
  'analytics',
  'metrics',
  'inventory',
  'intelligent-tiering',
]);

/** @throws AwsError 501 for a call whose permission is not known */
export function actionOf(method: string, target: S3Target): string {
  if (target.bucket === '') return 's3:ListAllMyBuckets';
  return `s3:${target.key === '' ? bucketAction(method, target.query) : objectAction(method, target.query)}`;
}

function bucketAction(method: string, query: URLSearchParams): string {
  const subresource = Object.keys(BUCKET_SUBRESOURCES).find((name) => query.has(name));
  if (subresource !== undefined) {
    const verb = method === 'DELETE' && DELETED_BY_PUT.has(subresource) ? 'Put' : verbOf(method);
    return `${verb}${BUCKET_SUBRESOURCES[subresource]}`;
  }
  if (method === 'POST' && query.has('delete')) return 'DeleteObject';
  if (method === 'PUT') return 'CreateBucket';
  if (method === 'DELETE') return 'DeleteBucket';
  if (method === 'GET' && query.has('versions')) return 'ListBucketVersions';
  if (method === 'GET' && query.has('uploads')) return 'ListBucketMultipartUploads';
  if (method === 'GET' || method === 'HEAD') return 'ListBucket';
  throw notImplemented(`S3 ${method} of a bucket`);
}

function objectAction(method: string, query: URLSearchParams): string {
  const version = query.has('versionId') ? 'Version' : '';
  const subresource = Object.keys(OBJECT_SUBRESOURCES).find((name) => query.has(name));
  if (subresource !== undefined) {
    const name = OBJECT_SUBRESOURCES[subresource] ?? '';
    return `${verbOf(method)}${version === '' ? name : name.replace('Object', 'ObjectVersion')}`;
  }
  if (query.has('uploadId')) {
    if (method === 'GET') return 'ListMultipartUploadParts';
    if (method === 'DELETE') return 'AbortMultipartUpload';
    return 'PutObject';
  }
  if (method === 'GET' || method === 'HEAD') return `GetObject${version}`;
  if (method === 'PUT' || (method === 'POST' && query.has('uploads'))) return 'PutObject';
  if (method === 'DELETE') return `DeleteObject${version}`;
  if (method === 'POST' && query.has('restore')) return 'RestoreObject';
  throw notImplemented(`S3 ${method} of an object`);
}

function verbOf(method: string): string {
  if (method === 'GET' || method === 'HEAD') return 'Get';
  return method === 'DELETE' ? 'Delete' : 'Put';
}
