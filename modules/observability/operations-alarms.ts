/** Alarms: viewers who cannot play, jobs that fail or wait, events that nobody read, refused reads of the signing key. */
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import { EMAIL_ADDRESS } from '../../aws/values/names.ts';
import { requireAccountId, requireMatch, requireWholeNumber } from '../checks.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { DeniedSecretReads, RUNBOOK } from './denied-secret-reads.ts';
import {
  CLOUDFRONT_REGION,
  cloudFrontMetric,
  type Metric,
  mediaConvertMetric,
  queueMetric,
} from './metrics.ts';

/** The values above which an alarm fires. */
export interface AlarmThresholds {
  /**
   * Percent (1 to 100) of requests that CloudFront refuses (4xx), over 15 minutes; some always are, because signatures expire.
   * @default 25
   */
  readonly refusedPercent?: number;
  /**
   * Percent (1 to 100) of requests that fail (5xx), over 10 minutes.
   * @default 1
   */
  readonly failedPercent?: number;
  /**
   * Minutes (1 to 10080) that a job may wait before it starts.
   * @default 30
   */
  readonly standbyMinutes?: number;
}

export interface OperationsAlarmsProps {
  /** Prefix of every name, unique in the account. */
  readonly name: string;
  /** Address that the alarms are sent to. It gets one mail per topic and must confirm each before an alarm can arrive. */
  readonly email: string;
  /** Account of everything here: twelve digits. */
  readonly accountId: string;
  /** Region of jobs, events and secret. */
  readonly region: string;
  /** Provider of us-east-1, the only region with CloudFront's metrics. */
  readonly usEast1: TerraformProvider;
  /** Distribution whose errors are counted. */
  readonly distributionId: string;
  /** MediaConvert queue whose jobs are watched. */
  readonly queueArn: string;
  /** Secret whose refused reads are reported; this needs a CloudTrail trail that logs management events, reads included. */
  readonly secretArn: string;
  /**
   * Name of the queue of job events, which a backend should have read within an hour.
   * @default - none: job events are not kept in a queue
   */
  readonly eventsQueueName?: string;
  /**
   * Name of the dead-letter queue of job events.
   * @default - none: job events are not kept in a queue
   */
  readonly eventsDeadLetterQueueName?: string;
  /** @default - the default of each */
  readonly thresholds?: AlarmThresholds;
  /**
   * Whether the topics are encrypted, which takes a KMS key in each region (each is billed by the month).
   * @default true
   */
  readonly encrypted?: boolean;
}

const FIVE_MINUTES = 300;
/** Long enough for a deploy of the backend, and far below the days after which events are lost. */
const UNREAD_SECONDS = 3600;

interface AlarmOptions {
  readonly metric: Metric;
  readonly statistic: 'Average' | 'Maximum' | 'Sum';
  readonly above: number;
  /** Number of five-minute periods; the metric must be above the limit in all of them. */
  readonly periods: number;
  /** What is wrong, and what to look at first. */
  readonly description: string;
  readonly topic: AlarmTopic;
}

/**
 * Alarms with a mail for each, in the region and, for CloudFront, in us-east-1.
 *
 * Missing data never raises an alarm: without requests, without jobs or with an idle queue AWS reports nothing,
 * and a time without viewers is no fault. An outage without requests goes unnoticed, so play something regularly.
 *
 * @throws TypeError for an address, an account or a threshold out of its bounds
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
 */
export class OperationsAlarms extends Construct {
  readonly #name: string;
  readonly #usEast1: TerraformProvider | undefined;
  readonly #regional: AlarmTopic;
  readonly #global: AlarmTopic;

  constructor(scope: Construct, id: string, props: OperationsAlarmsProps) {
    super(scope, id);
    const { refusedPercent = 25, failedPercent = 1, standbyMinutes = 30 } = props.thresholds ?? {};
    requireMatch('email', props.email, EMAIL_ADDRESS, 'an e-mail address');
    requireAccountId('accountId', props.accountId);
    const percent = { least: 1, most: 100, unit: 'percent' };
    requireWholeNumber('thresholds.refusedPercent', refusedPercent, percent);
    requireWholeNumber('thresholds.failedPercent', failedPercent, percent);
    requireWholeNumber('thresholds.standbyMinutes', standbyMinutes, {
      least: 1,
      most: 10_080,
      unit: 'minutes',
    });

    this.#name = props.name;
    const elsewhere = props.region !== CLOUDFRONT_REGION;
    this.#usEast1 = elsewhere ? props.usEast1 : undefined;
    this.#regional = this.#topic('regional', props);
    this.#global = elsewhere ? this.#topic('us_east_1', props) : this.#regional;

    this.#viewers(props.distributionId, refusedPercent, failedPercent);
    this.#jobs(props, standbyMinutes);
    new DeniedSecretReads(this, 'denied_secret_reads', {
      name: props.name,
      secretArn: props.secretArn,
      topicArn: this.topicArn,
    });
  }

  /** The alarms as Terraform's resources, by their ids (`jobs_failed`), for a setting that no input has. */
  get resources(): Readonly<Record<string, CloudwatchMetricAlarm>> {
    const alarms = this.node.children.filter((child) => child instanceof CloudwatchMetricAlarm);
    return Object.fromEntries(alarms.map((alarm) => [alarm.node.id, alarm]));
  }

  /** Topic of the region: jobs, events, refused reads. */
  get topicArn(): string {
    return this.#regional.arn;
  }

  /** Topic of CloudFront's alarms, in us-east-1; the same one if that is the region. */
  get usEast1TopicArn(): string {
    return this.#global.arn;
  }

  #viewers(distributionId: string, refusedPercent: number, failedPercent: number): void {
    this.#alarm('viewers_refused', {
      topic: this.#global,
      metric: cloudFrontMetric('4xxErrorRate', distributionId),
      statistic: 'Average',
      above: refusedPercent,
      periods: 3,
      description: `More than ${refusedPercent} % of requests are refused (4xx). First: ask one of them why, with the URL of a viewer who cannot play`,
    });
    this.#alarm('viewers_failed', {
      topic: this.#global,
      metric: cloudFrontMetric('5xxErrorRate', distributionId),
      statistic: 'Average',
      above: failedPercent,
      periods: 2,
      description: `More than ${failedPercent} % of requests fail (5xx). First: the AWS Health Dashboard for CloudFront and S3, then the last apply`,
    });
  }

  #jobs(
    { queueArn, eventsQueueName, eventsDeadLetterQueueName }: OperationsAlarmsProps,
    standbyMinutes: number,
  ): void {
    const topic = this.#regional;
    this.#alarm('jobs_failed', {
      topic,
      metric: mediaConvertMetric('JobsErroredCount', queueArn),
      statistic: 'Sum',
      above: 0,
      periods: 1,
      description:
        'A transcoding job failed: its title stays unplayable. First: the error message of the job',
    });
    this.#alarm('jobs_waiting', {
      topic,
      metric: mediaConvertMetric('StandbyTime', queueArn),
      statistic: 'Maximum',
      above: standbyMinutes * 60_000,
      periods: 1,
      description: `A transcoding job waited more than ${standbyMinutes} minutes to start. First: how many jobs are ahead of it`,
    });
    if (eventsQueueName !== undefined) {
      this.#alarm('events_unread', {
        topic,
        metric: queueMetric('ApproximateAgeOfOldestMessage', eventsQueueName),
        statistic: 'Maximum',
        above: UNREAD_SECONDS,
        periods: 1,
        description:
          'A job event has waited an hour: its title may be done and nobody knows. First: whether the backend that reads the queue runs',
      });
    }
    if (eventsDeadLetterQueueName === undefined) return;
    this.#alarm('events_refused', {
      topic,
      metric: queueMetric('ApproximateNumberOfMessagesVisible', eventsDeadLetterQueueName),
      statistic: 'Maximum',
      above: 0,
      periods: 1,
      description:
        'A job event was given up: its title may be done and nobody knows. First: why the backend refused it, then redrive',
    });
  }

  #topic(id: 'regional' | 'us_east_1', props: OperationsAlarmsProps): AlarmTopic {
    const regional = id === 'regional';
    return new AlarmTopic(this, id, {
      name: `${props.name}-alarms`,
      alarmNamePrefix: `${props.name}-`,
      accountId: props.accountId,
      region: regional ? props.region : CLOUDFRONT_REGION,
      email: props.email,
      encrypted: props.encrypted ?? true,
      takesEvents: regional,
      ...(!regional && { provider: props.usEast1 }),
    });
  }

  #alarm(id: string, { metric, topic, ...options }: AlarmOptions): void {
    const name = id.replaceAll('_', '-');
    const provider = topic === this.#global ? this.#usEast1 : undefined;
    new CloudwatchMetricAlarm(this, id, {
      ...(provider && { provider }),
      alarmName: `${this.#name}-${name}`,
      alarmDescription: `${options.description} (${RUNBOOK}, "${name}").`,
      namespace: metric.namespace,
      metricName: metric.metricName,
      dimensions: { ...metric.dimensions },
      statistic: options.statistic,
      period: FIVE_MINUTES,
      evaluationPeriods: options.periods,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: options.above,
      treatMissingData: 'notBreaching',
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    });
  }
}
