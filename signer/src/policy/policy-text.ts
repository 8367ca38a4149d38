/**
 * The exact bytes that are signed. CloudFront compares a canned policy's bytes with its own spelling, and
 * a custom policy travels as it is, so both are spelt by hand: no white space, this order.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
 */

export interface PolicyStatement {
  /** The URL, or a URL that ends in `/*`. A query string's `?` stands bare: see below. */
  readonly resource: string;
  /** First second at which access is denied. */
  readonly dateLessThan: number;
  /** Last second at which access is not yet allowed. */
  readonly dateGreaterThan?: number | undefined;
  /** IPv4 CIDR block. */
  readonly sourceIp?: string | undefined;
}

/**
 * Conditions in the order DateLessThan, DateGreaterThan, IpAddress, as every AWS SDK writes them. Given only
 * the first this is a canned policy, byte for byte.
 *
 * The `?` that begins a query string is not escaped. The developer guide shows both spellings; its rule says
 * "don't use a backslash", and every AWS SDK signs it bare.
 */
export function policyText({ resource, dateLessThan, dateGreaterThan, sourceIp }: PolicyStatement): string {
  const notBefore =
    dateGreaterThan === undefined ? '' : `,"DateGreaterThan":{"AWS:EpochTime":${dateGreaterThan}}`;
  const from = sourceIp === undefined ? '' : `,"IpAddress":{"AWS:SourceIp":${JSON.stringify(sourceIp)}}`;
  return `{"Statement":[{"Resource":${JSON.stringify(resource)},"Condition":{"DateLessThan":{"AWS:EpochTime":${dateLessThan}}${notBefore}${from}}}]}`;
}
