/** Access logs of a distribution into a bucket, without anything in them that opens a video. */
import { CloudwatchLogDelivery } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js';
import { CloudwatchLogDeliveryDestination } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js';
import { CloudwatchLogDeliverySource } from '@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js';
import { type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { requireMatch } from '../checks.ts';

/** Where access logs go. */
export interface AccessLogs {
  /**
   * ARN of the bucket, whose policy lets `delivery.logs.amazonaws.com` write.
   *
   * The reference must depend on this policy (as `LogBucket.arn` does), so that the delivery is made after it. Otherwise
   * AWS adds its own statement to the policy of a bucket that does not let it write yet.
   */
  readonly bucketArn: string;
  /** Folder in the bucket, `cloudfront` or `logs/cloudfront`: without one AWS puts `AWSLogs/…` before every path. */
  readonly prefix: string;
}

export interface AccessLogDeliveryProps extends AccessLogs {
  /** Prefix of the names of source and destination, unique in the account: 1 to 48 letters, digits, dashes and underscores. */
  readonly name: string;
  /** ARN of the distribution, which must have no other log delivery. */
  readonly distributionArn: string;
  /** The AWS provider of us-east-1, where log delivery of CloudFront lives. */
  readonly usEast1: TerraformProvider;
}

/**
 * The fields that are logged for each request, in the order in which AWS lists them. Three fields are omitted because
 * a reader of the logs could play videos with them: the query (`cs-uri-query` holds the signature of a signed URL),
 * cookies (`cs(Cookie)`) and the referrer (`cs(Referer)` of a segment is the whole signed URL of its playlist).
 * `x-forwarded-for` is omitted because it can be forged.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html#BasicDistributionFileFormat
 */
export const ACCESS_LOG_FIELDS: readonly string[] = [
  'date',
  'time',
  'x-edge-location',
  'sc-bytes',
  'c-ip',
  'cs-method',
  'cs-uri-stem',
  'sc-status',
  'cs(User-Agent)',
  'x-edge-result-type',
  'x-edge-request-id',
  'x-host-header',
  'cs-protocol',
  'cs-bytes',
  'time-taken',
  'ssl-protocol',
  'ssl-cipher',
  'x-edge-response-result-type',
  'cs-protocol-version',
  'time-to-first-byte',
  'x-edge-detailed-result-type',
  'sc-content-type',
  'sc-content-len',
  'sc-range-start',
  'sc-range-end',
  'c-country',
  'cache-behavior-path-pattern',
];

/** One folder per distribution and day, which suits both Athena and `aws s3 ls`. */
const SUFFIX_PATH = '{DistributionId}/{yyyy}/{MM}/{dd}';

/**
 * Standard logging (v2) of a distribution: one JSON object per request, in `<prefix>/<distribution>/<year>/<month>/<day>/`.
 *
 * JSON, because each value has its name: a further field shifts no column as it does in W3C, and unlike Parquet its
 * delivery is free. Logs arrive several times an hour, beginning about four hours after the delivery is made.
 *
 * @throws TypeError when an option does not have the required form
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
 */
export class AccessLogDelivery extends Construct {
  /** The delivery source as Terraform's resource, for a setting that no input has. */
  readonly resource: CloudwatchLogDeliverySource;

  constructor(scope: Construct, id: string, props: AccessLogDeliveryProps) {
    super(scope, id);
    requireMatch('name', props.name, /[\w-]{1,48}/, '1 to 48 letters, digits, dashes and underscores');
    requireMatch(
      'bucketArn',
      props.bucketArn,
      /^arn:aws:s3:::[a-z0-9-]{3,63}$/,
      'the ARN of a bucket without dots',
    );
    requireMatch('prefix', props.prefix, /[\w-]+(?:\/[\w-]+)*\/?/, 'a folder such as "cloudfront"');
    this.resource = new CloudwatchLogDeliverySource(this, 'source', {
      provider: props.usEast1,
      name: `${props.name}-access-logs`,
      logType: 'ACCESS_LOGS',
      resourceArn: props.distributionArn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, 'destination', {
      provider: props.usEast1,
      name: `${props.name}-access-logs`,
      outputFormat: 'json',
      deliveryDestinationConfiguration: [
        { destinationResourceArn: `${props.bucketArn}/${withoutSlash(props.prefix)}` },
      ],
    });
    new CloudwatchLogDelivery(this, 'delivery', {
      provider: props.usEast1,
      deliverySourceName: this.resource.name,
      deliveryDestinationArn: destination.arn,
      recordFields: [...ACCESS_LOG_FIELDS],
      s3DeliveryConfiguration: [{ suffixPath: SUFFIX_PATH, enableHiveCompatiblePath: false }],
    });
  }

  /** ARN of the delivery source: the exact `aws:SourceArn` for the bucket's policy. */
  get sourceArn(): string {
    return this.resource.arn;
  }
}

function withoutSlash(prefix: string): string {
  return Token.isUnresolved(prefix) ? prefix : prefix.replace(/\/$/, '');
}
