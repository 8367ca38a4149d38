/** What AWS measures of this product: metric, dimensions and region, as alarms and dashboard both name them. */

/** Metrics of CloudFront, and alarms on them, exist in this region only. */
export const CLOUDFRONT_REGION = 'us-east-1';

/** One series of numbers in CloudWatch. */
export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html */
export function cloudFrontMetric(
  metricName: '4xxErrorRate' | '5xxErrorRate' | 'Requests' | 'BytesDownloaded',
  distributionId: string,
): Metric {
  return {
    namespace: 'AWS/CloudFront',
    metricName,
    dimensions: { DistributionId: distributionId, Region: 'Global' },
  };
}

/** Times are in milliseconds. @see https://docs.aws.amazon.com/mediaconvert/latest/ug/cloudwatch_metrics.html */
export function mediaConvertMetric(
  metricName: 'JobsCompletedCount' | 'JobsErroredCount' | 'StandbyTime' | 'TranscodingTime',
  queueArn: string,
): Metric {
  return { namespace: 'AWS/MediaConvert', metricName, dimensions: { Queue: queueArn } };
}

/** Ages are in seconds. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
export function queueMetric(
  metricName: 'ApproximateAgeOfOldestMessage' | 'ApproximateNumberOfMessagesVisible',
  queueName: string,
): Metric {
  return { namespace: 'AWS/SQS', metricName, dimensions: { QueueName: queueName } };
}
