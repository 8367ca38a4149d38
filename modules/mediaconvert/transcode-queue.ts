/** Where transcoding jobs wait, and the template with the ladder they share. */
import { CloudformationStack } from '@cdktf/provider-aws/lib/cloudformation-stack/index.js';
import { MediaConvertQueue } from '@cdktf/provider-aws/lib/media-convert-queue/index.js';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { type HlsOutputOptions, hlsTemplateSettings } from './hls-jobs/src/index.ts';

export interface TranscodeQueueProps extends HlsOutputOptions {
  /** Name of the queue and prefix of the template's, unique in the account and region. */
  readonly name: string;
}

/**
 * An on-demand MediaConvert queue and an HLS job template.
 *
 * Terraform has no job template resource, so a CloudFormation stack of one resource carries it.
 * A job does not inherit its template's queue: pass both with every job.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-mediaconvert-jobtemplate.html
 */
export class TranscodeQueue extends Construct {
  readonly #queue: MediaConvertQueue;
  readonly #template: CloudformationStack;
  readonly #templateName: string;

  constructor(scope: Construct, id: string, props: TranscodeQueueProps) {
    super(scope, id);
    this.#templateName = `${props.name}-hls`;
    this.#queue = new MediaConvertQueue(this, 'queue', {
      name: props.name,
      description: 'Masters to HLS',
      pricingPlan: 'ON_DEMAND',
    });
    this.#template = new CloudformationStack(this, 'job_template', {
      name: `${props.name}-job-template`,
      // A parameter keeps the body free of references, so that a plan shows a change of the ladder in full.
      parameters: { QueueArn: this.#queue.arn },
      templateBody: JSON.stringify({
        AWSTemplateFormatVersion: '2010-09-09',
        Description: 'MediaConvert job template for private HLS',
        Parameters: { QueueArn: { Type: 'String' } },
        Resources: {
          JobTemplate: {
            Type: 'AWS::MediaConvert::JobTemplate',
            Properties: {
              Name: this.#templateName,
              Description: 'Private HLS ladder with thumbnails',
              Queue: { Ref: 'QueueArn' },
              SettingsJson: hlsTemplateSettings(props),
            },
          },
        },
        Outputs: { JobTemplateName: { Value: { 'Fn::GetAtt': ['JobTemplate', 'Name'] } } },
      }),
    });
  }

  get queueArn(): string {
    return this.#queue.arn;
  }

  /** Known once CloudFormation has made the template. */
  get jobTemplateName(): string {
    return Fn.lookup(this.#template.outputs, 'JobTemplateName');
  }

  /** Built from the queue's ARN, so that a change of the ladder leaves the policies that name it out of the plan. */
  get jobTemplateArn(): string {
    return this.#sibling(`:jobTemplates/${this.#templateName}`);
  }

  /** Every job of this account and region: a job has no ARN before it exists. */
  get jobsArn(): string {
    return this.#sibling(':jobs/*');
  }

  #sibling(resource: string): string {
    return Fn.replace(this.#queue.arn, '/:queues/.*$/', resource);
  }
}
