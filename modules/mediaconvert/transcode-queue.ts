/** Where transcoding jobs wait, and the template with the ladder they share. */
import { CloudformationStack } from '@cdktf/provider-aws/lib/cloudformation-stack/index.js';
import { MediaConvertQueue } from '@cdktf/provider-aws/lib/media-convert-queue/index.js';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';
import { requireWholeNumber } from '../checks.ts';
import { type HlsOutputOptions, hlsTemplateSettings } from './hls-jobs/src/index.ts';

/**
 * The queue that a job moves to when it has waited too long.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/setting-up-queue-hopping.html
 */
export interface QueueHop {
  /** ARN of the other queue, in the same account and region. */
  readonly queueArn: string;
  /** Minutes that a job waits before it may hop, 1 to 4320. */
  readonly afterMinutes: number;
}

export interface TranscodeQueueProps extends HlsOutputOptions {
  /** Name of the queue and prefix of the template's, unique in the account and region. */
  readonly name: string;
  /**
   * Rank of the template's jobs within their queue, -50 to 50; the highest goes first, and among equals the oldest.
   * @default - MediaConvert's own: 0
   */
  readonly priority?: number;
  /**
   * Queue to which the template's jobs move when they have waited too long.
   * @default - jobs stay where they were put
   */
  readonly hop?: QueueHop;
}

/**
 * An on-demand MediaConvert queue and an HLS job template.
 *
 * Terraform has no job template resource, so a CloudFormation stack with one resource makes it.
 * Priority and hopping belong to jobs and templates, not to queues, and a job does not inherit its template's queue:
 * pass the queue with every job.
 *
 * @throws TypeError when `priority` or `hop.afterMinutes` is out of bounds, or an HLS option is refused by the builder
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-mediaconvert-jobtemplate.html
 */
export class TranscodeQueue extends Construct {
  /** The queue of jobs as Terraform's resource, for a setting that no input has. */
  readonly resource: MediaConvertQueue;
  readonly #template: CloudformationStack;
  readonly #templateName: string;

  constructor(scope: Construct, id: string, props: TranscodeQueueProps) {
    super(scope, id);
    const { priority, hop } = props;
    if (priority !== undefined) requirePriority(priority);
    if (hop)
      requireWholeNumber('hop.afterMinutes', hop.afterMinutes, { least: 1, most: 4320, unit: 'minutes' });
    this.#templateName = `${props.name}-hls`;
    this.resource = new MediaConvertQueue(this, 'queue', {
      name: props.name,
      description: 'Masters to HLS',
      pricingPlan: 'ON_DEMAND',
    });
    this.#template = new CloudformationStack(this, 'job_template', {
      name: `${props.name}-job-template`,
      // Parameters keep the body free of references, so that a plan shows a change of the ladder in full.
      parameters: { QueueArn: this.resource.arn, ...(hop && { HopQueueArn: hop.queueArn }) },
      templateBody: JSON.stringify({
        AWSTemplateFormatVersion: '2010-09-09',
        Description: 'MediaConvert job template for private HLS',
        Parameters: { QueueArn: { Type: 'String' }, ...(hop && { HopQueueArn: { Type: 'String' } }) },
        Resources: {
          JobTemplate: {
            Type: 'AWS::MediaConvert::JobTemplate',
            Properties: {
              Name: this.#templateName,
              Description: 'Private HLS ladder with thumbnails',
              Queue: { Ref: 'QueueArn' },
              ...(priority !== undefined && { Priority: priority }),
              ...(hop && {
                HopDestinations: [{ Queue: { Ref: 'HopQueueArn' }, WaitMinutes: hop.afterMinutes }],
              }),
              SettingsJson: hlsTemplateSettings(props),
            },
          },
        },
        Outputs: { JobTemplateName: { Value: { 'Fn::GetAtt': ['JobTemplate', 'Name'] } } },
      }),
    });
  }

  /** ARN of the queue: pass it with every job, because a job does not inherit its template's queue. */
  get queueArn(): string {
    return this.resource.arn;
  }

  /** Name of the job template, known once CloudFormation has made it. */
  get jobTemplateName(): string {
    return Fn.lookup(this.#template.outputs, 'JobTemplateName');
  }

  /** ARN of the job template, built from the queue's, so that a change of the ladder leaves policies out of the plan. */
  get jobTemplateArn(): string {
    return this.#sibling(`:jobTemplates/${this.#templateName}`);
  }

  /** Pattern for every job of this account and region, for policies: a job has no ARN before it exists. */
  get jobsArn(): string {
    return this.#sibling(':jobs/*');
  }

  #sibling(resource: string): string {
    return Fn.replace(this.resource.arn, '/:queues/.*$/', resource);
  }
}

function requirePriority(priority: number): void {
  requireWholeNumber('priority', priority, { least: -50, most: 50, unit: 'ranks' });
}
