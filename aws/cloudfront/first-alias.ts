/** CloudFront's list of aliases has no order; what stands for a distribution on one machine needs one that comes first. */
import type { DistributionHead } from './distribution.ts';

/** The same distribution with this alias first, if it is one of its aliases. */
export function withFirstAlias<D extends Pick<DistributionHead, 'aliases'>>(
  distribution: D,
  first: string | null,
): D {
  const { aliases } = distribution;
  if (first === null || !aliases.includes(first)) return distribution;
  return { ...distribution, aliases: [first, ...aliases.filter((alias) => alias !== first)] };
}
