/**
 * How the local cloud tells who calls. AWS knows a service principal by its own credentials; here an access key id
 * stands for it, because the credential scope is the one thing every signed request carries.
 */

/**
 * Requests signed with this access key id are CloudFront's own (`cloudfront.amazonaws.com`). They must carry the signed
 * header `x-amz-source-arn` (the distribution's ARN), as origin access control's requests do.
 */
export const CLOUDFRONT_SERVICE_ACCESS_KEY_ID = 'CLOUDFRONTSERVICE000';

/** The access key id that stands for the account itself. Everybody's secret access key is the one of the run. */
export const ACCOUNT_ACCESS_KEY_ID = 'LOCALCLOUDACCOUNT000';

/** Service principal by access key id. */
export const SERVICE_PRINCIPALS: ReadonlyMap<string, string> = new Map([
  [CLOUDFRONT_SERVICE_ACCESS_KEY_ID, 'cloudfront.amazonaws.com'],
]);
