/** A bucket that nobody reaches without a policy saying so, and nobody at all without TLS. */
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketCorsConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-cors-configuration/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';

/** What happens to objects as they age. */
export interface BucketLifecycle {
  /**
   * Days until an object moves to the GLACIER storage class.
   * @default - objects stay where they are
   */
  readonly archiveAfterDays?: number;
  /**
   * Days until a version that was overwritten or deleted goes for good.
   * @default - noncurrent versions are kept
   */
  readonly noncurrentExpiryDays?: number;
}

export interface PrivateBucketProps {
  /** 3 to 63 characters, unique in the world. */
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
  /** @default - no lifecycle configuration */
  readonly lifecycle?: BucketLifecycle;
  /**
   * Exact origins whose pages may upload (PUT, POST) and read (GET, HEAD).
   * @default - no CORS
   */
  readonly corsOrigins?: readonly string[];
}

const ABORT_INCOMPLETE_UPLOADS_AFTER_DAYS = 7;

/**
 * A bucket with every public access blocked, ACLs off (BucketOwnerEnforced), SSE-S3, and a policy that denies plain HTTP.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
 */
export class PrivateBucket extends Construct {
  readonly #bucket: S3Bucket;
  readonly #statements: PolicyStatement[];

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    this.#bucket = new S3Bucket(this, 'bucket', {
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
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    const versioning =
      props.versioned &&
      new S3BucketVersioningA(this, 'versioning', {
        bucket,
        versioningConfiguration: { status: 'Enabled' },
      });
    if (props.lifecycle) {
      new S3BucketLifecycleConfiguration(this, 'lifecycle_configuration', {
        bucket,
        rule: [lifecycleRule(props.lifecycle)],
        // S3 judges noncurrent rules by the versioning it sees, so versioning comes first.
        ...(versioning && { dependsOn: [versioning] }),
      });
    }
    if (props.corsOrigins && props.corsOrigins.length > 0) {
      new S3BucketCorsConfiguration(this, 'cors_configuration', {
        bucket,
        corsRule: [uploadCorsRule(props.corsOrigins)],
      });
    }
    this.#statements = [denyPlainHttp(this.arn)];
    new S3BucketPolicy(this, 'policy', {
      bucket,
      policy: Lazy.stringValue({ produce: () => policyDocument(this.#statements) }),
      // Two bucket-level writes at once answer 409 OperationAborted.
      dependsOn: [publicAccessBlock],
    });
  }

  get name(): string {
    return this.#bucket.id;
  }

  get arn(): string {
    return this.#bucket.arn;
  }

  /** The regional endpoint, which an origin access control needs (the global one redirects for hours after creation). */
  get regionalDomainName(): string {
    return this.#bucket.bucketRegionalDomainName;
  }

  /**
   * Lets one CloudFront distribution, and no other, read objects.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
   */
  allowReadBy(distributionArn: string): void {
    this.#statements.push({
      Sid: 'AllowCloudFrontRead',
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: `${this.arn}/*`,
      Condition: { StringEquals: { 'AWS:SourceArn': distributionArn } },
    });
  }
}

function denyPlainHttp(bucketArn: string): PolicyStatement {
  return {
    Sid: 'DenyPlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

function lifecycleRule({ archiveAfterDays, noncurrentExpiryDays }: BucketLifecycle) {
  return {
    id: 'age',
    status: 'Enabled',
    filter: [{ prefix: '' }],
    abortIncompleteMultipartUpload: [{ daysAfterInitiation: ABORT_INCOMPLETE_UPLOADS_AFTER_DAYS }],
    ...(archiveAfterDays !== undefined && {
      transition: [{ days: archiveAfterDays, storageClass: 'GLACIER' }],
    }),
    ...(noncurrentExpiryDays !== undefined && {
      noncurrentVersionExpiration: [{ noncurrentDays: noncurrentExpiryDays }],
    }),
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
