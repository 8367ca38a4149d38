/** A private bucket: every access needs a policy that allows it, and TLS. */
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketCorsConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-cors-configuration/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketLoggingA } from '@cdktf/provider-aws/lib/s3-bucket-logging/index.js';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { NEW_BUCKET_NAME } from '../../aws/values/names.ts';
import { refuse, requireMatch, requireOrigins } from '../checks.ts';
import { type PolicyStatement, type Principal, policyDocument } from '../policy-document.ts';
import { denialsOf } from './bucket-denials.ts';
import { type BucketLifecycle, lifecycleRules, requireLifecycle } from './bucket-lifecycle.ts';

/** Where S3 writes one line per request to a bucket. */
export interface BucketAccessLogs {
  /** A `LogBucket` in the same region and account that allows the logs of this bucket. */
  readonly bucketName: string;
  /** Start of every log object's key, `s3/masters/`: without a leading slash, with a trailing one. */
  readonly prefix: string;
}

export interface PrivateBucketProps {
  /** 3 to 63 lower-case letters, digits and dashes, unique in the world. */
  readonly bucketName: string;
  /**
   * Whether destroying the bucket destroys the objects in it.
   * @default false
   */
  readonly forceDestroy?: boolean;
  /**
   * Whether Terraform refuses every plan that would destroy the bucket.
   * @default false
   */
  readonly preventDestroy?: boolean;
  /**
   * Whether overwritten and deleted objects are kept as noncurrent versions.
   * @default false
   */
  readonly versioned?: boolean;
  /**
   * ARN of the one KMS key that objects are encrypted with (SSE-KMS, with a bucket key).
   *
   * Readers and writers need the key too: roles need `kms:Decrypt` and `kms:GenerateDataKey`, and CloudFront must be in
   * the key's own policy (`EncryptionKey.allowDecryptBy`). Existing objects keep the encryption that they have.
   * @default - SSE-S3, with keys that S3 keeps
   */
  readonly encryptionKeyArn?: string;
  /**
   * Whether viewers are served from this bucket. Its objects then never move to a class that cannot be read at once.
   * @default false
   */
  readonly served?: boolean;
  /**
   * What happens to objects as they age; `none` if no upload can stay incomplete, or if the bucket is deleted within a day.
   * @default - objects stay as they are, and abandoned uploads end after 7 days
   */
  readonly lifecycle?: BucketLifecycle | 'none';
  /**
   * Exact origins whose pages may upload (PUT, POST) and read (GET, HEAD).
   * @default - no CORS
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Where S3 logs every request to this bucket.
   *
   * A line contains the whole URL, and so the signature of a presigned URL, hours later. Let only people read the logs who
   * may also use the bucket, and let presigned uploads expire soon.
   * @default - nowhere
   */
  readonly accessLogs?: BucketAccessLogs;
}

/**
 * A bucket with every public access blocked, ACLs off (BucketOwnerEnforced), encryption at rest, and a policy that
 * denies plain HTTP.
 *
 * With `encryptionKeyArn` the policy also denies uploads that name any other encryption; an upload that names none gets
 * the bucket's own.
 *
 * @throws TypeError for a name, lifecycle, origin or log prefix that S3 or CloudFront would refuse, or that would archive a served bucket
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
 */
export class PrivateBucket extends Construct {
  /** The bucket as Terraform's resource, for a setting that no input has. */
  readonly resource: S3Bucket;
  readonly #policy: S3BucketPolicy;
  readonly #allowances: PolicyStatement[] = [];
  readonly #timesTaken = new Map<string, number>();

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    requireProps(props);
    this.resource = new S3Bucket(this, 'bucket', {
      bucket: props.bucketName,
      forceDestroy: props.forceDestroy ?? false,
      ...(props.preventDestroy && { lifecycle: { preventDestroy: true } }),
    });
    const bucket = this.name;
    const publicAccessBlock = new S3BucketPublicAccessBlock(this, 'public_access_block', {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership_controls', {
      bucket,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
    new S3BucketServerSideEncryptionConfigurationA(this, 'server_side_encryption_configuration', {
      bucket,
      rule: [encryptionRule(props.encryptionKeyArn)],
    });
    const versioning =
      props.versioned &&
      new S3BucketVersioningA(this, 'versioning', {
        bucket,
        versioningConfiguration: { status: 'Enabled' },
      });
    if (props.lifecycle !== 'none') {
      new S3BucketLifecycleConfiguration(this, 'lifecycle_configuration', {
        bucket,
        rule: lifecycleRules(props.lifecycle ?? {}),
        // S3 checks noncurrent rules against the bucket's versioning, so versioning comes first.
        ...(versioning && { dependsOn: [versioning] }),
      });
    }
    if (props.corsOrigins && props.corsOrigins.length > 0) {
      new S3BucketCorsConfiguration(this, 'cors_configuration', {
        bucket,
        corsRule: [uploadCorsRule(props.corsOrigins)],
      });
    }
    if (props.accessLogs) {
      new S3BucketLoggingA(this, 'logging', {
        bucket,
        targetBucket: props.accessLogs.bucketName,
        targetPrefix: props.accessLogs.prefix,
      });
    }
    const denials = denialsOf(this.arn, props.encryptionKeyArn);
    this.#policy = new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: Lazy.stringValue({ produce: () => policyDocument([...denials, ...this.#allowances]) }),
      // Two bucket-level writes at once answer 409 OperationAborted.
      dependsOn: [publicAccessBlock],
    });
  }

  /** Name of the bucket. */
  get name(): string {
    return this.resource.id;
  }

  /** ARN of the bucket. */
  get arn(): string {
    return this.resource.arn;
  }

  /** The regional endpoint, which an origin access control needs (the global one redirects for hours after creation). */
  get regionalDomainName(): string {
    return this.resource.bucketRegionalDomainName;
  }

  /** The bucket's name, read from its policy: resources that use it wait until the policy is in place. */
  get nameUnderPolicy(): string {
    return this.#policy.bucket;
  }

  /**
   * Lets one CloudFront distribution, and no other, read objects.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
   */
  allowReadBy(distributionArn: string): void {
    this.allow({
      Sid: 'AllowCloudFrontRead',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: `${this.arn}/*`,
      Condition: { StringEquals: { 'AWS:SourceArn': distributionArn } },
    });
  }

  /**
   * Adds an Allow to the bucket's one policy, after the denials; a Sid that is taken gets a number.
   *
   * @throws TypeError for an Allow to everybody
   */
  allow(statement: Omit<PolicyStatement, 'Effect'>): void {
    const { Sid, ...rest } = statement;
    if (isEverybody(rest.Principal)) refuse('Principal', 'a service, or principals by ARN', rest.Principal);
    const times = (this.#timesTaken.get(Sid) ?? 0) + 1;
    this.#timesTaken.set(Sid, times);
    this.#allowances.push({ Sid: times === 1 ? Sid : `${Sid}${times}`, Effect: 'Allow', ...rest });
  }
}

/** @throws TypeError unless `prefix` is one or more folders, so that a policy for it allows nothing else */
export function requireLogPrefix(option: string, prefix: string): void {
  requireMatch(
    option,
    prefix,
    /(?:[\w.=-]+\/)+/,
    'a key prefix such as "s3/masters/": no slash in front, one at the end',
  );
}

function requireProps({ bucketName, served, lifecycle, corsOrigins, accessLogs }: PrivateBucketProps): void {
  // No dots: they break TLS to `<bucket>.s3.<region>.amazonaws.com`.
  requireMatch(
    'bucketName',
    bucketName,
    NEW_BUCKET_NAME,
    '3 to 63 lower-case letters, digits and inner dashes',
  );
  if (lifecycle && lifecycle !== 'none') requireLifecycle(lifecycle, { served: served ?? false });
  if (corsOrigins) requireOrigins('corsOrigins', corsOrigins);
  if (!accessLogs) return;
  requireLogPrefix('accessLogs.prefix', accessLogs.prefix);
  if (accessLogs.bucketName === bucketName) {
    refuse('accessLogs.bucketName', 'another bucket: one that logs to itself logs its logs', bucketName);
  }
}

function isEverybody(principal: Principal | undefined): boolean {
  if (principal === undefined || principal === '*') return true;
  return 'AWS' in principal && [principal.AWS].flat().includes('*');
}

function encryptionRule(encryptionKeyArn?: string) {
  if (encryptionKeyArn === undefined)
    return { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } };
  return {
    applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: encryptionKeyArn },
    // One data key for many objects: without it every segment that CloudFront reads is a KMS request.
    bucketKeyEnabled: true,
  };
}

function uploadCorsRule(origins: readonly string[]) {
  return {
    allowedOrigins: [...origins],
    allowedMethods: ['PUT', 'POST', 'GET', 'HEAD'],
    allowedHeaders: ['*'],
    exposeHeaders: ['ETag'],
    maxAgeSeconds: 3600,
  };
}
