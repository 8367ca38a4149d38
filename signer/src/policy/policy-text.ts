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
 * The `?` that begins a query string stands bare. The developer guide's rule, under "Values that you specify in
 * the policy statement": "If the URL has query string parameters, don't use a backslash character (\) to escape
 * the question mark character (?) that begins the query string." One example on that page still has the `\?` of
 * an earlier edition, and CloudFront's own division of a policy's URL is written with it, so `verify` reads both.
 * A bare `?` is also the wildcard for one character: parsing a resource refuses it where it begins no `name=value`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html#private-content-custom-policy-statement-values
 */
export function policyText({ resource, dateLessThan, dateGreaterThan, sourceIp }: PolicyStatement): string {
  const notBefore =
    dateGreaterThan === undefined ? '' : `,"DateGreaterThan":{"AWS:EpochTime":${dateGreaterThan}}`;
  const from = sourceIp === undefined ? '' : `,"IpAddress":{"AWS:SourceIp":${JSON.stringify(sourceIp)}}`;
  return `{"Statement":[{"Resource":${quote(resource)},"Condition":{"DateLessThan":{"AWS:EpochTime":${dateLessThan}}${notBefore}${from}}}]}`;
}

/** What JSON writes as it is; `JSON.stringify` takes several times as long to come to the same text. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}
