/**
 * Actions that a policy may allow on "*".
 *
 * None reads content, secrets or private keys. From the tables of the service authorization reference, read in
 * November 2026.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const ACTIONS_WITHOUT_RESOURCE: ReadonlySet<string> = new Set([
  // AWS defines no resource type for them.
  ...actions('cloudfront', ['KeyGroup', 'PublicKey'], ['Create', 'Delete', 'Get', 'Update']),
  'cloudfront:CreateOriginAccessControl',
  'cloudfront:ListDistributions',
  'cloudfront:ListKeyGroups',
  'cloudfront:ListPublicKeys',
  'kms:ListAliases',
  'logs:DescribeDeliveries',
  'logs:DescribeDeliveryDestinations',
  'logs:DescribeDeliverySources',
  'mediaconvert:DescribeEndpoints',
  'sns:GetSubscriptionAttributes',
  'sns:SetSubscriptionAttributes',
  'sns:Unsubscribe',
  'ssm:DescribeParameters',
  // A new distribution has an id that AWS chooses: until it exists, no ARN names it.
  'cloudfront:CreateDistribution',
  // These have one, by an id that AWS chooses and without tags: `cache-policy/*` names nothing that "*" does not.
  ...actions('cloudfront', ['CachePolicy', 'ResponseHeadersPolicy'], ['Create', 'Delete', 'Get', 'Update']),
  ...actions('cloudfront', ['OriginAccessControl'], ['Delete', 'Get', 'Update']),
]);

/** Creations without a resource: they are held to the environment by the tags that they must carry. */
export const CREATIONS_WITHOUT_RESOURCE: ReadonlySet<string> = new Set([
  'acm:RequestCertificate',
  'kms:CreateKey',
  'mediaconvert:CreateQueue',
]);

function actions(service: string, nouns: readonly string[], verbs: readonly string[]): string[] {
  return nouns.flatMap((noun) => verbs.map((verb) => `${service}:${verb}${noun}`));
}
