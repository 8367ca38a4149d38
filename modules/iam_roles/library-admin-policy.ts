/** What people may do who fill the library: send masters, run their jobs, keep the catalogue, and delete titles. */
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { Construct } from 'constructs';
import { requireMatch } from '../checks.ts';
import { policyDocument } from '../policy-document.ts';
import { keepContentKeys, type PlaybackAccess } from './playback-access.ts';
import { KEY_PREFIX, KEY_PREFIX_WANTED, passTranscodeRole, useKeyThrough } from './statements.ts';

export interface LibraryAdminPolicyProps {
  /** Name of the policy, unique in the account. */
  readonly name: string;
  /** Bucket of the masters, with the catalogue (`titles/`) and the records of work (`claims/`). */
  readonly mastersBucketArn: string;
  /** Keys of masters: ends in a slash. */
  readonly uploadKeyPrefix: string;
  /** Bucket of what viewers get. */
  readonly outputsBucketArn: string;
  /** Keys of titles: ends in a slash. */
  readonly outputsKeyPrefix: string;
  /** MediaConvert queue that jobs may be put into, and searched. */
  readonly queueArn: string;
  /**
   * MediaConvert queue that waiting jobs hop to: it may be searched too.
   * @default - none: jobs stay in their queue
   */
  readonly hopQueueArn?: string;
  /** Jobs that may be read, as a pattern: a job has no ARN before it exists. */
  readonly jobsArn: string;
  /** CloudFront distribution whose caches may be invalidated. */
  readonly distributionArn: string;
  /** The only role that may be passed to MediaConvert. */
  readonly transcodeRoleArn: string;
  /**
   * KMS key of the buckets: GenerateDataKey and Decrypt, through S3 only.
   * @default - none: they are encrypted with keys that AWS owns or manages
   */
  readonly encryptionKeyArn?: string;
  /**
   * Table with the content keys of encrypted titles, and its KMS key: the keys alone may be read, added and deleted.
   * @default - none: no title is encrypted
   */
  readonly playback?: PlaybackAccess;
}

/**
 * The permissions of `npm run upload`, `titles`, `withdraw` and `restore` as one managed policy, attached to nobody. It gives neither the
 * signing key nor the state of Terraform.
 *
 * Deletions are there to take a title down, in every version; the bucket's own versioning decides what a deletion without
 * a version removes.
 *
 * @throws TypeError for a key prefix that does not end in a slash or holds a wildcard
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_mediaconvert.html
 */
export class LibraryAdminPolicy extends Construct {
  /** The policy as Terraform's resource, for a setting that no input has. */
  readonly resource: IamPolicy;

  constructor(scope: Construct, id: string, props: LibraryAdminPolicyProps) {
    super(scope, id);
    requireMatch('uploadKeyPrefix', props.uploadKeyPrefix, KEY_PREFIX, KEY_PREFIX_WANTED);
    requireMatch('outputsKeyPrefix', props.outputsKeyPrefix, KEY_PREFIX, KEY_PREFIX_WANTED);
    const { mastersBucketArn: masters, outputsBucketArn: outputs } = props;
    const masterObjects = `${masters}/${props.uploadKeyPrefix}*`;
    const titles = `${outputs}/${props.outputsKeyPrefix}*`;
    this.resource = new IamPolicy(this, 'policy', {
      name: props.name,
      description:
        'Storytime library: masters by multipart upload, MediaConvert jobs, catalogue, deletion of titles',
      policy: policyDocument([
        {
          Sid: 'SendMasters',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
          Resource: masterObjects,
        },
        { Sid: 'RestoreMasters', Effect: 'Allow', Action: 's3:RestoreObject', Resource: masterObjects },
        {
          Sid: 'KeepRecords',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:GetObject'],
          Resource: [`${masters}/titles/*`, `${masters}/claims/*`],
        },
        {
          Sid: 'ReadAndIllustrateTitles',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:GetObject'],
          Resource: titles,
        },
        // With ListBucket S3 answers 404 for an object that does not exist, and 403 without it.
        {
          Sid: 'FindObjects',
          Effect: 'Allow',
          Action: ['s3:ListBucket', 's3:ListBucketVersions'],
          Resource: [masters, outputs],
        },
        { Sid: 'FindUploads', Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: masters },
        {
          Sid: 'DeleteInEveryVersion',
          Effect: 'Allow',
          Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
          Resource: [masterObjects, titles],
        },
        {
          Sid: 'InvalidateTitles',
          Effect: 'Allow',
          Action: ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
          Resource: props.distributionArn,
        },
        { Sid: 'StartJobs', Effect: 'Allow', Action: 'mediaconvert:CreateJob', Resource: props.queueArn },
        {
          Sid: 'FindJobs',
          Effect: 'Allow',
          Action: 'mediaconvert:SearchJobs',
          Resource: [props.queueArn, ...(props.hopQueueArn === undefined ? [] : [props.hopQueueArn])],
        },
        { Sid: 'FollowJobs', Effect: 'Allow', Action: 'mediaconvert:GetJob', Resource: props.jobsArn },
        passTranscodeRole(props.transcodeRoleArn),
        ...(props.encryptionKeyArn === undefined ? [] : [useKeyThrough(['s3'], props.encryptionKeyArn)]),
        ...(props.playback === undefined ? [] : keepContentKeys(props.playback)),
      ]),
    });
  }

  /** ARN of the policy, to attach it. */
  get arn(): string {
    return this.resource.arn;
  }
}
