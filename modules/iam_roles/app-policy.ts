/** What the backend may do: take uploads, start jobs, sign. */
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { IamUserPolicyAttachment } from '@cdktf/provider-aws/lib/iam-user-policy-attachment/index.js';
import { Construct } from 'constructs';
import { policyDocument } from '../policy-document.ts';

/** The role or user, made elsewhere, that the backend runs as. */
export interface BackendPrincipal {
  readonly kind: 'role' | 'user';
  readonly name: string;
}

export interface AppPolicyProps {
  readonly name: string;
  readonly mastersBucketArn: string;
  /** Keys that presigned uploads may write: ends in a slash. */
  readonly uploadKeyPrefix: string;
  readonly queueArn: string;
  readonly jobTemplateArn: string;
  readonly jobsArn: string;
  /** The one role that the backend may hand to MediaConvert. */
  readonly transcodeRoleArn: string;
  readonly secretArn: string;
  /** @default - attached to nobody: attach it by its ARN */
  readonly principal?: BackendPrincipal;
}

/**
 * The backend's permissions as one managed policy.
 *
 * PassRole is bound to MediaConvert, so that the role cannot be handed to anything else.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediaconvert.html
 */
export class AppPolicy extends Construct {
  readonly #policy: IamPolicy;

  constructor(scope: Construct, id: string, props: AppPolicyProps) {
    super(scope, id);
    this.#policy = new IamPolicy(this, 'policy', {
      name: props.name,
      description: 'Storytime backend: presigned uploads, MediaConvert jobs, the CloudFront signing key',
      policy: policyDocument([
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
        {
          Sid: 'PassTranscodeRole',
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: props.transcodeRoleArn,
          Condition: { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } },
        },
        {
          Sid: 'ReadSigningKey',
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: props.secretArn,
        },
      ]),
    });
    if (props.principal?.kind === 'role') {
      new IamRolePolicyAttachment(this, 'policy_attachment', {
        role: props.principal.name,
        policyArn: this.arn,
      });
    } else if (props.principal?.kind === 'user') {
      new IamUserPolicyAttachment(this, 'policy_attachment', {
        user: props.principal.name,
        policyArn: this.arn,
      });
    }
  }

  get arn(): string {
    return this.#policy.arn;
  }
}
