/** What MediaConvert may do with the two buckets. */
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { Construct } from 'constructs';
import { requireAccountId } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';
import { regionOf } from './arn.ts';
import { boundary } from './boundary.ts';

/** Where MediaConvert's log groups are. */
export interface TranscodeLogs {
  /** Region that jobs run in. */
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
}

export interface TranscodeRoleProps {
  /** Name of the role, unique in the account. */
  readonly name: string;
  /** Bucket that masters are read from: GetObject, GetObjectVersion, ListBucket. */
  readonly mastersBucketArn: string;
  /** Bucket that HLS is written to: PutObject, AbortMultipartUpload, ListBucket, GetBucketLocation. */
  readonly outputsBucketArn: string;
  /**
   * KMS key of the buckets: Decrypt and GenerateDataKey, through S3 only.
   * @default - none: the buckets are encrypted with S3's own keys
   */
  readonly encryptionKeyArn?: string;
  /**
   * Log groups under `/aws/mediaconvert/` that the role may make and write.
   * @default - none: jobs report their errors by events and GetJob
   */
  readonly logs?: TranscodeLogs;
  /**
   * Account (twelve digits) whose MediaConvert alone may assume the role.
   * @default - none: every principal that may pass the role may use it, and no principal of another account may
   */
  readonly sourceAccountId?: string;
  /**
   * ARN of the managed policy that bounds what the role may ever do, whatever its own policies allow.
   * @default - the role is not bounded
   */
  readonly permissionsBoundaryArn?: string;
}

/**
 * The role that MediaConvert assumes for a job: reads masters, writes outputs, nothing else.
 *
 * @throws TypeError for an account id that is not twelve digits
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/creating-the-iam-role-in-iam.html
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/cross-service-confused-deputy-prevention.html
 */
export class TranscodeRole extends Construct {
  /** The role as Terraform's resource, for a setting that no input has. */
  readonly resource: IamRole;

  constructor(scope: Construct, id: string, props: TranscodeRoleProps) {
    super(scope, id);
    for (const [option, account] of [
      ['sourceAccountId', props.sourceAccountId],
      ['logs.accountId', props.logs?.accountId],
    ] as const) {
      if (account !== undefined) requireAccountId(option, account);
    }
    this.resource = new IamRole(this, 'role', {
      name: props.name,
      description: 'Assumed by MediaConvert: read masters, write HLS outputs',
      assumeRolePolicy: policyDocument([trust(props.sourceAccountId)]),
      ...boundary(props),
    });
    new IamRolePolicy(this, 'role_policy', {
      name: 'masters-to-outputs',
      role: this.resource.id,
      policy: policyDocument([
        {
          Sid: 'ReadMasters',
          Effect: 'Allow',
          Action: ['s3:GetObject', 's3:GetObjectVersion'],
          Resource: `${props.mastersBucketArn}/*`,
        },
        { Sid: 'ListMasters', Effect: 'Allow', Action: 's3:ListBucket', Resource: props.mastersBucketArn },
        {
          Sid: 'WriteOutputs',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: `${props.outputsBucketArn}/*`,
        },
        {
          Sid: 'LocateOutputs',
          Effect: 'Allow',
          Action: ['s3:ListBucket', 's3:GetBucketLocation'],
          Resource: props.outputsBucketArn,
        },
        ...(props.encryptionKeyArn === undefined ? [] : [useKey(props.encryptionKeyArn)]),
        ...(props.logs === undefined ? [] : [writeLogs(props.logs)]),
      ]),
    });
  }

  /** ARN of the role, which every job is given. */
  get arn(): string {
    return this.resource.arn;
  }
}

function trust(sourceAccountId?: string): PolicyStatement {
  return {
    Sid: 'MediaConvert',
    Effect: 'Allow',
    Principal: { Service: 'mediaconvert.amazonaws.com' },
    Action: 'sts:AssumeRole',
    // The source is a queue, and a job may hop to another one: so any queue of the account.
    ...(sourceAccountId !== undefined && {
      Condition: {
        StringEquals: { 'aws:SourceAccount': sourceAccountId },
        ArnLike: { 'aws:SourceArn': `arn:aws:mediaconvert:*:${sourceAccountId}:*` },
      },
    }),
  };
}

function useKey(keyArn: string): PolicyStatement {
  return {
    Sid: 'UseBucketKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: keyArn,
    Condition: { StringEquals: { 'kms:ViaService': `s3.${regionOf(keyArn)}.amazonaws.com` } },
  };
}

function writeLogs({ region, accountId }: TranscodeLogs): PolicyStatement {
  return {
    Sid: 'WriteLogs',
    Effect: 'Allow',
    Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    // The `*` covers the group's name and its streams.
    Resource: `arn:aws:logs:${region}:${accountId}:log-group:/aws/mediaconvert/*`,
  };
}
