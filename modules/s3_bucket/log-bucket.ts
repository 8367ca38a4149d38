/** The bucket that AWS writes access logs into. It deletes them after the retention time. */
import type { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { Construct } from 'constructs';
import { refuse, requireAccountId, requireWholeNumber } from '../checks.ts';
import { PrivateBucket, requireLogPrefix } from './private-bucket.ts';

export interface LogBucketProps {
  /** 3 to 63 lower-case letters, digits and dashes, unique in the world. */
  readonly bucketName: string;
  /** Days until a log is deleted: 1 to 3650. */
  readonly retentionDays: number;
  /**
   * Whether destroying the bucket destroys the logs in it.
   * @default false
   */
  readonly forceDestroy?: boolean;
  /**
   * Whether Terraform refuses every plan that would destroy the bucket.
   * @default false
   */
  readonly preventDestroy?: boolean;
}

/** Whose S3 server access logs a log bucket takes. */
export interface ServerAccessLogsSource {
  /** ARNs of the buckets that are logged, at least one, in the log bucket's own region. */
  readonly sourceBucketArns: readonly string[];
  /** The account of those buckets, 12 digits. */
  readonly accountId: string;
  /** Start of every log object's key, `s3/`: without a leading slash, with a trailing one. */
  readonly prefix: string;
}

/** Whose CloudFront standard logs (v2) a log bucket takes. */
export interface DeliveredLogsSource {
  /** The account of the distributions, 12 digits. */
  readonly accountId: string;
  /** Start of every log object's key, `cloudfront/`: without a leading slash, with a trailing one. */
  readonly prefix: string;
  /**
   * ARNs of the delivery sources that may write.
   * @default - every delivery source of the account in us-east-1, where CloudFront's are
   */
  readonly deliverySourceArns?: readonly string[];
}

/**
 * A `PrivateBucket` for logs: only the log services that are allowed can write, and every log is deleted after
 * `retentionDays`.
 *
 * It is encrypted with SSE-S3: S3 does not deliver server access logs into a bucket whose default is SSE-KMS. It logs
 * no requests to itself, because each log would cause another one.
 *
 * AWS refuses to set up logging until the policy allows it (InvalidTargetBucketForLogging), and adds its own statement to
 * a policy that does not allow a delivery. So resources that use `name` or `arn` wait for the policy.
 *
 * @throws TypeError for a name or a number of days that S3 would refuse
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
export class LogBucket extends Construct {
  readonly #bucket: PrivateBucket;

  constructor(scope: Construct, id: string, props: LogBucketProps) {
    super(scope, id);
    const { bucketName, retentionDays, forceDestroy = false, preventDestroy = false } = props;
    requireWholeNumber('retentionDays', retentionDays, { least: 1, most: 3650, unit: 'days' });
    this.#bucket = new PrivateBucket(this, 'logs', {
      bucketName,
      forceDestroy,
      preventDestroy,
      lifecycle: { expireAfterDays: retentionDays },
    });
  }

  /** The bucket as Terraform's resource, for a setting that no input has. */
  get resource(): S3Bucket {
    return this.#bucket.resource;
  }

  /** Name of the bucket; resources that use it wait for the bucket's policy. */
  get name(): string {
    return this.#bucket.nameUnderPolicy;
  }

  /** ARN of the bucket; resources that use it wait for the bucket's policy. */
  get arn(): string {
    return `arn:aws:s3:::${this.name}`;
  }

  /**
   * Lets S3 write the access logs of these buckets, and of no others.
   *
   * @throws TypeError without a bucket, or for a prefix that is not one
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
   */
  allowServerAccessLogs({ sourceBucketArns, accountId, prefix }: ServerAccessLogsSource): void {
    if (sourceBucketArns.length === 0) refuse('sourceBucketArns', 'at least one bucket', sourceBucketArns);
    requireSource(accountId, prefix);
    this.#bucket.allow({
      Sid: 'AllowServerAccessLogs',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${this.#bucket.arn}/${prefix}*`,
      Condition: {
        ArnEquals: { 'aws:SourceArn': sourceBucketArns },
        StringEquals: { 'aws:SourceAccount': accountId },
      },
    });
  }

  /**
   * Lets CloudWatch Logs deliver CloudFront's standard logs (v2).
   *
   * @throws TypeError for an account or a prefix that is not one
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
   */
  allowDeliveredLogs({ accountId, prefix, deliverySourceArns }: DeliveredLogsSource): void {
    if (deliverySourceArns?.length === 0) {
      refuse('deliverySourceArns', 'at least one, or none given for all of the account', deliverySourceArns);
    }
    requireSource(accountId, prefix);
    this.#bucket.allow({
      Sid: 'AllowDeliveredLogs',
      Principal: { Service: 'delivery.logs.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `${this.#bucket.arn}/${prefix}*`,
      Condition: {
        StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceAccount': accountId },
        ArnLike: {
          'aws:SourceArn': deliverySourceArns ?? [`arn:aws:logs:us-east-1:${accountId}:delivery-source:*`],
        },
      },
    });
  }
}

function requireSource(accountId: string, prefix: string): void {
  requireAccountId('accountId', accountId);
  requireLogPrefix('prefix', prefix);
}
