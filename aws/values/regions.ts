/** Regions of the commercial partition. */

/**
 * Every region that AWS's own software knows. A test compares them with the list in the AWS SDK, so an update of
 * the SDK brings new ones to notice.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
export const REGIONS: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'me-west-1',
  'mx-central-1',
  'sa-east-1',
  'sa-west-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

/** One of `REGIONS`, for checks that take a pattern. */
export const REGION = new RegExp(`^(?:${REGIONS.join('|')})$`);

/**
 * Where CloudFront has a regional edge cache, and so offers Origin Shield.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html#choose-origin-shield-region
 */
export const ORIGIN_SHIELD_REGIONS: readonly string[] = [
  'us-east-2',
  'us-east-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'sa-east-1',
];

/** One of `ORIGIN_SHIELD_REGIONS`. */
export const ORIGIN_SHIELD_REGION = new RegExp(`^(?:${ORIGIN_SHIELD_REGIONS.join('|')})$`);

/** Whether it is a region of the commercial partition: `eu-central-1`, not `eu-centrl-1` and not `cn-north-1`. */
export function isRegion(text: string): boolean {
  return REGIONS.includes(text);
}
