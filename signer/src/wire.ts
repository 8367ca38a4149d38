/**
 * The names CloudFront reads, in a query string and in a Cookie header. The one table that the signing
 * side and `verify` share; everything else is written twice on purpose, so that neither can hide the
 * other's mistake.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-setting-signed-cookie-custom-policy.html
 */

/** What a signed request carries; `expires` for a canned policy, `policy` for a custom one. */
export type WireField = 'expires' | 'policy' | 'signature' | 'keyPairId' | 'hashAlgorithm';

/** A signed URL's query parameter names. Case-sensitive. */
export const QUERY_NAMES: Readonly<Record<WireField, string>> = {
  expires: 'Expires',
  policy: 'Policy',
  signature: 'Signature',
  keyPairId: 'Key-Pair-Id',
  hashAlgorithm: 'Hash-Algorithm',
};

/** A signed cookie set's names. Case-sensitive. */
export const COOKIE_NAMES: Readonly<Record<WireField, string>> = {
  expires: 'CloudFront-Expires',
  policy: 'CloudFront-Policy',
  signature: 'CloudFront-Signature',
  keyPairId: 'CloudFront-Key-Pair-Id',
  hashAlgorithm: 'CloudFront-Hash-Algorithm',
};
