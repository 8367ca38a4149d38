/**
 * Actions for which AWS knows no resource: a policy can only allow them on "*".
 *
 * Neither list holds an action that reads content, secrets or keys. From the tables of the service authorization
 * reference, read in November 2026.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const ACTIONS_WITHOUT_RESOURCE: ReadonlySet<string> = new Set([
  ...['CachePolicy', 'KeyGroup', 'OriginAccessControl', 'PublicKey', 'ResponseHeadersPolicy'].flatMap(
    (what) => ['Create', 'Delete', 'Get', 'Update'].map((verb) => `cloudfront:${verb}${what}`),
  ),
  'kms:ListAliases',
  'logs:DescribeDeliveries',
  'logs:DescribeDeliveryDestinations',
  'logs:DescribeDeliverySources',
  'sns:GetSubscriptionAttributes',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
  'ssm:DescribeParameters',
]);

/** Creations among them: they can be held to the environment by the tags that they must carry. */
export const CREATIONS_WITHOUT_RESOURCE: ReadonlySet<string> = new Set([
  'acm:RequestCertificate',
  'kms:CreateKey',
  'mediaconvert:CreateQueue',
]);
