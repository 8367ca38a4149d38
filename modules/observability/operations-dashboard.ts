/** A dashboard: what viewers get, how jobs run, and which events nobody read. */
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard/index.js';
import { Construct } from 'constructs';
import { requireMatch } from '../checks.ts';
import {
  CLOUDFRONT_REGION,
  cloudFrontMetric,
  type Metric,
  mediaConvertMetric,
  queueMetric,
} from './metrics.ts';

export interface OperationsDashboardProps {
  /** Name of the dashboard, unique in the account: 1 to 255 letters, digits, dashes and underscores. */
  readonly name: string;
  /** Region of jobs and events. */
  readonly region: string;
  /** Distribution that viewers play from. */
  readonly distributionId: string;
  /** MediaConvert queue of the jobs. */
  readonly queueArn: string;
  /**
   * Name of the dead-letter queue of job events.
   * @default - none: job events are not kept in a queue
   */
  readonly eventsDeadLetterQueueName?: string;
}

interface Graph {
  readonly title: string;
  readonly region: string;
  readonly unit: string;
  readonly lines: readonly (readonly [label: string, metric: Metric, statistic: string])[];
}

/** CloudWatch's grid is 24 wide: two graphs beside each other. */
const WIDTH = 12;
const HEIGHT = 6;

/**
 * One CloudWatch dashboard for delivery, jobs and events; CloudFront's graphs are from us-east-1.
 *
 * @throws TypeError for a name that CloudWatch does not accept
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export class OperationsDashboard extends Construct {
  /** The dashboard as Terraform's resource, for a setting that no input has. */
  readonly resource: CloudwatchDashboard;

  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    requireMatch('name', props.name, /[\w-]{1,255}/, '1 to 255 letters, digits, dashes and underscores');
    this.resource = new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: props.name,
      dashboardBody: JSON.stringify({ widgets: graphsOf(props).map(widget) }),
    });
  }

  /** Name of the dashboard. */
  get name(): string {
    return this.resource.dashboardName;
  }
}

function graphsOf({
  region,
  distributionId,
  queueArn,
  eventsDeadLetterQueueName,
}: OperationsDashboardProps): Graph[] {
  const delivery = { region: CLOUDFRONT_REGION };
  return [
    {
      ...delivery,
      title: 'Viewers: refused and failed',
      unit: '% of requests',
      lines: [
        ['refused (4xx)', cloudFrontMetric('4xxErrorRate', distributionId), 'Average'],
        ['failed (5xx)', cloudFrontMetric('5xxErrorRate', distributionId), 'Average'],
      ],
    },
    {
      ...delivery,
      title: 'Viewers: requests',
      unit: 'requests',
      lines: [['requests', cloudFrontMetric('Requests', distributionId), 'Sum']],
    },
    {
      ...delivery,
      title: 'Viewers: delivered',
      unit: 'bytes',
      lines: [['delivered', cloudFrontMetric('BytesDownloaded', distributionId), 'Sum']],
    },
    {
      region,
      title: 'Jobs: done and failed',
      unit: 'jobs',
      lines: [
        ['done', mediaConvertMetric('JobsCompletedCount', queueArn), 'Sum'],
        ['failed', mediaConvertMetric('JobsErroredCount', queueArn), 'Sum'],
      ],
    },
    {
      region,
      title: 'Jobs: waiting and transcoding',
      unit: 'milliseconds',
      lines: [
        ['longest wait', mediaConvertMetric('StandbyTime', queueArn), 'Maximum'],
        ['transcoding', mediaConvertMetric('TranscodingTime', queueArn), 'Average'],
      ],
    },
    ...(eventsDeadLetterQueueName === undefined
      ? []
      : ([
          {
            region,
            title: 'Job events that were given up',
            unit: 'events',
            lines: [
              [
                'given up',
                queueMetric('ApproximateNumberOfMessagesVisible', eventsDeadLetterQueueName),
                'Maximum',
              ],
            ],
          },
        ] as const)),
  ];
}

function widget({ title, region, unit, lines }: Graph, index: number) {
  return {
    type: 'metric',
    x: (index % 2) * WIDTH,
    y: Math.floor(index / 2) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: {
      title,
      region,
      view: 'timeSeries',
      stacked: false,
      period: 300,
      yAxis: { left: { label: unit, min: 0, showUnits: false } },
      metrics: lines.map(([label, { namespace, metricName, dimensions }, stat]) => [
        namespace,
        metricName,
        ...Object.entries(dimensions).flat(),
        { label, stat },
      ]),
    },
  };
}
