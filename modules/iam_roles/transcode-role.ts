/** What MediaConvert may do with the two buckets. */
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { Construct } from 'constructs';
import { policyDocument } from '../policy-document.ts';

export interface TranscodeRoleProps {
  readonly name: string;
  readonly mastersBucketArn: string;
  readonly outputsBucketArn: string;
}

/**
 * The role that MediaConvert assumes for a job: reads masters, writes outputs, nothing else.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/creating-the-iam-role-in-iam.html
 */
export class TranscodeRole extends Construct {
  readonly #role: IamRole;

  constructor(scope: Construct, id: string, props: TranscodeRoleProps) {
    super(scope, id);
    this.#role = new IamRole(this, 'role', {
      name: props.name,
      description: 'Assumed by MediaConvert: read masters, write HLS outputs',
      assumeRolePolicy: policyDocument([
        {
          Sid: 'MediaConvert',
          Effect: 'Allow',
          Principal: { Service: 'mediaconvert.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      ]),
    });
    new IamRolePolicy(this, 'role_policy', {
      name: 'masters-to-outputs',
      role: this.#role.id,
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
      ]),
    });
  }

  get arn(): string {
    return this.#role.arn;
  }
}
