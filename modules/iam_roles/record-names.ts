/** The DNS records of domains, as policies name them: they limit the deploy roles to their environment's records. */

export interface RecordedDomain {
  /** Host name in lower case. */
  readonly name: string;
  /** The Route 53 zone that it is in. */
  readonly hostedZoneId: string;
}

/**
 * What further domains may need of the policy `delivery`, which without them can take 5,240 of the 6,144 characters that IAM
 * allows: eight or nine names of usual length.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
export const MOST_RECORD_CHARACTERS = 900;

/** Characters of that policy for the records of further domains, and for their zones. */
export function recordCharacters(domains: readonly RecordedDomain[]): number {
  const names = domains.flatMap(({ name }) => recordNames(name));
  const zones = new Set(domains.map(({ hostedZoneId }) => `arn:aws:route53:::hostedzone/${hostedZoneId}`));
  return names.length === 0 ? 0 : JSON.stringify([names, ...zones]).length;
}

/** A domain's addresses, and the record that proves it to ACM. */
export function recordNames(domainName: string): string[] {
  return [domainName, `_${'?'.repeat(32)}.${domainName}`];
}
