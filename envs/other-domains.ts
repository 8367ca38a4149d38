/** Domains of an environment in addition to `domainName`, each with the Route 53 zone that it is in. */

interface Zone {
  readonly name: string;
  readonly id: string;
}

interface WithOtherDomains {
  readonly otherDomainNames: readonly string[];
  readonly otherDomainZones: readonly Zone[];
}

export interface OtherDomain {
  readonly name: string;
  /** Absent where its DNS is elsewhere. */
  readonly hostedZoneId?: string;
}

/** The zone with the longest name that this one ends with, which is the one that resolvers ask; null outside all of them. */
export function zoneOf<Z extends Zone>(name: string, zones: readonly Z[]): Z | null {
  const around = zones.filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  return around.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null;
}

/** `otherDomainNames`, in their order. */
export function otherDomains({
  otherDomainNames,
  otherDomainZones,
}: WithOtherDomains): readonly OtherDomain[] {
  return otherDomainNames.map((name) => {
    const zone = zoneOf(name, otherDomainZones);
    return { name, ...(zone !== null && { hostedZoneId: zone.id }) };
  });
}

/** Those that have records in one of our zones. */
export function recordedDomains(config: WithOtherDomains): readonly Required<OtherDomain>[] {
  return otherDomains(config).filter(
    (domain): domain is Required<OtherDomain> => domain.hostedZoneId !== undefined,
  );
}
