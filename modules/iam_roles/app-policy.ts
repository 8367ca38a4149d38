/** What the backend may do: accept uploads, start jobs, sign. */
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { IamUserPolicyAttachment } from '@cdktf/provider-aws/lib/iam-user-policy-attachment/index.js';
import { Construct } from 'constructs';
import { requireMatch } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';
import type { ExistingPrincipal } from './backend-principal.ts';
import { type PlaybackAccess, servePlayback } from './playback-access.ts';
import { KEY_PREFIX, KEY_PREFIX_WANTED, passTranscodeRole, useKeyThrough } from './statements.ts';

/** Titles in the HLS bucket, as far as the backend reaches them. */
export interface OutputsAccess {
  /** ARN of the bucket. */
  readonly bucketArn: string;
  /** Keys that may be read or written: ends in a slash. */
  readonly keyPrefix: string;
  /** GetObject and ListBucket (`read`), or these and PutObject (`publish`). Neither allows a deletion. */
  readonly access: 'read' | 'publish';
}

export interface AppPolicyProps {
  /** Name of the policy, unique in the account. */
  readonly name: string;
  /** Bucket that presigned uploads go to. */
  readonly mastersBucketArn: string;
  /** Keys that presigned uploads may write: ends in a slash. */
  readonly uploadKeyPrefix: string;
  /** MediaConvert queue that jobs may be put into, and listed. */
  readonly queueArn: string;
  /** Job template that jobs may be made from. */
  readonly jobTemplateArn: string;
  /** Jobs that the backend may read, as a pattern: a job has no ARN before it exists. */
  readonly jobsArn: string;
  /** The only role that the backend may pass to MediaConvert. */
  readonly transcodeRoleArn: string;
  /** The only secret that the backend may read: the signing key. */
  readonly secretArn: string;
  /**
   * HLS bucket that the backend may read from, or publish to: the signer's endpoint reads playlists there, and prepared
   * playlists are written there.
   * @default - none: MediaConvert writes it and CloudFront reads it
   */
  readonly outputs?: OutputsAccess;
  /**
   * Distribution whose cache the backend may invalidate, to take a title down at once.
   * @default - none: a title that was deleted from the bucket still plays until its segments expire
   */
  readonly distributionArn?: string;
  /**
   * KMS key of the buckets and the secret: GenerateDataKey and Decrypt, through S3 and Secrets Manager only.
   * @default - none: they are encrypted with keys that AWS owns or manages
   */
  readonly encryptionKeyArn?: string;
  /**
   * SQS queue of job events that the backend reads and deletes.
   * @default - none: the backend asks for each job's state
   */
  readonly eventsQueueArn?: string;
  /**
   * SSM parameter with the backend's configuration, which it reads at start.
   * @default - none: the configuration comes from the process's environment
   */
  readonly configParameterArn?: string;
  /**
   * Asymmetric KMS keys that the backend signs with: Sign (SHA-256 only) and GetPublicKey.
   * @default - none: the backend signs with the secret's key
   */
  readonly signingKmsKeyArns?: readonly string[];
  /**
   * Table of devices, progress and content keys, and its KMS key: the backend reads and writes what is about viewers, and
   * reads and adds content keys.
   * @default - none: no playback beyond signatures
   */
  readonly playback?: PlaybackAccess;
  /**
   * Role or user, made elsewhere, that gets the policy attached by name.
   * @default - not attached: attach it by its ARN, or give it to an `AppRole`
   */
  readonly principal?: ExistingPrincipal;
}

/**
 * The backend's permissions as one managed policy.
 *
 * PassRole is bound to MediaConvert, so that the role cannot be handed to anything else.
 *
 * @throws TypeError for a key prefix that does not end in a slash or holds a wildcard
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediaconvert.html
 */
export class AppPolicy extends Construct {
  /** The policy as Terraform's resource, for a setting that no input has. */
  readonly resource: IamPolicy;

  constructor(scope: Construct, id: string, props: AppPolicyProps) {
    super(scope, id);
    requireMatch('uploadKeyPrefix', props.uploadKeyPrefix, KEY_PREFIX, KEY_PREFIX_WANTED);
    if (props.outputs)
      requireMatch('outputs.keyPrefix', props.outputs.keyPrefix, KEY_PREFIX, KEY_PREFIX_WANTED);
    this.resource = new IamPolicy(this, 'policy', {
      name: props.name,
      description: 'Storytime backend: presigned uploads, MediaConvert jobs, the CloudFront signing key',
      policy: policyDocument([
        ...uploadsAndJobs(props),
        {
          Sid: 'ReadSigningKey',
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: props.secretArn,
        },
        ...onRequest(props),
      ]),
    });
    if (props.principal) this.#attachTo(props.principal);
  }

  /** ARN of the policy, to attach it. */
  get arn(): string {
    return this.resource.arn;
  }

  #attachTo({ kind, name }: ExistingPrincipal): void {
    const policyArn = this.arn;
    if (kind === 'role') new IamRolePolicyAttachment(this, 'policy_attachment', { role: name, policyArn });
    else new IamUserPolicyAttachment(this, 'policy_attachment', { user: name, policyArn });
  }
}

function uploadsAndJobs(props: AppPolicyProps): PolicyStatement[] {
  return [
    {
      Sid: 'UploadMasters',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: `${props.mastersBucketArn}/${props.uploadKeyPrefix}*`,
    },
    {
      Sid: 'StartJobs',
      Effect: 'Allow',
      Action: 'mediaconvert:CreateJob',
      Resource: [props.queueArn, props.jobTemplateArn],
    },
    { Sid: 'WatchJobs', Effect: 'Allow', Action: 'mediaconvert:GetJob', Resource: props.jobsArn },
    { Sid: 'ListJobs', Effect: 'Allow', Action: 'mediaconvert:ListJobs', Resource: props.queueArn },
    // Called by SDKs and backends that look up the account's endpoint; AWS defines no resource type for it.
    { Sid: 'FindEndpoint', Effect: 'Allow', Action: 'mediaconvert:DescribeEndpoints', Resource: '*' },
    passTranscodeRole(props.transcodeRoleArn),
  ];
}

function onRequest(props: AppPolicyProps): PolicyStatement[] {
  const signingKeys = [...(props.signingKmsKeyArns ?? [])];
  return [
    ...allow(
      'TakeDown',
      ['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'],
      props.distributionArn,
    ),
    ...(props.outputs === undefined ? [] : useOutputs(props.outputs)),
    ...(props.encryptionKeyArn === undefined
      ? []
      : [useKeyThrough(['s3', 'secretsmanager'], props.encryptionKeyArn)]),
    ...allow(
      'WorkOffJobEvents',
      [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
      ],
      props.eventsQueueArn,
    ),
    ...allow('ReadConfiguration', 'ssm:GetParameter', props.configParameterArn),
    ...(signingKeys.length === 0 ? [] : signWith(signingKeys)),
    ...(props.playback === undefined ? [] : servePlayback(props.playback)),
  ];
}

function allow(Sid: string, Action: string | string[], Resource?: string): PolicyStatement[] {
  return Resource === undefined ? [] : [{ Sid, Effect: 'Allow', Action, Resource }];
}

/**
 * ListBucket is for the whole bucket: with it S3 answers 404 for an object that does not exist, and 403 without it. That
 * request names no prefix, so a condition on `s3:prefix` would not match it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
function useOutputs({ bucketArn, keyPrefix, access }: OutputsAccess): PolicyStatement[] {
  const titles = `${bucketArn}/${keyPrefix}*`;
  return [
    ...allow('FindOutputs', 's3:ListBucket', bucketArn),
    ...allow('ReadOutputs', 's3:GetObject', titles),
    ...(access === 'publish' ? allow('PublishOutputs', 's3:PutObject', titles) : []),
  ];
}

function signWith(keyArns: readonly string[]): PolicyStatement[] {
  return [
    {
      Sid: 'SignWithKms',
      Effect: 'Allow',
      Action: 'kms:Sign',
      Resource: keyArns,
      // What CloudFront verifies: RSA with PKCS #1 v1.5 padding or ECDSA, with SHA-256.
      Condition: {
        StringEquals: { 'kms:SigningAlgorithm': ['RSASSA_PKCS1_V1_5_SHA_256', 'ECDSA_SHA_256'] },
      },
    },
    { Sid: 'ReadPublicHalves', Effect: 'Allow', Action: 'kms:GetPublicKey', Resource: keyArns },
  ];
}
