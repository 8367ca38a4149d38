/** What MediaConvert says about its jobs, kept until a backend has read it. */
import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy/index.js';
import { Construct } from 'constructs';
import { requireWholeNumber } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';

/** A topic in addition to the queue, for further subscribers. */
export interface JobEventsTopic {
  /**
   * KMS key that the topic encrypts with, which must let `events.amazonaws.com` call GenerateDataKey and Decrypt.
   *
   * EventBridge cannot use SNS's own key: the policy of `alias/aws/sns` allows no service.
   * @default - not encrypted at rest; events hold names and ARNs, never content or keys
   */
  readonly encryptionKeyArn?: string;
}

export interface JobEventsProps {
  /** Prefix of every name, unique in the account and region. */
  readonly name: string;
  /** ARN of the MediaConvert queue whose jobs are followed, and no other's. */
  readonly queueArn: string;
  /**
   * ARN of the queue that jobs may hop to: from then on their events name that one.
   *
   * Events of all its jobs arrive, so it should be this product's own.
   * @default - none: events of jobs that hopped are not received
   */
  readonly hopQueueArn?: string;
  /**
   * Days that an event waits to be read, 1 to 13; in the dead-letter queue it stays until the 14th.
   * @default 4
   */
  readonly retentionDays?: number;
  /**
   * Failed readings after which an event moves to the dead-letter queue, 1 to 1000.
   * @default 5
   */
  readonly maxReceives?: number;
  /**
   * Seconds that a reader has before others see the event again, 0 to 43,200.
   * @default 60
   */
  readonly visibilityTimeoutSeconds?: number;
  /** @default - no topic: one queue, one reader */
  readonly topic?: JobEventsTopic;
}

/** The events that a backend acts on. INPUT_INFORMATION, PROGRESSING and STATUS_UPDATE are omitted. */
const STATUSES = ['COMPLETE', 'ERROR', 'CANCELED', 'NEW_WARNING', 'QUEUE_HOP'];
const SECONDS_PER_DAY = 86_400;
/**
 * The longest retention of SQS. A message's age counts from its first arrival, so a dead-letter queue with the retention
 * of its source would lose messages that arrive late.
 */
const MOST_RETENTION_DAYS = 14;
/** The longest wait that SQS allows before an empty answer, so that there are fewer requests to pay for. */
const LONG_POLL_SECONDS = 20;

/**
 * MediaConvert's job events of one queue (COMPLETE, ERROR, CANCELED, NEW_WARNING, QUEUE_HOP) in an SQS queue.
 *
 * EventBridge delivers at least once and in no order: readers must ask for the job's state, or ignore events that they already have. Events
 * that no reader accepts, or that EventBridge cannot deliver, go to one dead-letter queue: watch its depth.
 *
 * @throws TypeError when a number is outside the bounds of SQS
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html
 */
export class JobEvents extends Construct {
  /** The queue of events as Terraform's resource, for a setting that no input has. */
  readonly resource: SqsQueue;
  readonly #deadLetters: SqsQueue;
  readonly #topic: SnsTopic | undefined;

  constructor(scope: Construct, id: string, props: JobEventsProps) {
    super(scope, id);
    const { retentionDays = 4, maxReceives = 5, visibilityTimeoutSeconds = 60 } = props;
    requireWholeNumber('retentionDays', retentionDays, {
      least: 1,
      most: MOST_RETENTION_DAYS - 1,
      unit: 'days',
    });
    requireWholeNumber('maxReceives', maxReceives, { least: 1, most: 1000, unit: 'readings' });
    requireWholeNumber('visibilityTimeoutSeconds', visibilityTimeoutSeconds, {
      least: 0,
      most: 43_200,
      unit: 'seconds',
    });

    const deadLetters = new Construct(this, 'dead_letters');
    this.#deadLetters = new SqsQueue(deadLetters, 'queue', {
      name: `${props.name}-job-events-dead-letters`,
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: MOST_RETENTION_DAYS * SECONDS_PER_DAY,
    });
    this.resource = new SqsQueue(this, 'queue', {
      name: `${props.name}-job-events`,
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: retentionDays * SECONDS_PER_DAY,
      visibilityTimeoutSeconds,
      receiveWaitTimeSeconds: LONG_POLL_SECONDS,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: this.#deadLetters.arn,
        maxReceiveCount: maxReceives,
      }),
    });
    const rule = new CloudwatchEventRule(this, 'event_rule', {
      name: `${props.name}-job-events`,
      description: `Jobs of ${props.name}: done, failed, canceled, warned of, moved`,
      eventPattern: JSON.stringify({
        source: ['aws.mediaconvert'],
        'detail-type': ['MediaConvert Job State Change'],
        detail: {
          queue: [props.queueArn, ...(props.hopQueueArn === undefined ? [] : [props.hopQueueArn])],
          status: STATUSES,
        },
      }),
    });
    const deadLettersPolicy = this.#writtenBy(rule, deadLetters, this.#deadLetters);
    const queuePolicy = this.#writtenBy(rule, this, this.resource);
    new CloudwatchEventTarget(this, 'event_target', {
      rule: rule.name,
      targetId: 'queue',
      arn: this.resource.arn,
      deadLetterConfig: { arn: this.#deadLetters.arn },
      // Without this, the queue's policy could come too late, and the first events would be dead letters or lost.
      dependsOn: [queuePolicy, deadLettersPolicy],
    });
    if (props.topic) this.#topic = this.#publish(props.name, props.topic, rule, deadLettersPolicy);
  }

  /** Name of the queue, for metrics and alarms. */
  get eventsQueueName(): string {
    return this.resource.name;
  }

  /** Address of the queue, for ReceiveMessage and DeleteMessage. */
  get eventsQueueUrl(): string {
    return this.resource.url;
  }

  /** ARN of the queue, for the policy of its readers. */
  get eventsQueueArn(): string {
    return this.resource.arn;
  }

  /** Name of the dead-letter queue, for an alarm on its depth. */
  get deadLetterQueueName(): string {
    return this.#deadLetters.name;
  }

  /** ARN of the dead-letter queue. */
  get deadLetterQueueArn(): string {
    return this.#deadLetters.arn;
  }

  /** ARN of the topic; undefined without one. */
  get topicArn(): string | undefined {
    return this.#topic?.arn;
  }

  #writtenBy(rule: CloudwatchEventRule, scope: Construct, queue: SqsQueue): SqsQueuePolicy {
    return new SqsQueuePolicy(scope, 'queue_policy', {
      queueUrl: queue.url,
      policy: policyDocument([
        denyPlainHttp('sqs:*', queue.arn),
        { ...allowEventBridge('sqs:SendMessage', queue.arn), ...onlyBy(rule) },
      ]),
    });
  }

  #publish(
    name: string,
    props: JobEventsTopic,
    rule: CloudwatchEventRule,
    deadLetters: SqsQueuePolicy,
  ): SnsTopic {
    const scope = new Construct(this, 'topic');
    const topic = new SnsTopic(scope, 'topic', {
      name: `${name}-job-events`,
      ...(props.encryptionKeyArn !== undefined && { kmsMasterKeyId: props.encryptionKeyArn }),
    });
    const policy = new SnsTopicPolicy(scope, 'topic_policy', {
      arn: topic.arn,
      policy: policyDocument([
        denyPlainHttp('sns:Publish', topic.arn),
        // Without a condition: EventBridge's own page says that a topic's policy cannot have one for it.
        allowEventBridge('sns:Publish', topic.arn),
      ]),
    });
    new CloudwatchEventTarget(scope, 'event_target', {
      rule: rule.name,
      targetId: 'topic',
      arn: topic.arn,
      deadLetterConfig: { arn: this.#deadLetters.arn },
      dependsOn: [policy, deadLetters],
    });
    return topic;
  }
}

function denyPlainHttp(action: string, resource: string): PolicyStatement {
  return {
    Sid: 'DenyPlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: action,
    Resource: resource,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html */
function allowEventBridge(action: string, resource: string): PolicyStatement {
  return {
    Sid: 'AllowJobEvents',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: action,
    Resource: resource,
  };
}

/** Only this rule, whose ARN contains the account and the region, and no other. */
function onlyBy(rule: CloudwatchEventRule): Pick<PolicyStatement, 'Condition'> {
  return { Condition: { ArnEquals: { 'aws:SourceArn': rule.arn } } };
}
